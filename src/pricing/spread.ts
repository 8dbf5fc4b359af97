/** What a quote has to earn, in dollars a share. */
import type { Digital } from "./digital.ts";
import { resultDeviation } from "./fair.ts";
import { normalDensity, normalQuantile } from "./normal.ts";

/** A maker's part of the fee that the other side pays: share * rate * p (1 - p). [fees of crypto markets] */
export const rebate = (
  probability: number,
  { feeRate, rebateRate }: { readonly feeRate: number; readonly rebateRate: number },
): number => feeRate * rebateRate * probability * (1 - probability);

/** How far the fair value moves in `seconds`, as a standard deviation of probability. */
export const fairMove = ({ probability, movePerSqrtSecond }: Digital, seconds: number): number =>
  Math.min(movePerSqrtSecond * Math.sqrt(seconds), resultDeviation(probability));

export interface SpreadParameters {
  readonly tick: number;
  /** Dollars, whatever the market does. */
  readonly fixed: number;
  /** Times the move of fair within our reaction. */
  readonly perMove: number;
  readonly reactionS: number;
}

/** max(tick, k0 + k1 s_L - rebate), s_L the move of fair within our reaction: before rounding to the grid. */
export const halfSpread = (
  digital: Digital,
  { tick, fixed, perMove, reactionS }: SpreadParameters,
  rebateUsd: number,
): number => Math.max(tick, fixed + perMove * fairMove(digital, reactionS) - rebateUsd);

/**
 * phi(z)/sqrt(left): how far a price that is itself a probability (0 to 1) moves per square-root second, where z is
 * its normal quantile and the last price settles in `secondsLeft`. `Digital.movePerSqrtSecond` without a reference.
 */
export const impliedMove = (probability: number, secondsLeft: number): number =>
  normalDensity(normalQuantile(probability)) / Math.sqrt(secondsLeft);

/** One fill of a quote. */
export interface FilledQuote {
  /** Probability per square-root second when it was quoted, as `Digital.movePerSqrtSecond` or `impliedMove`. */
  readonly movePerSqrtSecond: number;
  /** How far the price has gone against the quote since then, in dollars; less than 0 where it went its way. */
  readonly against: number;
}

/** Dollars a share: fixed + perMove * movePerSqrtSecond. */
export interface BreakEven {
  readonly fixed: number;
  readonly perMove: number;
}

/**
 * The half-spread, before rebate, at which such fills would have earned nothing: least squares of what went against
 * them on how fast the price moves then; `through` 0 for a line without its fixed part. `fixed` is of
 * `SpreadParameters`, `perMove` the same there for a reaction of one second. Null where the fills determine no line.
 */
export function breakEvenSpread(
  fills: readonly FilledQuote[],
  through: "any" | "0" = "any",
): BreakEven | null {
  const count = fills.length;
  let [x, y, xx, xy] = [0, 0, 0, 0];
  for (const { movePerSqrtSecond, against } of fills) {
    xx += movePerSqrtSecond ** 2;
    xy += movePerSqrtSecond * against;
    if (through === "0") continue;
    x += movePerSqrtSecond;
    y += against;
  }
  const spread = count * xx - x * x;
  // Rounding leaves a little where every fill has the same speed.
  if (!(spread > SAME_SPEED * count * xx)) return null;
  const perMove = (count * xy - x * y) / spread;
  return { fixed: (y - perMove * x) / count, perMove };
}

const SAME_SPEED = 1e-12;
