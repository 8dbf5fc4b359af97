/** What the venue says of our orders is compared with our orders: a fill, a count, an end. */
import { describe, expect, it } from "vitest";
import {
  type Fill,
  type Token,
  type TradeStatus,
  orderId,
  priceBp,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  type Stock,
  cents,
  fill,
  held,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 20 @ 0.45";
const SELL = "SELL YES 20 @ 0.55";
const WAITING = "a fill contradicts its order";

/** An order rests, for an intent that stays. */
function resting(order: string, stock: Stock = {}): Bench {
  const day = trading(stock);
  const leg = order === BID ? { bid: quote(20, 45) } : { ask: quote(20, 55) };
  day.intends({ ...leg, expiresAt: FOREVER });
  day.acks(order);
  day.asked();
  return day;
}

function fills(
  day: Bench,
  order: string,
  count: number,
  changed: Partial<Fill>,
  status: TradeStatus = "mined",
  id = "strange",
): void {
  const report = tradeReport(id, status, [fill(day.order(order), count, changed)], day.now());
  day.hears({ type: "trade.reported", report });
}

const settled = (day: Bench, token: Token): number => held(day.state().inventory[token]).settled;

const places = (day: Bench): readonly string[] =>
  day.sent().filter((words) => words.startsWith("place"));

describe("an order that the venue calls by an id of its own", () => {
  const theirs = orderId("theirs");

  it.each([
    ["theirs first", [true, false, true]],
    ["ours first", [false, true, false]],
  ] as const)("[E] a trade under both ids counts once: %s", (_, order) => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.hears({ type: "order.acked", orderId: day.id(BID), venueId: theirs });
    for (const isTheirs of order) fills(day, BID, 10, isTheirs ? { orderId: theirs } : {});
    expect(settled(day, "YES")).toBe(10);
    expect(day.order(BID).matched).toBe(shares(10));
  });

  it("[E] one of its trades that came before the acknowledgement counts once", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    fills(day, BID, 10, { orderId: theirs });
    day.hears({ type: "order.acked", orderId: day.id(BID), venueId: theirs });
    fills(day, BID, 10, {});
    expect(settled(day, "YES")).toBe(10);
  });

  it("[E] a fill of it that contradicts it does not stand in the comparison's way", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.hears({ type: "order.acked", orderId: day.id(BID), venueId: theirs });
    fills(day, BID, 20, { orderId: theirs, side: "SELL" });
    day.waits(16_000, { open: [], over: { [BID]: 20 }, balances: { YES: 20 } });
    expect(settled(day, "YES")).toBe(20);
  });
});

describe("a fill that contradicts its order (G31)", () => {
  const rows: readonly (readonly [
    what: string,
    order: string,
    stock: Stock,
    count: number,
    changed: Partial<Fill>,
  ])[] = [
    ["of the other side", BID, { YES: 30 }, 20, { side: "SELL" }],
    ["of the other token", BID, {}, 20, { token: "NO" }],
    ["of the other token, sold", SELL, { YES: 20, NO: 5 }, 20, { token: "NO" }],
    ["at a price 54 cents worse, bought", BID, {}, 20, { price: cents(99) }],
    ["at a price 54 cents worse, sold", SELL, { YES: 20 }, 20, { price: cents(1) }],
    ["of 500 where the order is for 20", BID, {}, 500, {}],
    ["of 35 sold where the order is for 20", SELL, { YES: 20 }, 35, {}],
  ];

  it.each(rows)(
    "[E] %s is not booked, said once, and surveyed at once; nothing is offered meanwhile",
    (_, order, stock, count, changed) => {
      const day = resting(order, stock);
      const before = day.state().inventory;
      for (const status of ["matched", "mined", "mined"] as const) {
        fills(day, order, count, changed, status);
      }
      expect(day.state().inventory).toEqual(before);
      expect(day.state().anomalies).toMatchObject({
        count: 1,
        last: expect.stringMatching(/^the fill strange:.* contradicts its order: /),
      });
      expect(day.asked()).toContain("survey");
      day.answersSurvey({ open: [] });
      day.intends({ ask: quote(20, 60), expiresAt: FOREVER });
      day.waits(9_000, { open: [] });
      expect(places(day)).toEqual([]);
      expect(day.state().why.gate).toEqual([WAITING]);
    },
  );

  it.each(rows)(
    "[E] %s: two looks later what the venue counts is owned, and quoting goes on",
    (_, order, stock, count, changed) => {
      const day = resting(order, stock);
      fills(day, order, count, changed);
      const truth = { YES: 12, NO: 3, cash: 400 };
      day.waits(16_000, { open: [], balances: truth });
      expect([settled(day, "YES"), settled(day, "NO")]).toEqual([12, 3]);
      expect(day.state().why.gate).toEqual([]);
      expect(day.state().doubts).toEqual({});
      // The trade itself has been compared: what is said of it again changes nothing.
      fills(day, order, count, changed, "confirmed");
      expect([settled(day, "YES"), settled(day, "NO")]).toEqual([12, 3]);
    },
  );

  it("[E] says nothing of its order, which may rest on, and does not stand in the comparison's way", () => {
    const day = resting(BID);
    fills(day, BID, 500, {});
    expect(day.order(BID)).toMatchObject({ phase: "cancelling", matched: 0 });
    day.waits(16_000, { open: [], over: { [BID]: 20 }, balances: { YES: 20 } });
    expect(settled(day, "YES")).toBe(20);
  });

  it("[E] of more than is left, after fills that were right: the right ones stay booked", () => {
    const day = resting(SELL, { YES: 20 });
    day.matches(SELL, 20, "right", "mined");
    fills(day, SELL, 15, {});
    expect(settled(day, "YES")).toBe(0);
    expect(day.state().anomalies.count).toBe(1);
  });

  it("[E] is waited for until it settles or fails, and not for ever", () => {
    for (const [status, waitsMs] of [
      ["mined", 16_000],
      ["failed", 16_000],
      ["matched", 106_000],
    ] as const) {
      const day = resting(SELL, { YES: 20 });
      fills(day, SELL, 20, { token: "NO" }, "matched");
      day.waits(30_000, { open: [] });
      expect(day.state().why.gate).toEqual([WAITING]);
      fills(day, SELL, 20, { token: "NO" }, status);
      day.waits(waitsMs, { open: [] });
      expect(day.state().why.gate).toEqual([]);
    }
  });

  it("[E] that was compared and fails after all is compared again", () => {
    const day = resting(BID);
    fills(day, BID, 20, { token: "NO" });
    day.waits(16_000, { open: [], balances: { NO: 20 } });
    expect(settled(day, "NO")).toBe(20);
    fills(day, BID, 20, { token: "NO" }, "failed");
    expect(day.state().why.gate).toContain(WAITING);
    day.waits(16_000, { open: [], balances: { NO: 0 } });
    expect(settled(day, "NO")).toBe(0);
  });

  it("is none where the price is better, a tick worse, or the size differs by dust", () => {
    const changes: readonly Partial<Fill>[] = [
      { price: cents(30) },
      { price: cents(46) },
      { price: priceBp(4567 - 67) },
      { size: shares(20.01) },
    ];
    for (const changed of changes) {
      const day = resting(BID);
      fills(day, BID, 20, changed);
      expect(day.state().anomalies.count).toBe(0);
      expect(settled(day, "YES")).toBeGreaterThanOrEqual(20);
    }
    const sold = resting(SELL, { YES: 20 });
    fills(sold, SELL, 20, { price: cents(80) });
    expect([sold.state().anomalies.count, settled(sold, "YES")]).toEqual([0, 0]);
  });

  it("a trade that is told of another token or side later is disputed, and compared", () => {
    for (const changed of [{ token: "NO" }, { side: "SELL" }] as const) {
      const day = resting(BID);
      fills(day, BID, 20, {});
      fills(day, BID, 20, changed, "confirmed");
      expect(day.state().anomalies.last).toBe("trade strange has changed its terms");
      expect(settled(day, "YES")).toBe(20);
      day.waits(30_000, { open: [], balances: { YES: 0, NO: 0 } });
      expect(settled(day, "YES")).toBe(0);
    }
  });

  it("of these the newest 64 are waited for: a venue that goes on so does not fill the state", () => {
    const day = resting(BID);
    for (let number = 0; number < 100; number += 1) {
      fills(day, BID, 1, { token: "NO" }, "mined", `strange ${number}`);
    }
    expect(Object.keys(day.state().doubts)).toHaveLength(64);
  });
});

describe("an order report that is ahead of the trades", () => {
  const surveys = (day: Bench): readonly string[] =>
    day.diary().filter((words) => words.endsWith("survey"));

  it("is followed by a survey within a second, and then every ten, as long as none comes (G31)", () => {
    const day = resting(BID);
    day.waits(5_000);
    day.diary();
    day.reports(BID, "live", 15);
    day.reports(BID, "matched", 15);
    day.waits(10_000, { open: [BID] });
    expect(surveys(day)).toEqual(["500 survey"]);
    day.waits(12_000, { open: [BID] });
    expect(surveys(day)).toHaveLength(1);
  });

  it("needs none where the trades come at once, or were there", () => {
    const day = resting(BID);
    day.diary();
    day.reports(BID, "live", 15);
    day.matches(BID, 15, "trade", "mined");
    day.reports(BID, "live", 15);
    day.waits(20_000, { open: [BID] });
    expect(surveys(day)).toEqual([]);
  });

  it("asks again where the count grows after the trades had caught up", () => {
    const day = resting(BID);
    day.reports(BID, "live", 5);
    day.matches(BID, 5, "first", "mined");
    day.diary();
    day.reports(BID, "live", 15);
    day.waits(1_000, { open: [BID] });
    expect(surveys(day)).toEqual(["500 survey"]);
  });
});

describe("an order report that counts more than the order is for (case D13)", () => {
  it("is said once and surveyed; what is believed of the order stays, and both sides stay", () => {
    const day = trading({ cash: 30 });
    day.intends({ bid: quote(20, 45), ask: quote(20, 55), expiresAt: FOREVER });
    day.acks(BID, "BUY NO 20 @ 0.45");
    const { working } = day.state();
    day.asked();
    for (const status of ["matched", "live"] as const) day.reports(BID, status, 1_000_000_000);
    expect(day.state().anomalies).toMatchObject({
      count: 1,
      last: expect.stringContaining("1000000000 matched of an order of 20"),
    });
    expect(day.asked()).toContain("survey");
    const { venueCount: _count, seenAt: _seenAt, phase, ...rest } = day.order(BID);
    const {
      venueCount: _none,
      seenAt: _before,
      phase: _resting,
      ...believed
    } = working[day.id(BID)] ?? day.order(BID);
    // The survey that is wanted pulls it meanwhile.
    expect(["resting", "cancelling"]).toContain(phase);
    expect({ ...rest, phaseSince: 0 }).toEqual({ ...believed, phaseSince: 0 });
  });

  it("[G] where it calls the order over, the order is over, and all of it stays held", () => {
    const day = resting(SELL, { YES: 20 });
    day.reports(SELL, "cancelled", 1_000_000_000);
    expect(day.order(SELL)).toMatchObject({ phase: "closed", finalMatched: null });
    day.matches(SELL, 5, "late", "mined");
    expect(settled(day, "YES")).toBe(15);
  });
});

describe("an order in a read that is matched in part (case D13)", () => {
  it.each(["openOrders", "byId"] as const)("of %s is over, with so much matched", (read) => {
    const day = resting(BID);
    day.intends({ bid: null, expiresAt: FOREVER });
    day.refusesCancel(BID, true);
    expect(day.phases()).toEqual({ [BID]: "unknown" });
    const { token, side, price, size } = day.order(BID);
    const { pending } = day.state().survey;
    if (pending === null) throw new Error("no survey is under way");
    const report = { orderId: day.id(BID), token, side, price, size, sizeMatched: shares(4) };
    day.hears({
      type: "survey.answered",
      requestId: pending.requestId,
      survey: {
        openOrders: [],
        byId: [],
        [read]: [{ ...report, status: "matched" }],
        balances: { cash: day.state().inventory.cash.settled, YES: shares(0), NO: shares(0) },
        trades: [],
      },
    });
    expect(day.order(BID)).toMatchObject({ phase: "closed", finalMatched: shares(4) });
    day.matches(BID, 4, "trade", "mined");
    expect(day.phases()).toEqual({});
    day.asked();
    day.waits(20_000, { open: [] });
    expect(day.sent()).toEqual([]);
  });

  it("[J] proves the end of a stop, although the list still has it", () => {
    const day = resting(BID);
    const answer = { open: [], listedMatched: { [BID]: 4 } };
    day.commands("halt");
    day.answersCancelAll([]);
    day.waits(10_000, answer);
    day.matches(BID, 4, "trade", "mined");
    day.waits(30_000, answer);
    expect(day.state().stop.state).toBe("halted");
  });

  it("on the user channel it may rest on", () => {
    const day = resting(BID);
    day.reports(BID, "matched", 4);
    expect(day.phases()).toEqual({ [BID]: "resting" });
  });
});

describe("an order that is cancelled after a part has matched", () => {
  const rows = [
    ["before the end", ["trade", "acked", "counted"]],
    ["after the acknowledgement", ["acked", "trade", "counted"]],
    ["after the count", ["acked", "counted", "trade"]],
    ["after a count that came unasked", ["counted", "trade", "acked"]],
  ] as const;

  it.each(rows)("[G] its trade coming %s: the same is held, and owned, in the end", (_, steps) => {
    const day = resting(SELL, { YES: 20 });
    day.intends({ ask: null, expiresAt: FOREVER });
    let isTraded = false;
    for (const step of steps) {
      if (step === "trade") day.matches(SELL, 8, "part", "mined");
      if (step === "acked") day.cancels(SELL);
      if (step === "counted") day.reports(SELL, "cancelled", 8);
      isTraded ||= step === "trade";
      const { settled: owned } = held(day.state().inventory.YES);
      const order = day.order(SELL);
      const isHeld = day.state().working[day.id(SELL)] !== undefined;
      expect(owned).toBe(isTraded ? 12 : 20);
      // Before its trade is booked the part stays reserved, whatever has been acknowledged.
      if (!isTraded) expect(isHeld).toBe(true);
      expect(order.matched).toBe(shares(isTraded ? 8 : 0));
    }
    expect(day.phases()).toEqual({});
  });

  it("[G] its trade never coming: the part stays held for two minutes, then a comparison frees it", () => {
    const day = resting(SELL, { YES: 20 });
    day.intends({ ask: null, expiresAt: FOREVER });
    day.cancels(SELL);
    day.reports(SELL, "cancelled", 8);
    const gone = { open: [], over: { [SELL]: 8 } };
    day.waits(119_000, gone);
    expect(day.phases()).toEqual({ [SELL]: "closed" });
    day.waits(5_000, gone);
    expect(day.phases()).toEqual({});
  });
});
