/** A session that takes over from one that died: what it asks about, and what it believes. */
import { describe, expect, it } from "vitest";
import { isPossiblyLive } from "../../src/executor/orderTable.ts";
import { initialState, resumed } from "../../src/executor/index.ts";
import { CLOSED_MAX } from "../../src/executor/workingOrders.ts";
import { FEEDS, orderId } from "../../src/types/index.ts";
import {
  type Bench,
  type BenchOptions,
  FOREVER,
  type SurveyAnswer,
  UNHALTED,
  bench,
  cents,
  config,
  dollars,
  fill,
  held,
  instant,
  market,
  planned,
  quote,
  shares,
  told,
  tradeReport,
  trading,
  working as workingOrder,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const SELL = "SELL YES 10 @ 0.55";

/** The next session of the same market, as far as its feeds and its heart; nothing is known yet. */
function after(day: Bench, options: BenchOptions = {}): Bench {
  const next = bench({ history: day.history(), nonce: "another session", ...options });
  for (const feed of FEEDS) next.restores(feed);
  next.hears({ type: "heartbeat.beaten" });
  return next;
}

/** Surveys that say the same for long enough to be believed; longer while a trade is on its way. */
function surveysTwice(day: Bench, answer: SurveyAnswer, forMs = 2_500): void {
  day.answersSurvey(answer);
  day.waits(forMs, answer);
}

function quoting(target = { bid: quote(10, 45), ask: quote(10, 55) }): Bench {
  const day = trading({ YES: 10 });
  day.intends({ ...target, expiresAt: FOREVER });
  day.acks(BID, SELL);
  return day;
}

describe("a restart (acceptance 14)", () => {
  it("cancels first what may rest, holds it, and quotes nothing before the venue was looked at", () => {
    const next = after(quoting());
    expect(next.asked()).toEqual([`cancel ${BID}`, `cancel ${SELL}`, "survey"]);
    expect(next.effects().find(({ type }) => type === "survey")).toMatchObject({
      orderIds: [next.id(BID), next.id(SELL)],
    });
    next.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    expect(next.phases()).toEqual({ [BID]: "cancelling", [SELL]: "cancelling" });
    expect(next.state().why.gate).toEqual(["waiting for a survey of the venue"]);
  });

  it("[H] quotes again when two surveys agree on what is owned, the SELL after its proof", () => {
    const next = after(quoting());
    next.intends({ ask: quote(10, 57), expiresAt: FOREVER });
    next.cancels(BID, SELL);
    next.asked();
    surveysTwice(next, { over: { [BID]: 0 }, balances: { YES: 10, cash: 500 } });
    expect(next.sent()).toEqual([]);
    next.reports(SELL, "cancelled");
    expect(next.sent()).toEqual(["place SELL YES 10 @ 0.57"]);
  });

  it("[E] believes no single survey while an order that it took over may match between two reads", () => {
    const next = after(quoting());
    next.answersSurvey({ open: [BID, SELL], balances: { YES: 10, cash: 500 } });
    expect(next.state().survey.isFirstDone).toBe(false);
    const alone = after(trading());
    alone.answersSurvey({ balances: { cash: 500 } });
    expect(alone.state().survey.isFirstDone).toBe(true);
  });

  it("[J] looks for an order that was on its way, and places it anew once it is proven absent", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    const before = day.id(BID);
    const next = after(day);
    next.refusesCancel(BID, true);
    next.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    next.asked();
    const nothing = { open: [], balances: { cash: 500 } };
    // Answerable for 3 s more, then booked up to 5 s later, and a second survey after 2 s.
    for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 250) {
      expect(next.phases()).toHaveProperty(BID);
      expect(next.sent().filter((words) => words.startsWith("place"))).toEqual([]);
      next.waits(250, nothing);
      if (next.order(BID).phase === "cancelling") next.refusesCancel(BID, true);
    }
    next.waits(2_000, nothing);
    expect(next.sent().filter((words) => words.startsWith("place"))).toEqual([`place ${BID}`]);
    expect(next.id(BID)).not.toBe(before);
  });

  it("does not ask about orders that were over and counted, and takes one back that it sees", () => {
    const day = quoting();
    day.intends({ bid: null, ask: quote(10, 55), expiresAt: FOREVER });
    day.cancels(BID);
    day.reports(BID, "cancelled");
    const next = after(day);
    expect(Object.keys(next.phases())).toEqual([SELL]);
    // The list may be of a moment before it ended; not so two seconds later.
    next.answersSurvey({ open: [BID, SELL], balances: { YES: 10, cash: 500 } });
    expect(Object.keys(next.phases())).toEqual([SELL]);
    next.waits(2_500, { open: [BID, SELL], balances: { YES: 10, cash: 500 } });
    expect(Object.keys(next.phases()).toSorted()).toEqual([BID, SELL]);
    expect(next.state().anomalies.last).toContain("we thought was over");
  });

  it("[G] holds the stock of an order whose end was acknowledged, until what matched is known", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(SELL);
    day.intends({ ask: quote(10, 56), expiresAt: FOREVER });
    day.cancels(SELL);
    const next = after(day);
    next.intends({ ask: quote(10, 56), expiresAt: FOREVER });
    next.asked();
    const nothing = { open: [], balances: { YES: 10, cash: 500 } };
    next.answersSurvey(nothing);
    next.waits(1_500, nothing);
    expect(next.sent()).toEqual([]);
    // Two surveys of its trades, two seconds and two more after the start, show none.
    next.waits(4_000, nothing);
    expect(next.sent()).toEqual(["place SELL YES 10 @ 0.56"]);
  });

  it("[G] goes on with the budget where it was: what was spent of it is read again", () => {
    const budget = { config: config({ budget: dollars(50) }) };
    const day = trading({ cash: 500 }, budget);
    day.intends({ bid: quote(100, 45), expiresAt: FOREVER });
    const bought = "BUY YES 100 @ 0.45";
    day.acks(bought);
    const whole = fill(day.order(bought), 100);
    day.matches(bought, 100, "t1", "confirmed");
    day.reports(bought, "matched", 100);
    const next = after(day, budget);
    const trades = [tradeReport("t1", "confirmed", [whole])];
    surveysTwice(next, { open: [], balances: { YES: 100, cash: 455 }, trades });
    expect(next.state().inventory.cash.settled).toBe(dollars(5));
    // What has not settled yet is still to be paid, and counted so: once.
    const paying = after(day, budget);
    const pending = [tradeReport("t1", "matched", [whole])];
    surveysTwice(paying, { open: [], balances: { cash: 500 }, trades: pending }, 12_500);
    expect(paying.state().inventory.cash).toEqual({
      settled: dollars(50),
      pendingIn: dollars(0),
      pendingOut: dollars(45),
    });
  });

  it.each<[string, (day: Bench) => void]>([
    ["refused", (day) => day.rejects(BID)],
    ["not sent", (day) => day.doesNotSend(BID, "unreachable")],
  ])("[J] takes an order back that was %s, once the venue calls it live", (_, ends) => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    const { id, token, side, price, size } = day.order(BID);
    ends(day);
    const next = after(day);
    const report = { orderId: id, token, side, price, size, sizeMatched: shares(0) };
    next.hears({ type: "order.reported", report: { ...report, status: "live" } });
    expect(next.state().working[id]?.phase).toBe("cancelling");
  });

  it("an order that was cancelled and counted is not taken back for a frame that comes late", () => {
    const day = quoting();
    day.intends({ bid: null, ask: quote(10, 55), expiresAt: FOREVER });
    day.cancels(BID);
    day.reports(BID, "cancelled");
    const { id, token, side, price, size } = day.order(BID);
    const next = after(day);
    const report = { orderId: id, token, side, price, size, sizeMatched: shares(0) };
    next.hears({ type: "order.reported", report: { ...report, status: "live" } });
    expect(Object.keys(next.phases())).toEqual([SELL]);
  });

  it("of those that are over and not counted the newest 32 are taken over, and none twice", () => {
    const { state } = trading().history();
    const working = Array.from({ length: 40 }, (_, index) =>
      workingOrder(BID, { id: orderId(`order ${index}`), phase: "closed", finalMatched: null }),
    );
    const record = Object.fromEntries(working.map((order) => [order.id, order]));
    const opened = initialState(market(), instant(0), UNHALTED);
    const next = resumed(opened, { state: { ...state, working: record }, steps: [] }, config());
    expect(Object.keys(next.working)).toEqual(working.slice(8).map(({ id }) => id));
    expect(next.closed).toEqual([]);
    expect(next.mayRestAtVenue).toBe(false);
  });

  it("[G] is not held up by any number of orders that were filled in part, and ended", () => {
    const day = trading();
    const trades = Array.from({ length: 140 }, (_, index) => {
      day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
      day.acks(BID);
      day.matches(BID, 0.5, `t${index}`, "confirmed");
      const part = fill(day.order(BID), 0.5);
      day.intends({ bid: null, expiresAt: FOREVER });
      day.cancels(BID);
      day.reports(BID, "cancelled", 0.5);
      return tradeReport(`t${index}`, "confirmed", [part]);
    });
    const next = after(day);
    next.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    next.asked();
    surveysTwice(next, { open: [], balances: { YES: 70, cash: 400 }, trades });
    expect([next.sent(), next.state().anomalies.count]).toEqual([[`place ${BID}`], 0]);
  });

  it.each<[string, (day: Bench) => void]>([
    ["refused", (day) => day.rejects(BID)],
    ["not sent", (day) => day.doesNotSend(BID, "unreachable")],
    ["reported as cancelled", (day) => day.reports(BID, "cancelled")],
    ["reported as matched", (day) => day.reports(BID, "matched", 10)],
  ])("an order that was %s is over", (_, ends) => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    const id = day.id(BID);
    ends(day);
    expect(Object.keys(after(day).state().working)).not.toContain(id);
  });

  it("an order that a survey has called over is over, one that was seen live is not", () => {
    const surveyed = trading();
    surveyed.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    const id = surveyed.id(BID);
    surveyed.hearsNothingOf(BID);
    surveyed.waits(100);
    surveyed.answersSurvey({ open: [], over: { [BID]: 4 } });
    // As far as the fills go, it owes us one yet.
    expect(surveyed.state().working[id]?.phase).toBe("closed");
    expect(Object.keys(after(surveyed).state().working)).not.toContain(id);

    const seen = trading();
    seen.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    seen.reports(BID, "live");
    expect(Object.keys(after(seen).phases())).toEqual([BID]);
  });

  it("a cancel-all without an answer has ended nothing", () => {
    const day = quoting();
    day.commands("halt");
    day.answersCancelAll({ type: "lost", detail: "no answer" });
    expect(Object.keys(after(day).phases())).toEqual([BID, SELL]);
  });

  it("what was heard of orders that were not ours is left behind", () => {
    const day = quoting();
    const strange = orderId("strange");
    day.hears({ type: "cancel.acked", orderId: strange });
    const report = { ...planned(BID), orderId: strange, sizeMatched: shares(10) };
    day.hears({ type: "order.reported", report: { ...report, status: "matched" } });
    const next = after(day);
    expect(Object.keys(next.phases())).toEqual([BID, SELL]);
    expect(next.state().closed).toEqual([]);
  });

  it("what was over is remembered apart from what may rest, the newest 500", () => {
    const day = quoting();
    day.intends({ bid: null, ask: quote(10, 55), expiresAt: FOREVER });
    day.cancels(BID);
    day.reports(BID, "cancelled");
    expect(
      after(day)
        .state()
        .closed.map(({ id }) => id),
    ).toEqual([day.id(BID)]);

    const { state } = trading().history();
    const closed = Array.from({ length: CLOSED_MAX + 20 }, (_, index) =>
      workingOrder(BID, {
        id: orderId(`order ${index}`),
        phase: "closed",
        finalMatched: shares(0),
      }),
    );
    const opened = initialState(market(), instant(0), UNHALTED);
    const next = resumed(opened, { state: { ...state, closed }, steps: [] }, config());
    expect(next.closed.map(({ id }) => id)).toEqual(closed.slice(20).map(({ id }) => id));
    expect(next.working).toEqual({});
  });

  it("takes an order over as what it was planned as", () => {
    const quotes = trading({ YES: 10, NO: 10 });
    quotes.intends({ bid: quote(20, 45), ask: quote(20, 55), expiresAt: FOREVER });
    const closes = trading({ YES: 10 });
    const touch = { YES: { bid: cents(50), ask: null }, NO: { bid: null, ask: null } };
    closes.intends({ touch, expiresAt: FOREVER });
    closes.commands("flatten");
    const orders = (day: Bench) =>
      Object.values(day.state().working).map(({ slot, kind, token, side, price, size }) => ({
        kind,
        words: `${slot}: ${told({ side, token, size, price })}`,
      }));
    expect(orders(after(quotes))).toEqual([
      { kind: "reduceSell", words: "bid: SELL NO 10 @ 0.55" },
      { kind: "openBuy", words: "bid: BUY YES 10 @ 0.45" },
      { kind: "reduceSell", words: "ask: SELL YES 10 @ 0.55" },
      { kind: "complementBuy", words: "ask: BUY NO 10 @ 0.45" },
    ]);
    expect(orders(after(closes))).toEqual([
      { kind: "closeSell", words: "ask: SELL YES 10 @ 0.45" },
    ]);
  });

  it("knows an order by the id that the venue gave it, and by no other", () => {
    const theirs = orderId("theirs");
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.hears({ type: "order.acked", orderId: day.id(BID), venueId: theirs });
    const next = after(day);
    expect(next.order(BID).venueId).toBe(theirs);
    expect(next.effects().find(({ type }) => type === "cancel")).toMatchObject({
      orderIds: [theirs],
    });

    const plain = quoting();
    plain.intends({ bid: null, ask: quote(10, 55), expiresAt: FOREVER });
    plain.refusesCancel(BID, false);
    expect(after(plain).order(BID).venueId).toBeNull();
    expect(after(plain).order(SELL).venueId).toBeNull();
  });

  it("[C] has something to prove gone only where something may rest", () => {
    expect(after(quoting()).state().mayRestAtVenue).toBe(true);
    expect(after(trading()).state().mayRestAtVenue).toBe(false);
  });

  it("an order the venue called a duplicate is not over: the venue has it", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.rejects(BID, "duplicate");
    expect(Object.keys(after(day).phases())).toEqual([BID]);
  });

  it("an order cancelled with all others is over, those the answer leaves out are not", () => {
    const day = quoting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    const { working } = after(day).state();
    expect([working[day.id(BID)]?.phase, working[day.id(SELL)]?.phase]).toEqual([
      "closed",
      "cancelling",
    ]);
  });

  it("[E] owns what the balances say, and what is on its way comes on top, once", () => {
    const day = quoting();
    day.matches(BID, 4, "t1");
    day.matches(SELL, 10, "t2", "mined");
    const next = after(day);
    const trades = [
      tradeReport("t1", "matched", [fill(day.order(BID), 4)]),
      tradeReport("t2", "confirmed", [fill(day.order(SELL), 10)]),
    ];
    surveysTwice(next, { open: [BID], balances: { YES: 0, cash: 505.5 }, trades }, 12_500);
    expect(held(next.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 4, pendingOut: 0 });
    next.matches(BID, 4, "t1", "mined");
    expect(held(next.state().inventory.YES)).toEqual({ settled: 4, pendingIn: 0, pendingOut: 0 });
    expect([next.order(BID).matched, next.order(SELL).matched]).toEqual([4_000_000, 10_000_000]);
    expect(next.state().anomalies.last).not.toMatch(/fill|trade/);
  });

  it("[E] hears of fills that came while nobody listened, also of orders that were over", () => {
    const day = quoting();
    day.intends({ bid: null, ask: quote(10, 55), expiresAt: FOREVER });
    day.cancels(BID);
    const next = after(day);
    const late = tradeReport("late", "matched", [fill(day.order(BID), 10)]);
    surveysTwice(next, { open: [SELL], balances: { YES: 10, cash: 500 }, trades: [late] }, 12_500);
    expect(held(next.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 10, pendingOut: 0 });
    expect(next.state().anomalies.last).not.toMatch(/fill|trade/);
  });

  it("[E] an order whose fills add up, before the first balances, is over", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks(BID);
    const next = after(day);
    const order = day.order(BID);
    for (const part of ["one", "two"]) {
      const report = tradeReport(part, "mined", [fill(order, 5)]);
      expect(next.state().working[order.id]?.phase).toBe("cancelling");
      next.hears({ type: "trade.reported", report });
    }
    expect(next.state().working).toEqual({});
  });

  it("reads trades from where the session before read them", () => {
    const day = trading();
    const next = after(after(day));
    expect(next.state().tradesSince).toBe(day.state().tradesSince);
  });

  it("takes over again from a session that took over and died at once", () => {
    const next = after(after(quoting()));
    expect(Object.keys(next.phases())).toEqual([BID, SELL]);
  });

  it("[C] a stop of the new session cancels, and proves, what the one before has left", () => {
    const next = after(quoting());
    next.answersSurvey({ open: [BID, SELL], balances: { YES: 10, cash: 500 } });
    next.asked();
    next.commands("halt");
    expect(next.sent()).toEqual(["cancel all"]);
  });

  it("takes over 64 orders at the most, the newest; others will be found as foreign", () => {
    const day = trading({ cash: 100_000 }, { config: config({ netMax: quote(100_000, 1).size }) });
    const { state } = day.history();
    const [first] = quoting()
      .history()
      .steps.flatMap(({ effects }) => effects);
    if (first?.type !== "survey") throw new Error("the first thing asked for is a survey");
    const legs = quoting().legs();
    const [leg] = legs;
    if (!leg) throw new Error("nothing was placed");
    const many = Array.from({ length: 80 }, (_, index) => ({
      stamped: { seq: index + 1, at: instant(index), event: { type: "clock.ticked" } as const },
      effects: [
        {
          type: "place",
          market: state.market.id,
          slot: "bid",
          legs: [{ ...leg, orderId: `${leg.orderId} ${index}` as typeof leg.orderId }],
        } as const,
      ],
    }));
    const opened = initialState(market(), instant(0), UNHALTED);
    const { working } = resumed(opened, { state, steps: many }, config());
    expect(Object.keys(working)).toHaveLength(64);
    expect(Object.keys(working).at(-1)).toBe(`${leg.orderId} 79`);
    expect(Object.values(working).every(isPossiblyLive)).toBe(true);
    // A request may name 50: the bucket it is paid from holds little more than twice as many.
    const cancels = after(day, { history: { state, steps: many } })
      .effects()
      .flatMap((effect) => (effect.type === "cancel" ? [effect.orderIds.length] : []));
    expect(cancels).toEqual([50, 14]);
  });
});
