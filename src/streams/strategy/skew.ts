/** Leaning against what is held: where a quote's middle lies, and which of its sides is shown. */
import { logOdds, probabilityOf } from "../../pricing/index.ts";
import { DOLLAR_BP, MICRO, netShares } from "../../types/index.ts";
import type { QuoteTarget, View } from "./defineStrategy.ts";
import { askLeg, bidLeg } from "./leg.ts";
import type { StrategyParameters } from "./parameters.ts";

/**
 * The price at which we are indifferent to one share more, holding `net` shares of YES - NO:
 * logit(p) - skew * net. Exact for exponential utility held to settlement, and it can never leave
 * (0, 1).
 */
export function reservationPrice(fair: number, net: number, skewPerShare: number): number {
  return probabilityOf(logOdds(fair) - skewPerShare * net);
}

/** A spread around fair, in basis points of a dollar; beyond `oneSidedAtShares` only the side that brings us back. */
export function leaning(
  { inventory }: View,
  { probability, halfBp }: { readonly probability: number; readonly halfBp: number },
  parameters: Pick<StrategyParameters, "sizeShares" | "skewPerShare" | "oneSidedAtShares">,
): QuoteTarget {
  const { sizeShares, skewPerShare, oneSidedAtShares } = parameters;
  const net = netShares(inventory) / MICRO;
  const centre = reservationPrice(probability, net, skewPerShare) * DOLLAR_BP;
  const bid = bidLeg(centre - halfBp, sizeShares);
  const ask = askLeg(centre + halfBp, sizeShares);
  const fairBp = Math.round(probability * DOLLAR_BP);
  if (net >= oneSidedAtShares) {
    return { mode: "oneSidedSell", bid: null, ask, reason: "long", fairBp };
  }
  if (net <= -oneSidedAtShares) {
    return { mode: "oneSidedBuy", bid, ask: null, reason: "short", fairBp };
  }
  return { mode: "normal", bid, ask, reason: "quoting", fairBp };
}
