/**
 * From match to chain: a trade is MATCHED at once, MINED and CONFIRMED later, or FAILED instead. Shares
 * and dollars move when the trade is mined and can be spent from then on. A failed trade moves nothing,
 * and its orders do not get their size back. A trade that is reversed fails where it would be
 * confirmed, and what it moved goes back, unless a party has spent it.
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
  smaller,
  type TradeId,
  type TradeStatus,
} from "../../types/index.ts";
import { type FeeSchedule, takerFee } from "./fees.ts";
import type { Match, MatchType } from "./matching.ts";
import { type AccountId, type Order, priceIn } from "./order.ts";
import type { Random } from "./random.ts";

export interface TradeLeg {
  readonly account: AccountId;
  readonly fill: Fill;
}

/** One taker order against all makers at one price and of one match type. */
export interface Trade {
  readonly id: TradeId;
  readonly market: MarketId;
  /** The number of the trade within its taker order, from 0. */
  readonly index: number;
  readonly type: MatchType;
  readonly status: TradeStatus;
  readonly matchedAt: EpochMs;
  /** When the first attempt fails and the next one begins; null if the first succeeds. */
  readonly retriedAt: EpochMs | null;
  /** When the trade is mined, or has failed for good. */
  readonly minedAt: EpochMs;
  readonly confirmedAt: EpochMs;
  readonly fails: boolean;
  readonly isReversed: boolean;
  /** The taker's first. */
  readonly legs: readonly TradeLeg[];
}

/** The future of a trade: mined so long after its match, and confirmed so long after that. */
export interface SettlementPlan {
  readonly minedAfterMs: number;
  readonly confirmedAfterMs: number;
  /** The second attempt begins so long after the match; null when the first one succeeds. */
  readonly retriedAfterMs: number | null;
  readonly fails: boolean;
  /** Fails after it was mined, when it would be confirmed. */
  readonly isReversed: boolean;
}

export type Settlement = (trade: TradeId) => SettlementPlan;

/** Drawn from the trade's id, so that the plan does not depend on when or how often it is drawn. */
export const seededSettlement =
  (random: Random): Settlement =>
  (trade) => {
    const delays = random.fork(trade);
    return {
      minedAfterMs: delays.integer(2_000, 4_000),
      confirmedAfterMs: delays.integer(2_000, 6_000),
      retriedAfterMs: null,
      fails: false,
      isReversed: false,
    };
  };

export type TradeDraft = Pick<Trade, "type" | "legs">;

/** The matches of one taker order, grouped into one draft for each trade. */
export function tradeDrafts(
  taker: Order,
  matches: readonly Match[],
  schedule: FeeSchedule | null,
): readonly TradeDraft[] {
  if (matches.length === 0) return [];
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

/** When `settled` next takes the trade further; infinite where it never does. */
export function dueAt(trade: Trade): number {
  const { status, retriedAt, minedAt, confirmedAt } = trade;
  if (isUnsettled(trade))
    return status === "matched" && retriedAt !== null ? smaller(retriedAt, minedAt) : minedAt;
  return status === "mined" ? confirmedAt : Infinity;
}

/** The trade at `now`: at most one status further at a time. */
export function settled(trade: Trade, now: EpochMs): Trade {
  if (trade.status === "matched" && trade.retriedAt !== null && trade.retriedAt <= now)
    return { ...trade, status: "retrying" };
  if (isUnsettled(trade) && trade.minedAt <= now)
    return { ...trade, status: trade.fails ? "failed" : "mined" };
  if (trade.status === "mined" && trade.confirmedAt <= now)
    return { ...trade, status: trade.isReversed ? "failed" : "confirmed" };
  return trade;
}

/** Matched, but no shares or dollars have moved yet. */
export const isUnsettled = ({ status }: Trade): boolean =>
  status === "matched" || status === "retrying";

/** The trade cannot change any more. */
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
