/** Surveys of a busy market: read from where something is open, and taken in by bounded steps. */
import { describe, expect, it } from "vitest";
import { decide } from "../../src/executor/decide.ts";
import { nextDeadline, reducer } from "../../src/executor/index.ts";
import { SURVEY_NEWS_PER_STEP, SURVEY_TRADES_PER_STEP } from "../../src/executor/resync.ts";
import { isHalted } from "../../src/executor/stop.ts";
import { TRADES_KEPT_MAX, pendingSince, unfinishedSince } from "../../src/executor/trades.ts";
import {
  type Effect,
  type EpochMs,
  NO_USDC,
  type Stamped,
  type Survey,
  type TradeReport,
  type WorkingOrder,
  type TradeStatus,
  after,
  epochMs,
  orderId,
  tradeId,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  IDENTITY,
  cents,
  config,
  dollars,
  fill,
  held,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
/** What is read twice: trades that are 120 s late, by clocks that differ by 60 s. */
const OVERLAP_MS = 180_000;

const surveys = (effects: readonly Effect[]): readonly Extract<Effect, { type: "survey" }>[] =>
  effects.filter((effect) => effect.type === "survey");
const readFrom = (day: Bench): EpochMs => surveys(day.effects()).at(-1)?.tradesSince ?? epochMs(0);

/** A survey begins now; it is answered with what is believed, and with these trades. */
function surveyed(day: Bench, trades: readonly TradeReport[] = []): void {
  day.waits(1_000);
  day.commands("resync");
  day.answersSurvey({ trades });
}

function resting(): Bench {
  const day = trading({}, { config: config({ orderLifeMs: null }) });
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  day.acks(BID);
  return day;
}

/** Of orders that nobody knows any more, an old one each. */
const manyTrades = (count: number, status: TradeStatus = "confirmed"): readonly TradeReport[] =>
  Array.from({ length: count }, (_, index) => ({
    id: tradeId(`trade ${index}`),
    status,
    matchedAt: epochMs(1_760_000_000_000 + index),
    fills: [
      {
        orderId: orderId(`old ${index}`),
        token: "YES",
        side: index % 2 === 0 ? "BUY" : "SELL",
        price: cents(50),
        size: shares(1),
        fee: NO_USDC,
      },
    ],
  }));

/** Of an order that we know, a crumb each: nothing contradicts anything. */
const crumbsOf = (order: WorkingOrder, count: number): readonly TradeReport[] =>
  manyTrades(count).map((trade) => ({
    ...trade,
    fills: [fill(order, 0.001)],
  }));

describe("[J] trades are read", () => {
  it("from the start of the session by the first survey, for the budget", () => {
    const day = trading();
    expect(readFrom(day)).toBe(day.state().tradesSince);
  });

  it("from a moment that follows the last whole survey, while nothing is open", () => {
    const day = trading();
    for (let count = 0; count < 2; count += 1) {
      day.waits(400_000, {});
      surveyed(day);
      const from = day.now().epochMs - readFrom(day);
      expect(from).toBeGreaterThanOrEqual(OVERLAP_MS);
      expect(from).toBeLessThanOrEqual(400_000 + OVERLAP_MS + 2_000);
    }
    surveyed(day);
    expect(day.now().epochMs - readFrom(day)).toBeLessThan(OVERLAP_MS + 5_000);
    // What is a baseline is still judged by the start.
    expect(day.state().tradesSince).toBe(surveys(day.effects())[0]?.tradesSince);
  });

  it.each<[TradeStatus, boolean]>([
    ["matched", true],
    ["retrying", true],
    ["mined", true],
    ["confirmed", false],
    ["failed", false],
  ])("from before a fill that is %s: %s", (status, isOpen) => {
    const day = resting();
    day.waits(120_000, {});
    const order = day.order(BID);
    const matchedAt = day.now();
    day.hears({
      type: "trade.reported",
      report: tradeReport("t", status, [fill(order, 10)], matchedAt),
    });
    day.waits(300_000, {});
    surveyed(day);
    surveyed(day);
    const before = matchedAt.epochMs - readFrom(day);
    if (isOpen) expect(before).toBeGreaterThanOrEqual(OVERLAP_MS);
    else expect(before).toBeLessThan(0);
    expect(unfinishedSince(day.state())).toBe(isOpen ? matchedAt.epochMs : null);
  });

  it("from before an order was placed whose matches are not counted", () => {
    const day = resting();
    const { epochMs: placedAt } = day.now();
    day.waits(300_000, {});
    surveyed(day);
    surveyed(day);
    expect(readFrom(day)).toBe(Math.max(placedAt - OVERLAP_MS, day.state().tradesSince));
    day.reports(BID, "cancelled", 0);
    surveyed(day);
    surveyed(day);
    expect(readFrom(day)).toBeGreaterThan(placedAt);
  });

  it("from before the last whole survey, however many have failed since", () => {
    const day = trading();
    day.waits(400_000, {});
    surveyed(day);
    const { epochMs: wholeAt } = day.now();
    for (let count = 0; count < 3; count += 1) {
      day.waits(100_000);
      const { pending } = day.state().survey;
      if (pending === null) day.commands("resync");
      const requestId = day.state().survey.pending?.requestId;
      const failed = { type: "survey.failed", detail: "a page is missing" } as const;
      if (requestId) day.hears({ ...failed, requestId, trades: manyTrades(1) });
    }
    day.waits(10_000);
    expect(readFrom(day)).toBe(wholeAt - OVERLAP_MS);
  });

  it("from the same moment by two surveys that are compared", () => {
    const day = trading();
    day.waits(400_000, {});
    surveyed(day);
    day.waits(1_000);
    day.commands("resync");
    day.answersSurvey({ balances: { YES: 7 } });
    const first = readFrom(day);
    day.waits(2_000);
    day.answersSurvey({ balances: { YES: 7 } });
    expect(readFrom(day)).toBe(first);
    expect(held(day.state().inventory.YES).settled).toBe(7);
  });

  it("a fill that was missed, and came with the survey, is booked once", () => {
    const day = resting();
    const order = day.order(BID);
    day.waits(300_000, {});
    const missed = tradeReport("missed", "mined", [fill(order, 10)], day.now());
    day.waits(119_000, {});
    surveyed(day, [missed]);
    surveyed(day, [{ ...missed, status: "confirmed" }]);
    expect(held(day.state().inventory.YES)).toEqual({ settled: 10, pendingIn: 0, pendingOut: 0 });
    expect(missed.matchedAt).toBeGreaterThanOrEqual(readFrom(day));
  });

  it("the oldest that is open is found again when the one before it is over", () => {
    const day = trading();
    const at = (index: number): EpochMs => epochMs(1_760_000_000_000 + index);
    surveyed(day, manyTrades(300, "matched"));
    while (day.state().survey.unread !== null) day.hears({ type: "clock.ticked" });
    expect([pendingSince(day.state()), unfinishedSince(day.state())]).toEqual([at(0), at(0)]);
    for (const [settled, report] of manyTrades(300, "mined").entries()) {
      day.hears({ type: "trade.reported", report });
      expect(pendingSince(day.state())).toBe(settled === 299 ? null : at(settled + 1));
      expect(unfinishedSince(day.state())).toBe(at(0));
    }
    for (const report of manyTrades(300, "confirmed"))
      day.hears({ type: "trade.reported", report });
    expect(unfinishedSince(day.state())).toBeNull();
  });
});

/** Trades taken in, step by step, until all are. */
function steps(day: Bench): readonly number[] {
  const counts: number[] = [];
  let before = 0;
  for (;;) {
    const { unread } = day.state().survey;
    const count = day.state().tradeCount;
    counts.push(count - before);
    before = count;
    if (unread === null) return counts;
    day.hears({ type: "clock.ticked" });
  }
}

describe("a survey of many trades", () => {
  const MANY = 3 * SURVEY_NEWS_PER_STEP + 7;

  it("is taken in by steps of a bounded number, each at the next tick", () => {
    const day = trading();
    surveyed(day, manyTrades(MANY));
    expect(nextDeadline(day.state(), config())).toBe(after(day.now().monotonicMs, 1));
    expect(steps(day)).toEqual([100, 100, 100, 7]);
  });

  it("of trades that are known takes no step of its own, up to a bound", () => {
    const day = trading();
    const known = manyTrades(SURVEY_TRADES_PER_STEP + 1);
    surveyed(day, known);
    steps(day);
    surveyed(day, known.slice(1));
    expect(day.state().survey.unread).toBeNull();
    surveyed(day, known);
    expect(day.state().survey.unread?.taken).toBe(SURVEY_TRADES_PER_STEP);
    day.hears({ type: "clock.ticked" });
    expect(day.state().survey.unread).toBeNull();
  });

  it("shuts the gate until its last trade is in, and asks for no other survey meanwhile", () => {
    const day = resting();
    surveyed(day, crumbsOf(day.order(BID), MANY));
    const asked = surveys(day.effects()).length;
    expect(day.state().why.gate).toEqual(["taking in a survey of the venue"]);
    day.commands("resync");
    expect(surveys(day.effects()).length).toBe(asked);
    const state = day.state();
    const isDue = { ...state.survey, notBefore: state.now.monotonicMs };
    expect(decide({ ...state, survey: isDue }, config()).survey).toBeNull();
    expect(
      decide({ ...state, survey: { ...isDue, unread: null } }, config()).survey,
    ).not.toBeNull();
    steps(day);
    expect(day.state().why.gate).not.toContain("taking in a survey of the venue");
  });

  it("[C] does not hold up a stop", () => {
    const day = resting();
    surveyed(day, crumbsOf(day.order(BID), MANY));
    day.asked();
    day.commands("halt");
    expect(day.sent()).toContain("cancel all");
  });

  it("proves nothing before its last part", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled", 0);
    day.waits(5_000);
    const empty = { open: [], trades: manyTrades(MANY) };
    day.answersSurvey(empty);
    expect(day.state().stop.state).toBe("quiet");
    steps(day);
    expect(day.state().stop.state).toBe("emptyOnce");
    day.waits(3_000);
    day.answersSurvey(empty);
    steps(day);
    expect(isHalted(day.state())).toBe(true);
  });

  it("folds again to the same state, from any step of it", () => {
    const day = trading();
    surveyed(day, manyTrades(MANY));
    steps(day);
    const { state, steps: taken } = day.history();
    const reduce = reducer(config(), IDENTITY);
    const restored = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
    const end = taken.reduce(
      (acc, { stamped }: { readonly stamped: Stamped }) => restored(reduce(acc, stamped)[0]),
      restored(state),
    );
    expect(end).toEqual(restored(day.state()));
  });

  it("counts for what was read where it has failed; quoting waits for a whole one", () => {
    const day = resting();
    day.waits(31_000);
    const { pending } = day.state().survey;
    const read = tradeReport("read", "mined", [fill(day.order(BID), 4)], day.now());
    if (pending) {
      const { requestId } = pending;
      day.hears({ type: "survey.failed", requestId, detail: "a page is missing", trades: [read] });
    }
    expect(held(day.state().inventory.YES).settled).toBe(4);
    expect(day.state().why.gate).toEqual([
      "waiting for a survey of the venue: a page is missing, 1 try",
    ]);
    expect(day.state().survey.failures).toBe(1);
    day.waits(1_000, { trades: [read] });
    expect(day.state().why.gate).toEqual([]);
  });

  it("of more trades than are kept breaks no law, and still proves", () => {
    const day = trading();
    const full = { ...day.state(), tradeCount: TRADES_KEPT_MAX };
    const requestId = "survey" as NonNullable<typeof full.survey.pending>["requestId"];
    const pending = { requestId, beganAt: full.now.monotonicMs, beganAtEpochMs: full.now.epochMs };
    const survey: Survey = {
      openOrders: [],
      byId: [],
      balances: { cash: dollars(500), YES: shares(0), NO: shares(0) },
      trades: manyTrades(10),
    };
    const [next] = reducer(config(), IDENTITY)(
      { ...full, survey: { ...full.survey, pending } },
      {
        seq: full.step + 1,
        at: day.now(),
        event: { type: "survey.answered", requestId, survey },
      },
    );
    expect(next.tradeCount).toBe(TRADES_KEPT_MAX);
    expect(next.survey.wholeAt).toBe(full.now.epochMs);
  });
});
