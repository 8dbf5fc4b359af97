/**
 * What the trades of a market that are not final yet take, and when the next of them is due: worked out once
 * for each list of trades, because every placed order and every tick asks for it.
 */
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
  const known = byAccount.get(settling) ?? new Map<AccountId, Unsettled>();
  const one = known.get(account);
  if (one) return one;
  const worked = workedOut(settling, account);
  byAccount.set(settling, known.set(account, worked));
  return worked;
}

/** When the first of these trades is due; infinite where none is. */
export function firstDueAt(settling: readonly Trade[]): number {
  if (settling.length === 0) return Infinity;
  const known = dueFirst.get(settling);
  if (known !== undefined) return known;
  const first = settling.reduce((least, trade) => Math.min(least, dueAt(trade)), Infinity);
  dueFirst.set(settling, first);
  return first;
}

const byAccount = new WeakMap<readonly Trade[], Map<AccountId, Unsettled>>();
const dueFirst = new WeakMap<readonly Trade[], number>();

function workedOut(settling: readonly Trade[], account: AccountId): Unsettled {
  const legs: TradeLeg[] = [];
  let dollars = 0;
  for (const trade of settling) {
    if (!isUnsettled(trade)) continue;
    for (const leg of trade.legs) {
      if (leg.account !== account) continue;
      legs.push(leg);
      dollars += Math.max(0, -cashFlow(leg.fill));
    }
  }
  return { legs, dollars };
}
