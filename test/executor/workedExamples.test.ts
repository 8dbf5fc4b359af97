/**
 * The worked examples of the succeeded system, by number: minimum 5, threshold 10, no tolerance.
 * Where its number was a bug (11, 29, 30, 31), or the venue would refuse it (25), this says what is
 * right. Elsewhere: 26 and 27 test/marbles/gateway/gateway.test.ts (CANCEL_ALL drops the queue; a
 * place waiting for its permit), 28 resync.test.ts, 32 and 33 test/streams/quote.test.ts.
 */
import { describe, expect, it } from "vitest";
import { exposureOf, freeStock } from "../../src/executor/admission.ts";
import { plan } from "../../src/executor/planner.ts";
import { workingOrders } from "../../src/executor/state.ts";
import { MICRO, type WorkingOrder, netShares } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  type Stock,
  cents,
  config,
  held,
  inventory,
  quote,
  shares,
  told,
  trading,
  working,
} from "../support/builders.ts";
import { type Case, ask, bid, difference, inWords, legOf, planInput } from "../support/plans.ts";

const PASSIVE: Case = { policy: "passiveFirst" };
const AGGREGATE: Case = { policy: "aggregate" };
const COMPLETE: Case = { policy: "complete" };

/** `of` shares of it are matched already. */
const partly = (of: number, text: string): WorkingOrder => working(text, { matched: shares(of) });

describe("the planner", () => {
  it("1. an intent beyond the stock is split: stock is given up first, the rest is bought", () => {
    expect(ask(15, 55, { YES: 8 })).toEqual(["SELL YES 8 @ 0.55", "BUY NO 7 @ 0.45"]);
  });

  it("2. a split may leave exactly the minimum on one side, in either token", () => {
    expect(ask(12, 55, { YES: 7 })).toEqual(["SELL YES 7 @ 0.55", "BUY NO 5 @ 0.45"]);
    expect(bid(12, 45, { NO: 7 })).toEqual(["SELL NO 7 @ 0.55", "BUY YES 5 @ 0.45"]);
  });

  it("3. stock below the minimum is a residual; what is bought needs no more than its part", () => {
    expect(ask(8, 55, { YES: 3 })).toEqual(["BUY NO 5 @ 0.45", "3 belowSizeMin"]);
    expect(bid(8, 45, { NO: 3 })).toEqual(["BUY YES 5 @ 0.45", "3 belowSizeMin"]);
    expect(ask(8, 55, { YES: 3, ...COMPLETE })).toEqual(["BUY NO 8 @ 0.45"]);
  });

  it("4. a purchase below the minimum is a residual beside the stock that is sold", () => {
    expect(bid(10, 45, { NO: 7 })).toEqual(["SELL NO 7 @ 0.55", "3 belowSizeMin"]);
    expect(bid(10, 45, { NO: 7, ...COMPLETE })).toEqual(["SELL NO 5 @ 0.55", "BUY YES 5 @ 0.45"]);
  });

  it("5. where both are below the minimum, `aggregate` rounds, `complete` has no need to", () => {
    expect(ask(5, 55, { YES: 2, ...PASSIVE })).toEqual(["5 belowSizeMin"]);
    expect(ask(6, 55, { YES: 2, ...PASSIVE })).toEqual(["6 belowSizeMin"]);
    const rounded = (from: number) => [
      "BUY NO 5 @ 0.45",
      "2 belowSizeMin",
      `rounded up from ${from}`,
    ];
    expect(ask(5, 55, { YES: 2, ...AGGREGATE })).toEqual(rounded(5));
    expect(ask(6, 55, { YES: 2, ...AGGREGATE })).toEqual(rounded(6));
    expect(ask(5, 55, { YES: 2, ...COMPLETE })).toEqual(["BUY NO 5 @ 0.45"]);
    expect(ask(6, 55, { YES: 2, ...COMPLETE })).toEqual(["BUY NO 6 @ 0.45"]);
  });

  it("6. stock that covers the intent is sold to the intent, never whole", () => {
    expect(ask(5, 55, { YES: 7 })).toEqual(["SELL YES 5 @ 0.55"]);
    expect(ask(5, 55, { YES: 100 })).toEqual(["SELL YES 5 @ 0.55"]);
  });

  it("7. a bid gives up NO before it buys YES", () => {
    expect(bid(20, 45, { NO: 12 })).toEqual(["SELL NO 12 @ 0.55", "BUY YES 8 @ 0.45"]);
  });

  it("8. what is spoken for elsewhere is not ours to sell", () => {
    const given = {
      ...planInput({}, { ask: quote(10, 55) }),
      inventory: inventory({ YES: 15, cash: 100 }),
    };
    const plannedAsk = plan({ ...given, sellable: { YES: shares(5), NO: shares(0) } }).ask;
    expect(inWords(plannedAsk)).toEqual(["SELL YES 5 @ 0.55", "BUY NO 5 @ 0.45"]);
  });

  it("9. what is kept back leaves a remainder too small to buy", () => {
    const given = {
      ...planInput({}, { ask: quote(10, 55) }),
      inventory: inventory({ YES: 12, cash: 100 }),
    };
    const plannedAsk = plan({ ...given, sellable: { YES: shares(7), NO: shares(0) } }).ask;
    expect(inWords(plannedAsk)).toEqual(["SELL YES 7 @ 0.55", "3 belowSizeMin"]);
  });

  it("10. a small bid without stock is a residual; only `aggregate` rounds it up", () => {
    expect(bid(3, 45, PASSIVE)).toEqual(["3 belowSizeMin"]);
    expect(bid(3, 45, COMPLETE)).toEqual(["3 belowSizeMin"]);
    expect(bid(3, 45, AGGREGATE)).toEqual(["BUY YES 5 @ 0.45", "rounded up from 3"]);
  });

  it("11. a leg that is disabled, or of no size, is empty under any policy", () => {
    for (const policy of [PASSIVE, AGGREGATE, COMPLETE]) {
      expect(ask(0, 55, { YES: 20, ...policy })).toEqual([]);
      expect(ask(0, 55, policy)).toEqual([]);
      expect(inWords(plan(planInput({ YES: 20, ...policy }, { bid: quote(10, 45) })).ask)).toEqual(
        [],
      );
    }
  });
});

describe("the reconciler", () => {
  it("12. an intent that has grown by less than the threshold keeps its place in the queue", () => {
    expect(difference([partly(5, "BUY NO 30 @ 0.45")], legOf("BUY NO 30 @ 0.45"))).toEqual([]);
    expect(difference([working("BUY NO 20 @ 0.45")], legOf("BUY NO 25 @ 0.45"))).toEqual([]);
  });

  it("13. an intent that has grown by the threshold, over what still rests, gives it up", () => {
    const replaced = (rests: WorkingOrder, size: number) => {
      const wanted = `BUY NO ${size} @ 0.45`;
      expect(difference([rests], legOf(wanted))).toEqual([
        `cancel ${told(rests)}`,
        `place ${wanted}`,
      ]);
    };
    replaced(partly(5, "BUY NO 20 @ 0.45"), 40);
    replaced(working("BUY NO 20 @ 0.45"), 30);
    replaced(partly(5, "BUY NO 20 @ 0.45"), 30);
  });

  it("14. an intent below what still rests is a risk that is cut at once", () => {
    const replaced = (rests: WorkingOrder, size: number) => {
      expect(difference([rests], legOf(`BUY NO ${size} @ 0.45`))).toHaveLength(2);
    };
    replaced(partly(10, "BUY NO 50 @ 0.45"), 25);
    replaced(partly(5, "BUY NO 30 @ 0.45"), 20);
    replaced(working("BUY NO 20 @ 0.45"), 15);
  });

  it("15. another price is another order, whatever has matched; there is no tolerance", () => {
    for (const matched of [0, 5]) {
      const rests = partly(matched, "SELL YES 20 @ 0.45");
      expect(difference([rests], legOf("SELL YES 20 @ 0.47"))).toHaveLength(2);
      expect(difference([rests], legOf("SELL YES 20 @ 0.46"))).toHaveLength(2);
    }
  });

  it("16. [H] a SELL whose price moves is cancelled first, and placed by itself after the proof", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55) });
    day.acks("SELL YES 10 @ 0.55");
    day.asked();

    day.intends({ ask: quote(10, 53) });
    expect(day.asked()).toEqual(["cancel SELL YES 10 @ 0.55"]);

    day.cancels("SELL YES 10 @ 0.55");
    day.reports("SELL YES 10 @ 0.55", "cancelled");
    expect(day.asked()).toEqual(["place SELL YES 10 @ 0.53"]);
  });

  it("17. [H] of a split whose SELL moves, only the SELL is touched", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(25, 55) });
    day.acks("SELL YES 10 @ 0.55", "BUY NO 15 @ 0.45");
    day.asked();

    // Both parts of a leg have one price, so in our planner the BUY moves with it; it need not wait.
    day.intends({ ask: quote(25, 57) });
    expect(day.asked()).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "cancel BUY NO 15 @ 0.45",
      "place BUY NO 15 @ 0.43",
    ]);
    const untouched = [working("SELL YES 10 @ 0.55"), working("BUY NO 15 @ 0.45")];
    expect(difference(untouched, legOf("SELL YES 10 @ 0.57", "BUY NO 15 @ 0.45"))).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "place SELL YES 10 @ 0.57",
    ]);
  });

  it("18. a SELL that leaves while the BUY moves: both are cancelled, the BUY is placed now", () => {
    const both = [working("SELL YES 10 @ 0.55"), working("BUY NO 15 @ 0.45")];
    expect(difference(both, legOf("BUY NO 15 @ 0.43"))).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "cancel BUY NO 15 @ 0.45",
      "place BUY NO 15 @ 0.43",
    ]);
  });

  it("19, 20. an order of another kind does not stand in for the one that is planned", () => {
    expect(difference([working("SELL YES 10 @ 0.55")], legOf("BUY NO 20 @ 0.45"))).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "place BUY NO 20 @ 0.45",
    ]);
    expect(difference([working("BUY NO 10 @ 0.45")], legOf("SELL YES 10 @ 0.55"))).toEqual([
      "cancel BUY NO 10 @ 0.45",
      "place SELL YES 10 @ 0.55",
    ]);
  });

  it("21. a split that collapses into one SELL is cancelled whole before that SELL is placed", () => {
    const day = trading({ YES: 5 });
    day.intends({ ask: quote(20, 55), bid: quote(20, 45) });
    day.acks("BUY YES 20 @ 0.45", "SELL YES 5 @ 0.55", "BUY NO 15 @ 0.45");
    day.asked();

    day.matches("BUY YES 20 @ 0.45", 20, "bought", "mined");
    expect(day.asked()).toEqual(["cancel SELL YES 5 @ 0.55", "cancel BUY NO 15 @ 0.45"]);
    day.cancels("BUY NO 15 @ 0.45", "SELL YES 5 @ 0.55");
    expect(day.sent()).toEqual([]);
    day.reports("SELL YES 5 @ 0.55", "cancelled");
    expect(day.asked()).toEqual(["place SELL YES 20 @ 0.55"]);
  });

  it("22. an order that is as planned is left alone, however it came to be known", () => {
    const seen = working("SELL YES 10 @ 0.55", { phase: "unknown", seenAt: null });
    expect(difference([seen], legOf("SELL YES 10 @ 0.55"))).toEqual([]);
  });
});

describe("what matches meanwhile", () => {
  const SELL = "SELL YES 10 @ 0.55";
  const placed = (day: Bench): readonly string[] =>
    day.asked().filter((words) => words.startsWith("place"));
  const free = (day: Bench): number => {
    const { inventory: owned } = day.state();
    return freeStock(owned, "YES", workingOrders(day.state()).map(exposureOf)) / MICRO;
  };

  /** A SELL of 10 rests, the strategy wants it lower, and its cancel is on the way. */
  function moving(stock: Stock): Bench {
    const day = trading(stock);
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(SELL);
    day.intends({ ask: quote(10, 53), expiresAt: FOREVER });
    day.asked();
    return day;
  }

  it("23. [G] of a SELL that fills in part while it is cancelled, only the rest is freed", () => {
    const day = moving({ YES: 10 });
    day.matches(SELL, 3, "part", "mined");
    expect([held(day.state().inventory.YES).settled, free(day)]).toEqual([7, 0]);
    day.cancels(SELL);
    expect([placed(day), free(day)]).toEqual([[], 0]);
    day.reports(SELL, "cancelled", 3);
    expect(placed(day)).toEqual(["place SELL YES 7 @ 0.53"]);
  });

  it.each([
    ["passiveFirst", 10, [SELL]],
    ["aggregate", 10, [SELL]],
    ["complete", 15, ["SELL YES 10 @ 0.55", "BUY NO 5 @ 0.45"]],
  ] as const)(
    "29. [H] %s: our own SELL does not make the same intent a purchase, and back",
    (minSizePolicy, target, orders) => {
      const day = trading({ YES: 12 }, { config: config({ minSizePolicy }) });
      for (let repeat = 0; repeat < 4; repeat += 1) {
        day.intends({ ask: quote(target, 55), expiresAt: FOREVER });
        if (repeat === 0) day.acks(...orders);
      }
      expect(day.asked()).toEqual(orders.map((order) => `place ${order}`));
    },
  );

  it("30. [E] a SELL that has matched is gone before it settles: the intent is not sold twice", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(SELL);
    day.asked();
    const { inventoryStep } = day.state();
    day.matches(SELL, 10);
    expect(netShares(day.state().inventory)).toBe(0);
    day.intends({ ask: quote(10, 55), inventoryStep, expiresAt: FOREVER });
    expect(placed(day)).toEqual([]);
  });

  it("31. [G] a SELL that matched, was refused its cancel and settled frees no other's stock", () => {
    const day = moving({ YES: 20 });
    day.matches(SELL, 10, "whole");
    day.intends({ ask: quote(10, 53), expiresAt: FOREVER });
    day.acks("SELL YES 10 @ 0.53");
    expect(free(day)).toBe(0);
    day.refusesCancel(SELL, true);
    expect(free(day)).toBe(0);
    day.matches(SELL, 10, "whole", "mined");
    expect([held(day.state().inventory.YES).settled, free(day)]).toEqual([10, 0]);
  });
});

describe("to flatten", () => {
  const touch = {
    YES: { bid: cents(50), ask: null },
    NO: { bid: cents(48), ask: null },
  };
  const closing = (stock: Case): readonly string[] => {
    const both = plan(planInput({ level: "flatten", ...stock }, { touch }));
    return [...inWords(both.ask), ...inWords(both.bid)];
  };

  it("24. [E] what fills while its cancel is on the way is not sold again by the close", () => {
    const day = trading({ YES: 100 });
    day.intends({ ask: quote(20, 55), touch, expiresAt: FOREVER });
    day.acks("SELL YES 20 @ 0.55");
    day.commands("flatten");
    expect(day.sent().filter((words) => words.startsWith("place"))).toEqual([
      "place SELL YES 20 @ 0.55",
    ]);
    day.matches("SELL YES 20 @ 0.55", 20);
    expect(day.sent()).toContain("place SELL YES 80 @ 0.45");
  });

  it("25. each token is closed by a SELL of its own; below the minimum no venue takes it", () => {
    expect(closing({ YES: 7 })).toEqual(["SELL YES 7 @ 0.45"]);
    expect(closing({ YES: 13, NO: 12 })).toEqual(["SELL YES 13 @ 0.45", "SELL NO 12 @ 0.43"]);
    // The succeeded system sent these, and what was left of 7 after 4 had filled.
    expect(closing({ YES: 3, NO: 2 })).toEqual(["3 belowSizeMin", "2 belowSizeMin"]);
  });
});
