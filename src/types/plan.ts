import type { Side, Token } from "./market.ts";
import type { MicroShares, PriceBp } from "./units.ts";

/** The two legs of a quote. A bid buys YES or sells NO; an ask sells YES or buys NO. */
export type Slot = "bid" | "ask";
export const SLOTS: readonly Slot[] = ["bid", "ask"];

/**
 * `reduceSell` gives up stock; `openBuy` buys YES for a bid; `complementBuy` buys NO for an ask;
 * `closeSell` takes the bids there are, to sell stock at once.
 */
export type OrderKind = "reduceSell" | "openBuy" | "complementBuy" | "closeSell";

/** One legal order that helps to express a leg. */
export interface PlannedOrder {
  readonly slot: Slot;
  readonly kind: OrderKind;
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
}

export type ResidualReason =
  | "belowSizeMin"
  | "belowNotionalMin"
  | "outOfBounds"
  | "mode"
  | "netMax"
  | "grossMax"
  | "cash"
  | "reduceOnly"
  | "noBid";

/** A part of a leg that no legal order expresses, and why. */
export interface Residual {
  readonly size: MicroShares;
  readonly reason: ResidualReason;
}

export interface LegPlan {
  readonly slot: Slot;
  readonly orders: readonly PlannedOrder[];
  readonly residuals: readonly Residual[];
  /** The size wanted, where `aggregate` rounded a buy up to the minimum. */
  readonly aggregatedFrom: MicroShares | null;
}

export type ExecutionPlan = Readonly<Record<Slot, LegPlan>>;
