/** What the venue allows and how long we wait for it, as data. */

/**
 * Token buckets of the venue's Standard tier, per signer. Costs: a place 1 per leg, a cancel 1 per
 * id, a cancel-all 1 plus what it cancels.
 * @see https://docs.polymarket.com/api-reference/trading-rate-limits
 */
export const STANDARD_TIER = {
  orders: { perSecond: 40, burst: 60 },
  cancels: { perSecond: 80, burst: 120 },
} as const;

/** How long an answer is waited for before the outcome counts as unknown. */
export interface Deadlines {
  readonly placeMs: number;
  readonly cancelMs: number;
  readonly stopMs: number;
  /** For all the reads of one survey together. */
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
/** Places given up on whose late answer is still listened for. */
export const DETACHED_MAX = 256;

/** The venue's dead-man switch: beaten this often, it fires after the lapse. */
export const HEARTBEAT_EVERY_MS = 5_000;
/** After one that was not taken. */
export const HEARTBEAT_RETRY_MS = 1_000;
export const HEARTBEAT_LAPSE_MS = 10_000;
