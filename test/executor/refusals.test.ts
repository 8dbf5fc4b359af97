/** A refusal is remembered: deciding by level and an instant refusal must not make a loop. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/executor/refusals.ts";
import { evolveReport, findOrder } from "../../src/executor/workingOrders.ts";
import type { RefusalReason } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  RUNS,
  cents,
  instant,
  quote,
  shares,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";

/** A day with one intent that stays; its bid has been asked for. */
function bidding(): Bench {
  const day = trading();
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  expect(day.asked()).toEqual([`place ${BID}`]);
  return day;
}

function expectAtMostTenInAMinute(times: readonly number[]): void {
  for (const [index, at] of times.entries()) {
    const tenLater = times[index + 10];
    if (tenLater !== undefined) expect(tenLater - at).toBeGreaterThanOrEqual(60_000);
  }
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

  it("grows by class of reason: a reason of another class begins anew", () => {
    const day = bidding();
    const pause = (reason: RefusalReason) => {
      day.rejects(BID, reason);
      return pauseMs(day);
    };
    const pauses = (["postOnlyCross", "tickSize", "unclassified"] as const).map(pause);
    expect(pauses).toEqual([250, 500, 250]);
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

  it("[I] for a price does not hold up another price, three times in a minute", () => {
    const day = bidding();
    day.rejects(BID, "postOnlyCross");
    for (const price of [44, 43, 42]) {
      day.intends({ bid: quote(10, price), expiresAt: FOREVER });
      expect(day.asked()).toEqual([`place BUY YES 10 @ 0.${price}`]);
      day.rejects(`BUY YES 10 @ 0.${price}`, "postOnlyCross");
    }
    day.intends({ bid: quote(10, 41), expiresAt: FOREVER });
    expect(day.asked()).toEqual([]);
    expect(pauseMs(day)).toBe(2_000);
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.41"]);
  });

  it("for anything else than the price holds up every price", () => {
    const reasons: readonly RefusalReason[] = [
      "insufficientBalance",
      "rateLimited",
      "orderSizeMin",
      "unclassified",
    ];
    for (const reason of reasons) {
      const day = bidding();
      day.rejects(BID, reason);
      day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
      expect([reason, day.sent()]).toEqual([reason, []]);
      expect([reason, pauseMs(day)]).toEqual([reason, 250]);
    }
    const day = bidding();
    day.doesNotSend(BID);
    day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
    expect(pauseMs(day)).toBe(250);
  });

  it("is the venue's Retry-After whatever the price, ten minutes at the most", () => {
    for (const [reason, askedMs, heldMs] of [
      ["rateLimited", 5_000, 5_000],
      ["postOnlyCross", 5_000, 5_000],
      ["unclassified", 1e12, 600_000],
    ] as const) {
      const day = bidding();
      day.rejects(BID, reason, askedMs);
      day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
      expect([reason, pauseMs(day, 700_000)]).toEqual([reason, heldMs]);
    }
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
    expect(pauseMs(day)).toBe(250);
    expect(day.asked()).toEqual([`place ${sell}`, `place ${buy}`]);
    day.acks(sell);
    day.doesNotSend(buy);
    day.matches(sell, 10);
    expect(pauseMs(day)).toBe(500);
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
        expectAtMostTenInAMinute(placedAt);
      }),
      { numRuns: Math.min(RUNS, 50) },
    );
  });

  it("is asked again when the minute has passed", () => {
    const day = trading({ YES: 100, NO: 100 });
    day.intends({ bid: quote(110, 45), ask: quote(110, 55), expiresAt: FOREVER });
    const began = day.now().monotonicMs;
    while (day.legs().length < 10) {
      refuseAll(day);
      day.waits(10);
    }
    refuseAll(day);
    const passedMs = day.now().monotonicMs - began;
    // Four orders, refused twice each, and the next two.
    expect(passedMs).toBeLessThan(1_000);
    expect(pauseMs(day)).toBe(60_000 - passedMs);
  });

  it("says in its state why nothing is shown", () => {
    const day = bidding();
    day.rejects(BID);
    expect(day.state().why.withheld.map(({ reason }) => reason)).toEqual(["refusedBefore"]);
  });
});

describe("one side that is refused for ever, while the other is taken", () => {
  type Answer = (day: Bench, name: string) => void;

  /** The wish wobbles by a tick every 50 ms; bids rest, and fill now and then; asks are answered so. */
  function wobbles(day: Bench, answer: Answer, forMs: number): void {
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs += 50) {
      const move = (elapsedMs / 50) % 2;
      // Bids rest for 600 ms each, which ends every row of refusals of the market.
      const bidMove = Math.floor(elapsedMs / 600) % 2;
      day.intends({ bid: quote(10, 40 + bidMove), ask: quote(10, 60 + move), expiresAt: FOREVER });
      for (const [name, phase] of Object.entries(day.phases())) {
        const isAsk = day.order(name).slot === "ask";
        if (phase === "placing") (isAsk ? answer : acks)(day, name);
        if (phase === "cancelling") {
          day.cancels(name);
          day.reports(name, "cancelled");
        }
      }
      day.waits(50, {});
    }
  }
  const acks: Answer = (day, name) => {
    day.acks(name);
  };

  const askTimes = (day: Bench): readonly number[] =>
    day
      .legs()
      .filter(({ orderId }) => findOrder(day.state(), orderId)?.slot === "ask")
      .map(({ ticket }) => ticket.createdAt);
  const bids = (day: Bench): number => day.legs().length - askTimes(day).length;

  it.each([
    ["a balance", "insufficientBalance", null],
    ["a price", "postOnlyCross", null],
    ["nobody knows what", "unclassified", null],
    ["the rate, with a Retry-After of 5 s", "rateLimited", 5_000],
  ] as const)("for %s is tried ten times in any minute", (_name, reason, retryAfterMs) => {
    const forMs = reason === "insufficientBalance" ? 210_000 : 70_000;
    const day = trading({ YES: 100 });
    const refuse: Answer = (at, name) => {
      at.rejects(name, reason, retryAfterMs ?? undefined);
    };
    wobbles(day, refuse, forMs);
    const times = askTimes(day);
    expectAtMostTenInAMinute(times);
    expect(times.length).toBeGreaterThan(5);
    // The other side has gone on all the time.
    expect(bids(day)).toBeGreaterThan(forMs / 1_000);
    if (retryAfterMs === null) return;
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(retryAfterMs);
  });

  it("is refused ten times in any minute, also where each second order is taken and rests", () => {
    const day = trading();
    const refusedAt: number[] = [];
    for (let round = 0; round < 150; round += 1) {
      day.intends({ bid: quote(10, 30 + (round % 10)), expiresAt: FOREVER });
      for (const [name, phase] of Object.entries(day.phases())) {
        if (phase === "cancelling") {
          day.cancels(name);
          day.reports(name, "cancelled");
        }
      }
      for (const [name, phase] of Object.entries(day.phases())) {
        if (phase !== "placing") continue;
        if (round % 2 === 0) {
          day.acks(name);
        } else {
          refusedAt.push(day.now().monotonicMs);
          day.rejects(name, "postOnlyCross");
        }
      }
      day.waits(600, {});
    }
    expectAtMostTenInAMinute(refusedAt);
    expect(refusedAt.length).toBeGreaterThan(10);
  });

  it("for the cancel reserve is not planned again and again", () => {
    const day = trading();
    wobbles(
      day,
      (at, name) => {
        at.doesNotSend(name, "reserve");
      },
      60_000,
    );
    expect(askTimes(day).length).toBeLessThan(12);
    expect(bids(day)).toBeGreaterThan(60);
  });
});

describe("the closes of a flatten", () => {
  const bidAt = (price: number) => ({
    YES: { bid: cents(price), ask: null },
    NO: { bid: null, ask: null },
  });

  /** The best bid moves every 50 ms, and every close is answered so. */
  function flattens(answer: (day: Bench, name: string) => void, forMs: number): Bench {
    const day = trading({ YES: 100 });
    day.intends({ touch: bidAt(50), expiresAt: FOREVER });
    day.commands("flatten");
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs += 50) {
      day.intends({ touch: bidAt(50 + ((elapsedMs / 50) % 2)), expiresAt: FOREVER });
      for (const [name, phase] of Object.entries(day.phases()))
        if (phase === "placing") answer(day, name);
      day.waits(50, {});
    }
    return day;
  }

  it("that find no bid are tried every five seconds at the least, and do not flood", () => {
    const day = flattens((at, name) => {
      at.acks(name);
      at.reports(name, "cancelled");
    }, 120_000);
    const times = day.legs().map(({ ticket }) => ticket.createdAt);
    expect(times.length).toBeGreaterThan(24);
    expect(times.length).toBeLessThan(36);
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeLessThanOrEqual(5_100);
  });

  it("that are refused pause longer each time, and are not shut out for a minute", () => {
    const day = flattens((at, name) => {
      at.rejects(name, "unclassified");
    }, 120_000);
    const times = day.legs().map(({ ticket }) => ticket.createdAt);
    expect(times.length).toBeGreaterThanOrEqual(9);
    expect(times.length).toBeLessThan(14);
  });
});
