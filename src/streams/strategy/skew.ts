/** Leaning against what is held: where a quote's middle lies, and which of its sides is shown. */
import { logOdds, probabilityOf } from "../../pricing/index.ts";
import { DOLLAR_BP, MICRO, type QuoteLeg, netShares } from "../../types/index.ts";
import type { QuoteTarget, View } from "./defineStrategy.ts";
import { askLeg, bidLeg } from "./leg.ts";
import type { StrategyParameters } from "./parameters.ts";
import { type QueueParameters, keptInQueue } from "./queueValue.ts";

/**
 * The price at which we are indifferent to one share more, holding `net` shares of YES - NO:
 * logit(p) - skew * net. Exact for exponential utility held to settlement, and it can never leave
 * (0, 1).
 */
export function reservationPrice(fair: number, net: number, skewPerShare: number): number {
  return probabilityOf(logOdds(fair) - skewPerShare * net);
}

export type LeaningParameters = QueueParameters &
  Pick<StrategyParameters, "sizeShares" | "skewPerShare" | "oneSidedAtShares">;

/** A spread around fair, in basis points of a dollar; beyond `oneSidedAtShares` only the side that brings us back. */
export function leaning(
  view: View,
  { probability, halfBp }: { readonly probability: number; readonly halfBp: number },
  parameters: LeaningParameters,
): QuoteTarget {
  const { sizeShares, skewPerShare, oneSidedAtShares } = parameters;
  const net = netShares(view.inventory) / MICRO;
  const centre = reservationPrice(probability, net, skewPerShare) * DOLLAR_BP;
  const kept = (leg: QuoteLeg | null, side: "bid" | "ask"): QuoteLeg | null =>
    keptInQueue(leg, side, centre, view, parameters);
  const bid = kept(bidLeg(centre - halfBp, sizeShares), "bid");
  const ask = kept(askLeg(centre + halfBp, sizeShares), "ask");
  const fairBp = Math.round(probability * DOLLAR_BP);
  if (net >= oneSidedAtShares) {
    return { mode: "oneSidedSell", bid: null, ask, reason: "long", fairBp };
  }
  if (net <= -oneSidedAtShares) {
    return { mode: "oneSidedBuy", bid, ask: null, reason: "short", fairBp };
  }
  return { mode: "normal", bid, ask, reason: "quoting", fairBp };
}
