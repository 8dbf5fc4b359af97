/** Maker rebates: a part of the takers' fees, paid once a day [protocol 7.8]. */
import {
  DOLLAR_BP,
  type EpochMs,
  type MarketFees,
  type MarketId,
  MICRO,
  microUsdc,
  type MicroUsdc,
  minus,
  NO_USDC,
  plus,
} from "../../types/index.ts";
import type { ExchangeAccount } from "./accounts.ts";
import type { FeeSchedule } from "./fees.ts";
import type { AccountId } from "./order.ts";
import type { Trade } from "./settlement.ts";

/** The makers' part of a taker fee on crypto. */
export const REBATE_BP = 2_000;
/** A smaller rebate is not paid. Here it is not carried to the next day; that is not documented. */
export const REBATE_MIN = microUsdc(MICRO);

/** The fees as a market states them, for a schedule whose exponent is 1. */
export const marketFees = (fee: FeeSchedule | null): MarketFees => ({
  takerRate: (fee?.rateBp ?? 0) / DOLLAR_BP,
  rebateRate: fee ? REBATE_BP / DOLLAR_BP : 0,
});

/** What one maker has earned in one market on one day. */
export interface Rebate {
  readonly account: AccountId;
  readonly market: MarketId;
  readonly amount: MicroUsdc;
}

/** From midnight to midnight UTC; `day` counts whole days since 1970. */
export interface RebateDay {
  readonly day: number;
  readonly earned: ReadonlyMap<string, Rebate>;
}

/** The last day, which has been paid, and the current one. */
export type Rebates = readonly RebateDay[];

const DAY_MS = 24 * 3_600_000;
export const dayOf = (now: EpochMs): number => Math.floor(now / DAY_MS);

/** Makers share a trade's rebate by size, because all of them have the same price. */
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

/** What the account has earned since midnight UTC, in dollars: paid at the next one if it is enough. */
export function rebatesDue(rebates: Rebates, account: AccountId): MicroUsdc {
  const earned = [...(rebates.at(-1)?.earned.values() ?? [])];
  return earned
    .filter((one) => one.account === account)
    .reduce((sum, { amount }) => plus(sum, amount), NO_USDC);
}

interface RebateFunds {
  readonly accounts: ReadonlyMap<AccountId, ExchangeAccount>;
  readonly kept: MicroUsdc;
  readonly rebates: Rebates;
}

/** Pays the day before at the first step of a new day, out of what the venue has kept. */
export function withRebatesPaid<State extends RebateFunds>(state: State, now: EpochMs): State {
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
