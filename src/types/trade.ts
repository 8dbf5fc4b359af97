import type { OrderId, TradeId } from "./ids.ts";
import type { Side, Token } from "./market.ts";
import type { EpochMs, Instant, MicroShares, MicroUsdc, PriceBp } from "./units.ts";

export type TradeStatus = "matched" | "mined" | "confirmed" | "retrying" | "failed";

/** Our part of a trade: always from our own order's view, whichever token the taker traded. */
export interface Fill {
  readonly orderId: OrderId;
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
  /** Taker fee in dollars; zero for a maker. */
  readonly fee: MicroUsdc;
}

/** What the venue says of one trade, from the user channel or a read. */
export interface TradeReport {
  readonly id: TradeId;
  readonly status: TradeStatus;
  readonly matchedAt: EpochMs;
  readonly fills: readonly Fill[];
  /** Orders of ours whose part of the trade cannot be read; left out where there are none. */
  readonly unreadable?: readonly OrderId[];
}

/** One of our last fills as a trade in YES, and what it was worth a little later. */
export interface RecentFill {
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
  /** When we heard of it: the venue tells its own time in whole seconds. */
  readonly heardAt: Instant;
  /** The middle of what others quoted just then, in basis points of a YES; null without one. */
  readonly midBp: number | null;
  /**
   * What a share of it is better than the same middle so long after, in basis points: negative for a loss. Null before
   * that, and where there was no middle.
   */
  readonly markoutBp: {
    readonly after1s: number | null;
    readonly after5s: number | null;
    readonly after15s: number | null;
  };
}
