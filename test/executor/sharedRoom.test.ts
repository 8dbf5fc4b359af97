/** Room for both legs together: cash, and YES + NO. Neither leg takes it all from the other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlanInput, plan } from "../../src/executor/planner.ts";
import {
  type ExecutionPlan,
  MICRO,
  type PlannedOrder,
  SLOTS,
  type Slot,
  notionalCeil,
} from "../../src/types/index.ts";
import {
  FOREVER,
  RUNS,
  cents,
  config,
  dollars,
  inventory,
  quote,
  rules,
  shares,
  trading,
} from "../support/builders.ts";
import { inWords, planInput } from "../support/plans.ts";

interface Situation {
  readonly YES: number;
  readonly NO: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly bidCents: number;
  readonly askCents: number;
  readonly cash: number;
  readonly grossRoom: number;
}

const BOTH: Situation = {
  YES: 0,
  NO: 0,
  bidSize: 20,
  askSize: 20,
  bidCents: 40,
  askCents: 60,
  cash: 1_000,
  grossRoom: 1_000,
};

/** Whole shares, five at the least; nothing is for sale, so that all of a leg is bought. */
const inputOf = (at: Situation): PlanInput => ({
  ...planInput(
    {
      rules: rules({ lot: shares(1) }),
      grossMax: shares(at.YES + at.NO + at.grossRoom),
      netMax: shares(1_000),
    },
    { bid: quote(at.bidSize, at.bidCents), ask: quote(at.askSize, at.askCents) },
  ),
  inventory: inventory({ YES: at.YES, NO: at.NO, cash: at.cash }),
});

const planned = (at: Partial<Situation>): ExecutionPlan => plan(inputOf({ ...BOTH, ...at }));
const words = (at: Partial<Situation>) => SLOTS.map((slot) => inWords(planned(at)[slot]));

describe("worked examples of room that both legs want", () => {
  it("33. cash for less than both is halved; what is cut is a residual with its reason", () => {
    expect(words({ cash: 8 })).toEqual([
      ["BUY YES 10 @ 0.4", "10 cash"],
      ["BUY NO 10 @ 0.4", "10 cash"],
    ]);
  });

  it("34. so is room for YES + NO", () => {
    expect(words({ grossRoom: 12 })).toEqual([
      ["BUY YES 6 @ 0.4", "14 grossMax"],
      ["BUY NO 6 @ 0.4", "14 grossMax"],
    ]);
  });

  it("35. what one leg does not want the other uses, whichever it is", () => {
    expect(words({ grossRoom: 24, bidSize: 6 })).toEqual([
      ["BUY YES 6 @ 0.4"],
      ["BUY NO 18 @ 0.4", "2 grossMax"],
    ]);
    expect(words({ grossRoom: 24, askSize: 6 })).toEqual([
      ["BUY YES 18 @ 0.4", "2 grossMax"],
      ["BUY NO 6 @ 0.4"],
    ]);
  });

  it("36. the leg that brings YES - NO back towards zero has what it needs for that first", () => {
    expect(words({ YES: 17, grossRoom: 24 })).toEqual([
      ["BUY YES 7 @ 0.4", "13 grossMax"],
      ["BUY NO 17 @ 0.4", "3 grossMax"],
    ]);
    expect(words({ NO: 30, grossRoom: 22 })).toEqual([
      ["BUY YES 20 @ 0.4"],
      ["2 belowSizeMin", "18 grossMax"],
    ]);
  });

  it("37. neither half is below the minimum where there is room for two minimums", () => {
    // At 20 cents an order of a dollar has 5 shares, at 80 cents 5 as well: 1 and 4 dollars.
    expect(words({ bidCents: 20, askCents: 20, cash: 5.5 })).toEqual([
      ["BUY YES 7 @ 0.2", "13 cash"],
      ["BUY NO 5 @ 0.8", "15 cash"],
    ]);
    expect(words({ bidCents: 80, askCents: 80, cash: 5.5 })).toEqual([
      ["BUY YES 5 @ 0.8", "15 cash"],
      ["BUY NO 7 @ 0.2", "13 cash"],
    ]);
  });

  it("38. room for one minimum alone goes to one leg, and the other is a residual", () => {
    expect(words({ grossRoom: 9 })).toEqual([["BUY YES 9 @ 0.4", "11 grossMax"], ["20 grossMax"]]);
    expect(words({ YES: 1, grossRoom: 9 })).toEqual([
      ["20 grossMax"],
      ["BUY NO 9 @ 0.4", "11 grossMax"],
    ]);
  });

  it("39. the limit of YES - NO is each leg's own: neither takes it from the other", () => {
    const at = { ...inputOf(BOTH), netMax: shares(12) };
    expect(SLOTS.map((slot) => inWords(plan(at)[slot]))).toEqual([
      ["BUY YES 12 @ 0.4", "8 netMax"],
      ["BUY NO 12 @ 0.4", "8 netMax"],
    ]);
  });

  it("40. only the room that is too small is halved", () => {
    const cashIsShort = { bidSize: 14, askSize: 6, bidCents: 10, askCents: 51, cash: 4 };
    expect(words({ ...cashIsShort, grossRoom: 22 })).toEqual([
      ["BUY YES 14 @ 0.1"],
      ["BUY NO 5 @ 0.49", "1 cash"],
    ]);
  });

  it("41. a re-price of one leg near the limit leaves the other in its place", () => {
    const day = trading({ cash: 8 }, { config: config() });
    day.intends({ bid: quote(20, 40), ask: quote(20, 60), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.4", "place BUY NO 10 @ 0.4"]);
    day.acks("BUY YES 10 @ 0.4", "BUY NO 10 @ 0.4");
    day.intends({ bid: quote(20, 39), ask: quote(20, 60), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["cancel BUY YES 10 @ 0.4"]);
  });
});

describe("against a counting of every pair of sizes", () => {
  const size = fc.integer({ min: 0, max: 20 });
  const anySituation: fc.Arbitrary<Situation> = fc.record({
    YES: size,
    NO: size,
    bidSize: size,
    askSize: size,
    bidCents: fc.integer({ min: 10, max: 50 }),
    askCents: fc.integer({ min: 51, max: 90 }),
    cash: fc.oneof(fc.constant(1_000), fc.integer({ min: 0, max: 24 })),
    grossRoom: fc.oneof(fc.constant(1_000), fc.integer({ min: 0, max: 45 })),
  });
  const isBuyable = (count: number) => count === 0 || count >= 5;
  const bought = (at: ExecutionPlan, slot: Slot): PlannedOrder | undefined => at[slot].orders[0];

  it("what is planned fits, is fair, wastes nothing, and shows both legs where that is possible", () => {
    fc.assert(
      fc.property(anySituation, (at) => {
        const made = plan(inputOf(at));
        const count = (slot: Slot) => (bought(made, slot)?.size ?? 0) / MICRO;
        const [bid, ask] = [count("bid"), count("ask")];
        const fits = (bids: number, asks: number) =>
          bids + asks <= at.grossRoom &&
          notionalCeil(cents(at.bidCents), shares(bids)) +
            notionalCeil(cents(100 - at.askCents), shares(asks)) <=
            dollars(at.cash);
        const wanted = (most: number) => [...Array(most + 1).keys()].filter(isBuyable);
        const pairs = wanted(at.bidSize).flatMap((bids) =>
          wanted(at.askSize)
            .filter((asks) => fits(bids, asks))
            .map((asks) => ({ bids, asks })),
        );

        expect(pairs).toContainEqual({ bids: bid, asks: ask });
        // Every share that is wanted is an order or a residual with its reason.
        for (const slot of SLOTS) {
          const left = made[slot].residuals.reduce((sum, each) => sum + each.size, 0) / MICRO;
          expect(count(slot) + left).toBe(slot === "bid" ? at.bidSize : at.askSize);
        }
        // Where all of it fits, all of it is planned.
        const [most, mostAsks] = [wanted(at.bidSize), wanted(at.askSize)].map(
          (sizes) => sizes.at(-1) ?? 0,
        );
        if (most !== undefined && mostAsks !== undefined && fits(most, mostAsks)) {
          expect([bid, ask]).toEqual([most, mostAsks]);
        }
        const net = at.YES - at.NO;
        const reducing = net > 0 ? ask : bid;
        const mostReducing = Math.max(...pairs.map(({ bids, asks }) => (net > 0 ? asks : bids)));
        // What reduces comes first, as far as it reduces.
        expect(reducing).toBeGreaterThanOrEqual(Math.min(Math.abs(net), mostReducing));
        // Both are shown where they can be, but for what reduces.
        const both = pairs.filter(
          ({ bids, asks }) =>
            bids > 0 &&
            asks > 0 &&
            (net > 0 ? asks : bids) >= Math.min(Math.abs(net), mostReducing),
        );
        if (both.length > 0) expect(Math.min(bid, ask)).toBeGreaterThan(0);
        // Less than a lot of each leg is left unused: no larger pair fits into a room less by that.
        const wasted = pairs.filter(
          ({ bids, asks }) =>
            bids >= bid && asks >= ask && bids + asks > bid + ask && fits(bids + 1, asks + 1),
        );
        expect(wasted).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
