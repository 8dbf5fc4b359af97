/** A stop: everything is cancelled, the venue has shown twice that nothing rests, then a cooldown. */
import { describe, expect, it } from "vitest";
import {
  cancelAllUnderWay,
  cooldownEndsAt,
  isHalted,
  isOver,
  isStopping,
} from "../../src/executor/stop.ts";
import { type CancelAnswer, MICRO, type TradeStatus, monotonicMs } from "../../src/types/index.ts";
import { type Bench, FOREVER, bench, config, quote, trading } from "../support/builders.ts";

const BID = "BUY YES 20 @ 0.45";
const ASK = "SELL YES 20 @ 0.55";
const LOST: CancelAnswer = { type: "lost", detail: "no answer in time" };
const NOTHING = { open: [] };

/** One bid rests, for an intent that stays. */
function resting(): Bench {
  const day = trading();
  day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
  day.acks(BID);
  day.asked();
  return day;
}

/** Halted by the operator at this moment: cancelled, and proven. */
function halted(): Bench {
  const day = resting();
  day.commands("halt");
  day.answersCancelAll([BID]);
  day.reports(BID, "cancelled");
  day.waits(10_000, NOTHING);
  expect(isHalted(day.state())).toBe(true);
  day.asked();
  return day;
}

const refusedBy = (day: Bench, reason: "gone" | "pending"): CancelAnswer => ({
  type: "answered",
  cancelled: [],
  refused: [{ orderId: day.id(BID), refusal: { reason, text: "no", retryAfterMs: null } }],
});

describe("what stops us", () => {
  const causes: readonly [string, (day: Bench) => void][] = [
    ["the operator", (day) => day.commands("halt")],
    ["the strategy", (day) => day.intends({ mode: "stop", reason: "no book" })],
    ["a market feed that is lost", (day) => day.loses("market")],
    ["a user feed that is lost", (day) => day.loses("user")],
    ["a reference feed that is lost", (day) => day.loses("reference")],
    [
      "a heartbeat that lapses",
      (day) => {
        day.hears({ type: "heartbeat.lapsed", detail: "unanswered" });
      },
    ],
  ];

  it.each(causes)(
    "[K] %s: everything is cancelled at once, and nothing is placed",
    (_, strikes) => {
      const day = resting();
      strikes(day);
      expect(day.asked()).toEqual(["cancel all"]);
      day.intends({ bid: quote(20, 46), expiresAt: FOREVER });
      expect(day.asked()).toEqual([]);
    },
  );

  it.each(causes)("%s: nothing was ever sent, so there is nothing to cancel", (_, strikes) => {
    const day = trading();
    strikes(day);
    day.waits(1_000);
    expect([day.asked(), isStopping(day.state())]).toEqual([[], false]);
  });

  it("an order on the account that is not ours has to be proven gone like our own", () => {
    const day = trading();
    day.restores("user");
    day.answersSurvey({ open: [], foreign: ["BUY YES 5 @ 0.1"] });
    day.asked();
    day.commands("halt");
    expect(day.asked()).toContain("cancel all");
  });

  it("an order that was sent and is over was sent all the same", () => {
    const day = resting();
    day.reports(BID, "cancelled");
    day.rejects(BID);
    day.loses("reference");
    expect(day.asked()).toContain("cancel all");
  });

  it("[C] a stop raises the market's epoch by one, an operator's halt takes over the account's", () => {
    const day = resting();
    expect(day.legs()[0]?.epoch).toEqual({ account: 0, market: 0 });
    day.commands("halt", 7);
    const [cancelAll] = day.effects().filter(({ type }) => type === "cancelAll");
    expect(cancelAll).toMatchObject({ epoch: { account: 7, market: 1 } });
    // Asking again is the same stop.
    day.answersCancelAll(LOST);
    day.waits(500);
    expect(day.asked()).toEqual(["cancel all", "cancel all"]);
    expect(day.state().epoch).toEqual({ account: 7, market: 1 });
  });
});

describe("the road to halted", () => {
  it("two surveys that show nothing: 5 s after the last answer, and 2 s after that", () => {
    const day = resting();
    day.waits(1_000);
    day.commands("halt");
    day.waits(40);
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    expect(day.diary()).toEqual(["1000 cancel all"]);
    expect(day.state().why.gate).toEqual(["operator: said so", "halting"]);

    day.waits(10_000, NOTHING);
    expect(day.diary()).toEqual(["5000 survey", "7000 survey"]);
    expect(isHalted(day.state())).toBe(true);
    expect(day.state().why.gate).toEqual(["operator: said so", "cooling down"]);
  });

  it("a survey that began too early shows nothing about a late booking", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.asked();
    day.restores("user");
    day.waits(4_900, NOTHING);
    expect(day.asked()).toEqual(["survey"]);
    expect(day.state().stop.state).toBe("quiet");
  });

  it("[J] a survey that began while a place was under way shows nothing about it", () => {
    const day = trading();
    day.waits(60_000);
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.asked();
    day.commands("halt");
    day.answersCancelAll([]);
    // The answer to the place is late; surveys are asked for meanwhile, by the feed's return.
    for (let second = 0; second < 9; second += 1) {
      day.restores("user");
      day.waits(1_000, NOTHING);
    }
    expect(day.state().stop.state).toBe("draining");
    expect(day.phases()).toEqual({ [BID]: "placing" });
  });

  it("[J] a survey that fails proves nothing: it is asked for again", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.waits(5_000);
    day.failsSurvey();
    day.asked();
    day.waits(1_000);
    expect(day.asked()).toEqual(["survey"]);
    expect(day.state().stop.state).toBe("quiet");
  });

  it("an order that the second survey shows starts the count again, and is cancelled again", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll(refusedBy(day, "gone"));
    day.waits(5_100, NOTHING);
    expect(day.state().stop.state).toBe("emptyOnce");
    day.asked();
    day.waits(2_000, { open: [BID] });
    expect(day.asked()).toContain("cancel all");
    expect(day.state().stop.state).toBe("cancelling");
  });

  it("two surveys that show nothing prove nothing where they are too close to each other", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.waits(5_100, NOTHING);
    day.diary();
    day.restores("user");
    day.waits(1_150, NOTHING);
    expect(day.diary()).toEqual(["900 survey"]);
    expect(isHalted(day.state())).toBe(false);
    day.waits(1_500, NOTHING);
    expect(isHalted(day.state())).toBe(true);
  });

  it("[J] an order that only the surveys themselves miss is proven absent first", () => {
    const day = resting();
    day.commands("halt");
    for (const pauseMs of [500, 1_000, 2_000, 4_000]) {
      day.answersCancelAll(refusedBy(day, "pending"));
      day.waits(pauseMs, { open: [BID] });
    }
    // It rests, as far as we know, and is asked for again in 8 s; until then the surveys go on.
    day.answersCancelAll(refusedBy(day, "pending"));
    day.diary();
    day.waits(7_750, NOTHING);
    expect(day.diary()).toEqual(["5000 survey", "7000 survey"]);
    expect([day.phases(), isHalted(day.state())]).toEqual([{ [BID]: "unknown" }, false]);
    day.waits(3_000, NOTHING);
    expect([day.phases(), isHalted(day.state())]).toEqual([{}, true]);
  });

  it("a place on the wire counts as live until its deadline has passed, then 5 s more", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.diary();
    day.commands("halt");
    day.hearsNothingOf(BID, "stopped");
    day.answersCancelAll([]);
    day.waits(12_000, NOTHING);
    // 3 s for the answer and 5 s for a late booking; then 2 s between the surveys.
    expect(day.diary()).toEqual(["0 cancel all", "8000 survey", "10000 survey"]);
    expect(isHalted(day.state())).toBe(true);
    expect(day.phases()).toEqual({});
  });

  it("a place that is answered during the stop is cancelled with a second cancel-all", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.commands("halt");
    day.answersCancelAll([]);
    day.asked();
    day.acks(BID);
    day.waits(500);
    expect(day.asked()).toEqual(["cancel all"]);
    day.answersCancelAll([BID]);
    expect(day.phases()).toEqual({ [BID]: "closed" });
  });

  it("a fill during the stop is booked, and the order is over", () => {
    const day = resting();
    day.commands("halt");
    day.matches(BID, 20);
    day.answersCancelAll([]);
    day.waits(10_000, NOTHING);
    expect(day.state().inventory.YES.pendingIn).toBe(20_000_000);
    expect(isHalted(day.state())).toBe(true);
  });
});

describe("a cancel-all that does not succeed (acceptance 9)", () => {
  const answers: readonly [string, CancelAnswer][] = [
    ["lost", LOST],
    ["not sent", { type: "notSent", cause: "unreachable", retryAfterMs: null }],
    [
      "refused",
      { type: "refused", refusal: { reason: "restarting", text: "no", retryAfterMs: null } },
    ],
  ];

  it.each(answers)("%s: is asked for again, one at a time, ever more slowly", (_, answer) => {
    const day = resting();
    day.commands("halt");
    expect(day.diary()).toEqual(["0 cancel all"]);
    for (const pauseMs of [500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      day.waits(5_000, { open: [BID] });
      expect(day.asked().filter((words) => words === "cancel all")).toEqual([]);
      day.answersCancelAll(answer);
      day.diary();
      day.waits(pauseMs, { open: [BID] });
      expect(day.diary()).toContain(`${pauseMs} cancel all`);
    }
    expect(isHalted(day.state())).toBe(false);
  });

  it("never answered at all: the surveys alone prove the stop, and then nothing undoes it", () => {
    const day = resting();
    day.commands("halt");
    for (let tries = 0; isStopping(day.state()) && !isHalted(day.state()); tries += 1) {
      day.waits(1_500, NOTHING);
      if (cancelAllUnderWay(day.state()) !== null) day.answersCancelAll(LOST);
      expect(tries).toBeLessThan(30);
    }
    day.asked();
    day.waits(60_000, NOTHING);
    expect(day.sent()).toEqual([]);
    day.commands("normal");
    expect(day.sent()).toEqual(["place BUY YES 10 @ 0.45"]);
  });

  it("an order it was refused for rests, and is asked for again", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll(refusedBy(day, "pending"));
    expect(day.phases()).toEqual({ [BID]: "resting" });
    day.diary();
    day.waits(500);
    expect(day.diary()).toEqual(["500 cancel all"]);
  });

  it("[J] an order it calls gone, or does not mention, may have matched: its phase is unknown", () => {
    for (const silent of [true, false]) {
      const day = resting();
      day.commands("halt");
      const answer = refusedBy(day, "gone");
      day.answersCancelAll(silent ? [] : answer);
      expect(day.phases()).toEqual({ [BID]: "unknown" });
    }
  });

  it("an order it calls cancelled, and that is listed again and again, is asked for again", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.asked();
    day.waits(5_500, { open: [BID] });
    expect(day.asked()).toContain("cancel all");
    day.waits(60_000, { open: [BID] });
    expect(isHalted(day.state())).toBe(false);
  });

  it("stays halting for as long as the venue lists anything, for minutes", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.waits(300_000, { open: [], foreign: ["BUY YES 5 @ 0.1"] });
    expect(isHalted(day.state())).toBe(false);
    day.waits(10_000, NOTHING);
    expect(isHalted(day.state())).toBe(true);
  });
});

describe("after the proof", () => {
  it("the cooldown is waited for, then half the size is shown, then all of it", () => {
    const day = halted();
    const haltedAt = (cooldownEndsAt(day.state(), config()) ?? 0) - config().cooldownMs;
    day.commands("normal");
    const elapsedMs = day.now().monotonicMs - haltedAt;
    day.diary();
    day.waits(3_000 - elapsedMs);
    expect(day.diary()).toEqual([`${3_000 - elapsedMs} place BUY YES 10 @ 0.45`]);
    day.acks("BUY YES 10 @ 0.45");
    day.waits(5_000);
    expect(day.diary()).toEqual(["5000 cancel BUY YES 10 @ 0.45", `5000 place ${BID}`]);
  });

  it("another survey does not begin the cooldown anew", () => {
    const day = halted();
    const endsAt = cooldownEndsAt(day.state(), config());
    expect(endsAt).not.toBeNull();
    day.restores("user");
    day.waits(100);
    day.answersSurvey(NOTHING);
    expect(cooldownEndsAt(day.state(), config())).toBe(endsAt);
  });

  it("the stop lasts as long as its cause; then no new cooldown is due", () => {
    const day = halted();
    day.waits(60_000);
    expect(day.asked()).toEqual([]);
    day.commands("normal");
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.45"]);
  });

  it("a cause that comes and goes while halting changes nothing of the road", () => {
    const day = resting();
    day.loses("reference");
    day.restores("reference");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.diary();
    day.waits(12_000, NOTHING);
    const places = day.diary().filter((words) => words.includes("place"));
    // Two surveys, the answer to the second one a tick later, and 3 s.
    expect(places).toHaveLength(1);
    expect(Number.parseInt(places[0] ?? "", 10)).toBeGreaterThanOrEqual(10_000);
  });

  it("[I] a newer intent does not undo a STOP: it is carried through first", () => {
    const day = resting();
    day.intends({ mode: "stop", reason: "blind" });
    day.intends({ bid: quote(20, 46), expiresAt: FOREVER });
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.waits(9_000, NOTHING);
    expect(day.asked()).toEqual(["cancel all", "survey", "survey"]);
    day.waits(3_000, NOTHING);
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.46"]);
  });

  it("[J] a late booking opens the stop again: an alert, a cancel-all, and the whole proof", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.commands("halt");
    day.hearsNothingOf(BID);
    day.answersCancelAll([]);
    day.waits(12_000, NOTHING);
    expect(isHalted(day.state())).toBe(true);
    day.asked();

    day.reports(BID, "live");
    expect(day.asked().toSorted()).toEqual([
      `alert: the venue has an order that we thought was over: ${day.id(BID)}`,
      "cancel all",
      "survey",
    ]);
    expect(day.state().stop.state).toBe("cancelling");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.diary();
    day.waits(9_000, NOTHING);
    expect(day.diary()).toEqual(["5000 survey", "7000 survey"]);
  });

  it("a stop of its own follows the next place: the first proof does not count for it", () => {
    const day = halted();
    day.commands("normal");
    day.waits(3_000);
    day.acks("BUY YES 10 @ 0.45");
    day.asked();
    day.commands("halt");
    expect(day.asked()).toEqual(["cancel all"]);
    expect(day.state().epoch.market).toBe(2);
  });

  it("what was never dirty again needs no second cancel-all", () => {
    const day = halted();
    day.intends({ bid: null, expiresAt: monotonicMs(0) });
    day.commands("normal");
    day.waits(4_000);
    day.commands("halt");
    expect(day.asked()).toEqual([]);
  });
});

describe("a market is left", () => {
  /** Resolved, with a sale whose trade has come so far and no order of ours. */
  const resolvedWith = (status: TradeStatus): Bench => {
    const day = trading({ YES: 20 });
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
    day.acks(ASK);
    day.matches(ASK, 20, "sold", status);
    day.hears({ type: "market.resolved", winner: "YES" });
    return day;
  };
  const reported = (day: Bench, status: TradeStatus): void => day.matches(ASK, 20, "sold", status);
  const toEnd = (day: Bench): number => day.state().market.endsAt - day.now().epochMs;

  it.each(["matched", "retrying", "mined"] as const)(
    "[E] not while a trade is %s: it may fail yet, and what it took is ours again",
    (status) => {
      const day = resolvedWith(status);
      expect([day.phases(), isOver(day.state(), false)]).toEqual([{}, false]);
      reported(day, "failed");
      expect(day.state().inventory.YES.settled / MICRO).toBe(20);
      expect(isOver(day.state(), false)).toBe(true);
    },
  );

  it("once every trade is confirmed", () => {
    expect(isOver(resolvedWith("confirmed").state(), false)).toBe(true);
  });

  it("not before its first survey: what a session before has left is not known yet", () => {
    const day = bench();
    day.hears({ type: "market.resolved", winner: "YES" });
    expect(isOver(day.state(), false)).toBe(false);
    day.answersSurvey({ balances: { cash: 500 } });
    expect(isOver(day.state(), false)).toBe(true);
  });

  it("five minutes after its end, whatever its last trades have come to", () => {
    const day = resolvedWith("mined");
    day.waits(toEnd(day) + 5 * 60_000, NOTHING);
    expect(isOver(day.state(), false)).toBe(false);
    day.waits(250, NOTHING);
    expect(isOver(day.state(), false)).toBe(true);
  });
});
