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
  withheldReason,
  wouldSelfTrade,
} from "../../src/executor/admission.ts";
import type { OrderPhase, PlannedOrder } from "../../src/types/index.ts";
import {
  FOREVER,
  RUNS,
  type Stock,
  cents,
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
) => withheldReason(planned(text), inventory(stock), beside, config({ netMax: shares(netMax) }));

const resting = (text: string): Exposure => exposureOf(working(text));
const inPhase = (text: string, phase: OrderPhase): Exposure => exposureOf(working(text, { phase }));

describe("stock", () => {
  it("[E] only settled stock is sold, and only what no SELL of ours has a claim on", () => {
    expect(refused("SELL YES 100 @ 0.55")).toBeNull();
    expect(refused("SELL YES 100.01 @ 0.55")).toBe("stock");
    const pending = inventory({ YES: 10 });
    const bought = { ...pending, YES: { ...pending.YES, pendingIn: shares(50) } };
    expect(withheldReason(planned("SELL YES 11 @ 0.55"), bought, [], config())).toBe("stock");
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
    day.intends({ bid: quote(20, 50) });
    expect(day.asked()).toEqual(["place BUY YES 20 @ 0.5"]);
  });

  it("[G] what one step asks for is spoken for: two BUYs do not spend the same dollar", () => {
    const buy = plannedExposure(planned("BUY NO 10 @ 0.45"));
    expect([buy.stock, buy.cash]).toEqual([0, dollars(4.5)]);
    const sell = plannedExposure(planned("SELL YES 10 @ 0.55"));
    expect([sell.stock, sell.cash]).toEqual([shares(10), 0]);

    const day = trading({ cash: 8 });
    day.intends({ bid: quote(10, 45), ask: quote(10, 55) });
    expect(day.asked()).toEqual(["place BUY YES 8.88 @ 0.45", "place BUY NO 8.88 @ 0.45"]);
    expect(day.state().why.plan?.ask.residuals).toEqual([{ size: 1.12e6, reason: "cash" }]);
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
      .map((hundredths) => `0.${String(hundredths).padStart(2, "0")}`);
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

  it("the limit of YES - NO counts what is held: for the side that adds to it, against the other", () => {
    const [long, short] = [
      { YES: 90, cash: 100 },
      { NO: 90, cash: 100 },
    ];
    expect(refused("BUY YES 10 @ 0.1", [], long, 100)).toBeNull();
    expect(refused("BUY YES 10.01 @ 0.1", [], long, 100)).toBe("netMax");
    expect(refused("BUY NO 10 @ 0.1", [], short, 100)).toBeNull();
    expect(refused("BUY NO 10.01 @ 0.1", [], short, 100)).toBe("netMax");
    // From 90 more YES than NO to 100 more NO than YES.
    expect(refused("BUY NO 190 @ 0.1", [], long, 100)).toBeNull();
    expect(refused("BUY NO 190.01 @ 0.1", [], long, 100)).toBe("netMax");
  });

  it("the limit of YES + NO is held on the worst case: every BUY fills, and no SELL", () => {
    const limits = { netMax: shares(1_000), grossMax: shares(260) };
    const gross = (text: string, beside: readonly Exposure[]) =>
      withheldReason(planned(text), inventory(RICH), beside, config(limits));
    const beside = [
      inPhase("BUY YES 10 @ 0.1", "cancelling"),
      inPhase("BUY NO 20 @ 0.1", "unknown"),
      resting("SELL YES 40 @ 0.9"),
    ];
    expect(gross("BUY YES 30 @ 0.1", beside)).toBeNull();
    expect(gross("BUY YES 30.01 @ 0.1", beside)).toBe("grossMax");
    expect(gross("BUY NO 31 @ 0.1", beside)).toBe("grossMax");
    // Beyond the limit a SELL still goes out.
    const full = [resting("BUY YES 61 @ 0.1")];
    expect(gross("SELL NO 30 @ 0.8", full)).toBeNull();
    const matched = working("BUY YES 60 @ 0.1", { matched: shares(30) });
    expect(gross("BUY YES 30 @ 0.1", [exposureOf(matched)])).toBeNull();
  });

  it("near the limit of YES + NO only as much is quoted as may be held", () => {
    const options = { config: config({ grossMax: shares(50) }) };
    const day = trading({ YES: 40 }, options);
    day.intends({ bid: quote(20, 45), ask: quote(20, 55), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.45", "place SELL YES 20 @ 0.55"]);
    day.acks("BUY YES 10 @ 0.45", "SELL YES 20 @ 0.55");
    day.matches("BUY YES 10 @ 0.45", 10, "bought", "mined");
    day.intends({ bid: quote(20, 45), ask: quote(20, 55), expiresAt: FOREVER });
    expect(day.asked()).toEqual([]);
    expect(day.state().why.plan?.bid.residuals).toEqual([{ size: 20e6, reason: "grossMax" }]);
  });

  it("room that old orders still hold goes to the leg that reduces first", () => {
    const day = trading({ YES: 4 }, { config: config({ grossMax: shares(24) }) });
    day.intends({ bid: quote(10, 45), ask: quote(14, 55), expiresAt: FOREVER });
    const [bid, ask] = ["BUY YES 10 @ 0.45", "BUY NO 10 @ 0.45"];
    expect(day.asked()).toEqual([`place ${bid}`, `place ${ask}`]);
    // Nobody knows whether the bid rests; the ask is proven gone.
    day.hearsNothingOf(bid);
    day.rejects(ask, "postOnlyCross");
    day.answersSurvey({ open: [] });
    day.asked();
    day.intends({ bid: quote(10, 44), ask: quote(14, 56), expiresAt: FOREVER });
    day.waits(1_000, { open: [] });
    expect(day.sent().filter((words) => words.startsWith("place"))).toEqual([
      "place BUY NO 10 @ 0.44",
    ]);
  });

  it("a price that moves at the limit waits for the proof that the old BUY is over", () => {
    const day = trading({}, { config: config({ grossMax: shares(10) }) });
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks("BUY YES 10 @ 0.45");
    day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
    expect(day.state().why.withheld).toMatchObject([{ reason: "grossMax" }]);
    day.cancels("BUY YES 10 @ 0.45");
    day.reports("BUY YES 10 @ 0.45", "cancelled");
    expect(day.asked()).toContain("place BUY YES 10 @ 0.44");
  });

  it("[J] with too many orders of open fate nothing more is placed", () => {
    const many = Array.from({ length: WORKING_MAX }, () => resting("BUY YES 0.01 @ 0.1"));
    expect(refused("SELL YES 5 @ 0.9", many)).toBe("ordersMax");
    expect(refused("SELL YES 5 @ 0.9", many.slice(1))).toBeNull();
  });
});

describe("orders that close", () => {
  const close = (text: string): PlannedOrder => ({ ...planned(text), kind: "closeSell" });
  const refusedClose = (text: string, beside: readonly Exposure[] = [], netMax = 1_000) =>
    withheldReason(close(text), inventory(RICH), beside, config({ netMax: shares(netMax) }));

  it("the limit of YES - NO does not keep stock from being closed, one token after the other", () => {
    expect(refused("SELL YES 100 @ 0.45", [], RICH, 10)).toBe("netMax");
    expect(refusedClose("SELL YES 100 @ 0.45", [], 10)).toBeNull();
    expect(refusedClose("SELL NO 100 @ 0.45", [], 10)).toBeNull();
  });

  it("[L] the two are out together only where they could not match each other", () => {
    const yes = plannedExposure(close("SELL YES 100 @ 0.45"));
    expect(refusedClose("SELL NO 100 @ 0.43", [yes])).toBe("selfTrade");
    expect(refusedClose("SELL NO 100 @ 0.55", [yes])).toBe("selfTrade");
    expect(refusedClose("SELL NO 100 @ 0.56", [yes])).toBeNull();
  });

  it("[L] to flatten both tokens, one is closed, and the other when that one is over", () => {
    const day = trading({ YES: 30, NO: 20 });
    const touch = { YES: { bid: cents(50), ask: null }, NO: { bid: cents(48), ask: null } };
    day.intends({ touch, expiresAt: FOREVER });
    day.commands("flatten");
    expect(day.sent()).toEqual(["place SELL YES 30 @ 0.45"]);
    expect(day.state().why.withheld).toMatchObject([{ reason: "selfTrade" }]);
    day.matches("SELL YES 30 @ 0.45", 30);
    expect(day.sent()).toEqual(["place SELL NO 20 @ 0.43"]);
  });
});
