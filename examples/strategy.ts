/**
 * A strategy of your own, around the microprice: `npx tandem-mm --strategy ./strategy.ts`. Node runs TypeScript from 22.18
 * on; for an older one write it as JavaScript.
 */
import { askLeg, bidLeg, defineStrategy, stopTarget, z } from "tandem-mm/strategy";

export default defineStrategy({
  name: "microprice",
  describe: "a fixed spread around the size-weighted middle of the book",
  // Units in the names. The configuration is checked against this, and `tandem strategies` shows it.
  parameters: z.strictObject({
    halfSpreadBp: z.number().int().min(10).max(2_000).default(150).describe("on each side"),
    sizeShares: z.number().min(5).max(1_000).default(20).describe("per side"),
  }),
  // A pure function of what is known now: no clock, no network. Prices are of YES, in hundredths of a cent.
  quote({ book }, { halfSpreadBp, sizeShares }) {
    if (book === null) return stopTarget("no book");
    const [bid] = book.value.YES.bids;
    const [ask] = book.value.YES.asks;
    if (bid === undefined || ask === undefined) {
      return { mode: "normal", bid: null, ask: null, reason: "one side is empty", fairBp: null };
    }
    const centre = (bid.price * ask.size + ask.price * bid.size) / (bid.size + ask.size);
    return {
      mode: "normal",
      bid: bidLeg(centre - halfSpreadBp, sizeShares),
      ask: askLeg(centre + halfSpreadBp, sizeShares),
      reason: "quoting",
      fairBp: Math.round(centre),
    };
  },
});
