/** The market without us: our own orders rest in the book that a strategy sees. */
import {
  type BookLevel,
  DOLLAR_BP,
  type MicroShares,
  type PriceBp,
  complement,
} from "../../types/index.ts";
import type { RestingOrder, View } from "./defineStrategy.ts";

/** The best prices of YES that others show; null where they show none. */
export interface OthersTouch {
  readonly bid: PriceBp | null;
  readonly ask: PriceBp | null;
}

/** A bid for YES and an offer of NO at its complement are one order to the venue. */
const isBid = ({ token, side }: RestingOrder): boolean => (token === "YES") === (side === "BUY");
const yesPrice = ({ token, price }: RestingOrder): PriceBp =>
  token === "YES" ? price : complement(price);

/** Our shares on one side of YES, by YES price. */
export function ownShares(
  orders: readonly RestingOrder[],
  side: "bid" | "ask",
): ReadonlyMap<PriceBp, number> {
  const shares = new Map<PriceBp, number>();
  for (const order of orders) {
    if (isBid(order) !== (side === "bid")) continue;
    const price = yesPrice(order);
    shares.set(price, (shares.get(price) ?? 0) + order.size);
  }
  return shares;
}

/** Both sides as others show them; nothing without a book. */
export function othersTouch({ book, orders }: Pick<View, "book" | "orders">): OthersTouch {
  const { bids, asks } = book?.value.YES ?? { bids: [], asks: [] };
  return {
    bid: bestOf(bids, ownShares(orders, "bid")),
    ask: bestOf(asks, ownShares(orders, "ask")),
  };
}

/** Basis points of a dollar, a half included; null while a side has no order but ours. */
export function othersMid(view: Pick<View, "book" | "orders">): number | null {
  const { bid, ask } = othersTouch(view);
  // An order of ours that is not in the book yet, or not gone from it yet, may leave a crossed rest.
  return bid === null || ask === null || bid >= ask ? null : (bid + ask) / 2;
}

/** A level that is ours alone is not there; a part of a share may be left of one by rounding. */
function bestOf(levels: readonly BookLevel[], own: ReadonlyMap<PriceBp, number>): PriceBp | null {
  const isOthers = ({ price, size }: { readonly price: PriceBp; readonly size: MicroShares }) =>
    size - (own.get(price) ?? 0) > DUST;
  return levels.find(isOthers)?.price ?? null;
}

/** A hundredth of a share, the venue's lot, in millionths. */
const DUST = DOLLAR_BP;
