/** What makers get back of the takers' fees, a day at a time (protocol 7.8). */
import {
  DOLLAR_BP,
  type EpochMs,
  type MarketId,
  MICRO,
  microUsdc,
  type MicroUsdc,
  minus,
  NO_USDC,
  plus,
} from "../../types/index.ts";
import type { Account } from "./accounts.ts";
import type { AccountId } from "./matching.ts";
import type { Trade } from "./settlement.ts";

/** Of every taker's fee on crypto. */
export const REBATE_BP = 2_000;
/** Less than that is not paid. Whether it waits for the next day is not documented: it does not. */
export const REBATE_MIN = microUsdc(MICRO);

/** What one maker has earned in one market. */
export interface Rebate {
  readonly account: AccountId;
  readonly market: MarketId;
  readonly amount: MicroUsdc;
}

/** From midnight to midnight in Greenwich, in whole days since 1970. */
export interface RebateDay {
  readonly day: number;
  readonly earned: ReadonlyMap<string, Rebate>;
}

/** The day that runs, and before it the last one, which has been paid. */
export type Rebates = readonly RebateDay[];

const DAY_MS = 24 * 3_600_000;
export const dayOf = (now: EpochMs): number => Math.floor(now / DAY_MS);

/** Each maker's part of a trade's fee is as large as its part of the size: all had one price. */
export function withRebates(rebates: Rebates, { market, legs }: Trade, now: EpochMs): Rebates {
  const [taker, ...makers] = legs;
  if (!taker || taker.fill.fee === 0) return rebates;
  const day = dayOf(now);
  const last = rebates.at(-1);
  const known = last?.day === day ? last : { day, earned: new Map<string, Rebate>() };
  const earned = new Map(known.earned);
  for (const { account, fill } of makers) {
    const shared = BigInt(taker.fill.fee) * BigInt(fill.size) * BigInt(REBATE_BP);
    const part = microUsdc(Number(shared / (BigInt(taker.fill.size) * BigInt(DOLLAR_BP))));
    const key = `${account} ${market}`;
    const amount = plus(earned.get(key)?.amount ?? NO_USDC, part);
    earned.set(key, { account, market, amount });
  }
  return [...rebates.filter((one) => one.day !== day), { day, earned }].slice(-2);
}

interface Till {
  readonly accounts: ReadonlyMap<AccountId, Account>;
  readonly kept: MicroUsdc;
  readonly rebates: Rebates;
}

/** At the first moment of a new day the one before is paid, from what the venue has kept. */
export function withRebatesPaid<State extends Till>(state: State, now: EpochMs): State {
  const { accounts, kept, rebates } = state;
  const [day, last] = [dayOf(now), rebates.at(-1)];
  if (!last || last.day >= day) return state;
  const due = new Map<AccountId, MicroUsdc>();
  for (const { account, amount } of last.earned.values())
    due.set(account, plus(due.get(account) ?? NO_USDC, amount));
  const paid = new Map(accounts);
  let left = kept;
  for (const [id, amount] of due) {
    const account = accounts.get(id);
    if (!account || amount < REBATE_MIN) continue;
    paid.set(id, { ...account, cash: plus(account.cash, amount) });
    left = minus(left, amount);
  }
  return { ...state, accounts: paid, kept: left, rebates: [last, { day, earned: new Map() }] };
}
