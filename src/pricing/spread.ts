/** What a quote has to earn, in dollars a share. */
import type { Digital } from "./digital.ts";
import { resultDeviation } from "./fair.ts";

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
