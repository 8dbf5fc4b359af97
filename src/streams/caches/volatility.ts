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

/** Returns over less than this are mostly the bounce between bid and ask. */
const SAMPLE_MS = 1_000;

export const unobserved = ({ prior }: VolatilityOptions): Volatility => ({
  variancePerSecond: prior ** 2,
  sample: null,
});

/**
 * Time-decayed EWMA of the squared log return: v' = w v + (1 - w) r^2 / dt with w = 2^(-dt/h), so
 * that unevenly spaced ticks weigh by the time they cover. RiskMetrics with a half-life.
 */
export function observed(
  volatility: Volatility,
  price: ReferencePrice,
  at: MonotonicMs,
  { halfLifeMs }: VolatilityOptions,
): Volatility {
  const { sample, variancePerSecond } = volatility;
  if (sample === null) return { ...volatility, sample: { price, at } };
  const elapsedMs = at - sample.at;
  if (elapsedMs < SAMPLE_MS) return volatility;
  const weight = 2 ** (-elapsedMs / halfLifeMs);
  const seen = Math.log(price / sample.price) ** 2 / (elapsedMs / 1_000);
  return {
    variancePerSecond: weight * variancePerSecond + (1 - weight) * seen,
    sample: { price, at },
  };
}
