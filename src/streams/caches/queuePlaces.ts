/** How many shares are filled before each of our resting orders: an estimate from the book and from trades. */
import {
  type BookLevel,
  type Continuity,
  type MarketItem,
  type MicroShares,
  type MonotonicMs,
  NO_SHARES,
  type OrderId,
  type PriceBp,
  type Side,
  type Token,
  type WorkingOrder,
  after,
  complement,
  larger,
  minus,
  smaller,
} from "../../types/index.ts";
import type { BookView } from "./bookCache.ts";

/** One of our orders at its level. */
export interface QueuePlace {
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  /** What is left of it. */
  readonly left: MicroShares;
  readonly matched: MicroShares;
  /** When the venue acknowledged or first reported it; null while it has not, or where that was before us. */
  readonly restedAt: MonotonicMs | null;
  /** Everything at its price, as last shown; null while there is no book. */
  readonly level: MicroShares | null;
  /** The level has been seen to grow by the order at least, or late enough to have it. */
  readonly isShown: boolean;
  /** Shares that are filled first, at most; null while there is no book. */
  readonly ahead: MicroShares | null;
}

export type QueuePlaces = ReadonlyMap<OrderId, QueuePlace>;

export const NO_PLACES: QueuePlaces = new Map();

/** So long after its acknowledgement, milliseconds, what joins a level is behind the order, and the level has it. */
export const SHOWN_WITHIN_MS = 1_000;

/** Our orders that may rest, with the book of now: those that are gone leave, new ones join behind everything. */
export function withWorkingOrders(
  places: QueuePlaces,
  orders: readonly WorkingOrder[],
  book: BookView,
): QueuePlaces {
  if (orders.length === 0) return places.size === 0 ? places : NO_PLACES;
  return new Map(
    orders.map((order) => {
      const known = places.get(order.id);
      return [order.id, known === undefined ? joined(order, book) : followed(known, order)];
    }),
  );
}

function joined(order: WorkingOrder, book: BookView): QueuePlace {
  const { token, side, price, size, matched } = order;
  const level = book && sizeAt(book.value[token], side, price);
  const left = minus(size, matched);
  return {
    token,
    side,
    price,
    left,
    matched,
    level,
    isShown: false,
    ahead: level,
    restedAt: order.phase === "resting" ? order.phaseSince : null,
  };
}

function followed(place: QueuePlace, order: WorkingOrder): QueuePlace {
  const { size, matched, phase, phaseSince } = order;
  const restedAt = place.restedAt ?? (phase === "resting" ? phaseSince : null);
  if (matched === place.matched)
    return restedAt === place.restedAt ? place : { ...place, restedAt };
  // By the priority of price and time, whatever was ahead is gone once the order itself is met.
  return {
    ...place,
    restedAt,
    left: minus(size, matched),
    matched,
    isShown: true,
    ahead: NO_SHARES,
  };
}

/**
 * After an item of the market channel. What leaves a level is taken to have been behind us, but no more is ahead of us
 * than the level has beside our order; trades at the price are taken from the front. What joins before the
 * level shows our order is taken to be ahead, and until it must have it, each jump that may be the order's is taken to be it.
 */
export function foldQueuePlaces(places: QueuePlaces, event: Continuity<MarketItem>): QueuePlaces {
  if (places.size === 0) return places;
  switch (event.type) {
    case "restored":
    case "lost":
      return changed(places, unseen);
    case "failed":
    case "confirmed":
      return places;
    case "item": {
      const { item, at } = event;
      const now = at.monotonicMs;
      switch (item.type) {
        case "book":
          return changed(places, (place) =>
            place.token === item.token
              ? atLevel(place, sizeAt(item.book, place.side, place.price), now)
              : place,
          );
        case "level":
          return changed(places, (place) =>
            place.token === item.token &&
            place.side === item.side &&
            place.price === item.level.price
              ? atLevel(place, item.level.size, now)
              : place,
          );
        case "traded": {
          const { size } = item;
          if (size === null) return places;
          return changed(places, (place) =>
            isMet(place, item) && place.ahead !== null
              ? { ...place, ahead: larger(NO_SHARES, minus(place.ahead, size)) }
              : place,
          );
        }
        case "rulesChanged":
        case "resolved":
          return places;
      }
    }
  }
}

/** Of the changes in a gap nothing is known, but that nobody has come ahead of an order that was shown. */
const unseen = (place: QueuePlace): QueuePlace => ({
  ...place,
  level: null,
  ahead: place.isShown ? place.ahead : null,
});

function atLevel(place: QueuePlace, level: MicroShares, now: MonotonicMs): QueuePlace {
  const { left, matched, restedAt } = place;
  if (matched > 0) return { ...place, level, ahead: NO_SHARES };
  const others = larger(NO_SHARES, minus(level, left));
  const ahead = place.ahead === null ? others : smaller(place.ahead, others);
  if (restedAt !== null && now >= after(restedAt, SHOWN_WITHIN_MS)) {
    return { ...place, level, isShown: true, ahead };
  }
  // Grown by our order at least, it may show the order now: whatever has come before, or with it, may be ahead.
  if (place.level !== null && level - place.level >= left) {
    return { ...place, level, isShown: true, ahead: others };
  }
  return place.isShown ? { ...place, level, ahead } : { ...place, level, ahead: level };
}

/** Whether the taker of a trade has met this level: a bid for NO is an offer of YES at the rest of the dollar. */
function isMet(
  { token, side, price }: QueuePlace,
  trade: Extract<MarketItem, { type: "traded" }>,
): boolean {
  if (trade.side === null) return false;
  return trade.token === token
    ? trade.side !== side && trade.price === price
    : trade.side === side && trade.price === complement(price);
}

/** Most items tell nothing of our orders: those cost no copy. */
function changed(places: QueuePlaces, next: (place: QueuePlace) => QueuePlace): QueuePlaces {
  let moved: Map<OrderId, QueuePlace> | null = null;
  for (const [id, place] of places) {
    const told = next(place);
    if (told !== place) moved = (moved ?? new Map(places)).set(id, told);
  }
  return moved ?? places;
}

function sizeAt(
  { bids, asks }: { readonly bids: readonly BookLevel[]; readonly asks: readonly BookLevel[] },
  side: Side,
  price: PriceBp,
): MicroShares {
  const levels = side === "BUY" ? bids : asks;
  return levels.find((level) => level.price === price)?.size ?? NO_SHARES;
}
