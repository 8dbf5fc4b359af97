import { logOdds, probabilityOf } from "../../pricing/index.ts";

/**
 * The price at which we are indifferent to one share more, holding `net` shares of YES - NO:
 * logit(p) - skew * net. Exact for exponential utility held to settlement, and it can never leave
 * (0, 1).
 */
export function reservationPrice(fair: number, net: number, skewPerShare: number): number {
  return probabilityOf(logOdds(fair) - skewPerShare * net);
}
