/**
 * What the trades of a market that are not final yet take, and when the next of them is due: worked out once
 * for each list of trades, because every placed order and every tick asks for it.
 */
import type { EpochMs } from "../../types/index.ts";
import { cashFlow } from "./accounts.ts";
import type { AccountId } from "./order.ts";
import { dueAt, isUnsettled, type Trade, type TradeLeg } from "./settlement.ts";

/** What is matched and not mined of one account. */
export interface Unsettled {
  readonly legs: readonly TradeLeg[];
  /** What its BUYs will cost. */
  readonly dollars: number;
}

const NONE: Unsettled = { legs: [], dollars: 0 };

export function unsettledOf(settling: readonly Trade[], account: AccountId): Unsettled {
  if (settling.length === 0) return NONE;
  const known = byAccount.get(settling) ?? sorted(settling);
  byAccount.set(settling, known);
  return known.get(account) ?? NONE;
}

/** When the first of these trades is due; infinite where none is. */
export function firstDueAt(settling: readonly Trade[]): EpochMs | number {
  if (settling.length === 0) return Infinity;
  const known = dueFirst.get(settling) ?? Math.min(...settling.map(dueAt));
  dueFirst.set(settling, known);
  return known;
}

const byAccount = new WeakMap<readonly Trade[], ReadonlyMap<AccountId, Unsettled>>();
const dueFirst = new WeakMap<readonly Trade[], number>();

function sorted(settling: readonly Trade[]): ReadonlyMap<AccountId, Unsettled> {
  const known = new Map<AccountId, { legs: TradeLeg[]; dollars: number }>();
  for (const leg of settling.filter(isUnsettled).flatMap(({ legs }) => legs)) {
    const one = known.get(leg.account) ?? { legs: [], dollars: 0 };
    one.legs.push(leg);
    one.dollars += Math.max(0, -cashFlow(leg.fill));
    known.set(leg.account, one);
  }
  return known;
}
