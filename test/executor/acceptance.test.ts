/**
 * The acceptance tests of the succeeded system, by number, and where each is proven:
 *
 * |    | what                                        | where                                      |
 * | -- | ------------------------------------------- | ------------------------------------------ |
 * | 1  | the same intent again asks for nothing        | here                                       |
 * | 2  | a SELL moves, acks in both orders           | `laws/H`, drawn in `handover.test.ts`      |
 * | 3  | an intent while busy, gated or cooling down    | `laws/I`, drawn in `slots`, `cooldown`     |
 * | 4  | drops, delays, duplicates: no slot is stuck | here                                       |
 * | 5  | a SELL has matched, then the same intent      | here, `laws/E`                             |
 * | 6  | SELLs never exceed what may be sold         | `laws/E`, `model.test.ts`                  |
 * | 7  | reservations are what they derive from      | `laws/G`, `model.test.ts`                  |
 * | 8  | nothing of an older epoch after a stop      | `laws/C`, `marbles/gateway`                |
 * | 9  | a cancel-all that fails, or does so in part | `stop.test.ts`                             |
 * | 10 | a place that was not answered               | `unknown.test.ts`                          |
 * | 11 | a resync in the midst of everything         | here, `resync.test.ts`                     |
 * | 12 | reports of a trade in any order and number  | `inventory.test.ts`, `laws/E`              |
 * | 13 | a fill at the wrong moment                  | here, `unknown.test.ts`, `memory.test.ts`  |
 * | 14 | a restart                                   | `restart.test.ts`                          |
 * | 15 | a disconnect in mid-placing                 | here                                       |
 * | 16 | laws of any plan                            | `planner.test.ts`, `laws/F`                |
 * | 17 | laws of any difference                      | `reconciler.test.ts`                       |
 * | 18 | an emergency close                          | `levels.test.ts`                           |
 * | 19 | a shutdown under load                       | not the executor's: `app/app.test.ts`      |
 * | 20 | from one market to the next                 | not the executor's: `app/app.test.ts`      |
 * | 21 | each input stale by itself                  | `laws/D`                                   |
 * | 22 | prices as text                              | here, `types/units.test.ts`                |
 * | 23 | a dead strategy                             | `laws/K`                                   |
 * | 24 | the journal makes it all again              | `laws/A`                                   |
 *
 * Of 13, a fill of another market, or of another role in its trade, never gets as far as here: each
 * market has its own user channel, and who of a trade we are is for the venue's decoder to find.
 */
import { describe, expect, it } from "vitest";
import { parsePriceBp } from "../../src/types/index.ts";
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
import { holds } from "../laws/adversary.ts";

const SELL = "SELL YES 10 @ 0.55";
const BID = "BUY YES 10 @ 0.45";

function selling(): Bench {
  const day = trading({ YES: 10 });
  day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
  day.acks(SELL);
  day.asked();
  return day;
}

describe("acceptance 1: an unchanged intent with our own SELL live", () => {
  it("asks for nothing, a thousand times", () => {
    const day = selling();
    for (let repeat = 0; repeat < 1_000; repeat += 1) {
      day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    }
    expect(day.asked()).toEqual([]);
    expect(day.phases()).toEqual({ [SELL]: "resting" });
  });

  it("asks for nothing with a split leg either, or while only time passes", () => {
    const day = trading({ YES: 10, NO: 8 });
    day.intends({ ask: quote(25, 55), bid: quote(20, 45), expiresAt: FOREVER });
    day.acks("SELL NO 8 @ 0.55", "BUY YES 12 @ 0.45", SELL, "BUY NO 15 @ 0.45");
    day.asked();
    for (let repeat = 0; repeat < 200; repeat += 1) {
      day.waits(250, {});
      day.intends({ ask: quote(25, 55), bid: quote(20, 45), expiresAt: FOREVER });
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
      day.intends({ ask: null, expiresAt: FOREVER });
      for (let time = 0; time < times; time += 1) day.cancels(SELL);
      for (let time = 0; time < times; time += 1) day.reports(SELL, "cancelled");
      for (let time = 0; time < times; time += 1) day.matches(SELL, 4, "late", "mined");
    }
    expect(twice.state().inventory).toEqual(once.state().inventory);
    expect(twice.phases()).toEqual(once.phases());
    expect(twice.order(SELL)).toEqual({ ...once.order(SELL), seenAt: twice.order(SELL).seenAt });
  });
});

describe("acceptance 5: a SELL that has matched, then the same intent", () => {
  it("the standing intent is not sold twice: what matched counts against it", () => {
    const day = selling();
    day.matches(SELL, 10);
    day.waits(5_000);
    expect(day.asked()).toEqual([]);
  });

  it("nor is an intent that was made before the match and arrives after it", () => {
    const day = selling();
    const { inventoryStep } = day.state();
    day.matches(SELL, 10);
    day.intends({ ask: quote(10, 55), inventoryStep, expiresAt: FOREVER });
    expect(day.asked()).toEqual([]);
  });

  it("an intent that has seen the match may ask for more, and gets it as NO", () => {
    const day = selling();
    day.matches(SELL, 10);
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place BUY NO 10 @ 0.45"]);
  });

  it("of a part that has matched only the rest is wanted for: nothing is moved", () => {
    const day = selling();
    day.matches(SELL, 4);
    expect(day.asked()).toEqual([]);
    expect(day.state().why.plan?.ask.orders).toMatchObject([{ size: 6_000_000 }]);
    // The other side is another intent.
    expect(day.state().unseenMatches.map(({ slot }) => slot)).toEqual(["ask"]);
  });

  it("net stock is counted at the match, not at the settlement", () => {
    const day = selling();
    day.matches(SELL, 10);
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 10 });
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.45"]);
  });
});

describe("acceptance 11: a resync in the midst of everything", () => {
  /** Both sides rest; the operator wants a survey, and nothing shows meanwhile. */
  function resyncing(): Bench {
    const day = trading({ YES: 20 });
    day.intends({ bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(BID, SELL);
    day.asked();
    day.commands("resync");
    expect(day.asked()).toEqual([`cancel ${BID}`, `cancel ${SELL}`, "survey"]);
    return day;
  }

  it("a read fails, a fill comes, an order survives, and its trade is mined afterwards", () => {
    const day = resyncing();
    // The SELL cannot be cancelled, and sells; the bid can.
    day.refusesCancel(SELL, false);
    day.cancels(BID);
    day.reports(BID, "cancelled");
    const sold = tradeReport("sold", "matched", [fill(day.order(SELL), 4)], day.now());
    day.failsSurvey();
    expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([]);
    day.waits(1_000);
    expect(day.asked()).toContain("survey");
    day.hears({ type: "trade.reported", report: sold });
    // Its cancel was tried again; the survey was asked for before the fill: it shows a whole order.
    day.refusesCancel(SELL, false);
    day.answersSurvey({ open: [SELL], trades: [sold] });

    // What is left of the SELL is what is left of the intent; only the bid has to come back.
    expect(day.phases()).toEqual({ [SELL]: "resting", [BID]: "placing" });
    expect(day.asked().filter((words) => !words.startsWith("cancel"))).toEqual([`place ${BID}`]);
    expect(held(day.state().inventory.YES)).toEqual({ settled: 20, pendingIn: 0, pendingOut: 4 });

    day.matches(SELL, 4, "sold", "mined");
    day.commands("resync");
    day.waits(1_000, { open: [SELL], trades: [{ ...sold, status: "mined" }] });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 16, pendingIn: 0, pendingOut: 0 });
    expect(day.order(SELL).matched).toBe(4_000_000);
  });

  it("reads that fail for a minute keep the gate shut, and forget nothing", () => {
    const day = resyncing();
    day.losesCancel(SELL);
    day.cancels(BID);
    day.reports(BID, "cancelled");
    for (let second = 0; second < 60; second += 1) {
      if (day.state().survey.pending !== null) day.failsSurvey();
      if (day.phases()[SELL] === "cancelling") day.refusesCancel(SELL, true);
      day.waits(1_000);
    }
    expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([]);
    expect(Object.keys(day.phases())).toEqual([SELL]);
    expect(day.state().why.gate).toContain(
      "waiting for a survey of the venue: no answer, 10 tries",
    );
  });
});

describe("acceptance 13: a fill at the wrong moment", () => {
  type Lives = (day: Bench) => void;
  const pull: Lives = (day) => day.intends({ bid: null, expiresAt: FOREVER });

  const moments: readonly [string, Lives][] = [
    ["before the ack", () => undefined],
    ["after the deadline of the place", (day) => day.hearsNothingOf(BID)],
    ["after the venue has refused the order", (day) => day.rejects(BID)],
    [
      "while the cancel is under way",
      (day) => {
        day.acks(BID);
        pull(day);
      },
    ],
    [
      "after the cancel was acknowledged",
      (day) => {
        day.acks(BID);
        pull(day);
        day.cancels(BID);
      },
    ],
    [
      "after the venue has called the order over, with nothing matched",
      (day) => {
        day.acks(BID);
        pull(day);
        day.cancels(BID);
        day.reports(BID, "cancelled");
      },
    ],
    [
      "after the order was proven absent",
      (day) => {
        day.hearsNothingOf(BID);
        day.waits(8_000, { open: [] });
        expect(day.state().closed).toMatchObject([{ closedByAbsence: true }]);
      },
    ],
    [
      "during a stop",
      (day) => {
        day.acks(BID);
        day.commands("halt");
        day.answersCancelAll([BID]);
      },
    ],
  ];

  it.each(moments)("%s: it is booked, once, however often it is told", (_, lives) => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    // What is placed in its stead is called the same.
    const { id } = day.order(BID);
    const part = fill(day.order(BID), 4);
    lives(day);
    for (const status of ["matched", "matched", "mined", "matched"] as const) {
      day.hears({ type: "trade.reported", report: tradeReport("late", status, [part]) });
    }
    expect(held(day.state().inventory.YES)).toEqual({ settled: 4, pendingIn: 0, pendingOut: 0 });
    const kept = [...Object.values(day.state().working), ...day.state().closed];
    expect(kept.filter((order) => order.id === id)).toMatchObject([{ matched: 4_000_000 }]);
  });
});

describe("acceptance 15: a disconnect in mid-placing", () => {
  it("places nothing blindly, loses no leg, and quotes again from the truth", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
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
    day.answersSurvey({ open: [SELL], over: { [buy]: 10 }, trades: [unheard] });
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
    // Of the intent for 20 half is shown after a stop, and all of that has matched; then 10 are left.
    expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([`place ${SELL}`]);
    expect(day.legs().map(({ epoch }) => epoch.market)).toEqual([0, 0, 1]);
  });
});

describe("acceptance 22: prices as the venue writes them", () => {
  it("every whole cent, and every tenth of one, is what it says", () => {
    for (let mills = 1; mills < 1_000; mills += 1) {
      const text = `0.${String(mills).padStart(3, "0")}`;
      expect([text, parsePriceBp(text)]).toEqual([text, mills * 10]);
      if (mills % 10 !== 0) continue;
      const short = text.slice(0, -1);
      expect([short, parsePriceBp(short)]).toEqual([short, mills * 10]);
    }
  });
});
