/**
 * The acceptance tests of the succeeded system, by number. Those that have a better home are there:
 * 2 test/laws/H, 3 and part of 9 test/laws/I and stop.test.ts, 5 and 6 test/laws/E, 7 test/laws/G,
 * 8 test/laws/C, 10 and 13 unknown.test.ts, 11 and 14 resync.test.ts, 12 inventory.test.ts and
 * test/laws/E, 16 planner.test.ts, 17 reconciler.test.ts, 21 test/laws/D, 23 test/laws/K, 24
 * test/laws/A. Not the executor's yet: 18 (emergency close), 19 and 20 (the app), 22 (units).
 */
import { describe, expect, it } from "vitest";
import {
  type Bench,
  FOREVER,
  RUNS,
  fill,
  held,
  quote,
  tradeReport,
  trading,
} from "../support/builders.ts";
import { holds } from "../laws/world.ts";

const SELL = "SELL YES 10 @ 0.55";

function selling(): Bench {
  const day = trading({ YES: 10 });
  day.wishes({ ask: quote(10, 55), expiresAt: FOREVER });
  day.acks(SELL);
  day.asked();
  return day;
}

describe("acceptance 1: an unchanged wish with our own SELL live", () => {
  it("asks for nothing, a thousand times", () => {
    const day = selling();
    for (let repeat = 0; repeat < 1_000; repeat += 1) {
      day.wishes({ ask: quote(10, 55), expiresAt: FOREVER });
    }
    expect(day.asked()).toEqual([]);
    expect(day.phases()).toEqual({ [SELL]: "resting" });
  });

  it("asks for nothing with a split leg either, or while only time passes", () => {
    const day = trading({ YES: 10, NO: 8 });
    day.wishes({ ask: quote(25, 55), bid: quote(20, 45), expiresAt: FOREVER });
    day.acks("SELL NO 8 @ 0.55", "BUY YES 12 @ 0.45", SELL, "BUY NO 15 @ 0.45");
    day.asked();
    for (let repeat = 0; repeat < 200; repeat += 1) {
      day.waits(250, {});
      day.wishes({ ask: quote(25, 55), bid: quote(20, 45), expiresAt: FOREVER });
    }
    expect(day.sent()).toEqual([]);
  });
});

describe("acceptance 4: whatever is dropped, delayed or told twice", () => {
  it("no order is in flight for longer than its request's deadline, and a tick", () => {
    holds(RUNS / 10, () => ({ after: { working, now } }) => {
      for (const { id, phase, phaseSince } of Object.values(working)) {
        const sinceMs = now.monotonicMs - phaseSince;
        if (phase === "placing" && sinceMs > 4_000) return `${id} placing for ${sinceMs} ms`;
        if (phase === "cancelling" && sinceMs > 3_000) return `${id} cancelling for ${sinceMs} ms`;
      }
    });
  });

  it("every receipt twice leaves what one of each leaves", () => {
    const once = selling();
    const twice = selling();
    twice.acks(SELL);
    for (const [day, times] of [
      [once, 1],
      [twice, 2],
    ] as const) {
      day.wishes({ ask: null, expiresAt: FOREVER });
      for (let time = 0; time < times; time += 1) day.cancels(SELL);
      for (let time = 0; time < times; time += 1) day.reports(SELL, "cancelled");
      for (let time = 0; time < times; time += 1) day.matches(SELL, 4, "late", "mined");
    }
    expect(twice.state().inventory).toEqual(once.state().inventory);
    expect(twice.phases()).toEqual(once.phases());
    expect(twice.order(SELL)).toEqual({ ...once.order(SELL), seenAt: twice.order(SELL).seenAt });
  });
});

describe("acceptance 5: a SELL that has matched, then the same wish", () => {
  it("the standing wish is not sold twice: what matched counts against it", () => {
    const day = selling();
    day.matches(SELL, 10);
    day.waits(5_000);
    expect(day.asked()).toEqual([]);
  });

  it("nor is a wish that was made before the match and arrives after it", () => {
    const day = selling();
    const { inventoryStep } = day.state();
    day.matches(SELL, 10);
    day.wishes({ ask: quote(10, 55), inventoryStep, expiresAt: FOREVER });
    expect(day.asked()).toEqual([]);
  });

  it("a wish that has seen the match may ask for more, and gets it as NO", () => {
    const day = selling();
    day.matches(SELL, 10);
    day.wishes({ ask: quote(10, 55), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place BUY NO 10 @ 0.45"]);
  });

  it("of a part that has matched only the rest is wished for: nothing is moved", () => {
    const day = selling();
    day.matches(SELL, 4);
    expect(day.asked()).toEqual([]);
    expect(day.state().why.plan?.ask.orders).toMatchObject([{ size: 6_000_000 }]);
    // The other side is another wish.
    expect(day.state().unseenMatches.map(({ slot }) => slot)).toEqual(["ask"]);
  });

  it("net stock is counted at the match, not at the settlement", () => {
    const day = selling();
    day.matches(SELL, 10);
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 10 });
    day.wishes({ bid: quote(10, 45), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.45"]);
  });
});

describe("acceptance 15: a disconnect in mid-placing", () => {
  it("places nothing blindly, loses no leg, and quotes again from the truth", () => {
    const day = trading({ YES: 10 });
    day.wishes({ ask: quote(20, 55), expiresAt: FOREVER });
    day.asked();
    const buy = "BUY NO 10 @ 0.45";
    const unheard = tradeReport("unheard", "matched", [fill(day.order(buy), 10)]);

    // The socket dies while both POSTs are on the wire; the stop gives up on them.
    day.loses("user");
    expect(day.asked()).toEqual(["cancel all"]);
    day.hearsNothingOf(SELL, "stopped");
    day.hearsNothingOf(buy, "stopped");
    day.answersCancelAll([]);

    // Both were booked after the cancel-all had passed; the BUY has filled meanwhile.
    day.waits(2_000);
    day.restores("user");
    day.waits(250);
    day.looks({ open: [SELL], over: { [buy]: 10 }, trades: [unheard] });
    expect(held(day.state().inventory.NO)).toEqual({ settled: 0, pendingIn: 10, pendingOut: 0 });
    expect(day.phases()).toEqual({ [SELL]: "cancelling" });
    expect(day.asked()).toContain("cancel all");
    day.answersCancelAll([SELL]);
    day.reports(SELL, "cancelled");

    // A replay of the old messages over the new socket changes nothing.
    day.hears({ type: "trade.reported", report: unheard });
    day.reports(SELL, "cancelled");
    expect(held(day.state().inventory.NO)).toEqual({ settled: 0, pendingIn: 10, pendingOut: 0 });

    day.waits(20_000, { open: [], trades: [unheard] });
    // Of the wish for 20 half is shown after a stop, and all of that has matched; then 10 are left.
    expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([`place ${SELL}`]);
    expect(day.legs().map(({ epoch }) => epoch.market)).toEqual([0, 0, 1]);
  });
});
