import type { Side } from "./market.ts";
import type { Instant, MicroShares, PriceBp } from "./units.ts";

/** A best-effort view of the outside, and when we received it. Others judge whether it is stale. */
export interface Snapshot<Value> {
  readonly value: Value;
  readonly receivedAt: Instant;
}

export interface BookLevel {
  readonly price: PriceBp;
  readonly size: MicroShares;
}

/** Both sides of one token's book, best level first. */
export interface Book {
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** Best prices of one token; null where that side is empty. */
export interface Touch {
  readonly bid: PriceBp | null;
  readonly ask: PriceBp | null;
}

/** A trade that the venue has told everyone of, ours among them, as a trade in YES. */
export interface PublicTrade {
  readonly price: PriceBp;
  /** Null where the venue does not tell. */
  readonly size: MicroShares | null;
  /** The taker's: a BUY has met an ask. Null where the venue does not tell. */
  readonly takerSide: Side | null;
  readonly receivedAt: Instant;
}
