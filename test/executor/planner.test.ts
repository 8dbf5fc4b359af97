/** From a wish in YES prices to legal orders: the worked examples by number, then the laws. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlanInput, plan } from "../../src/executor/planner.ts";
import type { MinSizePolicy } from "../../src/executor/index.ts";
import {
  type LegPlan,
  type PlannedOrder,
  type QuoteMode,
  SLOTS,
  type Slot,
  TOKENS,
  complement,
  formatMicro,
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
  told,
} from "../support/builders.ts";

interface Case extends Partial<Omit<PlanInput, "sellable" | "inventory">> {
  readonly YES?: number;
  readonly NO?: number;
}

const NOTHING_MATCHED = { bid: shares(0), ask: shares(0) };
const PASSIVE: Case = { policy: "passiveFirst" };
const AGGREGATE: Case = { policy: "aggregate" };

function input({ YES = 0, NO = 0, ...rest }: Case, wish: Partial<PlanInput["intent"]>): PlanInput {
  return {
    intent: intent(wish),
    sellable: { YES: shares(YES), NO: shares(NO) },
    inventory: inventory({ YES, NO }),
    matchedSince: NOTHING_MATCHED,
    rules: rules(),
    policy: "passiveFirst",
    netMax: shares(1_000),
    isCautious: false,
    ...rest,
  };
}

/** A leg as one would say it: orders, then what could not be expressed. */
const inWords = ({ orders, residuals, aggregatedFrom }: LegPlan): readonly string[] => [
  ...orders.map(told),
  ...residuals.map(({ size, reason }) => `${formatMicro(size)} ${reason}`),
  ...(aggregatedFrom === null ? [] : [`rounded up from ${formatMicro(aggregatedFrom)}`]),
];

const ask = (size: number, price: number, given: Case = {}): readonly string[] =>
  inWords(plan(input(given, { ask: quote(size, price) })).ask);
const bid = (size: number, price: number, given: Case = {}): readonly string[] =>
  inWords(plan(input(given, { bid: quote(size, price) })).bid);

describe("the worked examples", () => {
  it("1. a wish beyond the stock is split: stock is given up first, the rest is bought", () => {
    expect(ask(15, 55, { YES: 8 })).toEqual(["SELL YES 8 @ 0.55", "BUY NO 7 @ 0.45"]);
  });

  it("2. a split may leave exactly the minimum on one side, in either token", () => {
    expect(ask(12, 55, { YES: 7 })).toEqual(["SELL YES 7 @ 0.55", "BUY NO 5 @ 0.45"]);
    expect(bid(12, 45, { NO: 7 })).toEqual(["SELL NO 7 @ 0.55", "BUY YES 5 @ 0.45"]);
  });

  it("3. stock below the minimum is a residual; what is bought needs no more than its part", () => {
    expect(ask(8, 55, { YES: 3 })).toEqual(["BUY NO 5 @ 0.45", "3 belowSizeMin"]);
    expect(bid(8, 45, { NO: 3 })).toEqual(["BUY YES 5 @ 0.45", "3 belowSizeMin"]);
  });

  it("4. a purchase below the minimum is a residual beside the stock that is sold", () => {
    expect(bid(10, 45, { NO: 7 })).toEqual(["SELL NO 7 @ 0.55", "3 belowSizeMin"]);
  });

  it("5. where both parts are below the minimum, only `aggregate` shows anything", () => {
    expect(ask(5, 55, { YES: 2, ...PASSIVE })).toEqual(["5 belowSizeMin"]);
    expect(ask(6, 55, { YES: 2, ...PASSIVE })).toEqual(["6 belowSizeMin"]);
    const rounded = (from: number) => [
      "BUY NO 5 @ 0.45",
      "2 belowSizeMin",
      `rounded up from ${from}`,
    ];
    expect(ask(5, 55, { YES: 2, ...AGGREGATE })).toEqual(rounded(5));
    expect(ask(6, 55, { YES: 2, ...AGGREGATE })).toEqual(rounded(6));
  });

  it("6. stock that covers the wish is sold to the wish, never whole", () => {
    expect(ask(5, 55, { YES: 7 })).toEqual(["SELL YES 5 @ 0.55"]);
    expect(ask(5, 55, { YES: 100 })).toEqual(["SELL YES 5 @ 0.55"]);
  });

  it("7. a bid gives up NO before it buys YES", () => {
    expect(bid(20, 45, { NO: 12 })).toEqual(["SELL NO 12 @ 0.55", "BUY YES 8 @ 0.45"]);
  });

  it("8. what is spoken for elsewhere is not ours to sell", () => {
    const given = { ...input({}, { ask: quote(10, 55) }), inventory: inventory({ YES: 15 }) };
    const plannedAsk = plan({ ...given, sellable: { YES: shares(5), NO: shares(0) } }).ask;
    expect(inWords(plannedAsk)).toEqual(["SELL YES 5 @ 0.55", "BUY NO 5 @ 0.45"]);
  });

  it("9. what is kept back leaves a remainder too small to buy", () => {
    const given = { ...input({}, { ask: quote(10, 55) }), inventory: inventory({ YES: 12 }) };
    const plannedAsk = plan({ ...given, sellable: { YES: shares(7), NO: shares(0) } }).ask;
    expect(inWords(plannedAsk)).toEqual(["SELL YES 7 @ 0.55", "3 belowSizeMin"]);
  });

  it("10. a small bid without stock is a residual, or rounded up", () => {
    expect(bid(3, 45, PASSIVE)).toEqual(["3 belowSizeMin"]);
    expect(bid(3, 45, AGGREGATE)).toEqual(["BUY YES 5 @ 0.45", "rounded up from 3"]);
  });

  it("11. a leg that is disabled, or of no size, is empty under either policy", () => {
    for (const policy of [PASSIVE, AGGREGATE]) {
      expect(ask(0, 55, { YES: 20, ...policy })).toEqual([]);
      expect(ask(0, 55, policy)).toEqual([]);
      expect(inWords(plan(input({ YES: 20, ...policy }, { bid: quote(10, 45) })).ask)).toEqual([]);
    }
  });
});

describe("the minimum as one decision over both parts of a leg", () => {
  // Of a wish for `wish` with `stock` at hand, where the minimum is 5.
  const cases: readonly [string, stock: number, wish: number, string[], string[]][] = [
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

  it.each(cases)("%s", (_, YES, wish, passive, aggregate) => {
    expect(ask(wish, 55, { YES, ...PASSIVE })).toEqual(passive);
    expect(ask(wish, 55, { YES, ...AGGREGATE })).toEqual(aggregate);
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
    const wish = {
      [slot]: { size: shares(10), price: priceBp(wishBp) },
      touch: {
        YES: { bid: side(touch.yesBid), ask: side(touch.yesAsk) },
        NO: { bid: side(touch.noBid), ask: side(touch.noAsk) },
      },
    };
    return inWords(plan(input({ rules: rules({ tick }) }, wish))[slot]).join(", ");
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
    const wish = { mode, bid: quote(20, 45), ask: quote(20, 55) };
    const both = plan(input({ isCautious }, wish));
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

describe("what matched unseen by the wish", () => {
  it("has fulfilled that much of it; the other leg is as it was", () => {
    const wish = { bid: quote(20, 45), ask: quote(20, 55) };
    const matchedSince = { bid: shares(8), ask: shares(0) };
    const both = plan(input({ matchedSince }, wish));
    expect(inWords(both.bid)).toEqual(["BUY YES 12 @ 0.45"]);
    expect(inWords(both.ask)).toEqual(["BUY NO 20 @ 0.45"]);
  });

  it("is counted after caution has halved the wish, and never makes it negative", () => {
    const matched = (count: number) => ({
      matchedSince: { ...NOTHING_MATCHED, bid: shares(count) },
    });
    expect(bid(20, 45, { ...matched(4), isCautious: true })).toEqual(["BUY YES 6 @ 0.45"]);
    expect(bid(20, 45, { ...matched(25), isCautious: true })).toEqual([]);
  });
});

describe("a leg of no size", () => {
  it("says nothing, not even that its price is impossible", () => {
    const touch = { YES: { bid: priceBp(9900), ask: null }, NO: { bid: null, ask: null } };
    expect(inWords(plan(input({}, { ask: quote(0, 55), touch })).ask)).toEqual([]);
  });
});

describe("limits", () => {
  it("a wish stops where YES - NO would pass its limit, on the side that adds to it", () => {
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

  it("[F] an order worth less than the venue's minimum is a residual", () => {
    const given = { rules: rules({ notionalMin: dollars(1) }) };
    expect(bid(10, 9, given)).toEqual(["10 belowNotionalMin"]);
    expect(bid(10, 10, given)).toEqual(["BUY YES 10 @ 0.1"]);
    // Each order is held against it by itself, at its own token's price.
    expect(ask(20, 95, { YES: 10, ...given })).toEqual([
      "SELL YES 10 @ 0.95",
      "10 belowNotionalMin",
    ]);
  });

  it("[F] a small wish that is too cheap is a residual of what was wished", () => {
    const given = { rules: rules({ notionalMin: dollars(1) }), ...AGGREGATE };
    expect(bid(3, 10, given)).toEqual(["3 belowNotionalMin"]);
  });

  it("[F] sizes are whole lots, of the wish and of the stock", () => {
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
    policy: fc.constantFrom<MinSizePolicy>("passiveFirst", "aggregate"),
    netMax: anySize,
    isCautious: fc.boolean(),
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

  it("[F] every order rests: it is behind the touch of its own book and of the other", () => {
    everyOrder(({ token, side, price }, { intent: { touch } }) => {
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

  it("no order is better for the other side than what was wished", () => {
    everyOrder(({ slot, token, price }, { intent: wish }) => {
      const yesPrice = token === "YES" ? price : complement(price);
      const wished = wish[slot]?.price ?? priceBp(1);
      if (slot === "bid") expect(yesPrice).toBeLessThanOrEqual(wished);
      else expect(yesPrice).toBeGreaterThanOrEqual(wished);
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

  it("[F] what is expressed and what is residual add up to what was wished, in whole lots", () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const both = plan(given);
        for (const slot of SLOTS) {
          const leg = given.intent[slot];
          const { orders, residuals, aggregatedFrom } = both[slot];
          const isHalved = given.isCautious || given.intent.mode === "caution";
          const size = leg === null ? 0 : isHalved ? Math.floor(leg.size / 2) : leg.size;
          const left = Math.max(0, size - given.matchedSince[slot]);
          const wished = lotsFloor(microShares(left), given.rules.lot);
          if (residuals.some(({ reason }) => reason === "mode")) {
            expect([orders, total(residuals)]).toEqual([[], leg?.size]);
          } else if (aggregatedFrom === null || orders.length === 0) {
            expect(total(orders) + total(residuals)).toBe(wished);
          } else {
            const cut = total(residuals.filter(({ reason }) => reason === "netMax"));
            expect(aggregatedFrom + cut).toBe(wished);
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
