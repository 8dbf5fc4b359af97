import type { MonotonicMs, ReferencePrice } from "../../types/index.ts";

export interface VolatilityOptions {
  /** Per square-root second, as a fraction of the price; the estimate before any return. */
  readonly prior: number;
  /** Milliseconds after which half of an estimate is forgotten. */
  readonly halfLifeMs: number;
}

export interface Volatility {
  /** Variance of the log return per second. */
  readonly variancePerSecond: number;
  readonly sample: { readonly price: ReferencePrice; readonly at: MonotonicMs } | null;
}

/** A return beyond so many standard deviations counts as this many: a jump is no volatility. */
const DEVIATIONS_MAX = 5;
/** Returns over less than this are mostly the bounce between bid and ask. */
const SAMPLE_MS = 1_000;

export const unobserved = ({ prior }: VolatilityOptions): Volatility => ({
  variancePerSecond: prior ** 2,
  sample: null,
});

/**
 * Time-decayed EWMA of the squared log return: v' = w v + (1 - w) r^2 / dt with w = 2^(-dt/h), so
 * that unevenly spaced ticks weigh by the time they cover. RiskMetrics with a half-life, and robust:
 * a jump that was real is not paid for during minutes.
 */
export function observed(
  volatility: Volatility,
  price: ReferencePrice,
  at: MonotonicMs,
  { prior, halfLifeMs }: VolatilityOptions,
): Volatility {
  const { sample, variancePerSecond } = volatility;
  if (sample === null) return { ...volatility, sample: { price, at } };
  const elapsedMs = at - sample.at;
  if (elapsedMs < SAMPLE_MS) return volatility;
  const weight = 2 ** (-elapsedMs / halfLifeMs);
  // Of the prior at least, or a calm would never end.
  const seenMax = DEVIATIONS_MAX ** 2 * Math.max(variancePerSecond, prior ** 2);
  const seen = Math.min(seenMax, Math.log(price / sample.price) ** 2 / (elapsedMs / 1_000));
  return {
    variancePerSecond: weight * variancePerSecond + (1 - weight) * seen,
    sample: { price, at },
  };
}
