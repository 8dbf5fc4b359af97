/**
 * How far the market's own price lies from the model's, averaged over seconds. The market knows what the model does not, but
 * follows the reference late: what it knows counts by this average, and a move of the reference counts at once and whole.
 */
import { logOdds } from "../../pricing/index.ts";
import { type MonotonicMs, after } from "../../types/index.ts";

export interface MarketOffset {
  /** ln(p / (1 - p)) of the market's price less that of the model's, averaged. */
  readonly logOdds: number;
  /** When both were last seen. */
  readonly at: MonotonicMs;
}

/** Long beside the tenths of a second by which a market follows, short beside what it learns otherwise. */
const HALF_LIFE_MS = 5_000;
/** One that was last seen so long ago is forgotten: the next begins anew. */
const OFFSET_AGE_MAX_MS = 5_000;
/** How often it is seen between two quotes. */
export const OFFSET_SAMPLE_MS = 200;

/** EWMA of the distance; the first one, and the first after a gap, counts whole. Probabilities 0 to 1. */
export function withOffset(
  before: MarketOffset | null,
  { market, model }: { readonly market: number; readonly model: number },
  at: MonotonicMs,
): MarketOffset {
  const seen = logOdds(market) - logOdds(model);
  if (before === null || at > after(before.at, OFFSET_AGE_MAX_MS)) return { logOdds: seen, at };
  const weight = 1 - 2 ** (-(at - before.at) / HALF_LIFE_MS);
  return { logOdds: before.logOdds + weight * (seen - before.logOdds), at };
}
