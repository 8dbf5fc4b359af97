/** How long our orders take, as a strategy sees it. */
import { map } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  NO_LATENCY,
  SENT_MAX,
  contained,
  foldLatency,
  latencyAt,
} from "../../../src/streams/caches/index.ts";
import {
  type Effect,
  type Event,
  type Stamped,
  epochMs,
  monotonicMs,
  orderId,
} from "../../../src/types/index.ts";
import { cents, intent, market, shares } from "../../support/builders.ts";
import { marbles } from "../../support/marbles.ts";
import { instant } from "./legend.ts";

interface Step {
  readonly input: Stamped;
  readonly effects: readonly Effect[];
}
const step = (frame: number, event: Event, ...effects: readonly Effect[]): Step => ({
  input: { seq: frame, at: instant(frame), event },
  effects,
});
const places = (...ids: readonly string[]): Effect => ({
  type: "place",
  market: market().id,
  slot: "bid",
  legs: ids.map((id) => ({
    orderId: orderId(id),
    ticket: {
      market: market().id,
      tokenId: market().tokenIds.YES,
      side: "BUY",
      price: cents(49),
      size: shares(20),
      salt: 1,
      createdAt: epochMs(0),
      expiresAt: null,
      orderType: "GTC",
      postOnly: true,
    },
    epoch: { account: 0, market: 0 },
    liveAfter: 1,
  })),
});
const ticked: Event = { type: "clock.ticked" };
const acked = (id: string): Event => ({
  type: "order.acked",
  orderId: orderId(id),
  venueId: orderId(id),
});

describe("order latency", () => {
  it(
    "is from the decision to the acknowledgement; each counts an eighth, the first beside what is expected",
    marbles((m) => {
      const quoted: Event = {
        type: "intent.published",
        intent: intent(),
      };
      const step$ = m.hot("--ptabx---y", {
        p: step(2, quoted, places("A", "B")),
        t: step(3, ticked),
        a: step(4, acked("A")),
        b: step(5, acked("B")),
        x: step(6, ticked, places("C")),
        y: step(10, acked("C")),
      });
      const expected = "   --nnabb---c";
      const known = contained("latency", NO_LATENCY);
      const shown$ = step$.pipe(
        known.keep(foldLatency),
        map(() => {
          return known.read().latency.roundTripMs;
        }),
      );

      m.expect(shown$).toBeObservable(expected, {
        n: null,
        // 100 + (2 - 100) / 8.
        a: 87.75,
        // 87.75 + (3 - 87.75) / 8.
        b: 77.15625,
        // 77.15625 + (4 - 77.15625) / 8.
        c: 68.01171875,
      });
    }),
  );

  it.each<Event>([
    {
      type: "order.rejected",
      orderId: orderId("A"),
      refusal: { reason: "unclassified", text: "no", retryAfterMs: null },
    },
    {
      type: "order.notSent",
      orderId: orderId("A"),
      answer: { type: "notSent", cause: "epoch", retryAfterMs: null },
    },
  ])("is not measured by $type, after which nothing is waited for", (event) => {
    const known = [step(1, ticked, places("A")), step(2, event), step(9, acked("A"))].reduce(
      foldLatency,
      NO_LATENCY,
    );
    expect(known).toEqual(NO_LATENCY);
  });

  it("is at least as long as an order waited that has had no answer", () => {
    const lost: Event = { type: "order.unknown", orderId: orderId("A"), cause: "deadline" };
    const known = [step(1, ticked, places("A")), step(3_001, lost)].reduce(foldLatency, NO_LATENCY);
    expect(known.latency.roundTripMs).toBe(100 + (3_000 - 100) / 8);
  });

  it("says nothing of now once a minute has passed without another one", () => {
    const known = [step(1, ticked, places("A")), step(5, acked("A"))].reduce(
      foldLatency,
      NO_LATENCY,
    );
    expect(latencyAt(known, monotonicMs(60_005))).toBe(known.latency);
    expect(latencyAt(known, monotonicMs(60_006)).roundTripMs).toBeNull();
    expect(latencyAt(NO_LATENCY, monotonicMs(0)).roundTripMs).toBeNull();
  });

  it("waits for so many answers at most, and steps that ask for nothing make no new object", () => {
    const many = Array.from({ length: SENT_MAX + 5 }, (_, at) => step(at, ticked, places(`${at}`)));
    const known = many.reduce(foldLatency, NO_LATENCY);
    expect(known.sent.size).toBe(SENT_MAX);
    expect(foldLatency(known, step(99, acked("4")))).toBe(known);
    expect(foldLatency(known, step(99, ticked))).toBe(known);
    expect(foldLatency(known, step(99, acked("5"))).latency.roundTripMs).toBe(100 + (94 - 100) / 8);
  });
});
