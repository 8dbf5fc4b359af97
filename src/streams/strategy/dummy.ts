/** Fixed prices, whatever the market does: for first steps and tests. */
import { z } from "zod";
import { DOLLAR_BP } from "../../types/index.ts";
import { type QuoteTarget, type View, defineStrategy, stopTarget } from "./defineStrategy.ts";
import { askLeg, bidLeg } from "./leg.ts";

const price = z
  .number()
  .int()
  .min(1)
  .max(DOLLAR_BP - 1);

const dummyParameters = z
  .strictObject({
    bidBp: price.default(4_000).describe("price of the bid for YES, in hundredths of a cent"),
    askBp: price.default(6_000).describe("price of the ask of YES"),
    sizeShares: z.number().min(5).max(100_000).default(20).describe("per side"),
  })
  .refine(({ bidBp, askBp }) => bidBp < askBp, { path: ["askBp"], message: "above bidBp" });

export type DummyParameters = Readonly<z.output<typeof dummyParameters>>;

function quote({ book }: View, { bidBp, askBp, sizeShares }: DummyParameters): QuoteTarget {
  if (book === null) return stopTarget("no book on the present market connection");
  return {
    mode: "normal",
    bid: bidLeg(bidBp, sizeShares),
    ask: askLeg(askBp, sizeShares),
    reason: "quoting",
    fairBp: null,
  };
}

export const dummy = defineStrategy<DummyParameters>({
  name: "dummy",
  describe: "fixed prices, for tests and first steps",
  parameters: dummyParameters,
  quote,
});
