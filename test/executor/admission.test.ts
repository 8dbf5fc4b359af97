/** May a planned order go out now? Everything that may still match is counted as if it did. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Exposure,
  WORKING_MAX,
  exposureOf,
  freeCash,
  freeStock,
  plannedExposure,
  refusal,
  wouldSelfTrade,
} from "../../src/executor/admission.ts";
import type { OrderPhase } from "../../src/types/index.ts";
import {
  RUNS,
  type Stock,
  config,
  dollars,
  inventory,
  planned,
  quote,
  shares,
  trading,
  working,
} from "../support/builders.ts";

const RICH: Stock = { YES: 100, NO: 100, cash: 100 };

/** Why the order may not go out beside these working orders. */
const refused = (
  text: string,
  beside: readonly Exposure[] = [],
  stock: Stock = RICH,
  netMax = 1_000,
) => refusal(planned(text), inventory(stock), beside, config({ netMax: shares(netMax) }));

const resting = (text: string): Exposure => exposureOf(working(text));
const inPhase = (text: string, phase: OrderPhase): Exposure => exposureOf(working(text, { phase }));

describe("stock", () => {
  it("[E] only settled stock is sold, and only what no SELL of ours has a claim on", () => {
    expect(refused("SELL YES 100 @ 0.55")).toBeNull();
    expect(refused("SELL YES 100.01 @ 0.55")).toBe("stock");
    const pending = inventory({ YES: 10 });
    const bought = { ...pending, YES: { ...pending.YES, pendingIn: shares(50) } };
    expect(refusal(planned("SELL YES 11 @ 0.55"), bought, [], config())).toBe("stock");
    const sold = { ...pending, YES: { ...pending.YES, pendingOut: shares(6) } };
    expect(freeStock(sold, "YES", [])).toBe(shares(4));
  });

  it("[H] a second SELL of a token waits, however much stock there is", () => {
    for (const phase of ["placing", "resting", "cancelling", "unknown", "closed"] as const) {
      const first = inPhase("SELL YES 10 @ 0.55", phase);
      expect([phase, refused("SELL YES 5 @ 0.6", [first])]).toEqual([phase, "awaitingCancel"]);
    }
    expect(refused("SELL NO 5 @ 0.6", [resting("SELL YES 10 @ 0.55")])).toBeNull();
  });

  it("[H] a SELL whose account is closed is no longer waited for", () => {
    const over = working("SELL YES 10 @ 0.55", { phase: "closed", finalMatched: shares(0) });
    expect(refused("SELL YES 100 @ 0.6", [exposureOf(over)])).toBeNull();
  });
});

describe("cash", () => {
  it("[G] a BUY needs the cash that no possibly-live BUY has a claim on", () => {
    const beside = [
      inPhase("BUY YES 100 @ 0.5", "unknown"),
      inPhase("BUY NO 50 @ 0.4", "cancelling"),
    ];
    expect(freeCash(inventory(RICH), beside)).toBe(dollars(30));
    expect(refused("BUY YES 60 @ 0.5", beside)).toBeNull();
    expect(refused("BUY YES 61 @ 0.5", beside)).toBe("cash");
  });

  it("[G] what a BUY that has matched will cost is spent already", () => {
    const stock = inventory({ cash: 10 });
    const bought = { ...stock, cash: { ...stock.cash, pendingOut: dollars(4) } };
    expect(freeCash(bought, [])).toBe(dollars(6));
  });

  it("[G] the last cent may be spent", () => {
    expect(refused("BUY YES 20 @ 0.5", [], { cash: 10 })).toBeNull();
    const day = trading({ cash: 10 });
    day.wishes({ bid: quote(20, 50) });
    expect(day.asked()).toEqual(["place BUY YES 20 @ 0.5"]);
  });

  it("[G] a SELL needs no cash, and what it will bring is not spent before it is there", () => {
    expect(freeCash(inventory({ cash: 10 }), [resting("SELL YES 10 @ 0.55")])).toBe(dollars(10));
  });
});

describe("[L] never with ourselves", () => {
  it("not within one token, not across the two", () => {
    const pairs: readonly [string, string, boolean][] = [
      ["BUY YES 10 @ 0.55", "SELL YES 10 @ 0.55", true],
      ["BUY YES 10 @ 0.54", "SELL YES 10 @ 0.55", false],
      ["BUY YES 10 @ 0.55", "BUY NO 10 @ 0.45", true],
      ["BUY YES 10 @ 0.54", "BUY NO 10 @ 0.45", false],
      ["SELL YES 10 @ 0.55", "SELL NO 10 @ 0.45", true],
      ["SELL YES 10 @ 0.56", "SELL NO 10 @ 0.45", false],
      ["BUY NO 10 @ 0.45", "SELL NO 10 @ 0.45", true],
      ["BUY YES 10 @ 0.9", "BUY YES 10 @ 0.1", false],
      ["BUY YES 10 @ 0.9", "SELL NO 10 @ 0.9", false],
    ];
    for (const [one, other, isCrossing] of pairs) {
      const crossing = wouldSelfTrade(planned(one), resting(other));
      expect([one, other, crossing]).toEqual([one, other, isCrossing]);
      expect(wouldSelfTrade(planned(other), resting(one))).toBe(isCrossing);
    }
  });

  it("nor with what is being cancelled; only what can match no more is no danger", () => {
    const asked = inPhase("SELL YES 10 @ 0.55", "cancelling");
    expect(refused("BUY YES 10 @ 0.55", [asked])).toBe("selfTrade");
    const over = working("SELL YES 10 @ 0.55", { phase: "closed", finalMatched: shares(0) });
    expect(refused("BUY YES 10 @ 0.55", [exposureOf(over)])).toBeNull();
  });

  it("whether two orders cross does not depend on who came first", () => {
    const side = fc.constantFrom("BUY YES", "SELL YES", "BUY NO", "SELL NO");
    const price = fc
      .integer({ min: 1, max: 99 })
      .map((cents) => `0.${String(cents).padStart(2, "0")}`);
    const order = fc.tuple(side, price).map(([it, at]) => `${it} 10 @ ${at}`);
    fc.assert(
      fc.property(order, order, (one, other) => {
        const there = wouldSelfTrade(planned(one), plannedExposure(planned(other)));
        const back = wouldSelfTrade(planned(other), plannedExposure(planned(one)));
        expect(there).toBe(back);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("limits", () => {
  it("the limit of YES - NO is held on the worst case of everything on the same side", () => {
    const beside = [resting("BUY YES 50 @ 0.1"), resting("SELL NO 20 @ 0.9")];
    expect(refused("BUY YES 30 @ 0.1", beside, RICH, 100)).toBeNull();
    expect(refused("BUY YES 31 @ 0.1", beside, RICH, 100)).toBe("netMax");
    // Orders on the other side would only help.
    expect(refused("BUY NO 100 @ 0.1", beside, RICH, 100)).toBeNull();
  });

  it("[J] with too many orders of open fate nothing more is placed", () => {
    const many = Array.from({ length: WORKING_MAX }, () => resting("BUY YES 0.01 @ 0.1"));
    expect(refused("SELL YES 5 @ 0.9", many)).toBe("ordersMax");
    expect(refused("SELL YES 5 @ 0.9", many.slice(1))).toBeNull();
  });
});
