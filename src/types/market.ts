import type { OfCoin } from "./coin.ts";
import type { MarketId, TokenId } from "./ids.ts";
import type { EpochMs, MicroShares, MicroUsdc, PriceBp, ReferencePrice } from "./units.ts";

export type Token = "YES" | "NO";
export type Side = "BUY" | "SELL";

export const TOKENS: readonly Token[] = ["YES", "NO"];
export const otherToken = (token: Token): Token => (token === "YES" ? "NO" : "YES");
export const otherSide = (side: Side): Side => (side === "BUY" ? "SELL" : "BUY");

/** What the venue demands of an order in this market. The tick may change while it trades. */
export interface MarketRules {
  readonly tick: PriceBp;
  readonly orderSizeMin: MicroShares;
  /** Sizes are whole multiples of this. */
  readonly lot: MicroShares;
  /** Smallest price × size; zero where the venue asks none of resting orders. */
  readonly notionalMin: MicroUsdc;
}

/**
 * How a window settles. `twap60`: the mean of the settlement feed over its last 60 s, against the
 * same mean at the open. `candle`: close against open of the reference's own candle. `spot`: the last
 * price against the first. With each, a tie is YES.
 */
export type SettlementRule = "twap60" | "candle" | "spot";

/** What the venue pays resting orders for, once a minute, where it pays. */
export interface MarketRewards {
  /** Smaller orders are not paid. */
  readonly sizeMin: MicroShares;
  /** Largest distance to the mid, in basis points of a dollar. */
  readonly spreadMaxBp: number;
  /** What all makers together get, in dollars a day. Absent where the venue does not tell. */
  readonly poolUsdPerDay?: number;
}

/**
 * What a market charges takers and gives back to makers: a taker pays takerRate × p × (1 - p) dollars a share at a
 * price of p dollars, and the makers of the trade together get rebateRate of that.
 */
export interface MarketFees {
  /** A plain fraction: 0.07 for crypto; 0 where nothing is charged. */
  readonly takerRate: number;
  /** Share of the fee, 0 to 1. */
  readonly rebateRate: number;
}

/** One binary market: it pays a dollar per YES if the reference ends at or above the strike. */
export interface Market extends OfCoin {
  readonly id: MarketId;
  readonly slug: string;
  /** As the command line names it, such as `btc-updown-5m`; absent where it belongs to none. */
  readonly series?: string;
  readonly tokenIds: Readonly<Record<Token, TokenId>>;
  readonly opensAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly strike: ReferencePrice;
  readonly settledBy: SettlementRule;
  readonly rules: MarketRules;
  /** Of a market with a reward pool alone. */
  readonly rewards?: MarketRewards;
  /** Absent where they are not known, as in journals from before markets had them. */
  readonly fees?: MarketFees;
}
