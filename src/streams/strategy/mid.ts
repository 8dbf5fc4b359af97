/** Quotes around what others quote: the baseline that every strategy has to be better than. */
import type { z } from "zod";
import { DOLLAR_BP, MICRO, netShares } from "../../types/index.ts";
import {
  type Fair,
  type QuoteTarget,
  type View,
  defineStrategy,
  stopTarget,
} from "./defineStrategy.ts";
import { askLeg, bidLeg } from "./leg.ts";
import { othersMid } from "./othersBook.ts";
import { strategyParameters } from "./parameters.ts";
import { reservationPrice } from "./skew.ts";

const midParameters = strategyParameters.pick({
  halfSpreadBp: true,
  sizeShares: true,
  skewPerShare: true,
  oneSidedAtShares: true,
});

export type MidParameters = Readonly<z.output<typeof midParameters>>;

function quote(view: View, parameters: MidParameters): QuoteTarget {
  if (view.book === null) return stopTarget("no book on the present market connection");
  const mid = othersMid(view);
  if (mid === null) return noMid;
  const { halfSpreadBp, sizeShares, skewPerShare, oneSidedAtShares } = parameters;
  const net = netShares(view.inventory) / MICRO;
  const centre = reservationPrice(mid / DOLLAR_BP, net, skewPerShare) * DOLLAR_BP;
  const bid = bidLeg(centre - halfSpreadBp, sizeShares);
  const ask = askLeg(centre + halfSpreadBp, sizeShares);
  const fairBp = Math.round(mid);
  if (net >= oneSidedAtShares) {
    return { mode: "oneSidedSell", bid: null, ask, reason: "long", fairBp };
  }
  if (net <= -oneSidedAtShares) {
    return { mode: "oneSidedBuy", bid, ask: null, reason: "short", fairBp };
  }
  return { mode: "normal", bid, ask, reason: "quoting", fairBp };
}

/** The mid itself: a tick of the reference pulls a quote that the book has moved away from. */
export function fair(view: View): Fair | null {
  const mid = othersMid(view);
  return mid === null
    ? null
    : { probability: mid / DOLLAR_BP, standardError: 0, movePerSqrtSecond: 0 };
}

/** Nothing to quote around is no fault: nothing is shown until others quote. */
export const noMid: QuoteTarget = {
  mode: "normal",
  bid: null,
  ask: null,
  reason: "no mid: others quote one side at most",
  fairBp: null,
};

export const mid = defineStrategy<MidParameters>({
  name: "mid",
  describe: "a fixed spread around the mid of what others quote, leaning against what is held",
  parameters: midParameters,
  quote,
  fair,
});
