import { errorFunction } from "simple-statistics";
import type { ReferencePrice } from "../../types/index.ts";

export interface FairInput {
  readonly price: ReferencePrice;
  readonly strike: ReferencePrice;
  /** Of the log return, per second. */
  readonly variancePerSecond: number;
  readonly timeLeftMs: number;
}

/**
 * Probability that the reference ends at or above the strike: a digital on a driftless lognormal,
 * P(S_T >= K) = Phi((ln(S/K) - v/2) / sqrt(v)) with v the variance left. With no time left it is a
 * step, and a tie is YES.
 */
export function fairValue({ price, strike, variancePerSecond, timeLeftMs }: FairInput): number {
  const variance = variancePerSecond * (timeLeftMs / 1_000);
  if (timeLeftMs <= 0 || variance <= 0) return price >= strike ? 1 : 0;
  return normalCdf((Math.log(price / strike) - variance / 2) / Math.sqrt(variance));
}

const normalCdf = (z: number): number => 0.5 * (1 + errorFunction(z / Math.SQRT2));
