/** Not knowing is a state: a place that was not answered is looked for, and never sent again. */
import { describe, expect, it } from "vitest";
import { evolve } from "../../src/executor/evolve.ts";
import type { ExecutorState } from "../../src/executor/index.ts";
import { isStopping } from "../../src/executor/stop.ts";
import { after, orderId } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  config,
  fill,
  held,
  quote,
  strangeFill,
  tradeReport,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const SELL = "SELL YES 10 @ 0.55";
const NOTHING = { open: [] };

/** A bid was sent, for an intent that stays, and no answer came within its deadline. */
function lost(): Bench {
  const day = trading();
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  day.waits(3_000);
  day.hearsNothingOf(BID);
  expect(day.asked()).toEqual([`place ${BID}`, "survey"]);
  return day;
}

const places = (asked: readonly string[]): readonly string[] =>
  asked.filter((words) => words.includes("place"));

describe("a place that was not answered (acceptance 10)", () => {
  it("[J] is looked for by its id, which was known before it was sent", () => {
    const day = lost();
    const survey = day.effects().findLast(({ type }) => type === "survey");
    expect(survey).toMatchObject({ orderIds: [day.id(BID)] });
    expect(day.phases()).toEqual({ [BID]: "unknown" });
  });

  it("[J] that succeeded: the user channel shows it, and nothing more is done", () => {
    const day = lost();
    day.reports(BID, "live");
    expect(day.phases()).toEqual({ [BID]: "resting" });
    day.answersSurvey();
    day.waits(60_000, {});
    expect(day.sent()).toEqual([]);
  });

  it("[J] that succeeded: a survey shows it", () => {
    const day = lost();
    day.waits(100);
    day.answersSurvey({ open: [BID] });
    expect(day.phases()).toEqual({ [BID]: "resting" });
    expect(day.asked()).toEqual([]);
  });

  it("[J] that succeeded: its late answer is a fact like any other", () => {
    const day = lost();
    day.answersLate(BID);
    expect(day.phases()).toEqual({ [BID]: "resting" });
    expect(places(day.asked())).toEqual([]);
  });

  it("[J] that succeeded and was filled: the fill alone says so", () => {
    const day = lost();
    day.matches(BID, 4);
    expect(day.phases()).toEqual({ [BID]: "resting" });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 4, pendingOut: 0 });
    day.matches(BID, 6, "the rest");
    expect(day.phases()).toEqual({});
  });

  it("[J] that succeeded and was filled: a survey shows the trade, and the order as over", () => {
    const day = lost();
    const trade = tradeReport("trade", "matched", [fill(day.order(BID), 10)]);
    day.answersSurvey({ open: [], over: { [BID]: 10 }, trades: [trade] });
    expect(day.phases()).toEqual({});
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 10, pendingOut: 0 });
  });

  it("[J] that failed is placed anew only after two surveys, the first when it can not come any more", () => {
    const day = lost();
    day.waits(20_000, NOTHING);
    // Sent at 0: its deadline is at 3 s, it may be booked until 8 s, and the gap is 2 s.
    const [again] = places(day.diary());
    expect(again).toMatch(new RegExp(`place ${BID}$`));
    const [first, second] = day.legs().map(({ ticket }) => ticket.createdAt);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(10_000);
    expect(day.legs()).toHaveLength(2);
  });

  it("[J] is placed anew as another order: its bytes are never made twice", () => {
    const day = lost();
    day.waits(20_000, NOTHING);
    const [first, second] = day.legs();
    expect(second?.orderId).not.toBe(first?.orderId);
    expect(second?.ticket.salt).not.toBe(first?.ticket.salt);
  });

  it("[J] a survey that shows it between the two starts the count again", () => {
    const day = lost();
    day.waits(6_000, NOTHING);
    expect(day.order(BID).absentSince).not.toBeNull();
    day.reports(BID, "live");
    expect(day.order(BID).absentSince).toBeNull();

    day.intends({ bid: null, expiresAt: FOREVER });
    day.refusesCancel(BID, true);
    day.waits(100);
    day.answersSurvey(NOTHING);
    // The third survey without it, and the first since it was seen.
    expect(day.phases()).toEqual({ [BID]: "unknown" });
  });

  it("[J] surveys that fail prove nothing, however many", () => {
    const day = lost();
    for (let seconds = 0; seconds < 60; seconds += 1) {
      if (day.state().survey.pending !== null) day.failsSurvey();
      day.waits(1_000);
    }
    expect(day.phases()).toEqual({ [BID]: "unknown" });
    expect(places(day.asked())).toEqual([]);
  });

  it("[J] that nobody can read is over a minute after its expiry, when nobody could say otherwise", () => {
    const day = lost();
    day.intends({ bid: null, expiresAt: FOREVER });
    const overAt = (day.order(BID).expiresAt ?? 0) + 60_000;
    while (BID in day.phases()) {
      if (day.phases()[BID] === "cancelling") day.refusesCancel(BID, true);
      if (day.state().survey.pending !== null) day.failsSurvey();
      day.waits(250);
      if (day.now().epochMs < overAt) expect(day.phases()[BID]).not.toBeUndefined();
      expect(day.now().epochMs).toBeLessThan(overAt + 2_500);
    }
    expect(day.order(BID).closedByAbsence).toBe(true);
  });

  it.each([
    ["the wall clock", 3_600_000, 0],
    ["the monotonic clock", 0, 3_600_000],
  ])(
    "[J] whose expiry has passed by %s alone is not over: one of them may have stepped",
    (_, wallMs, monotonicMs) => {
      const day = lost();
      const { id } = day.order(BID);
      const stepped = (by: number): ExecutorState => {
        const { epochMs: wall, monotonicMs: own } = day.now();
        const at = { epochMs: after(wall, wallMs + by), monotonicMs: after(own, monotonicMs + by) };
        const seq = day.state().step + 1;
        return evolve(day.state(), { seq, at, event: { type: "clock.ticked" } }, config());
      };
      expect(stepped(0).working[id]?.phase).toBe("unknown");
      // By both it is, and is not kept for its matches.
      expect(stepped(3_600_000).working[id]).toBeUndefined();
    },
  );

  it("an order that rests is not over by the clock alone: it is replaced before its end", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks(BID);
    const { id, expiresAt } = day.order(BID);
    day.diary();
    // Nothing is heard of it but that it rests.
    day.waits(164_750, { open: [BID] });
    expect(day.diary().filter((words) => words.includes("cancel"))).toEqual([]);
    // 15 s before the venue removes it.
    day.waits(250, { open: [BID] });
    expect(day.sent()).toEqual([`cancel ${BID}`, `place ${BID}`]);
    // Long after its expiry the venue still has not said that it is over.
    day.waits(400_000, { open: [BID] });
    expect(day.now().epochMs).toBeGreaterThan((expiresAt ?? 0) + 60_000);
    expect(day.state().working[id]?.phase).not.toBe("closed");
  });

  it("[G] holds its cash or its stock all the while", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.hearsNothingOf(SELL);
    day.asked();
    day.intends({ ask: quote(10, 53), expiresAt: FOREVER });
    expect(day.asked()).toEqual([`cancel ${SELL}`]);
    expect(day.state().why.withheld).toMatchObject([{ reason: "awaitingCancel" }]);
    day.refusesCancel(SELL, true);
    day.waits(5_000);
    expect(places(day.asked())).toEqual([]);
  });

  it("[H] the SELL behind it is placed by itself once its absence is proven", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.hearsNothingOf(SELL);
    day.intends({ ask: quote(10, 53), expiresAt: FOREVER });
    day.refusesCancel(SELL, true);
    day.asked();
    for (let seconds = 0; seconds < 30 && places(day.asked()).length === 0; seconds += 1) {
      day.waits(1_000, NOTHING);
      if (day.phases()[SELL] === "cancelling") day.refusesCancel(SELL, true);
    }
    expect(day.legs().at(-1)?.ticket).toMatchObject({ side: "SELL", price: 5300 });
  });
});

describe("a cancel that was not answered", () => {
  const cancelled = (): Bench => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks(BID);
    day.intends({ bid: null, expiresAt: FOREVER });
    day.asked();
    return day;
  };

  it("[G] frees nothing, and is asked again after a pause that doubles; the third time all is cancelled", () => {
    const day = cancelled();
    for (const pauseMs of [250, 500]) {
      day.losesCancel(BID);
      expect(day.phases()).toEqual({ [BID]: "unknown" });
      day.diary();
      day.waits(pauseMs, { open: [BID] });
      expect(day.diary().filter((words) => words.includes("cancel"))).toEqual([
        `${pauseMs} cancel ${BID}`,
      ]);
    }
    day.losesCancel(BID);
    expect(day.sent()).toEqual(["cancel all"]);
    expect(day.state().why.gate).toContain("a cancel keeps failing");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.waits(11_000, NOTHING);
    expect(isStopping(day.state())).toBe(false);
  });

  it("an order whose cancel was refused rests, and is asked again", () => {
    const day = cancelled();
    day.refusesCancel(BID, false);
    expect(day.phases()).toEqual({ [BID]: "resting" });
    day.diary();
    day.waits(250);
    expect(day.diary()).toEqual([`250 cancel ${BID}`]);
  });

  it("an order that is gone is asked to be cancelled again, in case it is booked yet, but seldom", () => {
    const day = cancelled();
    day.refusesCancel(BID, true);
    day.diary();
    day.waits(5_000);
    expect(day.diary().filter((words) => words.includes("cancel"))).toEqual([`2000 cancel ${BID}`]);
    day.refusesCancel(BID, true);
    day.refusesCancel(BID, true);
    day.refusesCancel(BID, true);
    expect(day.order(BID).cancelFailures).toBe(0);
    expect(day.sent()).toEqual([]);
  });

  it("an order that was gone before its cancel may have matched: the survey says how much", () => {
    const day = cancelled();
    day.refusesCancel(BID, true);
    expect(day.phases()).toEqual({ [BID]: "unknown" });
    expect(day.asked()).toEqual(["survey"]);
    day.waits(100);
    day.answersSurvey({ open: [], over: { [BID]: 6 } });
    expect(day.order(BID).finalMatched).toBe(6_000_000);
    expect(day.phases()).toEqual({ [BID]: "closed" });
    day.matches(BID, 6);
    expect(day.phases()).toEqual({});
  });
});

describe("late and strange messages (acceptance 13)", () => {
  it("a fill before the ack is booked, and the ack adds nothing", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.matches(BID, 10);
    day.acks(BID);
    expect(day.phases()).toEqual({});
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 10, pendingOut: 0 });
  });

  it("a fill after the cancel was acknowledged is booked on its order", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.acks(BID);
    day.intends({ bid: null });
    day.cancels(BID);
    day.matches(BID, 3);
    expect(day.order(BID).matched).toBe(3_000_000);
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 3, pendingOut: 0 });
    expect(day.state().anomalies.count).toBe(0);
  });

  it("a fill after the order's account was closed is booked, and reported by an alert", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.acks(BID);
    day.intends({ bid: null });
    day.cancels(BID);
    day.reports(BID, "cancelled");
    day.asked();
    day.matches(BID, 3);
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 3, pendingOut: 0 });
    expect(day.asked().toSorted()).toEqual([
      `alert: a fill of an order whose account was closed: ${day.id(BID)}`,
      "survey",
    ]);
  });

  it("a fill beyond the whole of an order is not booked, and reported by an alert", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.acks(BID);
    day.matches(BID, 10, "the whole");
    expect(day.state().anomalies.count).toBe(0);
    day.matches(BID, 3, "beyond it");
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 10, pendingOut: 0 });
    expect(day.state().anomalies).toMatchObject({
      count: 1,
      last: expect.stringContaining("contradicts its order: 3 of 0 left"),
    });
  });

  it("[J] what the venue calls a duplicate it has: the order is looked for, and not sent anew", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.asked();
    day.rejects(SELL, "duplicate");
    expect([day.asked(), day.phases()]).toEqual([["survey"], { [SELL]: "unknown" }]);
    day.waits(100);
    day.answersSurvey({ open: [SELL] });
    expect([day.asked(), day.phases()]).toEqual([[], { [SELL]: "resting" }]);
  });

  it("[J] what the venue calls a duplicate, and does not have, is over in time, cancels or not", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.rejects(BID, "duplicate");
    day.intends({ bid: null, expiresAt: FOREVER });
    const { id } = day.order(BID);
    for (let second = 0; second < 12; second += 1) {
      if (day.state().working[id]?.phase === "cancelling") day.refusesCancel(BID, true);
      day.waits(1_000, { open: [] });
    }
    expect(day.state().working).toEqual({});
  });

  it("[J] an order that was refused, or not sent, and is seen live is ours again, and reported by an alert", () => {
    for (const refuses of [
      (day: Bench) => day.rejects(SELL),
      (day: Bench) => day.doesNotSend(SELL, "unreachable"),
    ]) {
      const day = trading({ YES: 10 });
      day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
      refuses(day);
      day.asked();
      day.reports(SELL, "live");
      expect(day.asked().toSorted()).toEqual([
        `alert: the venue has an order that we thought was over: ${day.id(SELL)}`,
        `cancel ${SELL}`,
        "survey",
      ]);
      day.waits(2_000);
      expect(day.legs()).toHaveLength(1);
    }
  });

  it("[J] an order proven absent that the venue calls cancelled is not brought back by a late frame", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.hearsNothingOf(BID);
    const { id } = day.order(BID);
    day.intends({ bid: null, expiresAt: FOREVER });
    for (let second = 0; second < 12; second += 1) {
      if (day.state().working[id]?.phase === "cancelling") day.refusesCancel(BID, true);
      day.waits(1_000, { open: [] });
    }
    expect(day.order(BID)).toMatchObject({ phase: "closed", closedByAbsence: true });
    day.reports(BID, "cancelled");
    day.reports(BID, "live");
    expect([day.order(BID).phase, day.state().anomalies.count]).toEqual(["closed", 0]);
  });

  it("a fill of an order that was refused is booked, and reported by an alert", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.rejects(BID);
    day.asked();
    day.matches(BID, 4);
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 4, pendingOut: 0 });
    expect(day.asked()).toContain("survey");
  });

  it("the whole of an order proven absent fills late: booked, and reported by an alert", () => {
    const day = lost();
    day.waits(20_000, NOTHING);
    const [first] = day.legs();
    day.asked();
    const part = { ...strangeFill("", BID, "YES"), orderId: first?.orderId ?? orderId("") };
    day.hears({ type: "trade.reported", report: tradeReport("late", "matched", [part]) });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 10, pendingOut: 0 });
    expect(day.asked()).toContain("survey");
  });

  it("a fill of an order we do not know is booked, reported by an alert, and surveyed", () => {
    const day = trading();
    const part = strangeFill("strange", "SELL NO 4 @ 0.5", "NO");
    day.hears({ type: "trade.reported", report: tradeReport("t", "mined", [part]) });
    expect(held(day.state().inventory.NO)).toEqual({ settled: -4, pendingIn: 0, pendingOut: 0 });
    expect(day.asked().toSorted()).toEqual([
      "alert: a fill of an order we do not know: strange",
      "survey",
    ]);
  });

  it("a frame of an order we know nothing of any more, that is over, changes nothing", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks(BID);
    day.asked();
    const { token, side, price, size } = day.order(BID);
    const report = { orderId: orderId("long ago"), token, side, price, size };
    for (const status of ["cancelled", "matched"] as const) {
      day.hears({ type: "order.reported", report: { ...report, sizeMatched: size, status } });
    }
    expect([day.asked(), day.state().why.gate]).toEqual([[], []]);
  });

  it("an answer to the cancel of an order that is over, or unknown to us, is nothing to act on", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.acks(BID);
    day.intends({ bid: null });
    day.cancels(BID);
    const { cancelFailures } = day.order(BID);
    day.refusesCancel(BID, true);
    day.losesCancel(BID);
    expect(day.order(BID)).toMatchObject({ phase: "closed", cancelFailures });
    day.hears({ type: "cancel.refused", orderId: orderId("strange"), isGone: true });
    day.hears({ type: "cancel.unknown", orderId: orderId("strange") });
    expect(day.state().anomalies.count).toBe(2);
  });

  it("a receipt for an order we do not know changes nothing but the surveys", () => {
    const day = trading();
    const before = day.state();
    day.hears({ type: "order.acked", orderId: orderId("strange"), venueId: orderId("strange") });
    expect(day.state().working).toEqual(before.working);
    expect(day.asked()).toContain("survey");
  });
});

describe("an id the venue made up", () => {
  const theirs = orderId("theirs");
  const renamed = (): Bench => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.hears({ type: "order.acked", orderId: day.id(BID), venueId: theirs });
    return day;
  };

  it("is trusted, and reported by an alert", () => {
    const day = renamed();
    expect(day.asked()).toContain(
      `alert: the venue calls order ${day.id(BID)} by another id: theirs`,
    );
    expect(day.order(BID).venueId).toBe(theirs);
  });

  it("is what the order is cancelled and looked for by", () => {
    const day = renamed();
    const cancel = day.effects().findLast(({ type }) => type === "cancel");
    expect(cancel).toMatchObject({ orderIds: [theirs] });
    day.hears({ type: "cancel.unknown", orderId: theirs });
    expect(day.phases()).toEqual({ [BID]: "unknown" });
    day.waits(1_000, NOTHING);
    const survey = day.effects().findLast(({ type }) => type === "survey");
    expect(survey).toMatchObject({ orderIds: [theirs] });
  });

  it("is what its fills and reports are found by", () => {
    const day = renamed();
    const part = { ...strangeFill("theirs", BID, "YES"), size: fill(day.order(BID), 4).size };
    day.hears({ type: "trade.reported", report: tradeReport("t", "matched", [part]) });
    expect(day.order(BID).matched).toBe(4_000_000);
    day.hears({ type: "cancel.acked", orderId: theirs });
    expect(day.order(BID).phase).toBe("closed");
  });
});

describe("a receipt that never comes", () => {
  function placing(): Bench {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.asked();
    return day;
  }

  it("[J] of a place: after 10 s its order is unknown, reported by an alert, cancelled and looked up", () => {
    const day = placing();
    day.waits(9_750);
    expect(day.asked()).toEqual([]);
    day.waits(250);
    expect(day.asked()).toEqual([
      `cancel ${BID}`,
      "survey",
      expect.stringContaining("alert: no receipt for an order that is placing"),
    ]);
    expect(day.phases()).toEqual({ [BID]: "cancelling" });
  });

  it("[J] of a cancel: after 10 s it counts as failed, and is asked again", () => {
    const day = placing();
    day.acks(BID);
    day.intends({ bid: null, expiresAt: FOREVER });
    day.asked();
    day.waits(11_000);
    expect(day.order(BID).cancelFailures).toBe(1);
    expect(day.sent()).toEqual([
      expect.stringContaining("alert: no receipt for an order that is cancelling"),
      `cancel ${BID}`,
    ]);
  });

  it("[C] of a cancel-all: after 10 s it is asked again", () => {
    const day = placing();
    day.acks(BID);
    day.commands("halt");
    day.asked();
    day.waits(10_000);
    expect(day.sent().filter((words) => words === "cancel all")).toEqual([]);
    day.waits(2_000);
    expect(day.sent()).toContain("cancel all");
  });

  it("[J] of a survey: after 70 s, when no page of it can come, it has failed, and the next is asked for", () => {
    const day = placing();
    day.acks(BID);
    day.restores("user");
    expect(day.asked()).toEqual([`cancel ${BID}`, "survey"]);
    day.cancels(BID);
    day.reports(BID, "cancelled");
    day.waits(69_000);
    expect(day.asked()).toEqual([]);
    day.waits(2_000);
    expect(day.asked()).toEqual(["survey"]);
    expect(day.state().survey.failures).toBe(1);
  });
});
