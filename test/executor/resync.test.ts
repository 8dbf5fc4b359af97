/** Belief meets the venue: what one survey proves, and what it does not. */
import { describe, expect, it } from "vitest";
import {
  FEEDS,
  type Fill,
  NO_USDC,
  type TradeStatus,
  after,
  epochMs,
  orderId,
  tradeId,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  type Stock,
  type SurveyAnswer,
  bench,
  cents,
  config,
  dollars,
  fill,
  held,
  market,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const SELL = "SELL YES 10 @ 0.55";

/** All feeds are up and the heart beats, but the venue has not been looked at yet. */
function starting(): Bench {
  const day = bench();
  for (const feed of FEEDS) day.restores(feed);
  day.hears({ type: "heartbeat.beaten" });
  return day;
}

/** A bid rests, for an intent that stays. */
function resting(): Bench {
  const day = trading();
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  day.acks(BID);
  day.asked();
  return day;
}

const fromBefore = (count: number): Fill => ({
  orderId: orderId("an order of the session before"),
  token: "YES",
  side: "BUY",
  price: cents(45),
  size: shares(count),
  fee: NO_USDC,
});

/** The same again and again, for long enough to be believed while something is on its way. */
function surveysTwice(day: Bench, answer: SurveyAnswer): void {
  day.answersSurvey(answer);
  day.waits(12_500, answer);
}

describe("the first survey", () => {
  it("is asked for at once, and nothing is quoted before it is answered", () => {
    const day = starting();
    day.intends({ bid: quote(10, 45) });
    expect(day.asked()).toEqual(["survey"]);
    expect(day.state().why.gate).toEqual(["waiting for a survey of the venue"]);
    day.answersSurvey({ balances: { cash: 500 } });
    expect(day.asked()).toEqual([`place ${BID}`]);
  });

  it("is where what we own comes from, within the budget (acceptance 14)", () => {
    const day = starting();
    day.answersSurvey({ balances: { YES: 7, NO: 3.25, cash: 10_000 } });
    const { YES, NO, cash } = day.state().inventory;
    expect([held(YES).settled, held(NO).settled, cash.settled / 1e6]).toEqual([7, 3.25, 500]);
  });

  it("that fails is asked for again, a second later", () => {
    const day = starting();
    day.failsSurvey();
    day.diary();
    day.waits(2_000);
    expect(day.diary()).toEqual(["1000 survey"]);
    expect(day.state().survey.isFirstDone).toBe(false);
  });

  it("[E] trades that have settled are in its balances, those that have not come on top", () => {
    const day = starting();
    surveysTwice(day, {
      balances: { YES: 10, cash: 100 },
      trades: [
        tradeReport("settled", "confirmed", [fromBefore(10)]),
        tradeReport("pending", "matched", [fromBefore(4)]),
      ],
    });
    const { YES } = day.state().inventory;
    expect(held(YES)).toEqual({ settled: 10, pendingIn: 4, pendingOut: 0 });
    for (const id of ["settled", "pending"]) {
      const confirmed = tradeReport(id, "confirmed", [fromBefore(id === "settled" ? 10 : 4)]);
      day.hears({ type: "trade.reported", report: confirmed });
    }
    expect(held(day.state().inventory.YES)).toEqual({ settled: 14, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] a trade heard of before it, that settled before it, is in its balances", () => {
    const day = starting();
    const report = tradeReport("early", "matched", [fromBefore(10)]);
    day.hears({ type: "trade.reported", report });
    surveysTwice(day, { balances: { YES: 10 }, trades: [{ ...report, status: "confirmed" }] });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] a settlement heard of between the question and the answer is in its balances", () => {
    const day = starting();
    const report = tradeReport("early", "matched", [fromBefore(10)]);
    day.hears({ type: "trade.reported", report });
    day.hears({ type: "trade.reported", report: { ...report, status: "mined" } });
    surveysTwice(day, { balances: { YES: 10 }, trades: [{ ...report, status: "confirmed" }] });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] that shows trades is believed once another says the same: one may settle between reads", () => {
    const day = starting();
    const settled = tradeReport("settles", "confirmed", [fromBefore(10)]);
    // Balances read before it settled, trades after that.
    day.answersSurvey({ balances: { YES: 0 }, trades: [settled] });
    expect(day.state().survey.isFirstDone).toBe(false);
    day.waits(1_000);
    day.answersSurvey({ balances: { YES: 10 }, trades: [settled] });
    day.waits(1_000);
    day.answersSurvey({ balances: { YES: 10 }, trades: [settled] });
    // Two of a kind, but only a second apart.
    expect(day.state().survey.isFirstDone).toBe(false);
    day.waits(1_000);
    day.answersSurvey({ balances: { YES: 10 }, trades: [settled] });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] is believed after two seconds where every trade is confirmed", () => {
    const day = starting();
    const trades = [tradeReport("settled", "confirmed", [fromBefore(10)])];
    day.answersSurvey({ balances: { YES: 10 }, trades });
    day.waits(2_500, { balances: { YES: 10 }, trades });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] that shows a trade that has failed waits for 10 s: balances may lag behind its failure", () => {
    const day = starting();
    const trades = [tradeReport("failed", "failed", [fromBefore(10)])];
    day.waits(4_000, { balances: { YES: 10 }, trades });
    expect(day.state().survey.isFirstDone).toBe(false);
    day.waits(12_500, { balances: { YES: 0 }, trades });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 0, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] holds a trade that settled before it; if that fails after all, what it brought goes", () => {
    const day = starting();
    const mined = tradeReport("mined", "mined", [fromBefore(10)]);
    surveysTwice(day, { balances: { YES: 10 }, trades: [mined] });
    day.hears({ type: "trade.reported", report: { ...mined, status: "failed" } });
    expect(held(day.state().inventory.YES).settled).toBe(0);
  });

  it("[E] from a replica behind, that shows a trade on its way, is not believed before it agrees", () => {
    const day = starting();
    const report = tradeReport("settles", "matched", [fromBefore(10)]);
    day.answersSurvey({ balances: { YES: 10 }, trades: [report] });
    day.waits(2_000);
    surveysTwice(day, { balances: { YES: 10 }, trades: [{ ...report, status: "confirmed" }] });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] that shows a trade only just mined waits for 10 s: balances may lag behind it, twice", () => {
    const day = starting();
    const mined = tradeReport("mined", "mined", [fromBefore(10)]);
    day.waits(9_750, { balances: { YES: 0 }, trades: [mined] });
    expect(day.state().survey.isFirstDone).toBe(false);
    day.waits(10_250, { balances: { YES: 10 }, trades: [mined] });
    expect(day.state().survey.isFirstDone).toBe(false);
    day.waits(1_000, { balances: { YES: 10 }, trades: [mined] });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] is not believed at once where a settlement was heard before it: it may be older", () => {
    const day = starting();
    const mined = tradeReport("mined", "mined", [fromBefore(10)]);
    day.hears({ type: "trade.reported", report: mined });
    day.answersSurvey({ balances: { YES: 0 } });
    expect(day.state().survey.isFirstDone).toBe(false);
    day.waits(12_500, { balances: { YES: 10 }, trades: [mined] });
    expect(held(day.state().inventory.YES).settled).toBe(10);
  });

  it("is a change of what we own: an intent made before it has not seen it", () => {
    const day = starting();
    day.answersSurvey({ balances: { YES: 10 } });
    expect(day.state().inventoryStep).toBe(day.state().step);
  });

  it("an order on the account that is not ours keeps the gate shut until it has gone", () => {
    const day = starting();
    day.answersSurvey({ balances: { cash: 500 }, open: [], foreign: ["BUY YES 5 @ 0.1"] });
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.waits(5_000, { open: [], foreign: ["BUY YES 5 @ 0.1"] });
    expect(day.asked().filter((words) => words.includes("place"))).toEqual([]);
    expect(day.state().why.gate).toEqual(["waiting for a survey of the venue"]);
    day.waits(2_500, { open: [] });
    expect(day.asked()).toContain(`place ${BID}`);
  });
});

describe("a survey", () => {
  it("of the same venue twice changes nothing the second time", () => {
    const day = resting();
    day.matches(BID, 4, "trade");
    const trade = tradeReport("trade", "matched", [fill(day.order(BID), 4)]);
    day.restores("user");
    day.waits(100);
    day.answersSurvey({ open: [BID], trades: [trade] });
    const { inventory, working } = day.state();
    day.restores("user");
    day.waits(1_100);
    day.answersSurvey({ open: [BID], trades: [trade] });
    expect(day.state().inventory).toEqual(inventory);
    expect(Object.keys(day.state().working)).toEqual(Object.keys(working));
  });

  it("adopts no balances soon after a change: until then only trades move what we own", () => {
    const day = trading({ YES: 10 });
    day.restores("user");
    day.answersSurvey({ balances: { YES: 99, NO: 99, cash: 1 } });
    const { YES, NO, cash } = day.state().inventory;
    expect([held(YES).settled, held(NO).settled, cash.settled / 1e6]).toEqual([10, 0, 500]);
  });

  it("[E] books the fills that were missed while it was under way, once (acceptance 11)", () => {
    const day = resting();
    day.restores("user");
    const missed = tradeReport("missed", "matched", [fill(day.order(BID), 4)]);
    day.waits(50);
    day.hears({ type: "trade.reported", report: missed });
    day.answersSurvey({ open: [BID], trades: [{ ...missed, status: "mined" }] });
    day.hears({ type: "trade.reported", report: missed });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 4, pendingIn: 0, pendingOut: 0 });
    expect(day.order(BID).matched).toBe(shares(4));
  });

  it("that does not show an order whose cancel is on the wire leaves it to the cancel's answer", () => {
    const day = resting();
    day.restores("user");
    expect(day.asked()).toEqual([`cancel ${BID}`, "survey"]);
    day.waits(50);
    day.answersSurvey({ open: [] });
    expect([day.asked(), day.phases()]).toEqual([[], { [BID]: "cancelling" }]);
  });

  it("that begins long after a cancel was sent leaves the order to the cancel's answer, too", () => {
    const day = resting();
    day.intends({ bid: null, expiresAt: FOREVER });
    day.waits(1_000);
    day.restores("user");
    day.waits(100);
    expect(day.asked()).toEqual([`cancel ${BID}`, "survey"]);
    day.answersSurvey({ open: [] });
    expect([day.asked(), day.phases()]).toEqual([[], { [BID]: "cancelling" }]);
  });

  it("[K] that began before the user feed opened first does not stand for the one that is owed", () => {
    const day = bench();
    for (const feed of ["market", "reference", "settlement"] as const) day.restores(feed);
    day.hears({ type: "heartbeat.beaten" });
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.waits(50);
    // It opens while the survey is under way: what happened in between is in neither.
    day.restores("user");
    day.answersSurvey({ balances: { cash: 500 } });
    expect(day.state().why.gate).toEqual(["waiting for a survey of the venue"]);
    day.waits(1_000);
    expect(day.asked()).toEqual(["survey", "survey"]);
    day.answersSurvey({ balances: { cash: 500 } });
    expect(day.asked()).toEqual([`place ${BID}`]);
  });

  it("[K] that began before the user feed's return does not stand for the one that is owed", () => {
    const day = resting();
    day.waits(30_000);
    day.waits(100);
    day.restores("user");
    expect(day.asked()).toEqual(["survey", `cancel ${BID}`]);
    day.answersSurvey({ open: [BID] });
    expect(day.state().why.gate).toEqual(["waiting for a survey of the venue"]);
    day.waits(1_000);
    expect(day.asked()).toEqual(["survey"]);
  });

  it("of an order of which a part has matched, and that the venue calls matched, says it rests", () => {
    const day = resting();
    const id = day.id(BID);
    day.reports(BID, "matched", 4);
    expect(day.state().working[id]?.phase).toBe("resting");
    day.reports(BID, "matched", 9.99);
    expect(day.state().working[id]?.phase).toBe("closed");
  });

  it("[E] a trade known as matched that has settled meanwhile is moved on, not added", () => {
    const day = resting();
    day.matches(BID, 4, "trade");
    day.restores("user");
    day.answersSurvey({
      open: [BID],
      trades: [tradeReport("trade", "confirmed", [fill(day.order(BID), 4)])],
    });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 4, pendingIn: 0, pendingOut: 0 });
  });

  it("[J] an order it does not show is unknown at first, and over after two more", () => {
    const day = resting();
    day.matches(BID, 4, "pending for long");
    day.waits(30_000);
    expect(day.asked()).toEqual(["survey"]);
    day.answersSurvey({ open: [] });
    expect(day.phases()).toEqual({ [BID]: "unknown" });
    day.waits(1_250, { open: [] });
    expect(day.phases()).toEqual({ [BID]: "unknown" });
    const missing = day.id(BID);
    day.waits(2_250, { open: [] });
    expect(day.state().working[missing]).toBeUndefined();
    expect(day.state().closed.at(-1)).toMatchObject({ id: missing, closedByAbsence: true });
  });

  it("[J] an order that came to rest after it began is not missing from it", () => {
    const day = resting();
    day.matches(BID, 4, "pending for long");
    day.waits(30_000);
    expect(day.asked()).toEqual(["survey"]);
    day.intends({ bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER });
    day.waits(10);
    day.acks("BUY NO 10 @ 0.45");
    day.answersSurvey({ open: [BID] });
    expect(day.phases()).toEqual({ [BID]: "resting", "BUY NO 10 @ 0.45": "resting" });
  });

  it("[J] an order that was seen live after it began is not missing from it", () => {
    const day = resting();
    day.waits(30_000);
    expect(day.asked()).toEqual(["survey"]);
    day.waits(100);
    day.reports(BID, "live");
    day.answersSurvey({ open: [] });
    expect(day.phases()).toEqual({ [BID]: "resting" });
  });

  it("[J] an order whose POST is under way is not missing from it", () => {
    const day = resting();
    day.matches(BID, 4, "pending for long");
    day.waits(29_500);
    day.intends({ bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER });
    day.waits(500);
    day.answersSurvey({ open: [BID] });
    expect(day.phases()["BUY NO 10 @ 0.45"]).toBe("placing");
  });

  it("one that nobody awaits is an anomaly", () => {
    const day = resting();
    day.restores("user");
    const { pending } = day.state().survey;
    day.answersSurvey();
    const requestId = pending?.requestId ?? day.state().market.id;
    expect(requestId).not.toBe(day.state().market.id);
    const survey = {
      openOrders: [],
      byId: [],
      balances: { cash: NO_USDC, YES: shares(0), NO: shares(0) },
      trades: [],
    };
    if (pending) day.hears({ type: "survey.answered", requestId: pending.requestId, survey });
    expect(day.state().anomalies.last).toContain("nobody awaits");
  });

  it("that lists a closed order of ours as open is believed: it is cancelled", () => {
    const day = resting();
    day.intends({ bid: null, expiresAt: FOREVER });
    day.cancels(BID);
    day.reports(BID, "cancelled");
    day.waits(2_000);
    day.restores("user");
    day.asked();
    day.waits(100);
    day.answersSurvey({ open: [BID] });
    expect(day.asked()).toContain(`cancel ${BID}`);
    expect(day.state().anomalies.last).toContain("we thought was over");
  });

  it("from behind, that still lists an order our fills have used up, changes nothing, however late", () => {
    for (const lateMs of [100, 5_000]) {
      const day = trading({ YES: 20 });
      day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
      day.acks(SELL);
      day.matches(SELL, 10, "whole", "mined");
      day.waits(lateMs);
      day.restores("user");
      day.waits(50);
      day.answersSurvey({ open: [SELL] });
      expect([day.order(SELL).phase, day.state().anomalies.count]).toEqual(["closed", 0]);
      day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
      expect(day.sent()).toEqual([`place ${SELL}`, `place ${SELL}`]);
    }
  });

  it("from behind, that still lists an order the venue has called cancelled, changes nothing", () => {
    const day = resting();
    day.intends({ bid: null, expiresAt: FOREVER });
    day.cancels(BID);
    day.reports(BID, "cancelled");
    day.waits(100);
    day.restores("user");
    day.waits(50);
    day.answersSurvey({ open: [BID] });
    expect([day.order(BID).phase, day.state().anomalies.count]).toEqual(["closed", 0]);
  });

  it("that fails is followed by another, later each time", () => {
    const day = starting();
    day.diary();
    for (let times = 0; times < 6; times += 1) {
      day.failsSurvey();
      day.waits(8_000);
    }
    const at = day.diary().map((words) => Number(words.split(" ")[0]));
    expect(at.map((ms, index) => ms - index * 8_000)).toEqual([
      1_000, 500, 1_000, 2_000, 4_000, 8_000,
    ]);
  });

  it("that shows an order which is not ours, again and again, says so once", () => {
    const day = trading();
    day.restores("user");
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.waits(20_000, { foreign: ["BUY YES 5 @ 0.1"] });
    expect(day.asked().filter((words) => words.startsWith("alert"))).toEqual([
      "alert: an order on our account is not ours: foreign BUY YES 5 @ 0.1",
    ]);
    expect(day.state().why.gate).toEqual(["waiting for a survey of the venue"]);
  });

  it("that was given up on and fails late does not end the next one", () => {
    const day = resting();
    day.restores("user");
    const first = day.state().survey.pending?.requestId;
    day.waits(72_000);
    const { pending } = day.state().survey;
    expect(pending?.requestId).not.toBe(first);
    if (first) day.hears({ type: "survey.failed", requestId: first, detail: "late" });
    expect(day.state().survey.pending).toBe(pending);
  });

  it("two surveys have a second between them, whatever asks for them", () => {
    const day = resting();
    day.restores("user");
    day.diary();
    day.answersSurvey();
    day.restores("user");
    day.waits(900);
    expect(day.diary()).toEqual([]);
    day.waits(200);
    expect(day.diary()).toEqual(["100 survey"]);
  });
});

describe("the account of an order that is over", () => {
  const cancelled = (): Bench => {
    const day = trading({ YES: 20 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(SELL);
    day.intends({ ask: quote(10, 53), expiresAt: FOREVER });
    day.cancels(SELL);
    day.diary();
    return day;
  };

  it("[G] the venue's word on it is waited for a second, then asked for", () => {
    const day = cancelled();
    day.waits(1_500);
    expect(day.diary()).toEqual(["1000 survey"]);
  });

  it("[G] the word by id closes it, and the next SELL follows by itself", () => {
    const day = cancelled();
    day.waits(1_000);
    day.answersSurvey({ open: [], over: { [SELL]: 0 } });
    expect(day.asked()).toEqual(["survey", "place SELL YES 10 @ 0.53"]);
  });

  it("[G] an order nobody knows any more is over once the trades were read twice, late enough", () => {
    const day = cancelled();
    day.waits(3_900, { open: [] });
    expect(day.phases()).toEqual({ [SELL]: "closed" });
    day.waits(500, { open: [] });
    expect(day.sent()).toEqual(["place SELL YES 10 @ 0.53"]);
  });

  it("[G] a late frame that calls it live does not put that off: its trades are what is looked for", () => {
    const day = cancelled();
    day.waits(2_000, { open: [] });
    expect(day.state().survey.pending).not.toBeNull();
    day.reports(SELL, "live");
    day.waits(2_400, { open: [] });
    expect(day.sent()).toEqual(["place SELL YES 10 @ 0.53"]);
  });

  it("[G] what the venue counts beyond our fills stays reserved until the trade comes", () => {
    const day = cancelled();
    day.reports(SELL, "cancelled", 4);
    expect(day.phases()).toEqual({ [SELL]: "closed" });
    expect(day.asked()).toEqual([]);
    day.matches(SELL, 4);
    // 4 of the intent for 10 are fulfilled, and were not seen by it.
    expect(day.asked()).toEqual(["place SELL YES 6 @ 0.53"]);
  });

  it("[G] surveys that do not show that trade free nothing for two minutes, then all of it", () => {
    const day = cancelled();
    day.reports(SELL, "cancelled", 4);
    day.waits(119_000, { open: [], over: { [SELL]: 4 } });
    expect(day.sent()).toEqual([]);
    expect(day.phases()).toEqual({ [SELL]: "closed" });
    day.waits(5_000, { open: [], over: { [SELL]: 4 } });
    expect(day.sent()).toEqual(["place SELL YES 10 @ 0.53"]);
  });

  it("[G] dust between the count and the trades holds nothing up, either way", () => {
    for (const [traded, counted] of [
      [9.99, 10],
      [10, 9.99],
    ] as const) {
      const day = trading({ YES: 20 });
      day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
      day.acks(SELL);
      day.reports(SELL, "cancelled", counted);
      day.matches(SELL, traded);
      expect([day.phases(), day.state().anomalies.count]).toEqual([{}, 0]);
    }
  });
});

describe("what asks for a survey", () => {
  it("[K] half a minute without one while anything rests: an open channel may have gone silent", () => {
    const day = resting();
    day.diary();
    day.waits(100_000, { open: [BID] });
    // Surveys have a second between them, and then half a minute.
    expect(day.diary()).toEqual(["30000 survey", "61000 survey", "92000 survey"]);
    const trade = tradeReport("unheard", "mined", [fill(day.order(BID), 10)]);
    day.waits(32_000, { open: [], trades: [trade] });
    expect(held(day.state().inventory.YES).settled).toBe(10);
    expect(day.phases()).toEqual({});
  });

  it("not the mere passing of time while nothing rests", () => {
    const day = trading();
    day.waits(100_000);
    expect(day.asked()).toEqual([]);
  });

  it("the user feed's return, and no other's", () => {
    const day = starting();
    day.answersSurvey();
    day.asked();
    expect(day.state().survey.wantedSince).toBeNull();
    day.waits(1_000);
    day.restores("user");
    expect(day.asked()).toEqual(["survey"]);
    day.answersSurvey();
    day.waits(1_000);
    day.restores("market");
    day.restores("reference");
    expect(day.asked()).toEqual([]);
  });

  it("the oldest trade that has been pending for half a minute, every ten seconds", () => {
    const day = resting();
    day.matches(BID, 4, "older");
    day.waits(20_000);
    day.matches(BID, 6, "younger");
    day.diary();
    day.waits(40_000, { open: [] });
    expect(day.diary()).toEqual(["10000 survey", "21000 survey", "32000 survey"]);
    day.matches(BID, 4, "older", "mined");
    day.matches(BID, 6, "younger", "confirmed");
    day.waits(60_000);
    expect(day.diary()).toEqual([]);
  });

  it("an order of open fate: it is asked for by id, those that rest are not", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER });
    day.acks("BUY NO 10 @ 0.45");
    day.hearsNothingOf(BID);
    const survey = day.effects().findLast(({ type }) => type === "survey");
    expect(survey).toMatchObject({ orderIds: [day.id(BID)] });
  });
});

describe("what the venue says we own", () => {
  const shows = { balances: { YES: 25 } };

  it("[E] is compared once nothing has moved for a minute, and believed when a second survey agrees", () => {
    const day = trading({ YES: 20 });
    day.waits(60_000);
    day.commands("resync");
    day.answersSurvey(shows);
    expect(held(day.state().inventory.YES).settled).toBe(20);
    day.waits(2_500, shows);
    expect(held(day.state().inventory.YES).settled).toBe(25);
    expect(day.state().anomalies).toMatchObject({
      count: 1,
      last: expect.stringContaining("YES 25, not 20"),
    });
  });

  it("[E] is believed neither once, nor where the second survey says something else again", () => {
    const day = trading({ YES: 20 });
    day.waits(60_000);
    day.commands("resync");
    day.answersSurvey(shows);
    day.waits(2_250);
    day.answersSurvey({ balances: { YES: 22 } });
    day.waits(2_500, { balances: { YES: 20 } });
    expect(held(day.state().inventory.YES).settled).toBe(20);
    expect([day.state().anomalies.count, day.state().survey.holdingsReading]).toEqual([0, null]);
  });

  it("[E] is believed only where both surveys agree on both tokens", () => {
    const day = trading({ YES: 20 });
    day.waits(60_000);
    day.commands("resync");
    day.answersSurvey({ balances: { YES: 25, NO: 3 } });
    day.waits(2_250);
    day.answersSurvey({ balances: { YES: 25, NO: 4 } });
    const { YES, NO } = day.state().inventory;
    expect([held(YES).settled, held(NO).settled]).toEqual([20, 0]);
  });

  it("[E] is not believed on top of a trade that the second survey shows, and that explains it", () => {
    const day = resting();
    day.waits(61_000, { open: [BID] });
    const balances = { YES: 4, cash: 498.2 };
    const unheard = tradeReport("unheard", "confirmed", [fill(day.order(BID), 4)]);
    day.answersSurvey({ open: [BID], balances });
    day.waits(5_000, { open: [BID], balances, trades: [unheard] });
    expect(held(day.state().inventory.YES).settled).toBe(4);
    expect(day.state().anomalies.count).toBe(0);
  });

  it("[E] is said in full where it is believed, and is no difference where it is dust", () => {
    const day = trading({ YES: 20 });
    day.waits(60_000);
    day.commands("resync");
    day.waits(5_000, { balances: { YES: 20.01, NO: 0.01 } });
    expect([day.state().anomalies.count, held(day.state().inventory.YES).settled]).toEqual([0, 20]);
    day.commands("resync");
    day.waits(5_000, { balances: { YES: 25, NO: 3 } });
    expect(day.state().anomalies).toMatchObject({
      count: 1,
      last:
        "what we own is not what our trades add up to; the venue's count holds: " +
        "YES 25, not 20, NO 3, not 0",
    });
  });

  it("[E] is not compared while a trade is on its way, however long that takes", () => {
    const day = trading({ YES: 20 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(SELL);
    day.matches(SELL, 10, "whole");
    day.waits(70_000, { open: [] });
    day.commands("resync");
    // It has settled there, and we have not heard of it.
    day.waits(5_000, { open: [], balances: { YES: 10 } });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 20, pendingIn: 0, pendingOut: 10 });
    day.matches(SELL, 10, "whole", "mined");
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] proves nothing while a trade is on its way, or for a minute after: balances lag", () => {
    const day = trading({ YES: 20 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(SELL);
    day.matches(SELL, 10, "whole");
    day.intends({ ask: null, expiresAt: FOREVER });
    const before = { balances: { YES: 20 }, trades: [] };
    day.waits(65_000);
    day.commands("resync");
    day.waits(5_000, before);
    day.matches(SELL, 10, "whole", "mined");
    day.commands("resync");
    day.waits(59_000, before);
    expect(held(day.state().inventory.YES).settled).toBe(10);
    day.waits(1_000);
    day.commands("resync");
    day.waits(15_000, before);
    // The trade was never settled at the venue after all; should it be said to have failed, it is in.
    expect(held(day.state().inventory.YES).settled).toBe(20);
    day.matches(SELL, 10, "whole", "failed");
    expect(held(day.state().inventory.YES).settled).toBe(20);
  });

  it("[E] proves nothing while the venue counts more than it has reported: the trade is yet to come", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks(BID);
    day.waits(60_000, {});
    day.intends({ bid: null, expiresAt: FOREVER });
    day.reports(BID, "matched", 10);
    day.commands("resync");
    day.waits(10_000, { open: [], over: { [BID]: 10 }, balances: { YES: 10 } });
    day.matches(BID, 10, "late", "mined");
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] proves nothing while an order that rests has matched more than was reported", () => {
    const day = resting();
    day.waits(61_000, {});
    const { id, token, side, price, size } = day.order(BID);
    // The routine surveys of half a minute: they pull nothing.
    let surveys = 0;
    for (let second = 0; second < 70; second += 1) {
      day.waits(1_000);
      const { pending } = day.state().survey;
      const report = { orderId: id, token, side, price, size, sizeMatched: shares(4) };
      const survey = {
        openOrders: [{ ...report, status: "live" as const }],
        byId: [],
        balances: { cash: dollars(498.2), YES: shares(4), NO: shares(0) },
        trades: [],
      };
      if (pending === null) continue;
      surveys += 1;
      day.hears({ type: "survey.answered", requestId: pending.requestId, survey });
    }
    expect(surveys).toBeGreaterThan(1);
    expect(day.phases()[BID]).toBe("resting");
    day.matches(BID, 4, "told late", "mined");
    expect(held(day.state().inventory.YES).settled).toBe(4);
  });

  it("[E] proves nothing while a place is on the wire: it may have matched", () => {
    const day = trading();
    day.waits(60_000);
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.commands("resync");
    day.waits(6_000, { open: [], balances: { YES: 10 } });
    expect(held(day.state().inventory.YES).settled).toBe(0);
  });

  it("[G] of cash is followed below our budget, down and up, without a word: the account is shared", () => {
    const day = trading({ cash: 400 }, { config: config({ budget: dollars(300) }) });
    const cashAfter = (cash: number): number => {
      day.waits(60_000);
      day.commands("resync");
      day.waits(1_000, { balances: { cash } });
      return day.state().inventory.cash.settled;
    };
    expect([cashAfter(900), cashAfter(150), cashAfter(200), cashAfter(900)]).toEqual(
      [300, 150, 200, 300].map(dollars),
    );
    expect(day.state().anomalies.count).toBe(0);
  });

  it("[E] holds what settled before we began to read: a late word of it adds nothing", () => {
    const day = trading({ YES: 10 });
    const old = tradeReport("old", "confirmed", [fromBefore(10)], {
      ...day.now(),
      epochMs: epochMs(day.state().tradesSince - 1),
    });
    day.hears({ type: "trade.reported", report: old });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
    const atOnce = { ...old, id: tradeId("then"), matchedAt: day.state().tradesSince };
    day.hears({ type: "trade.reported", report: atOnce });
    expect(held(day.state().inventory.YES).settled).toBe(20);
  });

  it("[E] does not hold for sure what was matched before we began to read and is on its way", () => {
    const day = trading({ YES: 10 });
    const then = { ...day.now(), epochMs: epochMs(day.state().tradesSince - 1) };
    const hearsOf = (status: TradeStatus): void => {
      const report = tradeReport("old", status, [fromBefore(10)], then);
      day.hears({ type: "trade.reported", report });
    };
    hearsOf("matched");
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 10, pendingOut: 0 });
    hearsOf("mined");
    expect(held(day.state().inventory.YES)).toEqual({ settled: 20, pendingIn: 0, pendingOut: 0 });
  });

  it("[E] is not compared any more once the market has ended: what is paid out is no mistake", () => {
    const day = trading({ YES: 20 });
    day.hears({ type: "market.resolved", winner: "YES" });
    day.waits(60_000);
    day.commands("resync");
    day.waits(5_000, { balances: { YES: 0, cash: 520 } });
    expect(held(day.state().inventory.YES).settled).toBe(20);
    expect(day.state().anomalies.count).toBe(0);
  });

  it("[E] nor from its last moment on, where nobody has called a winner yet", () => {
    const short = market({ endsAt: after(market().opensAt, 90_000) });
    const claimAfter = (elapsedMs: number): unknown => {
      const day = trading({ YES: 20 }, { market: short });
      day.waits(elapsedMs - 1_000);
      day.commands("resync");
      day.answersSurvey({ balances: { YES: 0 } });
      return day.state().survey.holdingsReading;
    };
    expect(claimAfter(89_999)).not.toBeNull();
    expect(claimAfter(90_000)).toBeNull();
  });
});

describe("an order refused for its balance (worked example 28)", () => {
  const refusing = (stock: Stock, quietMs: number): Bench => {
    const day = trading(stock);
    day.waits(quietMs);
    day.intends({ bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(BID);
    day.asked();
    day.rejects(SELL, "insufficientBalance");
    return day;
  };
  const settledYes = (day: Bench) => held(day.state().inventory.YES).settled;
  /** Every further try is refused too, and every survey shows so much. */
  const goesOn = (day: Bench, forMs: number, YES: number) => {
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs += 50) {
      for (const [name, phase] of Object.entries(day.phases())) {
        const { side, size } = day.order(name);
        if (phase !== "placing") continue;
        if (side === "SELL" && size > shares(YES)) day.rejects(name, "insufficientBalance");
        else day.acks(name);
      }
      for (const [name, phase] of Object.entries(day.phases())) {
        if (phase === "cancelling") {
          day.cancels(name);
          day.reports(name, "cancelled");
        }
      }
      day.waits(50, { balances: { YES } });
    }
  };
  const refreshes = (day: Bench) =>
    day
      .effects()
      .flatMap((effect) => (effect.type === "survey" ? [effect.isRefreshed === true] : []));

  it("is compared with the venue at once; what agrees was lag, and nothing is pulled", () => {
    const day = refusing({ YES: 10 }, 10_000);
    expect(day.asked()).toEqual(["survey"]);
    day.waits(100);
    day.answersSurvey({ open: [BID] });
    expect(day.phases()[BID]).toBe("resting");
    expect(day.state().why.gate).toEqual([]);
    expect(settledYes(day)).toBe(10);
    // It was answered, so it is not asked again.
    day.waits(200);
    expect(day.asked()).toEqual([`place ${SELL}`]);
    day.acks(SELL);
    day.waits(15_000, { open: [BID, SELL] });
    expect(day.asked()).toEqual([]);
  });

  it("a survey that was under way already does not stand for the comparison", () => {
    const day = trading({ YES: 10 });
    day.waits(10_000);
    day.intends({ bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER });
    day.hearsNothingOf(BID);
    expect(day.asked()).toContain("survey");
    day.waits(100);
    day.rejects(SELL, "insufficientBalance");
    day.answersSurvey({ open: [BID] });
    expect(day.phases()[BID]).toBe("resting");
    day.waits(1_000);
    expect(day.asked()).toContain("survey");
  });

  it("two surveys that show less are believed, seconds later, and sells go on with what is there", () => {
    const day = refusing({ YES: 10 }, 10_000);
    day.waits(100);
    goesOn(day, 5_000, 9.9);
    expect(settledYes(day)).toBe(9.9);
    expect(day.state().anomalies.last).toContain("YES 9.9, not 10");
    expect(day.phases()["SELL YES 9.9 @ 0.55"]).toBe("resting");
    expect(day.state().survey.balanceRefusedAt).toBeNull();
  });

  it("[E] the venue's balances may lag a fill: one mined 10 s ago is not erased", () => {
    for (const quietMs of [0, 5_000, 9_000]) {
      const day = refusing({ YES: 10 }, quietMs);
      goesOn(day, 9_500 - quietMs, 0);
      expect([quietMs, settledYes(day)]).toEqual([quietMs, 10]);
      goesOn(day, 10_000, 10);
      expect([quietMs, settledYes(day)]).toEqual([quietMs, 10]);
      expect(day.state().anomalies.count).toBe(0);
    }
  });

  it("[E] a trade that is still pending is waited for", () => {
    const day = refusing({ YES: 10 }, 20_000);
    day.matches(BID, 5, "pending");
    day.asked();
    day.waits(15_000, { open: [], balances: { YES: 0 } });
    expect(settledYes(day)).toBe(10);
  });

  it("[E] a reading that shows more, or was begun before the refusal, has to wait for the minute", () => {
    const more = refusing({ YES: 10 }, 10_000);
    more.waits(8_000, { open: [BID], balances: { YES: 9, NO: 3 } });
    expect(settledYes(more)).toBe(10);
    const before = trading({ YES: 10 });
    before.waits(10_000);
    before.commands("resync");
    before.answersSurvey({ balances: { YES: 9 } });
    expect(before.state().survey.holdingsReading).toBeNull();
  });

  it("is asked about again until something has been still for 10 s, then not any more", () => {
    const day = refusing({ YES: 10 }, 4_000);
    const surveys = () => day.asked().filter((words) => words === "survey").length;
    goesOn(day, 5_000, 9.9);
    expect(settledYes(day)).toBe(10);
    goesOn(day, 15_000, 9.9);
    expect(settledYes(day)).toBe(9.9);
    expect(surveys()).toBeLessThan(12);
    goesOn(day, 25_000, 9.9);
    expect(surveys()).toBeLessThan(3);
  });

  it("the venue reads its balances anew before it shows them, every five seconds at the most", () => {
    const day = trading({ YES: 10 });
    expect(refreshes(day)).toEqual([false]);
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    goesOn(day, 1_000, 5);
    expect(refreshes(day).slice(1)).toEqual([true]);
    day.commands("resync");
    goesOn(day, 1_500, 5);
    expect(refreshes(day).slice(1)).toEqual([true, false]);
    goesOn(day, 4_000, 5);
    day.commands("resync");
    goesOn(day, 1_500, 5);
    expect(refreshes(day).at(-1)).toBe(true);
  });
});
