/** What the venue allows and how long we wait for it, as data. */
import type { BucketSize } from "../operators/index.ts";

export interface Tier {
  readonly orders: BucketSize;
  readonly cancels: BucketSize;
}

export type TierName =
  "standard" | "copper" | "bronze" | "silver" | "gold" | "platinum" | "diamond" | "elite";

/**
 * Token buckets per signer, by the volume of the last 30 days. Costs: a place 1 per leg, a cancel 1
 * per id, a cancel-all 1 plus what it cancels.
 * @see https://docs.polymarket.com/api-reference/trading-rate-limits
 */
export const TIERS: Readonly<Record<TierName, Tier>> = {
  standard: tier(40, 60, 80, 120),
  copper: tier(60, 90, 120, 180),
  bronze: tier(80, 120, 160, 240),
  silver: tier(200, 300, 400, 600),
  gold: tier(400, 600, 800, 1_200),
  platinum: tier(450, 675, 900, 1_350),
  diamond: tier(525, 787, 1_050, 1_575),
  elite: tier(600, 900, 1_200, 1_800),
};

function tier(
  orderRate: number,
  orderBurst: number,
  cancelRate: number,
  cancelBurst: number,
): Tier {
  return {
    orders: { perSecond: orderRate, burst: orderBurst },
    cancels: { perSecond: cancelRate, burst: cancelBurst },
  };
}

/** Requests that one address may make in 10 seconds, and in 10 minutes; null is no limit. */
export interface IpLimit {
  readonly per10s: number;
  readonly per10min: number | null;
}

/** @see https://docs.polymarket.com/api-reference/rate-limits */
export const IP_LIMITS = {
  "POST /order": { per10s: 5_000, per10min: 120_000 },
  "POST /orders": { per10s: 2_000, per10min: 21_000 },
  "DELETE /order": { per10s: 5_000, per10min: 120_000 },
  "DELETE /orders": { per10s: 2_000, per10min: 15_000 },
  "DELETE /cancel-all": { per10s: 250, per10min: 6_000 },
  "DELETE /cancel-market-orders": { per10s: 1_500, per10min: 21_000 },
  "GET /balance-allowance": { per10s: 200, per10min: null },
  "GET /data/orders": { per10s: 500, per10min: null },
  "GET /data/trades": { per10s: 500, per10min: null },
} as const satisfies Readonly<Record<string, IpLimit>>;

/**
 * Requests of all markets together, at the limits of the batch endpoints, which are the narrowest:
 * burst and refill of any ten minutes stay within them.
 */
export const PLACE_REQUESTS: BucketSize = { perSecond: 34, burst: 600 };
export const CANCEL_REQUESTS: BucketSize = { perSecond: 24, burst: 600 };

/** All reads together, at the limit of the balance endpoint, which is the narrowest. */
export const READS: BucketSize = { perSecond: 10, burst: 100 };

/** Reads of a survey, besides one for each id: the open orders, three balances, the trades. */
export const READS_PER_SURVEY = 5;
/** More for a survey before which the venue reads the three balances anew. */
export const READS_PER_REFRESH = 3;

/** How long an answer is waited for before the outcome counts as unknown. */
export interface Deadlines {
  readonly placeMs: number;
  readonly cancelMs: number;
  readonly stopMs: number;
  /** For the reads of one survey together; for each page of its trades anew. */
  readonly surveyMs: number;
  readonly heartbeatMs: number;
}

export const DEADLINES: Deadlines = {
  placeMs: 3_000,
  cancelMs: 2_000,
  stopMs: 1_500,
  surveyMs: 5_000,
  heartbeatMs: 2_000,
};

/** Cancels on the wire at once; one that hangs must not hold up the next. */
export const CANCELS_RUNNING_MAX = 4;
/** A wave that has waited longer, behind another or for a permit, is not sent any more. */
export const PLACE_WAIT_MAX_MS = 250;
/** A cancel that has waited longer, for others or a permit, is not sent: the executor decides again. */
export const CANCEL_WAIT_MAX_MS = 1_000;
/** For all pages of trades of one survey; the executor gives up on a survey later than this. */
export const TRADES_READ_MAX_MS = 60_000;
/** Places given up on whose late answer is still listened for. */
export const DETACHED_MAX = 256;

/** Permits to place are short below one full wave, and ample again from two on. */
export const SHORT_BELOW = 15;
export const AMPLE_FROM = 30;
export const SHORTAGE_CHECK_MS = 100;

/** After a refusal for the rate that does not say how long to wait. */
export const OVER_LIMIT_MS = 1_000;
/** The venue's longest window: no wait of ours is longer, whatever a header says. */
export const OVER_LIMIT_MAX_MS = 600_000;

/** The venue's dead-man switch: how often we beat, and how long after the last beat it fires. */
export const HEARTBEAT_EVERY_MS = 5_000;
/** After a beat that the venue did not take. */
export const HEARTBEAT_RETRY_MS = 1_000;
export const HEARTBEAT_LAPSE_MS = 10_000;
