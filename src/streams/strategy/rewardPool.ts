/**
 * What the venue's pool for resting orders pays, and what it costs to rest there. Once a minute an order of v basis points'
 * largest distance, at a distance s of the middle, scores S(v, s) = ((v - s) / v)^2 for each share; a maker's score is the smaller of
 * both sides, or where the middle is from 0.10 to 0.90 a third of the larger, if that is more; and a minute's part of
 * the pool is shared by score. [docs.polymarket.com, market makers, liquidity rewards]
 */
import { type BookLevel, DOLLAR_BP, MICRO, type RecentFill, after } from "../../types/index.ts";
import type { View } from "./defineStrategy.ts";
import { othersShares, ownShares } from "./othersBook.ts";

const MINUTES_A_DAY = 24 * 60;
const MINUTE_MS = 60_000;

/** What quoting on one side alone counts. */
const ONE_SIDED = 1 / 3;
/** Outside of these, basis points, it counts nothing. */
const MIDDLE = { from: 1_000, to: 9_000 };

/** Of one share: 1 at the middle, 0 from the largest distance on. Distances in basis points of a dollar. */
export const shareScore = (spreadMaxBp: number, distanceBp: number): number =>
  distanceBp >= spreadMaxBp ? 0 : ((spreadMaxBp - Math.max(0, distanceBp)) / spreadMaxBp) ** 2;

/** Of both sides' scores together, at a middle in basis points of a YES. */
export function makerScore(bid: number, ask: number, midBp: number): number {
  const isMiddle = midBp >= MIDDLE.from && midBp <= MIDDLE.to;
  return Math.max(Math.min(bid, ask), isMiddle ? ONE_SIDED * Math.max(bid, ask) : 0);
}

/**
 * What others show within the band, scored as one maker's. Too small orders are counted with the others, and a maker who shows one side
 * alone as if the other side were his, too: the book does not tell whose an order is.
 */
export function othersScore(
  { book, orders, ended }: Pick<View, "book" | "orders" | "ended">,
  spreadMaxBp: number,
  midBp: number,
): number {
  const { bids, asks } = book?.value.YES ?? { bids: [], asks: [] };
  const sideScore = (levels: readonly BookLevel[], side: "bid" | "ask"): number => {
    const [own, gone] = [ownShares(orders, side), ownShares(ended, side)];
    let sum = 0;
    for (const { price, size } of levels) {
      const score = shareScore(spreadMaxBp, Math.abs(price - midBp));
      if (score === 0) break;
      const others = othersShares(size, own.get(price) ?? 0, gone.get(price) ?? 0);
      sum += (score * others) / MICRO;
    }
    return sum;
  };
  const bid = sideScore(bids, "bid");
  const ask = sideScore(asks, "ask");
  return makerScore(bid, ask, midBp);
}

/** Dollars a minute of a pool of so many a day; at most, since what others hide is not counted. */
export const poolIncome = (poolUsdPerDay: number, ours: number, others: number): number =>
  ours === 0 ? 0 : (poolUsdPerDay / MINUTES_A_DAY) * (ours / (ours + others));

/** What our fills are, and cost. */
export interface FillCost {
  readonly sharesPerMinute: number;
  /** How far the middle moves against a share within seconds of its fill, basis points. */
  readonly adverseBp: number;
}

/** Fills are counted over so long, milliseconds; older ones were in another market. */
export const COUNTED_MS = 5 * MINUTE_MS;

/**
 * How fast our orders are filled, and how far the middle has then moved against them after five seconds, by our own fills and by
 * what is assumed, which stands for them before there are any and weighs as a minute of them afterwards.
 */
export function fillCost(
  { fills, now, market }: Pick<View, "fills" | "now" | "market">,
  assumed: FillCost,
): FillCost {
  const since = after(now.monotonicMs, -COUNTED_MS);
  const recent = fills.filter(({ heardAt }) => heardAt.monotonicMs >= since);
  const openMs = Math.min(COUNTED_MS, Math.max(0, now.epochMs - market.opensAt));
  const filled = sharesOf(recent);
  const judged = recent.flatMap((fill) => {
    const adverse = adverseOf(fill);
    return adverse === null ? [] : [{ shares: fill.size / MICRO, adverse }];
  });
  const weight = judged.reduce((sum, { shares }) => sum + shares, assumed.sharesPerMinute);
  const moved = judged.reduce(
    (sum, { shares, adverse }) => sum + shares * adverse,
    assumed.sharesPerMinute * assumed.adverseBp,
  );
  return {
    sharesPerMinute: (assumed.sharesPerMinute + filled) / (1 + openMs / MINUTE_MS),
    adverseBp: weight === 0 ? assumed.adverseBp : moved / weight,
  };
}

const sharesOf = (fills: readonly RecentFill[]): number =>
  fills.reduce((sum, { size }) => sum + size, 0) / MICRO;

/** Null while it is not known. A middle that is beyond the price already was on its other side when we quoted. */
function adverseOf({ side, price, midBp, markoutBp }: RecentFill): number | null {
  if (midBp === null || markoutBp.after5s === null) return null;
  const edgeBp = side === "BUY" ? midBp - price : price - midBp;
  return Math.max(0, edgeBp) - markoutBp.after5s;
}

/** Dollars a minute lost to who knows more, of quotes with these edges to fair; null shows nothing on that side. */
export function adverseLoss(
  { sharesPerMinute, adverseBp }: FillCost,
  edgesBp: readonly (number | null)[],
): number {
  const perSide = sharesPerMinute / edgesBp.length;
  // What a fill earns is no reason to rest far from the middle: further away there are fewer.
  const lost = edgesBp.map((edge) => (edge === null ? 0 : Math.max(0, adverseBp - edge)));
  return (perSide * lost.reduce((sum, each) => sum + each, 0)) / DOLLAR_BP;
}
