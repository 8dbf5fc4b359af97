/** What the account is set to, hears and says. All of it is plain data, and time comes with each input. */
import type {
  EpochMs,
  Instant,
  LimitAction,
  LimitHit,
  MarketId,
  MicroShares,
  MicroUsdc,
  MonotonicMs,
  PriceBp,
  ReferencePrice,
  SettlementRule,
  Token,
} from "../types/index.ts";

/** What a limit is counted over. */
type LimitExtent = "account" | "reference" | "market";

/** Each by its name, whose last word is its unit; a rate is a plain count. */
export const LIMIT_NAMES = [
  "lossPerWindowUsd",
  "lossPerDayUsd",
  "drawdownUsd",
  "worstLossUsd",
  "exposurePerPercentUsd",
  "exposurePerSigmaUsd",
  "refusalsPerMinute",
  "failedTradesPerMinute",
  "differencesPerMinute",
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

export const EXTENTS: Readonly<Record<LimitName, LimitExtent>> = {
  /** From zero, or from the result at the last clearance. */
  lossPerWindowUsd: "market",
  /** In the UTC day in which it is marked. */
  lossPerDayUsd: "account",
  /** From the highest result since the last clearance. */
  drawdownUsd: "account",
  /** If every open market resolves as badly as it can together with the others (`worstLoss.ts`). */
  worstLossUsd: "account",
  /** What a move of the reference by 1 % may cost with live orders filled; of a market without a reference, that market's. */
  exposurePerPercentUsd: "reference",
  /** The same for one standard deviation of it until the end of each market. */
  exposurePerSigmaUsd: "reference",
  refusalsPerMinute: "account",
  failedTradesPerMinute: "account",
  differencesPerMinute: "account",
};

export const RATES = ["refusals", "failedTrades", "differences"] as const;
export type RateName = (typeof RATES)[number];
export const RATE_LIMITS = {
  refusalsPerMinute: "refusals",
  failedTradesPerMinute: "failedTrades",
  differencesPerMinute: "differences",
} as const satisfies Partial<Record<LimitName, RateName>>;

export interface LimitSetting {
  /** Hit above this, in the unit of the name. */
  readonly max: number;
  readonly action: LimitAction;
}

export interface AccountConfig {
  /** By series, above 0; of one that is not named 1. All markets of no series share one part. */
  readonly weights: Readonly<Record<string, number>>;
  /** Most that is handed out at once, whatever cash there is. */
  readonly capital: MicroUsdc;
  /** A part is a whole number of these, or all that its market wants. Above 0. */
  readonly quantum: MicroUsdc;
  /** A market gets no less than this or nothing: two minimum orders. Above 0. */
  readonly partMin: MicroUsdc;
  readonly limits: Readonly<Partial<Record<LimitName, LimitSetting>>>;
  /** How much further from the middle a limit with the action `widen` moves both quotes, in basis points of a dollar. */
  readonly widenBp: number;
  /** An older best bid does not change the result of a market. */
  readonly markAgeMaxMs: number;
}

/** What the account hears of one market, made from its executor's state whenever some of it has changed. */
export interface MarketDigest {
  /** Its first survey is done: nothing else in here counts before. */
  readonly isRead: boolean;
  /** Of the limits its executor acts on. */
  readonly limitsSeq: number;
  /** Cash out of all trades that have not failed, less cash in of the settled ones; below 0 where more came in. */
  readonly spent: MicroUsdc;
  /** What BUYs that may be live can still take, also those of others on the account. */
  readonly reserved: MicroUsdc;
  /** Cash in less cash out of the settled ones among the very trades that `spent` counts. */
  readonly settledFlow: MicroUsdc;
  /** What sales that have matched and not settled will bring: a balance may have it already. */
  readonly incoming: MicroUsdc;
  /** No trade is neither confirmed nor failed, no order unknown, nothing in flight. */
  readonly isQuiet: boolean;
  /** An order may be live. */
  readonly mayRest: boolean;
  /** Its end has passed: its executor places nothing any more. */
  readonly isOver: boolean;
  /** Effective: once everything matched has settled. */
  readonly stock: Readonly<Record<Token, MicroShares>>;
  /** YES less NO if every live bid fills, and if every live ask does. */
  readonly worstUp: MicroShares;
  readonly worstDown: MicroShares;
  /** What live orders can still cost if that token wins: price × size of those that buy the other one, or sell this one for less than its dollar. */
  readonly lostIf: Readonly<Record<Token, MicroUsdc>>;
  /** Cash in less cash out of all trades that have not failed, over the market's whole life. */
  readonly flow: MicroUsdc;
  /** Change of a YES's value in dollars for +1 % of the reference; 0 once the end has passed, null where there is no model. */
  readonly deltaPerPercent: number | null;
  /** The same for +1 standard deviation until the end. */
  readonly deltaPerSigma: number | null;
  /** Best bids, and when they were last seen. */
  readonly mark: Readonly<Record<Token, PriceBp | null>> & { readonly at: MonotonicMs };
  readonly winner: Token | null;
  /** Since the market was opened. */
  readonly counts: Readonly<Record<RateName, number>>;
}

export interface OpenedMarket {
  readonly market: MarketId;
  readonly series: string | null;
  /** Name of the price it settles by; null where there is none that is known. */
  readonly reference: string | null;
  readonly endsAt: EpochMs;
  readonly settledBy: SettlementRule;
  readonly strike: ReferencePrice;
  /** Its own budget: it never gets more. */
  readonly wants: MicroUsdc;
}

export type AccountInput = { readonly at: Instant } & (
  | ({ readonly type: "market.opened" } & OpenedMarket)
  | { readonly type: "market.changed"; readonly market: MarketId; readonly digest: MarketDigest }
  /** Its executor is gone. */
  | { readonly type: "market.left"; readonly market: MarketId }
  /** The venue's balance, asked for at `beganAt`. */
  | { readonly type: "cash.read"; readonly cash: MicroUsdc; readonly beganAt: MonotonicMs }
  | {
      readonly type: "limit.cleared";
      readonly limit: string;
      readonly reason: string;
      readonly who: string;
    }
  | { readonly type: "clock" }
);

/** Whom a limit concerns. */
export type Scope =
  | { readonly type: "account" }
  | { readonly type: "reference"; readonly reference: string }
  | { readonly type: "market"; readonly market: MarketId };

/** For the log and the journal; amounts of limits in the unit of their name. */
export type Notice =
  | { readonly type: "limit.hit"; readonly scope: Scope; readonly hit: LimitHit }
  /** One that only widens, and is far enough within its limit again. */
  | {
      readonly type: "limit.ended";
      readonly scope: Scope;
      readonly hit: LimitHit;
      readonly value: number;
    }
  | {
      readonly type: "limit.cleared";
      readonly scope: Scope;
      readonly hit: LimitHit;
      readonly reason: string;
      readonly who: string;
      /** What the limit counts from, or up to what it is excused: before and from now on. */
      readonly base: { readonly from: number; readonly to: number };
    }
  | { readonly type: "limit.notCleared"; readonly limit: string; readonly why: string }
  /** Cash that no trade explains came or went; null at the first adoption. */
  | {
      readonly type: "cash.adopted";
      readonly cash: MicroUsdc;
      readonly change: MicroUsdc | null;
    }
  | { readonly type: "cash.short"; readonly cash: MicroUsdc; readonly missing: MicroUsdc }
  | { readonly type: "market.refused"; readonly market: MarketId; readonly max: number }
  /** Its executor is gone while cash or an order of it may be out: its part stays until it is opened again. */
  | { readonly type: "market.kept"; readonly market: MarketId; readonly held: MicroUsdc }
  | {
      readonly type: "market.closed";
      readonly market: MarketId;
      readonly result: MicroUsdc;
    }
  | { readonly type: "day.began"; readonly day: number; readonly resultBefore: MicroUsdc };
