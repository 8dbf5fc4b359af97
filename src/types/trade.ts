import type { OrderId, TradeId } from "./ids.ts";
import type { Side, Token } from "./market.ts";
import type { EpochMs, MicroShares, MicroUsdc, PriceBp } from "./units.ts";

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
