/** Quotes around what others quote: the baseline that every strategy has to be better than. */
import type { z } from "zod";
import { DOLLAR_BP } from "../../types/index.ts";
import {
  type Fair,
  type QuoteTarget,
  type View,
  defineStrategy,
  nothingShown,
  stopTarget,
} from "./defineStrategy.ts";
import { othersMid } from "./othersBook.ts";
import { strategyParameters } from "./parameters.ts";
import { leaning } from "./skew.ts";

const midParameters = strategyParameters.pick({
  halfSpreadBp: true,
  sizeShares: true,
  skewPerShare: true,
  oneSidedAtShares: true,
  queueHorizonMs: true,
  replaceCostUsd: true,
});

export type MidParameters = Readonly<z.output<typeof midParameters>>;

function quote(view: View, parameters: MidParameters): QuoteTarget {
  if (view.book === null) return stopTarget("no book on the present market connection");
  const mid = othersMid(view);
  if (mid === null) return noMid;
  const around = { probability: mid / DOLLAR_BP, halfBp: parameters.halfSpreadBp };
  return leaning(view, around, parameters);
}

/** The mid itself: a tick of the reference pulls a quote that the book has moved away from. */
export function fair(view: View): Fair | null {
  const mid = othersMid(view);
  return mid === null
    ? null
    : { probability: mid / DOLLAR_BP, standardError: 0, movePerSqrtSecond: 0 };
}

/** Nothing to quote around is no fault: nothing is shown until others quote. */
export const noMid: QuoteTarget = nothingShown("no mid: others quote on one side at most");

export const mid = defineStrategy<MidParameters>({
  name: "mid",
  describe: "a fixed spread around the mid of what others quote, leaning against what is held",
  parameters: midParameters,
  quote,
  fair,
});
