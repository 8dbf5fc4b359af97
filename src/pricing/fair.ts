/** What the model does not know, and what the market says: the error of a fair value, and the blend. */
import type { Digital } from "./digital.ts";
import { normalDensity } from "./normal.ts";
import { logOdds, probabilityOf } from "./odds.ts";

export interface Unknowns {
  /** Relative, of the variance; `VARIANCE_ERROR` unless it is known better. */
  readonly varianceError: number;
  /** Of the log distance between the feeds, in standard deviations of one second of the price. */
  readonly basisSqrtSeconds: number;
  /** From the price's moment to the moment our order could be hit at it: its age, and our reaction. */
  readonly latencyS: number;
}

/**
 * Standard error of a probability: how far someone who sees more may be ahead of it. Latency and basis
 * through the move of the price, the variance through phi(z) |z| e / 2, added as squares. At most
 * sqrt(p (1 - p)), the standard deviation of the result itself.
 */
export function standardError(digital: Digital, unknowns: Unknowns): number {
  const { probability, z, movePerSqrtSecond } = digital;
  const { varianceError, basisSqrtSeconds, latencyS } = unknowns;
  const ofVariance = Number.isFinite(z) ? (normalDensity(z) * z * varianceError) / 2 : 0;
  const ofPrice = movePerSqrtSecond ** 2 * (latencyS + basisSqrtSeconds ** 2);
  return Math.min(Math.sqrt(ofPrice + ofVariance ** 2), resultDeviation(probability));
}

export const resultDeviation = (probability: number): number =>
  Math.sqrt(probability * (1 - probability));

/** Best prices and sizes of one token, dollars and shares. */
export interface TouchSizes {
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

/** The mid, leaning to the side that has less in front of it: (ask Q_bid + bid Q_ask) / (Q_bid + Q_ask). */
export const microprice = ({ bid, bidSize, ask, askSize }: TouchSizes): number =>
  (ask * bidSize + bid * askSize) / (bidSize + askSize);

/** One weight for each; what is missing to a sum of 1 is given to a coin. */
export interface BlendWeights {
  readonly mid: number;
  readonly fair: number;
}

/** logit p = w_mid logit(mid) + w_fair logit(fair). [logarithmic opinion pool, Genest and Zidek 1986] */
export const blended = (mid: number, fair: number, weights: BlendWeights): number =>
  probabilityOf(weights.mid * logOdds(mid) + weights.fair * logOdds(fair));
