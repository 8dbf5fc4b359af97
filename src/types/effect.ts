/** Everything the executor can ask for. Effects leave only through the gateway. */
import type { Facts } from "./errors.ts";
import type { MarketId, OrderId, RequestId } from "./ids.ts";
import type { Epoch, OrderTicket } from "./order.ts";
import type { Slot } from "./plan.ts";
import type { EpochMs } from "./units.ts";

export interface PlaceLeg {
  readonly orderId: OrderId;
  readonly ticket: OrderTicket;
  readonly epoch: Epoch;
  /** Possibly-live orders of the market once this leg rests: what a cancel-all would cost. */
  readonly liveAfter: number;
}

/** One wave, 1 to 15 legs, at most one SELL per token. The unit of receipt is the leg. */
export interface PlaceEffect {
  readonly type: "place";
  readonly market: MarketId;
  readonly slot: Slot;
  readonly legs: readonly PlaceLeg[];
}

export interface CancelEffect {
  readonly type: "cancel";
  readonly market: MarketId;
  readonly orderIds: readonly OrderId[];
}

/** Overtakes everything, and raises the fence: no leg of an older epoch leaves after it. */
export interface CancelAllEffect {
  readonly type: "cancelAll";
  readonly market: MarketId;
  readonly requestId: RequestId;
  readonly epoch: Epoch;
}

/** Reads open orders, these ids, balances, then trades, as one answer. */
export interface SurveyEffect {
  readonly type: "survey";
  readonly market: MarketId;
  readonly requestId: RequestId;
  readonly orderIds: readonly OrderId[];
  readonly tradesSince: EpochMs;
  /** The venue reads our balances anew before it answers with them. */
  readonly isRefreshed?: boolean;
}

export interface AlertEffect {
  readonly type: "alert";
  readonly market: MarketId;
  readonly text: string;
  readonly facts: Facts;
}

export type Effect = PlaceEffect | CancelEffect | CancelAllEffect | SurveyEffect | AlertEffect;
