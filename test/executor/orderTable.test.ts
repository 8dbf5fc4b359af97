/** The life of one order: the table as a whole, its roads, and what an order holds on to. */
import { describe, expect, it } from "vitest";
import {
  ORDER_TABLE,
  advance,
  heldCash,
  heldSize,
  heldStock,
  isInFlight,
  isPossiblyLive,
} from "../../src/executor/orderTable.ts";
import type { OrderPhase, OrderSignal, WorkingOrder } from "../../src/types/index.ts";
import { deepFreeze, dollars, instant, shares, working } from "../support/builders.ts";

const PHASES: readonly OrderPhase[] = ["placing", "resting", "cancelling", "unknown", "closed"];
const SIGNALS: readonly OrderSignal[] = [
  "acked",
  "rejected",
  "notSent",
  "answerLost",
  "reportedLive",
  "reportedClosed",
  "filled",
  "cancelSent",
  "endAcked",
  "cancelRefused",
  "cancelGone",
  "cancelLost",
  "provenAbsent",
  "reappeared",
];
const CELLS = PHASES.flatMap((phase) => SIGNALS.map((signal) => [phase, signal] as const));
const LATER = instant(1_000).monotonicMs;

const order = (phase: OrderPhase, changed: Partial<WorkingOrder> = {}): WorkingOrder =>
  deepFreeze(working("SELL YES 10 @ 0.55", { phase, seenAt: null, ...changed }));

/** The order after all of these, one after the other; an anomaly changes nothing. */
const lived = (start: WorkingOrder, ...signals: readonly OrderSignal[]): WorkingOrder =>
  signals.reduce((acc, signal) => advance(acc, signal, { at: LATER }) ?? acc, start);

describe("the table", () => {
  it("says of every phase what every signal does to it", () => {
    expect(Object.keys(ORDER_TABLE).toSorted()).toEqual(PHASES.toSorted());
    for (const phase of PHASES) {
      expect(Object.keys(ORDER_TABLE[phase]).toSorted()).toEqual(SIGNALS.toSorted());
    }
  });

  it.each(CELLS)("%s, %s: ends in the phase it names, or changes nothing", (phase, signal) => {
    const verdict = ORDER_TABLE[phase][signal];
    const next = advance(order(phase), signal, { at: LATER });
    if (verdict === "anomaly") expect(next).toBeNull();
    else expect(next?.phase).toBe(verdict === "ignore" ? phase : verdict);
  });

  const into = (phase: OrderPhase): readonly string[] =>
    CELLS.filter(([from, signal]) => from !== phase && ORDER_TABLE[from][signal] === phase).map(
      ([from, signal]) => `${from} ${signal}`,
    );

  it("nothing is ever placing again", () => {
    expect(into("placing")).toEqual([]);
  });

  it("an order is cancelling because we asked for it, and for no other reason", () => {
    expect(into("cancelling")).toEqual(["resting cancelSent", "unknown cancelSent"]);
  });

  it("[J] what is lost or gone is unknown, never closed", () => {
    expect(into("unknown")).toEqual([
      "placing answerLost",
      "resting cancelGone",
      "cancelling cancelGone",
      "cancelling cancelLost",
    ]);
  });

  it("[G] an order is closed only by a proof", () => {
    const proofs = new Set<OrderSignal>([
      "rejected",
      "notSent",
      "reportedClosed",
      "filled",
      "endAcked",
      "provenAbsent",
    ]);
    for (const [phase, signal] of CELLS) {
      if (phase === "closed" || ORDER_TABLE[phase][signal] !== "closed") continue;
      expect(proofs).toContain(signal);
    }
  });

  it("only an order closed by its absence comes back, and only by being seen", () => {
    const leaving = SIGNALS.filter((signal) => {
      const verdict = ORDER_TABLE.closed[signal];
      return verdict !== "ignore" && verdict !== "anomaly";
    });
    expect(leaving).toEqual(["reappeared"]);
  });

  it("[C] an order that is still placing is not cancelled by id", () => {
    expect(ORDER_TABLE.placing.cancelSent).toBe("anomaly");
  });
});

describe("roads through it", () => {
  const roads: readonly [string, OrderSignal[], OrderPhase][] = [
    ["an ordinary life", ["acked", "cancelSent", "endAcked"], "closed"],
    ["seen before it was acknowledged", ["reportedLive", "acked"], "resting"],
    ["filled before it was acknowledged", ["filled", "acked", "reportedLive"], "closed"],
    ["lost, then found", ["answerLost", "reportedLive"], "resting"],
    ["lost, then answered after all", ["answerLost", "acked"], "resting"],
    ["lost, then refused after all", ["answerLost", "rejected"], "closed"],
    ["lost, and proven absent", ["answerLost", "provenAbsent"], "closed"],
    [
      "booked after its absence was proven",
      ["answerLost", "provenAbsent", "reappeared"],
      "resting",
    ],
    ["a cancel that was refused", ["acked", "cancelSent", "cancelRefused"], "resting"],
    ["a cancel that came too late", ["acked", "cancelSent", "cancelGone"], "unknown"],
    [
      "a cancel that was lost, asked again",
      ["acked", "cancelSent", "cancelLost", "cancelSent"],
      "cancelling",
    ],
    [
      "the socket before the receipt",
      ["acked", "cancelSent", "reportedClosed", "endAcked"],
      "closed",
    ],
    ["refused, then seen by an old message", ["rejected", "reportedLive"], "closed"],
  ];

  it.each(roads)("%s", (_, signals, end) => {
    expect(lived(order("placing"), ...signals).phase).toBe(end);
  });

  it("any signal twice is as good as once", () => {
    for (const [phase, signal] of CELLS) {
      if (signal === "reappeared") continue;
      const once = lived(order(phase), signal);
      expect({ phase, signal, after: lived(once, signal) }).toEqual({ phase, signal, after: once });
    }
  });

  it("a sighting is remembered, and begins the count of absences again", () => {
    const missed = order("unknown", { absentSince: instant(10).monotonicMs });
    const sightings: readonly OrderSignal[] = [
      "acked",
      "reportedLive",
      "cancelRefused",
      "reappeared",
    ];
    for (const signal of SIGNALS) {
      const { phase, seenAt, absentSince } = lived(missed, signal);
      const isSighting = sightings.includes(signal);
      expect([signal, seenAt]).toEqual([signal, isSighting ? LATER : null]);
      // The end of an order begins another count: that of the surveys whose trades must show it.
      const begins = isSighting || phase === "closed";
      expect([signal, absentSince]).toEqual([signal, begins ? null : missed.absentSince]);
    }
  });
});

describe("what an order holds", () => {
  it("every order that is not closed may be live; two of the phases are in flight", () => {
    expect(PHASES.filter((phase) => isPossiblyLive(order(phase)))).toEqual(
      PHASES.filter((phase) => phase !== "closed"),
    );
    expect(PHASES.filter((phase) => isInFlight(order(phase)))).toEqual(["placing", "cancelling"]);
  });

  it("[G] a reservation outlives its cancel until the venue has said how much had matched", () => {
    const matched = { matched: shares(3) };
    const cancelled = lived(order("cancelling", matched), "endAcked");
    expect(heldSize(cancelled)).toBe(shares(7));

    const counted = advance(cancelled, "reportedClosed", { at: LATER, sizeMatched: shares(4) });
    expect(counted && heldSize(counted)).toBe(shares(1));
  });

  it("[G] a refusal, a proof of absence and a request that never left free it whole", () => {
    for (const signal of ["rejected", "notSent", "provenAbsent"] as const) {
      expect(heldSize(lived(order("unknown"), signal))).toBe(0);
    }
  });

  it("[G] neither a lost answer nor a cancel that came too late frees anything", () => {
    expect(heldSize(lived(order("placing"), "answerLost"))).toBe(shares(10));
    expect(heldSize(lived(order("cancelling"), "cancelGone"))).toBe(shares(10));
    expect(heldSize(lived(order("cancelling"), "cancelLost"))).toBe(shares(10));
  });

  it("the venue's count may run ahead of our fills, and never falls behind them", () => {
    const some = order("resting", { matched: shares(6) });
    const ahead = advance(some, "reportedClosed", { at: LATER, sizeMatched: shares(10) });
    const behind = advance(some, "reportedClosed", { at: LATER, sizeMatched: shares(4) });
    expect([ahead && heldSize(ahead), behind && heldSize(behind)]).toEqual([shares(4), 0]);
  });

  it("more fills than the order was for hold nothing, and owe nothing", () => {
    expect(heldSize(order("closed", { matched: shares(11) }))).toBe(0);
  });

  it("a SELL holds stock and no cash, a BUY cash and no stock", () => {
    const sell = order("resting");
    const buy = working("BUY NO 10 @ 0.45", { matched: shares(4) });
    expect([heldStock(sell), heldCash(sell)]).toEqual([shares(10), 0]);
    expect([heldStock(buy), heldCash(buy)]).toEqual([0, dollars(2.7)]);
  });

  it("a late booking holds again what is left of it", () => {
    const absent = lived(order("unknown", { matched: shares(2) }), "provenAbsent");
    expect([heldSize(absent), absent.closedByAbsence]).toEqual([0, true]);
    const back = lived(absent, "reappeared");
    expect([heldSize(back), back.closedByAbsence]).toEqual([shares(8), false]);
    // Nor does its cancel free it: what the proof had counted was wrong, and counts no more.
    expect(heldSize(lived(back, "cancelSent", "endAcked"))).toBe(shares(8));
  });

  it("[G] a higher count that was told is not taken back by a lower one", () => {
    const told = (acc: WorkingOrder, count: number): WorkingOrder =>
      advance(acc, "reportedClosed", { at: LATER, sizeMatched: shares(count) }) ?? acc;
    const counted = told(order("resting"), 8);
    expect([heldSize(counted), heldSize(told(counted, 4))]).toEqual([shares(8), shares(8)]);
    expect(heldSize(lived(counted, "reportedClosed"))).toBe(shares(8));
  });

  it("[G] dust that is left is held until the venue has counted the order, and then forgotten", () => {
    const nearly = { matched: shares(9.99) };
    expect(heldSize(order("resting", nearly))).toBe(shares(0.01));
    const cancelled = lived(order("cancelling", nearly), "endAcked");
    expect(heldSize(cancelled)).toBe(shares(0.01));
    const counted = advance(cancelled, "reportedClosed", { at: LATER, sizeMatched: shares(10) });
    expect(counted && heldSize(counted)).toBe(0);
    const more = { ...cancelled, matched: shares(9.989) };
    const still = advance(more, "reportedClosed", { at: LATER, sizeMatched: shares(10) });
    expect(still && heldSize(still)).toBe(shares(0.011));
  });
});
