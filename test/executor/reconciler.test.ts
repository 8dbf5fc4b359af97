/**
 * Plan against working orders: what is kept, then the laws of any difference. The worked examples
 * are in workedExamples.test.ts, the fewest steps of all in reconcilerReference.test.ts.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconcile } from "../../src/executor/reconciler.ts";
import {
  type LegPlan,
  type OrderPhase,
  type PlannedOrder,
  type WorkingOrder,
  after,
  epochMs,
} from "../../src/types/index.ts";
import { RUNS, cents, instant, planned, shares, told, working } from "../support/builders.ts";
import { KEEP, difference, legOf } from "../support/plans.ts";

const NOW = instant(0).epochMs;

const anyOrder: fc.Arbitrary<PlannedOrder> = fc
  .record({
    isSell: fc.boolean(),
    size: fc.constantFrom(5, 10, 15, 20, 25),
    price: fc.constantFrom(44, 45, 46),
  })
  .map(({ isSell, size, price }) =>
    planned(isSell ? `SELL YES ${size} @ 0.${price + 10}` : `BUY NO ${size} @ 0.${price}`),
  );

const anyPlan = fc
  .uniqueArray(anyOrder, { maxLength: 2, selector: ({ kind }) => kind })
  .map((orders): LegPlan => ({ slot: "ask", orders, residuals: [], aggregatedFrom: null }));

const anyWorking = fc.array(
  fc
    .record({
      order: anyOrder,
      matched: fc.constantFrom(0, 0, 3, 5),
      phase: fc.constantFrom<OrderPhase>("resting", "resting", "unknown", "closed"),
      expiresInMs: fc.constantFrom(60_000, 200_000),
    })
    .map(({ order, matched, phase, expiresInMs }) =>
      working(told(order), {
        matched: shares(matched),
        phase,
        expiresAt: after(NOW, expiresInMs),
      }),
    ),
  { maxLength: 5 },
);

describe("what is kept", () => {
  it("two orders of one kind are one too many: the older one keeps its place", () => {
    const older = working("BUY NO 10 @ 0.45");
    const newer = working("BUY NO 10 @ 0.45", { phaseSince: instant(10).monotonicMs });
    const { cancels, places } = reconcile(legOf("BUY NO 10 @ 0.45"), [older, newer], KEEP);
    expect([cancels, places]).toEqual([[newer], []]);
  });

  it("the one that fits is kept, also behind one of its kind that does not", () => {
    const rest = [working("BUY NO 10 @ 0.44"), working("BUY NO 10 @ 0.45")];
    expect(difference(rest, legOf("BUY NO 10 @ 0.45"))).toEqual(["cancel BUY NO 10 @ 0.44"]);
  });

  it("a GTD order close to the venue's removal is replaced while it still rests", () => {
    const expiring = (inMs: number) =>
      difference(
        [working("BUY NO 10 @ 0.45", { expiresAt: epochMs(NOW + inMs) })],
        legOf("BUY NO 10 @ 0.45"),
      );
    expect(expiring(75_001)).toEqual([]);
    expect(expiring(75_000)).toEqual(["cancel BUY NO 10 @ 0.45", "place BUY NO 10 @ 0.45"]);
  });

  it("an order that is over is neither kept nor cancelled", () => {
    const closed = working("BUY NO 10 @ 0.45", { phase: "closed" });
    expect(difference([closed], legOf("BUY NO 10 @ 0.45"))).toEqual(["place BUY NO 10 @ 0.45"]);
    expect(difference([closed], legOf())).toEqual([]);
  });
});

describe("while permits are short", () => {
  const SHORT = { ...KEEP, behind: { maxBp: cents(2), forMs: Infinity } };
  const differs = (order: string, wanted: string): boolean => {
    const { cancels, places, held } = reconcile(legOf(wanted), [working(order)], SHORT);
    expect(places.length + held.length + (cancels.length === 0 ? 1 : 0)).toBeGreaterThan(0);
    return cancels.length + places.length > 0;
  };

  it.each([
    ["BUY NO 10 @ 0.43", "BUY NO 10 @ 0.45"],
    ["BUY NO 10 @ 0.44", "BUY NO 15 @ 0.45"],
    ["SELL YES 10 @ 0.57", "SELL YES 10 @ 0.55"],
  ])("%s stays where %s is planned: it asks for a little more", (order, wanted) => {
    expect(differs(order, wanted)).toBe(false);
  });

  it.each([
    ["BUY NO 10 @ 0.42", "BUY NO 10 @ 0.45", "too far behind"],
    ["BUY NO 10 @ 0.46", "BUY NO 10 @ 0.45", "more aggressive"],
    ["SELL YES 10 @ 0.54", "SELL YES 10 @ 0.55", "more aggressive"],
    ["BUY NO 15 @ 0.44", "BUY NO 10 @ 0.45", "larger"],
    ["BUY NO 10 @ 0.44", "BUY NO 20 @ 0.45", "smaller by a good deal"],
  ])("%s is replaced where %s is planned: %s", (order, wanted) => {
    expect(differs(order, wanted)).toBe(true);
  });

  it("the one at its price is kept, before an older one that lags; and that one goes", () => {
    const lagging = working("BUY NO 10 @ 0.44");
    const exact = working("BUY NO 10 @ 0.45", { phaseSince: instant(10).monotonicMs });
    const found = reconcile(legOf("BUY NO 10 @ 0.45"), [lagging, exact], SHORT);
    expect(found).toEqual({ cancels: [lagging], places: [], held: [], marks: [], loose: [] });
  });

  it("what is left to a lagging order is said", () => {
    const { held } = reconcile(legOf("BUY NO 10 @ 0.45"), [working("BUY NO 10 @ 0.44")], SHORT);
    expect(held.map(told)).toEqual(["BUY NO 10 @ 0.45"]);
  });

  it("a pull is carried out, and what is missing is placed", () => {
    expect(reconcile(legOf(), [working("BUY NO 10 @ 0.44")], SHORT).cancels).toHaveLength(1);
    expect(reconcile(legOf("BUY NO 10 @ 0.45"), [], SHORT).places).toHaveLength(1);
  });

  it("nothing that stays is more aggressive than the plan, or larger", () => {
    fc.assert(
      fc.property(anyWorking, anyPlan, (orders, wanted) => {
        const { cancels } = reconcile(wanted, orders, SHORT);
        for (const order of orders) {
          if (order.phase === "closed" || cancels.includes(order)) continue;
          const [plan] = wanted.orders.filter(({ kind }) => kind === order.kind);
          const boldest = plan?.side === "BUY" ? plan.price : order.price;
          const boldestOfOrder = plan?.side === "BUY" ? order.price : (plan?.price ?? 0);
          expect(boldestOfOrder).toBeLessThanOrEqual(boldest);
          expect(order.size - order.matched).toBeLessThanOrEqual(plan?.size ?? 0);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("each planned order rests, is placed or is left to one that lags; carried out, nothing is asked", () => {
    fc.assert(
      fc.property(anyWorking, anyPlan, (orders, wanted) => {
        const first = reconcile(wanted, orders, SHORT);
        const then = [
          ...orders.filter((order) => !first.cancels.includes(order)),
          ...first.places.map((order) => working(told(order), { expiresAt: after(NOW, 240_000) })),
        ];
        const { cancels, places, held } = reconcile(wanted, then, SHORT);
        expect([cancels, places, held]).toEqual([[], [], first.held]);
        const live = then.filter(({ phase }) => phase !== "closed");
        expect(live).toHaveLength(wanted.orders.length);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("orders that close", () => {
  const CLOSE = { ...planned("SELL YES 10 @ 0.45"), kind: "closeSell" } as const;
  const wanted: LegPlan = { ...legOf(), orders: [CLOSE] };

  it("no quote stands in for a close at the same price, nor a close for a quote", () => {
    const order = told(CLOSE);
    const replaced = [`cancel ${order}`, `place ${order}`];
    expect(difference([working(order)], wanted)).toEqual(replaced);
    expect(difference([working(order, { kind: "closeSell" })], legOf(order))).toEqual(replaced);
  });

  it("a close whose answer is missing is not asked for again", () => {
    const lost = working(told(CLOSE), { kind: "closeSell", phase: "unknown" });
    expect(difference([lost], wanted)).toEqual([]);
  });
});

describe("laws of any difference (acceptance 17)", () => {
  const settled = (orders: readonly WorkingOrder[], wanted: LegPlan): readonly WorkingOrder[] => {
    const { cancels, places } = reconcile(wanted, orders, KEEP);
    return [
      ...orders.filter((order) => !cancels.includes(order)),
      ...places.map((order) => working(told(order), { expiresAt: after(NOW, 240_000) })),
    ];
  };

  it("once it has been carried out there is nothing left to do", () => {
    fc.assert(
      fc.property(anyWorking, anyPlan, (orders, wanted) => {
        expect(difference(settled(orders, wanted), wanted)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("afterwards one order of each planned kind rests, at its price, and no other", () => {
    fc.assert(
      fc.property(anyWorking, anyPlan, (orders, wanted) => {
        const live = settled(orders, wanted).filter(({ phase }) => phase !== "closed");
        const at = ({ kind, price }: PlannedOrder) => `${kind} ${price}`;
        expect(live.map(at).toSorted()).toEqual(wanted.orders.map(at).toSorted());
      }),
      { numRuns: RUNS },
    );
  });

  it("cancels only what may be live, and each order once", () => {
    fc.assert(
      fc.property(anyWorking, anyPlan, (orders, wanted) => {
        const { cancels } = reconcile(wanted, orders, KEEP);
        expect(new Set(cancels).size).toBe(cancels.length);
        expect(cancels.every(({ phase }) => phase !== "closed")).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
