/** What the account allows one market, over all markets; each executor decides alone within it. */
import type { OperatorLevel } from "./level.ts";
import type { EpochMs, MicroUsdc } from "./units.ts";
import { BALANCE_MAX } from "./bounds.ts";
import { microUsdc } from "./units.ts";

/** What a limit of the account does while it is hit, the mildest first. */
export const LIMIT_ACTIONS = ["widen", "reduceOnly", "flatten", "halt"] as const;
export type LimitAction = (typeof LIMIT_ACTIONS)[number];

/** A limit of the account that is hit. */
export interface LimitHit {
  /** As the configuration names it, such as "lossPerDayUsd". */
  readonly limit: string;
  readonly action: LimitAction;
  /** What was measured when it was hit, and the limit, both in the unit that the name ends with. */
  readonly value: number;
  readonly max: number;
  readonly since: EpochMs;
}

/** What a market may do. It replaces the one before as a whole, so that one that is lost or comes twice does no harm. */
export interface MarketLimits {
  /** Counts them for one market: older ones that come late are ignored. */
  readonly seq: number;
  /**
   * Most that the market may have spent and reserved at once: cash that went out for what it bought, less cash that came
   * in for what it sold and has settled, plus what its orders that may be live can still take.
   */
  readonly cash: MicroUsdc;
  /** The stricter of this and the operator's level is in force. */
  readonly level: OperatorLevel;
  /** Both quotes stand this much further from the middle than the strategy asks, in basis points of a dollar. */
  readonly widenBp: number;
  /** Every limit that is hit and acts on this market. */
  readonly hits: readonly LimitHit[];
}

/** For a market without an account over it, as in a replay of a journal from before there was one. */
export const UNLIMITED: MarketLimits = {
  seq: 0,
  cash: microUsdc(BALANCE_MAX),
  level: "normal",
  widenBp: 0,
  hits: [],
};
