/**
 * From an intent in YES prices to legal orders: tables, then the laws of any plan. The worked examples
 * are in workedExamples.test.ts, all small sizes in plannerReference.test.ts.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlanInput, plan } from "../../src/executor/planner.ts";
import type { MinSizePolicy } from "../../src/executor/index.ts";
import {
  OPERATOR_LEVELS,
  type PlannedOrder,
  type QuoteMode,
  SLOTS,
  type Slot,
  TOKENS,
  complement,
  lotsFloor,
  microShares,
  netShares,
  notionalFloor,
  priceBp,
} from "../../src/types/index.ts";
import {
  RUNS,
  cents,
  dollars,
  intent,
  inventory,
  quote,
  rules,
  shares,
} from "../support/builders.ts";
import { type Case, ask, bid, inWords, planInput } from "../support/plans.ts";

const NOTHING_MATCHED = { bid: shares(0), ask: shares(0) };
const PASSIVE: Case = { policy: "passiveFirst" };
const AGGREGATE: Case = { policy: "aggregate" };
const COMPLETE: Case = { policy: "complete" };

describe("the minimum as one decision over both parts of a leg", () => {
  // Of an intent for `intent` with `stock` at hand, where the minimum is 5.
  const cases: readonly [string, stock: number, target: number, string[], string[]][] = [
    ["1a: only bought, enough", 0, 5, ["BUY NO 5 @ 0.45"], ["BUY NO 5 @ 0.45"]],
    [
      "1a: only bought, too little",
      0,
      4.99,
      ["4.99 belowSizeMin"],
      ["BUY NO 5 @ 0.45", "rounded up from 4.99"],
    ],
    ["1b: only sold, enough", 9, 5, ["SELL YES 5 @ 0.55"], ["SELL YES 5 @ 0.55"]],
    ["1b: a SELL is never rounded up", 9, 4, ["4 belowSizeMin"], ["4 belowSizeMin"]],
    [
      "2: both enough",
      5,
      10,
      ["SELL YES 5 @ 0.55", "BUY NO 5 @ 0.45"],
      ["SELL YES 5 @ 0.55", "BUY NO 5 @ 0.45"],
    ],
    [
      "3: only the SELL is enough",
      5,
      9,
      ["SELL YES 5 @ 0.55", "4 belowSizeMin"],
      ["SELL YES 5 @ 0.55", "4 belowSizeMin"],
    ],
    [
      "4: only the BUY is enough",
      4,
      9,
      ["BUY NO 5 @ 0.45", "4 belowSizeMin"],
      ["BUY NO 5 @ 0.45", "4 belowSizeMin"],
    ],
    [
      "5: neither is",
      4,
      8,
      ["8 belowSizeMin"],
      ["BUY NO 5 @ 0.45", "4 belowSizeMin", "rounded up from 8"],
    ],
  ];

  it.each(cases)("%s", (_, YES, target, passive, aggregate) => {
    expect(ask(target, 55, { YES, ...PASSIVE })).toEqual(passive);
    expect(ask(target, 55, { YES, ...AGGREGATE })).toEqual(aggregate);
  });
});

describe("`complete`: what is wanted is shown whole where that is legal", () => {
  // Of an intent for `intent` with `stock` at hand, where the minimum is 5.
  const cases: readonly [string, stock: number, target: number, string[]][] = [
    ["both parts are legal as they are", 8, 15, ["SELL YES 8 @ 0.55", "BUY NO 7 @ 0.45"]],
    ["stock covers it", 9, 5, ["SELL YES 5 @ 0.55"]],
    ["stock is left alone for a legal BUY", 12, 15, ["SELL YES 10 @ 0.55", "BUY NO 5 @ 0.45"]],
    ["as little stock as that takes", 7, 10, ["SELL YES 5 @ 0.55", "BUY NO 5 @ 0.45"]],
    ["small stock and a small rest are bought whole", 2, 5, ["BUY NO 5 @ 0.45"]],
    ["small stock beside a legal BUY is bought, too", 3, 8, ["BUY NO 8 @ 0.45"]],
    ["the whole is bought before a rest is left", 5, 8, ["BUY NO 8 @ 0.45"]],
    ["one share short of two minimums", 6, 9, ["BUY NO 9 @ 0.45"]],
    ["below the minimum nothing is rounded up", 2, 4.99, ["4.99 belowSizeMin"]],
    ["nor is a SELL", 9, 4, ["4 belowSizeMin"]],
  ];

  it.each(cases)("%s", (_, stock, target, expected) => {
    expect(ask(target, 55, { YES: stock, ...COMPLETE })).toEqual(expected);
    const mirrored = expected.map((words) =>
      words.replace("SELL YES", "SELL NO").replace("BUY NO", "BUY YES"),
    );
    expect(bid(target, 45, { NO: stock, ...COMPLETE })).toEqual(mirrored);
  });

  it("[F] a BUY that is too cheap borrows as much as makes it worth the minimum", () => {
    const given = { rules: rules({ notionalMin: dollars(1) }), ...COMPLETE };
    // At 10 cents a BUY takes 10 shares.
    expect(ask(23, 90, { YES: 20, ...given })).toEqual(["SELL YES 13 @ 0.9", "BUY NO 10 @ 0.1"]);
    expect(ask(13, 90, { YES: 10, ...given })).toEqual(["BUY NO 13 @ 0.1"]);
    expect(ask(9, 90, { YES: 7, ...given })).toEqual(["SELL YES 7 @ 0.9", "2 belowSizeMin"]);
  });
});

describe("the operator's level", () => {
  const POLICIES = [PASSIVE, AGGREGATE, COMPLETE];

  it("`reduceOnly` gives up stock and buys nothing, under any policy", () => {
    for (const policy of POLICIES) {
      const given: Case = { level: "reduceOnly", ...policy };
      expect(ask(15, 55, { YES: 8, ...given })).toEqual(["SELL YES 8 @ 0.55", "7 reduceOnly"]);
      expect(ask(5, 55, { YES: 2, ...given })).toEqual(["2 belowSizeMin", "3 reduceOnly"]);
      expect(ask(8, 55, { YES: 5, ...given })).toEqual(["SELL YES 5 @ 0.55", "3 reduceOnly"]);
      expect(bid(10, 45, given)).toEqual(["10 reduceOnly"]);
      expect(bid(10, 45, { NO: 20, ...given })).toEqual(["SELL NO 10 @ 0.55"]);
    }
  });

  it("`halt` plans nothing", () => {
    const target = { bid: quote(15, 45), ask: quote(15, 55) };
    const nothing = { orders: [], residuals: [], aggregatedFrom: null };
    expect(plan(planInput({ YES: 8, level: "halt" }, target))).toEqual({
      bid: { slot: "bid", ...nothing },
      ask: { slot: "ask", ...nothing },
    });
  });

  const touch = (yesBid: number | null, noBid: number | null): PlanInput["intent"]["touch"] => ({
    YES: { bid: yesBid === null ? null : priceBp(yesBid), ask: null },
    NO: { bid: noBid === null ? null : priceBp(noBid), ask: null },
  });
  const closed = (given: Case, target: Partial<PlanInput["intent"]>) => {
    const both = plan(planInput({ level: "flatten", ...given }, target));
    return { bid: inWords(both.bid), ask: inWords(both.ask) };
  };

  it("`flatten` sells all of both tokens a little below the best bid, whatever is wanted", () => {
    const intends: readonly Partial<PlanInput["intent"]>[] = [
      {},
      { mode: "oneSidedBuy", bid: quote(20, 45), ask: quote(20, 55) },
    ];
    for (const target of intends) {
      const given = { YES: 30, NO: 12, netMax: shares(1), grossMax: shares(1), isCautious: true };
      expect(closed(given, { ...target, touch: touch(5000, 4800) })).toEqual({
        bid: ["SELL NO 12 @ 0.43"],
        ask: ["SELL YES 30 @ 0.45"],
      });
    }
    const both = plan(planInput({ level: "flatten", YES: 30 }, { touch: touch(5000, 4800) }));
    expect(both.ask.orders).toMatchObject([{ kind: "closeSell", slot: "ask" }]);
    expect(both.bid).toEqual({ slot: "bid", orders: [], residuals: [], aggregatedFrom: null });
  });

  it("[F] a close is on the grid and at least one tick, in whole lots", () => {
    const given = { YES: 30.129, rules: rules({ tick: cents(1), lot: shares(0.1) }) };
    expect(closed(given, { touch: touch(4875, null) }).ask).toEqual(["SELL YES 30.1 @ 0.43"]);
    expect(closed(given, { touch: touch(300, null) }).ask).toEqual(["SELL YES 30.1 @ 0.01"]);
    const fine = { YES: 30, rules: rules({ tick: priceBp(10) }), flattenSlippage: priceBp(1) };
    expect(closed(fine, { touch: touch(4875, null) }).ask).toEqual(["SELL YES 30 @ 0.487"]);
  });

  it("[F] a close of exactly the minimum is taken", () => {
    expect(closed({ YES: 5 }, { touch: touch(5000, null) }).ask).toEqual(["SELL YES 5 @ 0.45"]);
    expect(closed({ YES: 4.99 }, { touch: touch(5000, null) }).ask).toEqual(["4.99 belowSizeMin"]);
  });

  it("[F] what no one bids for, or the venue would not take, is a residual", () => {
    const given = { YES: 4, NO: 9, rules: rules({ notionalMin: dollars(1) }) };
    expect(closed(given, { touch: touch(5000, null) })).toEqual({
      bid: ["9 noBid"],
      ask: ["4 belowSizeMin"],
    });
    expect(closed(given, { touch: touch(null, 1500) }).bid).toEqual(["9 belowNotionalMin"]);
    expect(closed(given, { touch: touch(null, 1700) }).bid).toEqual(["SELL NO 9 @ 0.12"]);
  });
});

describe("prices", () => {
  const priced = (
    slot: Slot,
    wishBp: number,
    touch: Partial<Record<"yesBid" | "yesAsk" | "noBid" | "noAsk", number>> = {},
    tick = cents(1),
  ): string => {
    const side = (price: number | undefined) => (price === undefined ? null : priceBp(price));
    const target = {
      [slot]: { size: shares(10), price: priceBp(wishBp) },
      touch: {
        YES: { bid: side(touch.yesBid), ask: side(touch.yesAsk) },
        NO: { bid: side(touch.noBid), ask: side(touch.noAsk) },
      },
    };
    return inWords(plan(planInput({ rules: rules({ tick }) }, target))[slot]).join(", ");
  };

  it("a bid is rounded down to the grid, an ask up, in YES prices", () => {
    expect(priced("bid", 4567)).toBe("BUY YES 10 @ 0.45");
    expect(priced("ask", 5512)).toBe("BUY NO 10 @ 0.44");
    expect(priced("bid", 4567, {}, priceBp(10))).toBe("BUY YES 10 @ 0.456");
    expect(priced("ask", 5512, {}, priceBp(1))).toBe("BUY NO 10 @ 0.4488");
    expect(priced("bid", 4567, {}, priceBp(1000))).toBe("BUY YES 10 @ 0.4");
  });

  it("what rounds to nothing, or to a whole dollar, is out of bounds", () => {
    expect(priced("bid", 99)).toBe("10 outOfBounds");
    expect(priced("ask", 9901)).toBe("10 outOfBounds");
    expect(priced("bid", 100)).toBe("BUY YES 10 @ 0.01");
    expect(priced("ask", 9900)).toBe("BUY NO 10 @ 0.01");
    expect(priced("bid", 9999)).toBe("BUY YES 10 @ 0.99");
    expect(priced("ask", 1)).toBe("BUY NO 10 @ 0.99");
  });

  it("[F] a bid stays one tick behind the YES ask and the complement of the NO bid", () => {
    expect(priced("bid", 5000, { yesAsk: 5000 })).toBe("BUY YES 10 @ 0.49");
    expect(priced("bid", 5000, { noBid: 5200 })).toBe("BUY YES 10 @ 0.47");
    expect(priced("bid", 5000, { yesAsk: 4700, noBid: 5200 })).toBe("BUY YES 10 @ 0.46");
    expect(priced("bid", 5000, { yesAsk: 5100, noBid: 4900 })).toBe("BUY YES 10 @ 0.5");
  });

  it("[F] an ask stays one tick behind the YES bid and the complement of the NO ask", () => {
    expect(priced("ask", 5000, { yesBid: 5000 })).toBe("BUY NO 10 @ 0.49");
    expect(priced("ask", 5000, { noAsk: 4800 })).toBe("BUY NO 10 @ 0.47");
    expect(priced("ask", 5000, { yesBid: 4900, noAsk: 5100 })).toBe("BUY NO 10 @ 0.5");
  });

  it("[F] where the other side stands at the last price there is no room to be behind it", () => {
    expect(priced("bid", 5000, { yesAsk: 100 })).toBe("10 outOfBounds");
    expect(priced("ask", 5000, { yesBid: 9900 })).toBe("10 outOfBounds");
  });

  it("a touch off the grid is stood behind on the grid", () => {
    expect(priced("bid", 5000, { yesAsk: 4950 })).toBe("BUY YES 10 @ 0.48");
    expect(priced("ask", 5000, { yesBid: 5050 })).toBe("BUY NO 10 @ 0.48");
  });
});

describe("modes", () => {
  const inMode = (mode: QuoteMode, isCautious = false) => {
    const target = { mode, bid: quote(20, 45), ask: quote(20, 55) };
    const both = plan(planInput({ isCautious }, target));
    return { bid: inWords(both.bid).join(), ask: inWords(both.ask).join() };
  };

  it("each mode shows the sides it allows, and says what it does not", () => {
    const [buy, sell] = ["BUY YES 20 @ 0.45", "BUY NO 20 @ 0.45"];
    expect(inMode("normal")).toEqual({ bid: buy, ask: sell });
    expect(inMode("oneSidedBuy")).toEqual({ bid: buy, ask: "20 mode" });
    expect(inMode("oneSidedSell")).toEqual({ bid: "20 mode", ask: sell });
    expect(inMode("stop")).toEqual({ bid: "20 mode", ask: "20 mode" });
  });

  it("caution is half the size, whoever asks for it, and half only once", () => {
    const halves = { bid: "BUY YES 10 @ 0.45", ask: "BUY NO 10 @ 0.45" };
    expect(inMode("caution")).toEqual(halves);
    expect(inMode("normal", true)).toEqual(halves);
    expect(inMode("caution", true)).toEqual(halves);
  });
});

describe("what matched unseen by the intent", () => {
  it("has fulfilled that much of it; the other leg is as it was", () => {
    const target = { bid: quote(20, 45), ask: quote(20, 55) };
    const matchedSince = { bid: shares(8), ask: shares(0) };
    const both = plan(planInput({ matchedSince }, target));
    expect(inWords(both.bid)).toEqual(["BUY YES 12 @ 0.45"]);
    expect(inWords(both.ask)).toEqual(["BUY NO 20 @ 0.45"]);
  });

  it("is counted after caution has halved the intent, and never makes it negative", () => {
    const matched = (count: number) => ({
      matchedSince: { ...NOTHING_MATCHED, bid: shares(count) },
    });
    expect(bid(20, 45, { ...matched(4), isCautious: true })).toEqual(["BUY YES 6 @ 0.45"]);
    expect(bid(20, 45, { ...matched(25), isCautious: true })).toEqual([]);
  });
});

describe("a leg of no size", () => {
  it("says nothing, not even that its mode does not allow it", () => {
    const target = { mode: "oneSidedBuy", ask: quote(0, 55) } as const;
    expect(plan(planInput({}, target)).ask.residuals).toEqual([]);
  });

  it("says nothing, not even that its price is impossible", () => {
    const touch = { YES: { bid: priceBp(9900), ask: null }, NO: { bid: null, ask: null } };
    expect(inWords(plan(planInput({}, { ask: quote(0, 55), touch })).ask)).toEqual([]);
  });
});

describe("limits", () => {
  it("an intent stops where YES - NO would pass its limit, on the side that adds to it", () => {
    const long = { YES: 95, netMax: shares(100) };
    expect(bid(20, 45, long)).toEqual(["BUY YES 5 @ 0.45", "15 netMax"]);
    expect(ask(20, 55, long)).toEqual(["SELL YES 20 @ 0.55"]);
    expect(bid(20, 45, { YES: 100, netMax: shares(100) })).toEqual(["20 netMax"]);
    expect(ask(20, 55, { NO: 95, netMax: shares(100) })).toEqual(["BUY NO 5 @ 0.45", "15 netMax"]);
  });

  it("[F] rounding up to the minimum does not pass the limit either", () => {
    expect(bid(20, 45, { YES: 98, netMax: shares(100), ...AGGREGATE })).toEqual([
      "2 belowSizeMin",
      "18 netMax",
    ]);
  });

  it("YES + NO stops at its limit: what is bought is cut, what is sold goes on", () => {
    const near = { YES: 50, NO: 43, grossMax: shares(100) };
    expect(ask(60, 55, near)).toEqual(["SELL YES 50 @ 0.55", "BUY NO 7 @ 0.45", "3 grossMax"]);
    expect(bid(43, 45, near)).toEqual(["SELL NO 43 @ 0.55"]);
    const at = { YES: 50, NO: 55, grossMax: shares(100) };
    expect(ask(60, 55, at)).toEqual(["SELL YES 50 @ 0.55", "10 grossMax"]);
    expect(bid(60, 45, { YES: 100, grossMax: shares(100) })).toEqual(["60 grossMax"]);
  });

  it("what was matched counts against the limit of YES + NO before it has settled", () => {
    const given = planInput({ YES: 50, grossMax: shares(60) }, { bid: quote(20, 45) });
    const { YES } = given.inventory;
    const bought = { ...given.inventory, YES: { ...YES, pendingIn: shares(4) } };
    expect(inWords(plan({ ...given, inventory: bought }).bid)).toEqual([
      "BUY YES 6 @ 0.45",
      "14 grossMax",
    ]);
    const sold = { ...given.inventory, YES: { ...YES, pendingOut: shares(4) } };
    expect(inWords(plan({ ...given, inventory: sold }).bid)).toEqual([
      "BUY YES 14 @ 0.45",
      "6 grossMax",
    ]);
  });

  it("[F] neither rounding up nor buying instead of selling passes it", () => {
    const near = { YES: 2, NO: 94, grossMax: shares(100) };
    expect(ask(5, 55, { ...near, ...AGGREGATE })).toEqual(["5 belowSizeMin"]);
    expect(ask(5, 55, { ...near, ...COMPLETE })).toEqual(["5 belowSizeMin"]);
    // Of the 8 that were wanted, as many as may be bought.
    expect(ask(8, 55, { YES: 3, NO: 91, grossMax: shares(100), ...COMPLETE })).toEqual([
      "BUY NO 6 @ 0.45",
      "2 belowSizeMin",
    ]);
  });

  it("[F] an order worth less than the venue's minimum is a residual", () => {
    const given = { rules: rules({ notionalMin: dollars(1) }) };
    expect(bid(10, 9, given)).toEqual(["10 belowNotionalMin"]);
    expect(bid(10, 10, given)).toEqual(["BUY YES 10 @ 0.1"]);
    // Enough shares, if only just, and too cheap.
    expect(bid(5, 9, given)).toEqual(["5 belowNotionalMin"]);
    // Each order is held against it by itself, at its own token's price.
    expect(ask(20, 95, { YES: 10, ...given })).toEqual([
      "SELL YES 10 @ 0.95",
      "10 belowNotionalMin",
    ]);
  });

  it("[F] a small intent that is too cheap at the minimum is not rounded up", () => {
    const given = { rules: rules({ notionalMin: dollars(1) }), ...AGGREGATE };
    expect(bid(3, 10, given)).toEqual(["3 belowSizeMin"]);
  });

  it("[F] sizes are whole lots, of the intent and of the stock", () => {
    const given = { rules: rules({ lot: shares(1) }) };
    expect(ask(15.9, 55, { YES: 8.9, ...given })).toEqual(["SELL YES 8 @ 0.55", "BUY NO 7 @ 0.45"]);
  });
});

// Half of them around the minimum, where the decisions are.
const anySize = fc
  .oneof(fc.integer({ min: 0, max: 1_200 }), fc.integer({ min: 0, max: 60_000 }))
  .map((hundredths) => microShares(hundredths * 10_000));
const anyMatched = fc.oneof(fc.constant(shares(0)), anySize);
const anyPrice = fc.integer({ min: 1, max: 9_999 }).map(priceBp);
const anyLeg = fc.option(fc.record({ price: anyPrice, size: anySize }));
const anyTouch = fc.record({ bid: fc.option(anyPrice), ask: fc.option(anyPrice) });

const anyInput: fc.Arbitrary<PlanInput> = fc
  .record({
    mode: fc.constantFrom<QuoteMode>("normal", "caution", "oneSidedBuy", "oneSidedSell", "stop"),
    bid: anyLeg,
    ask: anyLeg,
    YES: anySize,
    NO: anySize,
    matchedSince: fc.record({ bid: anyMatched, ask: anyMatched }),
    touch: fc.record({ YES: anyTouch, NO: anyTouch }),
    tick: fc.constantFrom(1, 10, 100, 1000).map(priceBp),
    lot: fc.constantFrom(shares(0.01), shares(1)),
    notionalMin: fc.constantFrom(dollars(0), dollars(1)),
    level: fc.constantFrom(...OPERATOR_LEVELS),
    policy: fc.constantFrom<MinSizePolicy>("passiveFirst", "aggregate", "complete"),
    netMax: anySize,
    grossMax: anySize.map((size) => microShares(2 * size)),
    flattenSlippage: fc.constantFrom(cents(1), cents(5)),
    isCautious: fc.boolean(),
    widenBp: fc.constantFrom(0, 0, 100, 3_000),
  })
  .map(({ mode, bid: bidLeg, ask: askLeg, YES, NO, touch, tick, lot, notionalMin, ...rest }) => ({
    intent: intent({ mode, bid: bidLeg, ask: askLeg, touch }),
    sellable: { YES, NO },
    inventory: inventory({ YES: YES / 1e6, NO: NO / 1e6 }),
    rules: rules({ tick, lot, notionalMin }),
    ...rest,
  }));

/** A law over every order of any plan. */
function everyOrder(law: (order: PlannedOrder, given: PlanInput) => void): void {
  fc.assert(
    fc.property(anyInput, (given) => {
      const both = plan(given);
      for (const order of SLOTS.flatMap((slot) => both[slot].orders)) law(order, given);
    }),
    { numRuns: RUNS },
  );
}

const total = (sizes: readonly { readonly size: number }[]): number =>
  sizes.reduce((sum, { size }) => sum + size, 0);

describe("laws of any plan (acceptance 16)", () => {
  it("[F] every order is on the grid, inside the bounds, of legal size and value", () => {
    everyOrder(({ price, size }, { rules: { tick, lot, orderSizeMin, notionalMin } }) => {
      expect(price % tick).toBe(0);
      expect(price).toBeGreaterThanOrEqual(tick);
      expect(price).toBeLessThanOrEqual(10_000 - tick);
      expect(size % lot).toBe(0);
      expect(size).toBeGreaterThanOrEqual(orderSizeMin);
      expect(notionalFloor(price, size)).toBeGreaterThanOrEqual(notionalMin);
    });
  });

  it("[F] every quote rests: it is behind the touch of its own book and of the other", () => {
    everyOrder(({ kind, token, side, price }, { intent: { touch } }) => {
      if (kind === "closeSell") return;
      const own = touch[token];
      const other = touch[token === "YES" ? "NO" : "YES"];
      if (side === "BUY") {
        if (own.ask !== null) expect(price).toBeLessThan(own.ask);
        if (other.bid !== null) expect(price).toBeLessThan(complement(other.bid));
      } else {
        if (own.bid !== null) expect(price).toBeGreaterThan(own.bid);
        if (other.ask !== null) expect(price).toBeGreaterThan(complement(other.ask));
      }
    });
  });

  it("no quote is better for the other side than what was wanted, less what the account widens it by", () => {
    everyOrder(({ kind, slot, token, price }, { intent: target, widenBp }) => {
      if (kind === "closeSell") return;
      const yesPrice = token === "YES" ? price : complement(price);
      const wanted = target[slot]?.price ?? priceBp(1);
      if (slot === "bid") expect(yesPrice).toBeLessThanOrEqual(wanted - widenBp);
      else expect(yesPrice).toBeGreaterThanOrEqual(wanted + widenBp);
    });
  });

  it("to flatten all is sold for less than the best bid, by a limit and a tick at most", () => {
    everyOrder(({ kind, token, price, size }, given) => {
      expect(kind === "closeSell").toBe(given.level === "flatten");
      if (kind !== "closeSell") return;
      const bestBid = given.intent.touch[token].bid ?? priceBp(1);
      const { tick, lot } = given.rules;
      expect(price).toBeLessThanOrEqual(Math.max(bestBid - given.flattenSlippage, tick));
      expect(price).toBeGreaterThan(bestBid - given.flattenSlippage - tick);
      expect(size).toBe(lotsFloor(given.sellable[token], lot));
    });
  });

  it("nothing is bought unless the level is normal", () => {
    everyOrder(({ side }, { level }) => {
      if (side === "BUY") expect(level).toBe("normal");
    });
  });

  it("no order takes YES + NO past its limit", () => {
    everyOrder(({ side, size }, { inventory: { YES, NO }, grossMax }) => {
      if (side === "BUY") {
        expect(YES.settled + NO.settled + size).toBeLessThanOrEqual(grossMax);
      }
    });
  });

  it("[E] no SELL is larger than the stock that may be sold", () => {
    everyOrder(({ side, token, size }, { sellable }) => {
      if (side === "SELL") expect(size).toBeLessThanOrEqual(sellable[token]);
    });
  });

  it("an ask never sells NO, a bid never sells YES; a leg has at most one order of a kind", () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const both = plan(given);
        for (const slot of SLOTS) {
          const { orders } = both[slot];
          expect(new Set(orders.map(({ kind }) => kind)).size).toBe(orders.length);
          for (const { side, token } of orders) {
            expect((side === "BUY") === (token === "YES")).toBe(slot === "bid");
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("[F] what is expressed and what is residual add up to what was wanted, in whole lots", () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const both = plan(given);
        for (const slot of SLOTS) {
          const leg = given.intent[slot];
          const { orders, residuals, aggregatedFrom } = both[slot];
          const isHalved = given.isCautious || given.intent.mode === "caution";
          const size = leg === null ? 0 : isHalved ? Math.floor(leg.size / 2) : leg.size;
          const left = Math.max(0, size - given.matchedSince[slot]);
          const wanted = lotsFloor(microShares(left), given.rules.lot);
          if (given.level === "halt") {
            expect([orders, residuals]).toEqual([[], []]);
          } else if (given.level === "flatten") {
            const stock = given.sellable[slot === "bid" ? "NO" : "YES"];
            expect(total(orders) + total(residuals)).toBe(lotsFloor(stock, given.rules.lot));
          } else if (residuals.some(({ reason }) => reason === "mode")) {
            expect([orders, total(residuals)]).toEqual([[], leg?.size]);
          } else if (aggregatedFrom === null) {
            expect(total(orders) + total(residuals)).toBe(wanted);
          } else {
            const cut = total(residuals.filter(({ reason }) => reason.endsWith("Max")));
            expect(given.policy).toBe("aggregate");
            expect(aggregatedFrom + cut).toBe(wanted);
            expect(total(orders)).toBe(given.rules.orderSizeMin);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("no plan moves YES - NO past its limit, should all of a leg be filled", () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        if (given.level === "flatten") return;
        const both = plan(given);
        const net = netShares(given.inventory);
        const after = { bid: net + total(both.bid.orders), ask: total(both.ask.orders) - net };
        for (const slot of SLOTS) {
          if (both[slot].orders.length > 0) expect(after[slot]).toBeLessThanOrEqual(given.netMax);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("more stock never means selling less of it", () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom(...TOKENS), anySize, (given, token, more) => {
        const netMax = shares(10_000);
        const sold = (stock: number) =>
          SLOTS.flatMap(
            (slot) =>
              plan({
                ...given,
                netMax,
                sellable: { ...given.sellable, [token]: microShares(stock) },
              })[slot].orders,
          )
            .filter((order) => order.side === "SELL" && order.token === token)
            .reduce((sum, { size }) => sum + size, 0);
        expect(sold(given.sellable[token] + more)).toBeGreaterThanOrEqual(
          sold(given.sellable[token]),
        );
      }),
      { numRuns: RUNS },
    );
  });
});

describe("cash", () => {
  const short = (cash: number, policy: PlanInput["policy"]) =>
    inWords(
      plan({
        ...planInput({ YES: 8, policy }, { ask: quote(9, 55) }),
        inventory: inventory({ YES: 8, cash }),
      }).ask,
    );

  it("that is short leaves the stock to be sold, whatever would show more with cash", () => {
    expect(short(100, "complete")).toEqual(["BUY NO 9 @ 0.45"]);
    expect(short(2, "complete")).toEqual(["SELL YES 8 @ 0.55", "1 belowSizeMin"]);
    expect(short(0, "complete")).toEqual(["SELL YES 8 @ 0.55", "1 cash"]);
  });

  it("that is gone says so of what cannot be bought", () => {
    const bought = plan({
      ...planInput({}, { bid: quote(20, 50) }),
      inventory: inventory({ cash: 4 }),
    }).bid;
    expect(inWords(bought)).toEqual(["BUY YES 8 @ 0.5", "12 cash"]);
  });
});
