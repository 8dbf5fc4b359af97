/** An order of ours that has waited, beside a better price at the end of another queue: which is worth more. */
import { expectedFill } from "../../pricing/index.ts";
import {
  DOLLAR_BP,
  MICRO,
  type PriceBp,
  type QuoteLeg,
  ceilTo,
  floorTo,
  priceBp,
} from "../../types/index.ts";
import type { View } from "./defineStrategy.ts";
import { isBid, othersShares, ownShares, yesPrice } from "./othersBook.ts";
import type { StrategyParameters } from "./parameters.ts";

export type QueueParameters = Pick<StrategyParameters, "queueHorizonMs" | "replaceCostUsd">;

/** A shorter past says little of how much trades. */
const PAST_MIN_MS = 1_000;

/**
 * The leg, or the price at which an order of ours already rests behind it and is worth more: shares that are expected to be filled within the
 * horizon, by the newest trades, times what the leg is better than `centreBp`, the price at which we are indifferent. Never a
 * price nearer to it than the leg's. Without a horizon, and without trades to judge by, the leg.
 */
export function keptInQueue(
  leg: QuoteLeg | null,
  side: "bid" | "ask",
  centreBp: number,
  view: View,
  { queueHorizonMs, replaceCostUsd }: QueueParameters,
): QuoteLeg | null {
  if (leg === null || queueHorizonMs === 0 || view.trades.length === 0) return leg;
  const { tick } = view.market.rules;
  // As the planner shows it.
  const onGrid = side === "bid" ? floorTo(leg.price, tick) : ceilTo(leg.price, tick);
  // Beyond the last price there is no order to compare with.
  if (onGrid <= 0 || onGrid >= DOLLAR_BP) return leg;
  const shown = priceBp(onGrid);
  // What fills further back is a sweep that goes on: measured, it earns no more for the cent that it is behind.
  const edge = Math.abs(centreBp - shown) / DOLLAR_BP;
  const worth = (price: PriceBp, size: number, ahead: number): number => {
    const expected = reaching(view, side, price) * queueHorizonMs;
    return edge * expectedFill({ ahead: ahead / MICRO, size: size / MICRO, expected });
  };
  const moved = worth(shown, leg.size, othersAt(view, side, shown)) - replaceCostUsd;
  let best: { readonly price: PriceBp; readonly value: number } | null = null;
  for (const order of view.orders) {
    if (order.ahead === null || isBid(order) !== (side === "bid")) continue;
    const price = yesPrice(order);
    if (side === "bid" ? price >= shown : price <= shown) continue;
    const value = worth(price, order.size, order.ahead);
    if (value > moved && value > (best?.value ?? 0)) best = { price, value };
  }
  return best === null ? leg : { ...leg, price: best.price };
}

/** Shares a millisecond that takers have brought to this price or past it. */
function reaching({ trades, now }: View, side: "bid" | "ask", price: PriceBp): number {
  const [first] = trades;
  if (first === undefined) return 0;
  let shares = 0;
  for (const { price: at, size, takerSide } of trades) {
    const isTaker = takerSide === null || takerSide === (side === "bid" ? "SELL" : "BUY");
    const isReached = side === "bid" ? at <= price : at >= price;
    if (isTaker && isReached) shares += (size ?? 0) / MICRO;
  }
  const pastMs = now.monotonicMs - first.receivedAt.monotonicMs;
  return shares / Math.max(pastMs, PAST_MIN_MS);
}

/** What others show at a price of YES, in millionths of a share. */
function othersAt({ book, orders, ended }: View, side: "bid" | "ask", price: PriceBp): number {
  const levels = side === "bid" ? book?.value.YES.bids : book?.value.YES.asks;
  const size = levels?.find((level) => level.price === price)?.size ?? 0;
  const [own, gone] = [orders, ended].map((ours) => ownShares(ours, side).get(price) ?? 0);
  return othersShares(size, own ?? 0, gone ?? 0);
}
