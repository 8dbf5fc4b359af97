import type { MarketId, OrderId, TokenId } from "./ids.ts";
import type { Side } from "./market.ts";
import type { PlannedOrder } from "./plan.ts";
import type { EpochMs, MicroShares, MonotonicMs, PriceBp } from "./units.ts";

/** Counts stops. A place leg decided in an older epoch than the fence's is never sent. */
export interface Epoch {
  readonly account: number;
  readonly market: number;
}

/** The order as the venue will see it: everything its id is the hash of, and how long it lives. */
export interface OrderTicket {
  readonly market: MarketId;
  readonly tokenId: TokenId;
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
  /** 53 bits, a hash of nonce, step and leg: never drawn, so a replay makes the same bytes. */
  readonly salt: number;
  readonly createdAt: EpochMs;
  /** GTD expiry as sent to the venue, which removes the order a minute before; else null. */
  readonly expiresAt: EpochMs | null;
  readonly orderType: OrderType;
  readonly postOnly: boolean;
}

/** `FAK` takes what it finds at its price or better, and never rests. */
export type OrderType = "GTC" | "GTD" | "FAK";

export type OrderPhase = "placing" | "resting" | "cancelling" | "unknown" | "closed";

/** What an event says about one of our orders. */
export type OrderSignal =
  | "acked"
  | "rejected"
  | "notSent"
  | "answerLost"
  | "reportedLive"
  | "reportedClosed"
  | "filled"
  | "cancelSent"
  | "endAcked"
  | "cancelRefused"
  | "cancelGone"
  | "cancelLost"
  | "provenAbsent"
  | "reappeared";

/** One of our orders from the step that decided it until nothing about it can change any more. */
export interface WorkingOrder extends PlannedOrder {
  readonly id: OrderId;
  /** The venue's id, where that is not the one we computed; else null. */
  readonly venueId: OrderId | null;
  readonly phase: OrderPhase;
  readonly phaseSince: MonotonicMs;
  readonly placedAt: MonotonicMs;
  readonly expiresAt: EpochMs | null;
  /** Sum of our fills. A trade that failed has used up its part of the order too. */
  readonly matched: MicroShares;
  /** The largest count of matches of the venue that was ahead of our fills, and since when. */
  readonly venueCount: { readonly size: MicroShares; readonly since: MonotonicMs } | null;
  /** What the venue says was matched in all, once it says the order is over; null until then. */
  readonly finalMatched: MicroShares | null;
  /** Closed because the venue never had it, by proof or by its answer: a report re-opens it. */
  readonly closedByAbsence: boolean;
  /** Cancels by id that were refused or not answered. */
  readonly cancelFailures: number;
  readonly cancelRetryAt: MonotonicMs | null;
  /** Until when a place that was given up on may still be carried out; null while none was. */
  readonly answerableUntil: MonotonicMs | null;
  /** When the venue last showed that it has the order; null while it never has. */
  readonly seenAt: MonotonicMs | null;
  /** When the first survey began that did not show it, since it was last seen. */
  readonly absentSince: MonotonicMs | null;
  /** Since when its price is not the planned one, on the same side of it; null while it is. */
  readonly offPrice: { readonly since: MonotonicMs; readonly isBehind: boolean } | null;
}

/** How long our orders take. */
export interface OrderLatency {
  /**
   * From the decision to place an order to its acknowledgement, milliseconds, smoothed; null until there was one, and where the
   * last one was too long ago.
   */
  readonly roundTripMs: number | null;
}
