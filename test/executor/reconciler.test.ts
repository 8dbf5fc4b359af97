/** Plan against working orders: the worked examples by number, then the laws of any difference. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KeepPolicy, reconcile } from "../../src/executor/reconciler.ts";
import {
  type LegPlan,
  type OrderPhase,
  type PlannedOrder,
  type WorkingOrder,
  after,
  epochMs,
} from "../../src/types/index.ts";
import {
  RUNS,
  instant,
  planned,
  quote,
  shares,
  told,
  trading,
  working,
} from "../support/builders.ts";

const NOW = instant(0).epochMs;
const POLICY: KeepPolicy = { topUp: shares(10), renewBy: after(NOW, 75_000) };

const leg = (...orders: readonly string[]): LegPlan => ({
  slot: "ask",
  orders: orders.map(planned),
  residuals: [],
  aggregatedFrom: null,
});

/** `of` shares of it are matched already. */
const partly = (of: number, text: string): WorkingOrder => working(text, { matched: shares(of) });

/** What it takes to turn the one into the other. */
function difference(orders: readonly WorkingOrder[], wanted: LegPlan): readonly string[] {
  const { cancels, places } = reconcile(wanted, orders, POLICY);
  return [...cancels.map((it) => `cancel ${told(it)}`), ...places.map((it) => `place ${told(it)}`)];
}

describe("the worked examples", () => {
  it("12. a wish that has grown by less than the threshold keeps its place in the queue", () => {
    expect(difference([partly(5, "BUY NO 30 @ 0.45")], leg("BUY NO 30 @ 0.45"))).toEqual([]);
    expect(difference([working("BUY NO 20 @ 0.45")], leg("BUY NO 25 @ 0.45"))).toEqual([]);
  });

  it("13. a wish that has grown by the threshold, over what still rests, gives it up", () => {
    const replaced = (rests: WorkingOrder, size: number) => {
      const wanted = `BUY NO ${size} @ 0.45`;
      expect(difference([rests], leg(wanted))).toEqual([
        `cancel ${told(rests)}`,
        `place ${wanted}`,
      ]);
    };
    replaced(partly(5, "BUY NO 20 @ 0.45"), 40);
    replaced(working("BUY NO 20 @ 0.45"), 30);
    replaced(partly(5, "BUY NO 20 @ 0.45"), 30);
  });

  it("14. a wish below what still rests is a risk that is cut at once", () => {
    const replaced = (rests: WorkingOrder, size: number) => {
      expect(difference([rests], leg(`BUY NO ${size} @ 0.45`))).toHaveLength(2);
    };
    replaced(partly(10, "BUY NO 50 @ 0.45"), 25);
    replaced(partly(5, "BUY NO 30 @ 0.45"), 20);
    replaced(working("BUY NO 20 @ 0.45"), 15);
  });

  it("15. another price is another order, whatever has matched; there is no tolerance", () => {
    for (const matched of [0, 5]) {
      const rests = partly(matched, "SELL YES 20 @ 0.45");
      expect(difference([rests], leg("SELL YES 20 @ 0.47"))).toHaveLength(2);
      expect(difference([rests], leg("SELL YES 20 @ 0.46"))).toHaveLength(2);
    }
  });

  it("16. [H] a SELL whose price moves is cancelled first, and placed by itself after the proof", () => {
    const day = trading({ YES: 10 });
    day.wishes({ ask: quote(10, 55) });
    day.acks("SELL YES 10 @ 0.55");
    day.asked();

    day.wishes({ ask: quote(10, 53) });
    expect(day.asked()).toEqual(["cancel SELL YES 10 @ 0.55"]);

    day.cancels("SELL YES 10 @ 0.55");
    day.reports("SELL YES 10 @ 0.55", "cancelled");
    expect(day.asked()).toEqual(["place SELL YES 10 @ 0.53"]);
  });

  it("17. [H] of a split whose SELL moves, only the SELL is touched", () => {
    const day = trading({ YES: 10 });
    day.wishes({ ask: quote(25, 55) });
    day.acks("SELL YES 10 @ 0.55", "BUY NO 15 @ 0.45");
    day.asked();

    // Both parts of a leg have one price, so in our planner the BUY moves with it; it need not wait.
    day.wishes({ ask: quote(25, 57) });
    expect(day.asked()).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "cancel BUY NO 15 @ 0.45",
      "place BUY NO 15 @ 0.43",
    ]);
    const untouched = [working("SELL YES 10 @ 0.55"), working("BUY NO 15 @ 0.45")];
    expect(difference(untouched, leg("SELL YES 10 @ 0.57", "BUY NO 15 @ 0.45"))).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "place SELL YES 10 @ 0.57",
    ]);
  });

  it("18. a SELL that leaves while the BUY moves: both are cancelled, the BUY is placed now", () => {
    const both = [working("SELL YES 10 @ 0.55"), working("BUY NO 15 @ 0.45")];
    expect(difference(both, leg("BUY NO 15 @ 0.43"))).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "cancel BUY NO 15 @ 0.45",
      "place BUY NO 15 @ 0.43",
    ]);
  });

  it("19, 20. an order of another kind does not stand in for the one that is planned", () => {
    expect(difference([working("SELL YES 10 @ 0.55")], leg("BUY NO 20 @ 0.45"))).toEqual([
      "cancel SELL YES 10 @ 0.55",
      "place BUY NO 20 @ 0.45",
    ]);
    expect(difference([working("BUY NO 10 @ 0.45")], leg("SELL YES 10 @ 0.55"))).toEqual([
      "cancel BUY NO 10 @ 0.45",
      "place SELL YES 10 @ 0.55",
    ]);
  });

  it("21. a split that collapses into one SELL is cancelled whole before that SELL is placed", () => {
    const day = trading({ YES: 5 });
    day.wishes({ ask: quote(10, 55) });
    day.acks("SELL YES 5 @ 0.55", "BUY NO 5 @ 0.45");
    day.wishes({ ask: quote(10, 55), bid: quote(8, 45) });
    day.acks("BUY YES 8 @ 0.45");
    day.asked();

    day.matches("BUY YES 8 @ 0.45", 8, "bought", "mined");
    expect(day.asked()).toContain("cancel BUY NO 5 @ 0.45");
    expect(day.asked().filter((words) => words.startsWith("place SELL"))).toEqual([]);
  });

  it("22. an order that is as planned is left alone, however it came to be known", () => {
    const seen = working("SELL YES 10 @ 0.55", { phase: "unknown", seenAt: null });
    expect(difference([seen], leg("SELL YES 10 @ 0.55"))).toEqual([]);
  });
});

describe("what is kept", () => {
  it("two orders of one kind are one too many: the older one keeps its place", () => {
    const older = working("BUY NO 10 @ 0.45");
    const newer = working("BUY NO 10 @ 0.45", { phaseSince: instant(10).monotonicMs });
    const { cancels, places } = reconcile(leg("BUY NO 10 @ 0.45"), [older, newer], POLICY);
    expect([cancels, places]).toEqual([[newer], []]);
  });

  it("the one that fits is kept, also behind one of its kind that does not", () => {
    const rest = [working("BUY NO 10 @ 0.44"), working("BUY NO 10 @ 0.45")];
    expect(difference(rest, leg("BUY NO 10 @ 0.45"))).toEqual(["cancel BUY NO 10 @ 0.44"]);
  });

  it("a GTD order close to the venue's removal is replaced while it still rests", () => {
    const expiring = (inMs: number) =>
      difference(
        [working("BUY NO 10 @ 0.45", { expiresAt: epochMs(NOW + inMs) })],
        leg("BUY NO 10 @ 0.45"),
      );
    expect(expiring(75_001)).toEqual([]);
    expect(expiring(75_000)).toEqual(["cancel BUY NO 10 @ 0.45", "place BUY NO 10 @ 0.45"]);
  });

  it("an order that is over is neither kept nor cancelled", () => {
    const closed = working("BUY NO 10 @ 0.45", { phase: "closed" });
    expect(difference([closed], leg("BUY NO 10 @ 0.45"))).toEqual(["place BUY NO 10 @ 0.45"]);
    expect(difference([closed], leg())).toEqual([]);
  });
});

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

describe("laws of any difference (acceptance 17)", () => {
  const settled = (orders: readonly WorkingOrder[], wanted: LegPlan): readonly WorkingOrder[] => {
    const { cancels, places } = reconcile(wanted, orders, POLICY);
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
        const { cancels } = reconcile(wanted, orders, POLICY);
        expect(new Set(cancels).size).toBe(cancels.length);
        expect(cancels.every(({ phase }) => phase !== "closed")).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
