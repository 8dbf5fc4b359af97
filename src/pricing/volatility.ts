/** The variance of a price, from its own past: robust, and never far below a slow estimate of itself. */

export interface VolatilityOptions {
  /** Per square-root second, as a fraction of the price; both estimates before any return. */
  readonly prior: number;
  /** Returns over less than this see the feed's smoothing and the bounce between bid and ask. */
  readonly sampleMs: number;
  /** Milliseconds after which half of the estimate is forgotten. */
  readonly halfLifeMs: number;
  /** Of the slow estimate. */
  readonly anchorHalfLifeMs: number;
}

/** For the settlement feed and Binance alike. [measured on a day of the settlement feed, D-039] */
export const VOLATILITY_DEFAULTS = {
  prior: 0.00009,
  sampleMs: 5_000,
  halfLifeMs: 300_000,
  anchorHalfLifeMs: 3_600_000,
} as const satisfies VolatilityOptions;

export interface Volatility {
  /** Variance of the log return per second. */
  readonly variancePerSecond: number;
  /** The two estimates behind it. */
  readonly fast: number;
  readonly anchor: number;
  /** The last sampled price, and when it came, in milliseconds of any one clock. */
  readonly sample: { readonly price: number; readonly at: number } | null;
}

/** A return beyond so many standard deviations counts as this many: one bad tick is no volatility. */
const DEVIATIONS_MAX = 4;
/** Of the anchor's standard deviation: a calm of minutes is no proof that it lasts. */
const FLOOR_OF_ANCHOR = 0.5;
/** After a silence of so many samples the next price is a new beginning, not a return. */
const GAP_SAMPLES = 12;

export const unobserved = ({ prior }: VolatilityOptions): Volatility => ({
  variancePerSecond: prior ** 2,
  fast: prior ** 2,
  anchor: prior ** 2,
  sample: null,
});

/**
 * Time-decayed EWMA of the squared log return: v' = w v + (1 - w) r^2 / dt with w = 2^(-dt/h), so
 * that unevenly spaced ticks weigh by the time they cover. [RiskMetrics 1996, with a half-life]
 */
export function observed(
  volatility: Volatility,
  price: number,
  at: number,
  { sampleMs, halfLifeMs, anchorHalfLifeMs }: VolatilityOptions,
): Volatility {
  const { sample, fast, anchor } = volatility;
  if (!(price > 0) || price === Infinity) return volatility;
  const elapsedMs = sample === null ? Infinity : at - sample.at;
  if (elapsedMs < sampleMs) return volatility;
  if (sample === null || elapsedMs > GAP_SAMPLES * sampleMs) {
    return { ...volatility, sample: { price, at } };
  }
  const squared = Math.log(price / sample.price) ** 2 / (elapsedMs / 1_000);
  // Of the anchor at least, or a calm would never end.
  const seen = Math.min(squared, DEVIATIONS_MAX ** 2 * Math.max(fast, anchor));
  const after = (before: number, ms: number): number => {
    // One return says as much of the variance whatever time it covers, so a late one weighs as two.
    const weight = 2 ** (-Math.min(elapsedMs, 2 * sampleMs) / ms);
    return weight * before + (1 - weight) * seen;
  };
  const next = { fast: after(fast, halfLifeMs), anchor: after(anchor, anchorHalfLifeMs) };
  return {
    ...next,
    variancePerSecond: Math.max(next.fast, FLOOR_OF_ANCHOR ** 2 * next.anchor),
    sample: { price, at },
  };
}

/**
 * Standard deviation of ln(variance that came / variance that was expected) over five minutes: 0.62 on the day
 * that was measured, of which sampling explains little.
 */
export const VARIANCE_ERROR = 0.6;

/** Loss of a forecast of a variance that turned out as `realised`; 0 is perfect. [Patton 2011] */
export const qlike = (realised: number, forecast: number): number =>
  realised / forecast - Math.log(realised / forecast) - 1;
