/** A frame of the market or the user channel, and the step of the exchange that leads to it. */
import type { EpochMs, Market, MarketId } from "../../../types/index.ts";
import type { AccountId, ExchangeState, VenueFact } from "../../exchange/index.ts";
import type { BookMetas, MarketPolicy } from "../state/index.ts";
import type { Registry } from "../rest/index.ts";

export interface MarketFrame {
  readonly channel: "market";
  readonly market: MarketId;
  /** Sent to subscribers of one of these tokens; null is every subscriber. */
  readonly assets: readonly string[] | null;
  /** Only for subscribers with `custom_feature_enabled`. */
  readonly isExtended: boolean;
  readonly payload: unknown;
}

export interface UserFrame {
  readonly channel: "user";
  readonly account: AccountId;
  readonly market: MarketId;
  readonly payload: unknown;
}

export type Frame = MarketFrame | UserFrame;

/** Who is there to be sent a frame: none is made for nobody. It may say yes where no frame is wanted. */
export interface Subscribers {
  readonly watches: (market: Market) => boolean;
  readonly follows: (account: AccountId, market: MarketId) => boolean;
}

export interface ExchangeStep {
  readonly before: ExchangeState;
  readonly after: ExchangeState;
  readonly facts: readonly VenueFact[];
  /** After the step. */
  readonly bookMeta: BookMetas;
  readonly registry: Registry;
  readonly now: EpochMs;
  readonly policy: MarketPolicy;
}
