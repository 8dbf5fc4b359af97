/**
 * How far the market's own price lies from the model's, averaged over seconds. The market knows what the model does not, but
 * follows the reference late: what it knows counts by this average, and a move of the reference counts at once and whole.
 */
import { logOdds, probabilityOf } from "../../pricing/index.ts";
import { type MonotonicMs, after } from "../../types/index.ts";

export interface MarketOffset {
  /** ln(p / (1 - p)) of the market's price less that of the model's, averaged. */
  readonly logOdds: number;
  /** The market's price as last seen, 0 to 1: no blend lies beyond it and the model. */
  readonly market: number;
  /** When both were last seen. */
  readonly at: MonotonicMs;
}

/** Long beside the tenths of a second by which a market follows, short beside what it learns otherwise. */
const HALF_LIFE_MS = 5_000;
/** One that was last seen so long ago counts for nothing, and the next begins anew. */
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
  const known = inTime(before, at);
  if (known === null) return { logOdds: seen, market, at };
  const weight = 1 - 2 ** (-(at - known.at) / HALF_LIFE_MS);
  return { logOdds: known.logOdds + weight * (seen - known.logOdds), market, at };
}

/** Null once it is too old. */
export const inTime = (offset: MarketOffset | null, now: MonotonicMs): MarketOffset | null =>
  offset !== null && now <= after(offset.at, OFFSET_AGE_MAX_MS) ? offset : null;

/**
 * The model's probability, moved by so much of the offset; never beyond what the model and the market say, since the averaged distance
 * of a market near 0 or 1, where it has no finer prices, would carry the model's next move far past both.
 */
export function shifted(
  model: number,
  { logOdds: by, market }: MarketOffset,
  weight: number,
): number {
  const probability = probabilityOf(logOdds(model) + weight * by);
  return Math.min(Math.max(probability, Math.min(model, market)), Math.max(model, market));
}
