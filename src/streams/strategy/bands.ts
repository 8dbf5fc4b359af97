/**
 * Bands as in Polymarket's poly-market-maker, one for each side: orders within its margins and amounts are left where they
 * are, others make way for one at the average margin. Reduced to one bid and one ask, so further bands are not there.
 */
import { z } from "zod";
import { DOLLAR_BP, MICRO, microShares } from "../../types/index.ts";
import { type QuoteTarget, type View, defineStrategy, stopTarget } from "./defineStrategy.ts";
import { askLeg, bidLeg } from "./leg.ts";
import { fair, noMid } from "./mid.ts";
import { othersMid, ownShares } from "./othersBook.ts";

const marginBp = z
  .number()
  .int()
  .min(0)
  .max(DOLLAR_BP - 1);
const amountShares = z.number().min(0).max(100_000);

const bandsParameters = z
  .strictObject({
    bidMinMarginBp: marginBp.default(50).describe("a bid nearer to the mid is replaced"),
    bidAvgMarginBp: marginBp.default(100).describe("of a new bid, below the mid"),
    bidMaxMarginBp: marginBp.default(200).describe("a bid further from the mid is replaced"),
    bidMinShares: amountShares.default(10).describe("less than this in the band is filled up"),
    bidAvgShares: amountShares.default(20).describe("what the band is filled up to"),
    bidMaxShares: amountShares.default(40).describe("more than this in the band is replaced"),
    askMinMarginBp: marginBp.default(50).describe("an ask nearer to the mid is replaced"),
    askAvgMarginBp: marginBp.default(100).describe("of a new ask, above the mid"),
    askMaxMarginBp: marginBp.default(200).describe("an ask further from the mid is replaced"),
    askMinShares: amountShares.default(10).describe("less than this in the band is filled up"),
    askAvgShares: amountShares.default(20).describe("what the band is filled up to"),
    askMaxShares: amountShares.default(40).describe("more than this in the band is replaced"),
  })
  .superRefine((given, context) => {
    if (given.bidAvgMarginBp + given.askAvgMarginBp === 0) {
      const message = "above 0, or bidAvgMarginBp: a bid would meet its ask";
      context.addIssue({ code: "custom", path: ["askAvgMarginBp"], message });
    }
    for (const side of ["bid", "ask"] as const) {
      const band = bandOf(given, side);
      const wrong = (key: string, message: string): void =>
        context.addIssue({ code: "custom", path: [`${side}${key}`], message });
      if (band.minMargin > band.avgMargin) wrong("AvgMarginBp", `at least ${side}MinMarginBp`);
      if (band.avgMargin > band.maxMargin) wrong("AvgMarginBp", `at most ${side}MaxMarginBp`);
      if (band.minMargin >= band.maxMargin) wrong("MaxMarginBp", `above ${side}MinMarginBp`);
      if (band.minShares > band.avgShares) wrong("AvgShares", `at least ${side}MinShares`);
      if (band.avgShares > band.maxShares) wrong("AvgShares", `at most ${side}MaxShares`);
    }
  });

export type BandsParameters = Readonly<z.output<typeof bandsParameters>>;

/** Margins in basis points of a dollar. */
interface Band {
  readonly minMargin: number;
  readonly avgMargin: number;
  readonly maxMargin: number;
  readonly minShares: number;
  readonly avgShares: number;
  readonly maxShares: number;
}

const bandOf = (given: z.output<typeof bandsParameters>, side: "bid" | "ask"): Band => ({
  minMargin: given[`${side}MinMarginBp`],
  avgMargin: given[`${side}AvgMarginBp`],
  maxMargin: given[`${side}MaxMarginBp`],
  minShares: given[`${side}MinShares`],
  avgShares: given[`${side}AvgShares`],
  maxShares: given[`${side}MaxShares`],
});

function quote(view: View, parameters: BandsParameters): QuoteTarget {
  if (view.book === null) return stopTarget("no book on the present market connection");
  const mid = othersMid(view);
  if (mid === null) return noMid;
  return {
    mode: "normal",
    bid: legIn(view, mid, "bid", bandOf(parameters, "bid")),
    ask: legIn(view, mid, "ask", bandOf(parameters, "ask")),
    reason: "quoting",
    fairBp: Math.round(mid),
  };
}

/** What rests in the band at one price and in its amounts, or else a new order. */
function legIn({ orders }: View, mid: number, side: "bid" | "ask", band: Band) {
  const resting = [...ownShares(orders, side)];
  const [only] = resting;
  if (only !== undefined && resting.length === 1) {
    const [price, size] = only;
    const margin = side === "bid" ? mid - price : price - mid;
    const shares = size / MICRO;
    const isWithin = margin >= band.minMargin && margin < band.maxMargin;
    if (isWithin && shares >= band.minShares && shares <= band.maxShares) {
      return { price, size: microShares(size) };
    }
  }
  return side === "bid"
    ? bidLeg(mid - band.avgMargin, band.avgShares)
    : askLeg(mid + band.avgMargin, band.avgShares);
}

export const bands = defineStrategy<BandsParameters>({
  name: "bands",
  describe: "one band on each side of the mid, as users of poly-market-maker know it",
  parameters: bandsParameters,
  quote,
  fair,
});
