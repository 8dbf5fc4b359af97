/** A refusal is remembered: deciding by level and an instant refusal must not make a loop. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/executor/refusals.ts";
import { evolveReport } from "../../src/executor/workingOrders.ts";
import type { RefusalReason } from "../../src/types/index.ts";
import { type Bench, FOREVER, RUNS, instant, quote, shares, trading } from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";

/** A day with one intent that stays; its bid has been asked for. */
function bidding(): Bench {
  const day = trading();
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  expect(day.asked()).toEqual([`place ${BID}`]);
  return day;
}

/** How long it takes until anything is placed again; null if it takes longer than `limitMs`. */
function pauseMs(day: Bench, limitMs = 100_000): number | null {
  const began = day.now().monotonicMs;
  const before = day.legs().length;
  while (day.legs().length === before) {
    if (day.now().monotonicMs - began >= limitMs) return null;
    day.waits(10);
  }
  return day.now().monotonicMs - began;
}

describe("the pause after a refusal", () => {
  it("doubles from 250 ms to 30 s", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map(backoffMs);
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("is kept for an order that was not sent, however often", () => {
    const day = bidding();
    const pauses = Array.from({ length: 9 }, () => {
      day.doesNotSend(BID);
      return pauseMs(day);
    });
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it("is kept for an order that was refused", () => {
    const day = bidding();
    const pauses = Array.from({ length: 4 }, () => {
      day.rejects(BID);
      return pauseMs(day);
    });
    expect(pauses).toEqual([250, 500, 1000, 2000]);
  });

  it("is the venue's own Retry-After where it asks for more", () => {
    const day = bidding();
    day.rejects(BID, "rateLimited", 7_000);
    expect(pauseMs(day)).toBe(7_000);
    day.doesNotSend(BID, "unreachable", 1_500);
    expect(pauseMs(day)).toBe(1_500);
    day.doesNotSend(BID, "unreachable", 1);
    expect(pauseMs(day)).toBe(500);
  });

  it("grows by reason: another reason begins anew", () => {
    const day = bidding();
    const pause = (reason: RefusalReason) => {
      day.rejects(BID, reason);
      return pauseMs(day);
    };
    expect([pause("postOnlyCross"), pause("postOnlyCross"), pause("tickSize")]).toEqual([
      250, 500, 250,
    ]);
  });

  it("is forgotten once an order of its kind has rested for half a second, or filled", () => {
    const ends: readonly ((day: Bench) => void)[] = [
      (day) => {
        day.waits(500);
        day.intends({ bid: null, expiresAt: FOREVER });
        day.cancels(BID);
        day.reports(BID, "cancelled");
      },
      (day) => day.matches(BID, 10),
    ];
    for (const end of ends) {
      const day = bidding();
      day.rejects(BID);
      expect(pauseMs(day)).toBe(250);
      day.rejects(BID);
      expect(pauseMs(day)).toBe(500);
      day.acks(BID);
      end(day);
      day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
      day.rejects(BID);
      expect(pauseMs(day)).toBe(250);
    }
  });

  it("is forgotten by a fill also where nothing was refused, only never sent", () => {
    const day = bidding();
    for (const pause of [250, 500]) {
      day.doesNotSend(BID);
      expect(pauseMs(day)).toBe(pause);
    }
    day.matches(BID, 10);
    expect(day.state().refused).toEqual([]);
  });

  it("is kept for an order that was taken, and removed again without our asking", () => {
    const day = bidding();
    const pauses = Array.from({ length: 4 }, () => {
      day.acks(BID);
      day.reports(BID, "cancelled");
      return pauseMs(day);
    });
    expect(pauses).toEqual([250, 500, 1_000, 2_000]);
  });

  it("is not kept for an order that we cancelled, that had matched, or whose life was over", () => {
    const removed = (prepare: (day: Bench) => void, matched = 0): unknown => {
      const day = bidding();
      day.acks(BID);
      prepare(day);
      day.reports(BID, "cancelled", matched);
      return day.state().refused;
    };
    expect(removed((day) => day.intends({ bid: null, expiresAt: FOREVER }))).toEqual([]);
    expect(removed(() => undefined, 4)).toEqual([]);

    const day = bidding();
    day.acks(BID);
    const { expiresAt, ...order } = day.order(BID);
    const gone = {
      ...order,
      orderId: order.id,
      sizeMatched: shares(0),
      status: "cancelled" as const,
    };
    const at = (epochMs: number) =>
      evolveReport({ ...day.state(), now: instant(epochMs - instant(0).epochMs) }, gone).refused;
    expect(at((expiresAt ?? 0) - 60_001)).toHaveLength(1);
    expect(at((expiresAt ?? 0) - 60_000)).toEqual([]);
  });

  it("[I] does not hold up an order at another price, and an intent published meanwhile waits for none", () => {
    const day = bidding();
    day.rejects(BID);
    day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.44"]);
  });

  it("does hold up the same order in another size", () => {
    const day = bidding();
    day.rejects(BID);
    day.intends({ bid: quote(12, 45), expiresAt: FOREVER });
    expect(day.asked()).toEqual([]);
    expect(pauseMs(day)).toBe(250);
    expect(day.asked()).toEqual(["place BUY YES 12 @ 0.45"]);
  });

  it("is kept for each order of a slot by itself", () => {
    const [sell, buy] = ["SELL YES 10 @ 0.55", "BUY NO 10 @ 0.45"];
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
    expect(day.asked()).toEqual([`place ${sell}`, `place ${buy}`]);
    day.doesNotSend(sell);
    day.doesNotSend(buy);
    expect(day.asked()).toEqual([]);
    // The reason was given twice, so the second of them waits twice as long.
    expect(pauseMs(day)).toBe(250);
    expect(day.asked()).toEqual([`place ${sell}`]);
    day.acks(sell);
    expect(pauseMs(day)).toBe(250);
    expect(day.asked()).toEqual([`place ${buy}`]);
  });

  it("[C] is not kept for an order that our own stop displaced", () => {
    const day = bidding();
    day.doesNotSend(BID, "displaced");
    expect(day.asked()).toEqual([`place ${BID}`]);
  });
});

describe("a venue that refuses everything at once", () => {
  /** Everything that is placed is refused on the spot. */
  function refuseAll(day: Bench): void {
    for (;;) {
      const placing = Object.entries(day.phases()).filter(([, phase]) => phase === "placing");
      if (placing.length === 0) return;
      for (const [order] of placing) day.rejects(order);
    }
  }

  it("gets 10 places in 60 s, though the intent is another every 100 ms", () => {
    const day = trading({ YES: 100, NO: 100 });
    for (let elapsedMs = 0; elapsedMs < 59_900; elapsedMs += 100) {
      const move = (elapsedMs / 100) % 20;
      day.intends({ bid: quote(110, 30 + move), ask: quote(110, 60 + move) });
      refuseAll(day);
      day.waits(100);
    }
    expect(day.legs()).toHaveLength(10);
  });

  it("gets at most 10 in any 60 s, whatever is wanted and however long a refusal takes", () => {
    const anyTurn = fc.record({
      waitMs: fc.constantFrom(10, 250, 1_000, 20_000),
      bid: fc.integer({ min: 20, max: 45 }),
      ask: fc.integer({ min: 55, max: 80 }),
      isRefused: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyTurn, { minLength: 20, maxLength: 60 }), (turns) => {
        const day = trading({ YES: 50, NO: 50 });
        const placedAt: number[] = [];
        for (const { waitMs, bid, ask, isRefused } of turns) {
          day.intends({ bid: quote(60, bid), ask: quote(60, ask), expiresAt: FOREVER });
          if (isRefused) refuseAll(day);
          day.waits(Math.min(waitMs, 2_000));
          refuseAll(day);
          if (waitMs > 2_000) day.waits(waitMs - 2_000);
          for (const { ticket } of day.legs().slice(placedAt.length))
            placedAt.push(ticket.createdAt);
        }
        for (const [index, at] of placedAt.entries()) {
          const tenLater = placedAt[index + 10];
          if (tenLater !== undefined) expect(tenLater - at).toBeGreaterThanOrEqual(60_000);
        }
      }),
      { numRuns: Math.min(RUNS, 50) },
    );
  });

  it("is asked again when the minute has passed", () => {
    const day = trading();
    for (let places = 0; places < 10; places += 1) {
      const price = 30 + places;
      day.intends({ bid: quote(10, price), expiresAt: FOREVER });
      expect(day.asked()).toEqual([`place BUY YES 10 @ ${price / 100}`]);
      day.rejects(`BUY YES 10 @ ${price / 100}`);
    }
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    expect(pauseMs(day)).toBe(60_000);
  });

  it("says in its state why nothing is shown", () => {
    const day = bidding();
    day.rejects(BID);
    expect(day.state().why.withheld.map(({ reason }) => reason)).toEqual(["refusedBefore"]);
  });
});
