/** The market without us: our own orders rest in the book that a strategy sees. */
import {
  type BookLevel,
  DOLLAR_BP,
  type PriceBp,
  complement,
  microShares,
} from "../../types/index.ts";
import { microprice } from "../../pricing/index.ts";
import type { OwnOrder, View } from "./defineStrategy.ts";

/** The best levels of YES, with what others show there; null where they show none. */
export interface OthersTouch {
  readonly bid: BookLevel | null;
  readonly ask: BookLevel | null;
}

/** A bid for YES and an offer of NO at its complement are one order to the venue. */
export const isBid = ({ token, side }: OwnOrder): boolean => (token === "YES") === (side === "BUY");
export const yesPrice = ({ token, price }: OwnOrder): PriceBp =>
  token === "YES" ? price : complement(price);

/** Millionths of a share by YES price. */
type Shares = ReadonlyMap<PriceBp, number>;

/** Our shares on one side of YES, by YES price. */
export function ownShares(orders: readonly OwnOrder[], side: "bid" | "ask"): Shares {
  const shares = new Map<PriceBp, number>();
  for (const order of orders) {
    if (isBid(order) !== (side === "bid")) continue;
    const price = yesPrice(order);
    shares.set(price, (shares.get(price) ?? 0) + order.size);
  }
  return shares;
}

/** What is taken out of the book. */
type Ours = Pick<View, "book" | "orders" | "ended">;

/** Both sides as others show them; nothing without a book. */
export function othersTouch({ book, orders, ended }: Ours): OthersTouch {
  const { bids, asks } = book?.value.YES ?? { bids: [], asks: [] };
  return {
    bid: bestOf(bids, ownShares(orders, "bid"), ownShares(ended, "bid")),
    ask: bestOf(asks, ownShares(orders, "ask"), ownShares(ended, "ask")),
  };
}

/** Basis points of a dollar, a half included; null while a side has no order but ours. */
export function othersMid(view: Ours): number | null {
  const { bid, ask } = othersTouch(view);
  // An order of ours that is not in the book yet, or not gone from it yet, may leave a crossed rest.
  return bid === null || ask === null || bid.price >= ask.price
    ? null
    : (bid.price + ask.price) / 2;
}

/** Microprice of YES in dollars; null where there is no mid. */
export function othersMicroprice(view: Ours): number | null {
  const { bid, ask } = othersTouch(view);
  if (bid === null || ask === null || bid.price >= ask.price) return null;
  const sizes = { bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size };
  return microprice(sizes) / DOLLAR_BP;
}

/** A level that is ours alone is not there; a part of a share may be left of one by rounding. */
function bestOf(levels: readonly BookLevel[], own: Shares, ended: Shares): BookLevel | null {
  for (const { price, size } of levels) {
    const others = othersShares(size, own.get(price) ?? 0, ended.get(price) ?? 0);
    if (others > DUST) return { price, size: microShares(others) };
  }
  return null;
}

/** Of a level, less our own and what of ours has just ended. A level that is too small for that has lost it already. */
export function othersShares(size: number, own: number, ended: number): number {
  const rest = size - own;
  return Math.max(0, rest + DUST < ended ? rest : rest - ended);
}

/** A hundredth of a share, the venue's lot, in millionths. */
const DUST = DOLLAR_BP;
