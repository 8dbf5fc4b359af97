/** The lattice of a trade: whatever order its reports come in, the numbers are those of its end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pendingSince } from "../../src/executor/index.ts";
import { isContradiction, isPending, isSettled, settle } from "../../src/executor/inventory.ts";
import {
  type Fill,
  type Inventory,
  type Side,
  type Token,
  type TradeStatus,
  NO_SHARES,
  NO_USDC,
  TOKENS,
  microShares,
  orderId,
  priceBp,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  RUNS,
  cents,
  dollars,
  fill,
  held,
  inventory,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";

const STATUSES: readonly TradeStatus[] = ["matched", "retrying", "mined", "confirmed", "failed"];

function permutations<T>(values: readonly T[]): readonly (readonly T[])[] {
  if (values.length <= 1) return [values];
  return values.flatMap((value, index) =>
    permutations(values.toSpliced(index, 1)).map((rest) => [value, ...rest]),
  );
}

/** A day on which an order of ours rests, and the order's words. */
function resting(side: Side): readonly [Bench, string] {
  const day = trading({ YES: 20 });
  day.intends(side === "BUY" ? { bid: quote(10, 40) } : { ask: quote(10, 60) });
  const order = side === "BUY" ? "BUY YES 10 @ 0.4" : "SELL YES 10 @ 0.6";
  day.acks(order);
  return [day, order];
}

/** What 4 shares of it do to 20 YES and 500 dollars, by how far the trade has come. */
const EXPECTED = {
  BUY: {
    pending: { YES: { settled: 20, pendingIn: 4, pendingOut: 0 }, cash: [500, 0, 1.6] },
    settled: { YES: { settled: 24, pendingIn: 0, pendingOut: 0 }, cash: [498.4, 0, 0] },
    failed: { YES: { settled: 20, pendingIn: 0, pendingOut: 0 }, cash: [500, 0, 0] },
  },
  SELL: {
    pending: { YES: { settled: 20, pendingIn: 0, pendingOut: 4 }, cash: [500, 2.4, 0] },
    settled: { YES: { settled: 16, pendingIn: 0, pendingOut: 0 }, cash: [502.4, 0, 0] },
    failed: { YES: { settled: 20, pendingIn: 0, pendingOut: 0 }, cash: [500, 0, 0] },
  },
} as const;

function endOf(statuses: readonly TradeStatus[]): "pending" | "settled" | "failed" {
  if (statuses.includes("failed")) return "failed";
  return statuses.some(isSettled) ? "settled" : "pending";
}

function numbers({ YES, cash }: Inventory): unknown {
  const inDollars = [cash.settled, cash.pendingIn, cash.pendingOut].map((it) => it / 1e6);
  return { YES: held(YES), cash: inDollars };
}

describe("one trade", () => {
  const rows: readonly TradeStatus[][] = [
    ["matched"],
    ["matched", "retrying"],
    ["matched", "mined", "confirmed"],
    ["matched", "retrying", "mined", "confirmed"],
    ["matched", "mined", "mined", "confirmed"],
    ["matched", "retrying", "failed"],
    ["matched", "matched", "retrying", "failed"],
  ];

  it.each(rows.map((row) => [row.join(" "), row] as const))(
    "[E] every order of %s ends on the same numbers (acceptance 12)",
    (_, row) => {
      for (const side of ["BUY", "SELL"] as const) {
        for (const statuses of permutations(row)) {
          const [day, order] = resting(side);
          for (const status of statuses) day.matches(order, 4, "trade", status);
          expect(numbers(day.state().inventory)).toEqual(EXPECTED[side][endOf(statuses)]);
        }
      }
    },
  );

  it("[E] any reports at all, in any number and order, end where the furthest of them stands", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Side>("BUY", "SELL"),
        fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 6 }),
        (side, statuses) => {
          const [day, order] = resting(side);
          for (const status of statuses) day.matches(order, 4, "trade", status);
          expect(numbers(day.state().inventory)).toEqual(EXPECTED[side][endOf(statuses)]);
          expect(day.order(order).matched).toBe(shares(4));
        },
      ),
      { numRuns: Math.min(RUNS, 300) },
    );
  });

  it("a retry is no news: an intent that has seen the match has seen all there is", () => {
    const [day, order] = resting("BUY");
    day.matches(order, 4, "trade", "matched");
    const { inventoryStep } = day.state();
    day.matches(order, 4, "trade", "retrying");
    expect(day.state().inventoryStep).toBe(inventoryStep);
    day.matches(order, 4, "trade", "mined");
    expect(day.state().inventoryStep).toBe(day.state().step);
  });

  it("[E] two equal fills of one order in two trades are two fills", () => {
    const [day, order] = resting("BUY");
    day.matches(order, 3, "the one");
    day.matches(order, 3, "the other");
    expect(held(day.state().inventory.YES)).toEqual({ settled: 20, pendingIn: 6, pendingOut: 0 });
  });

  it("[E] one trade may hold several orders of ours, each counted once", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(20, 60) });
    day.acks("SELL YES 10 @ 0.6", "BUY NO 10 @ 0.4");
    const parts = [fill(day.order("SELL YES 10 @ 0.6"), 10), fill(day.order("BUY NO 10 @ 0.4"), 5)];
    for (const status of ["matched", "matched", "mined"] as const) {
      day.hears({ type: "trade.reported", report: tradeReport("both", status, parts) });
    }
    const { YES, NO } = day.state().inventory;
    expect(held(YES)).toEqual({ settled: 0, pendingIn: 0, pendingOut: 0 });
    expect(held(NO)).toEqual({ settled: 5, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] a failure takes back what was booked, whatever its own report says of the size", () => {
    const [day, order] = resting("BUY");
    day.matches(order, 4, "trade", "matched");
    day.matches(order, 1, "trade", "failed");
    expect(numbers(day.state().inventory)).toEqual(EXPECTED.BUY.failed);
  });

  it("a trade that is reported in other terms is an anomaly; its first terms hold", () => {
    const changes: readonly Partial<Fill>[] = [{ size: shares(5) }, { price: cents(41) }];
    for (const change of changes) {
      const [day, order] = resting("BUY");
      day.matches(order, 4, "trade");
      const part = fill(day.order(order), 4, change);
      day.matches(order, 4, "trade", "mined");
      const { inventoryStep } = day.state();
      day.hears({ type: "trade.reported", report: tradeReport("trade", "mined", [part]) });
      day.hears({ type: "trade.reported", report: tradeReport("trade", "mined", [part]) });
      expect(day.state().inventoryStep).toBe(inventoryStep);
      // Said once, however often it is told.
      expect(day.state().anomalies).toMatchObject({
        count: 1,
        last: "trade trade has changed its terms",
      });
      expect(numbers(day.state().inventory)).toEqual(EXPECTED.BUY.settled);
    }
  });

  it("a trade that is both confirmed and failed is an anomaly, whichever came first", () => {
    const lives: readonly (readonly TradeStatus[])[] = [
      ...permutations<TradeStatus>(["confirmed", "failed"]),
      ["matched", "mined", "confirmed", "failed", "confirmed"],
    ];
    for (const statuses of lives) {
      const [day, order] = resting("BUY");
      day.asked();
      for (const status of statuses) day.matches(order, 4, "trade", status);
      expect(day.asked()).toContain("survey");
      expect(day.state().anomalies.count).toBe(1);
      expect(day.state().anomalies.last).toMatch(
        /^trade trade is both (confirmed and failed|failed and confirmed)$/,
      );
      expect(numbers(day.state().inventory)).toEqual(EXPECTED.BUY.failed);
    }
  });

  it("two reports contradict each other only where both are final", () => {
    const contradicting = STATUSES.flatMap((a) =>
      STATUSES.filter((b) => isContradiction(a, b)).map((b) => `${a} ${b}`),
    );
    expect(contradicting).toEqual(["confirmed failed", "failed confirmed"]);
    expect(STATUSES.filter(isPending)).toEqual(["matched", "retrying"]);
    expect(STATUSES.filter(isSettled)).toEqual(["mined", "confirmed"]);
  });
});

const anyFill: fc.Arbitrary<Fill> = fc.record({
  orderId: fc.constant(orderId("order")),
  token: fc.constantFrom<Token>(...TOKENS),
  side: fc.constantFrom<Side>("BUY", "SELL"),
  price: fc.integer({ min: 1, max: 9_999 }).map(priceBp),
  size: fc.integer({ min: 1, max: 1_000_000_000 }).map(microShares),
  fee: fc.constantFrom(NO_USDC, dollars(0.013)),
});

describe("the lattice by itself", () => {
  it("[E] there and back again is exactly where it began", () => {
    fc.assert(
      fc.property(
        anyFill,
        fc.constantFrom(null, ...STATUSES),
        fc.constantFrom(...STATUSES),
        (part, from, to) => {
          const before = inventory({ YES: 10, NO: 10, cash: 100 });
          const moved = settle(before, part, from, to);
          const back = settle(settle(moved, part, to, "failed"), part, null, from ?? "failed");
          expect(back).toEqual(before);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("[E] every road from the match to the same end makes the same numbers", () => {
    fc.assert(
      fc.property(anyFill, fc.array(fc.constantFrom(...STATUSES)), (part, roads) => {
        const before = inventory({ YES: 10, NO: 10, cash: 100 });
        const end = roads.at(-1) ?? "matched";
        const straight = settle(before, part, null, end);
        const steps: readonly (TradeStatus | null)[] = [null, ...roads, end];
        const winding = steps
          .slice(1)
          .reduce((acc, to, index) => settle(acc, part, steps[index] ?? null, to ?? end), before);
        expect(winding).toEqual(straight);
      }),
      { numRuns: RUNS },
    );
  });

  it("a buyer pays the fee on top and is rounded up, a seller gets it off and is rounded down", () => {
    const part = (side: Side): Fill => ({
      orderId: orderId("order"),
      token: "NO",
      side,
      price: priceBp(3333),
      size: microShares(1),
      fee: dollars(0.01),
    });
    const before = inventory({ NO: 1, cash: 1 });
    expect(settle(before, part("BUY"), null, "mined").cash.settled).toBe(1_000_000 - 1 - 10_000);
    expect(settle(before, part("SELL"), null, "mined").cash.settled).toBe(1_000_000 + 0 - 10_000);
  });

  it("matched stock is neither sold twice nor sold before it has settled", () => {
    const buy: Fill = {
      orderId: orderId("order"),
      token: "YES",
      side: "BUY",
      price: cents(40),
      size: shares(5),
      fee: NO_USDC,
    };
    const bought = settle(inventory(), buy, null, "matched");
    expect(bought.YES).toEqual({
      settled: NO_SHARES,
      pendingIn: shares(5),
      pendingOut: NO_SHARES,
    });
  });
});

describe("what is on its way", () => {
  it("is as old as the oldest of its trades; each that settles leaves the others", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.acks("BUY YES 20 @ 0.45");
    const first = day.now().epochMs;
    day.matches("BUY YES 20 @ 0.45", 5, "first");
    day.waits(1_000);
    const second = day.now().epochMs;
    day.matches("BUY YES 20 @ 0.45", 5, "second");
    expect(pendingSince(day.state())).toBe(first);
    day.hears({
      type: "trade.reported",
      report: tradeReport("first", "mined", [fill(day.order("BUY YES 20 @ 0.45"), 5)]),
    });
    expect(pendingSince(day.state())).toBe(second);
    day.matches("BUY YES 20 @ 0.45", 5, "second", "failed");
    expect(pendingSince(day.state())).toBeNull();
  });
});
