/**
 * From match to chain: MATCHED at once, MINED and CONFIRMED later, or FAILED instead. What was bought,
 * and what a sale brought, moves when it is mined and can be spent only from then on; of a trade that
 * failed nothing moves, and its orders do not get their size back.
 */
import {
  type EpochMs,
  type Fill,
  type MarketId,
  type MicroShares,
  type MicroUsdc,
  NO_USDC,
  plus,
  type PriceBp,
  type TradeId,
  type TradeStatus,
} from "../../types/index.ts";
import { type FeeSchedule, takerFee } from "./fees.ts";
import { type AccountId, type Match, type MatchType, type Order, priceIn } from "./matching.ts";
import type { Random } from "./random.ts";

export interface TradeLeg {
  readonly account: AccountId;
  readonly fill: Fill;
}

/** One taker order against every maker it met at one price in one way. */
export interface Trade {
  readonly id: TradeId;
  readonly market: MarketId;
  /** Of the trades of its taker order, from 0. */
  readonly index: number;
  readonly type: MatchType;
  readonly status: TradeStatus;
  readonly matchedAt: EpochMs;
  /** When the first attempt will have come to nothing and the next begins; null if it succeeds. */
  readonly retriedAt: EpochMs | null;
  /** When it will be mined, or will have failed for good. */
  readonly minedAt: EpochMs;
  readonly confirmedAt: EpochMs;
  readonly fails: boolean;
  /** The taker's first. */
  readonly legs: readonly TradeLeg[];
}

/** What will become of a trade: it is mined so long after its match, and confirmed so long after that. */
export interface SettlementPlan {
  readonly minedAfterMs: number;
  readonly confirmedAfterMs: number;
  /** So long after its match it is tried a second time, before it is mined or fails. */
  readonly retriedAfterMs: number | null;
  readonly fails: boolean;
}

export type Settlement = (trade: TradeId) => SettlementPlan;

/** Drawn from the trade's id, so that it does not matter who asks, when or how often. */
export const seededSettlement =
  (random: Random): Settlement =>
  (trade) => {
    const delays = random.fork(trade);
    return {
      minedAfterMs: delays.integer(2_000, 4_000),
      confirmedAfterMs: delays.integer(2_000, 6_000),
      retriedAfterMs: null,
      fails: false,
    };
  };

export type Exchange = Pick<Trade, "type" | "legs">;

/** The matches of one taker order, grouped into what becomes one trade each. */
export function exchanges(
  taker: Order,
  matches: readonly Match[],
  schedule: FeeSchedule | null,
): readonly Exchange[] {
  const kind = ({ type, yesPrice }: Match): string => `${type} ${yesPrice}`;
  return [...new Set(matches.map(kind))].flatMap((each) => {
    const group = matches.filter((match) => kind(match) === each);
    const [first] = group;
    if (!first) return [];
    const size = group.map((match) => match.size).reduce((sum, part) => plus(sum, part));
    const makers = group.map((match) => leg(match.maker, match.yesPrice, match.size, NO_USDC));
    const fee = takerFee(schedule, priceIn(taker.token, first.yesPrice), size);
    return [{ type: first.type, legs: [leg(taker, first.yesPrice, size, fee), ...makers] }];
  });
}

/** What becomes of a trade as time passes: at most one status further at a time. */
export function settled(trade: Trade, now: EpochMs): Trade {
  if (trade.status === "matched" && trade.retriedAt !== null && trade.retriedAt <= now)
    return { ...trade, status: "retrying" };
  if (isUnsettled(trade) && trade.minedAt <= now)
    return { ...trade, status: trade.fails ? "failed" : "mined" };
  if (trade.status === "mined" && trade.confirmedAt <= now)
    return { ...trade, status: "confirmed" };
  return trade;
}

/** Matched, and on its way: nothing has moved yet. */
export const isUnsettled = ({ status }: Trade): boolean =>
  status === "matched" || status === "retrying";

/** Nothing about it can change any more. */
export const isFinal = ({ status }: Trade): boolean =>
  status === "confirmed" || status === "failed";

const leg = (order: Order, yesPrice: PriceBp, size: MicroShares, fee: MicroUsdc): TradeLeg => ({
  account: order.account,
  fill: {
    orderId: order.id,
    token: order.token,
    side: order.side,
    price: priceIn(order.token, yesPrice),
    size,
    fee,
  },
});
