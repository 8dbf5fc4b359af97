/** What the operator lets us do: quote, reduce, flatten, nothing. */
import { describe, expect, it } from "vitest";
import { isStopping } from "../../src/executor/stop.ts";
import {
  type Bench,
  FOREVER,
  cents,
  config,
  held,
  quote,
  shares,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const SELL = "SELL YES 10 @ 0.55";

/** The touch of both tokens, YES 0.49 / 0.51. */
const TOUCH = {
  YES: { bid: cents(49), ask: cents(51) },
  NO: { bid: cents(49), ask: cents(51) },
} as const;

const target = {
  bid: quote(10, 45),
  ask: quote(10, 55),
  touch: TOUCH,
  expiresAt: FOREVER,
} as const;

/** So many shares, nothing quoted, and told to flatten at prices down to 0.44. */
function flattening(stock: { YES?: number; NO?: number }): Bench {
  const day = trading(stock, { config: config({ flattenSlippage: cents(5) }) });
  day.intends({ touch: TOUCH, expiresAt: FOREVER });
  day.asked();
  day.commands("flatten");
  return day;
}

describe("reduceOnly", () => {
  it("gives up what we own and buys nothing, on either side", () => {
    const day = trading({ YES: 20 });
    day.commands("reduceOnly");
    day.intends(target);
    expect(day.sent()).toEqual([`place ${SELL}`]);
    expect(day.state().why.plan?.bid.residuals).toEqual([
      { size: shares(10), reason: "reduceOnly" },
    ]);
  });

  it("cancels what was bid for by id, without a stop, and keeps the SELL its place", () => {
    const day = trading({ YES: 20 });
    day.intends(target);
    day.acks(BID, SELL);
    day.asked();
    day.commands("reduceOnly");
    expect(day.sent()).toEqual([`cancel ${BID}`]);
    expect([isStopping(day.state()), day.phases()[SELL]]).toEqual([false, "resting"]);
  });

  it("lasts until told otherwise, over a stop and its cooldown", () => {
    const day = trading({ YES: 20 });
    day.intends(target);
    day.acks(BID, SELL);
    day.commands("reduceOnly");
    day.cancels(BID);
    day.loses("reference");
    day.answersCancelAll([SELL]);
    day.reports(SELL, "cancelled");
    day.reports(BID, "cancelled");
    day.restores("reference");
    day.waits(30_000, { open: [] });
    day.acks("SELL YES 5 @ 0.55");
    day.asked();
    day.intends(target);
    day.commands("normal");
    expect(day.sent().filter((words) => words.includes("BUY"))).toEqual([`place ${BID}`]);
  });
});

describe("flatten (acceptance 18)", () => {
  it("takes the best bid down to its bound, with an order that never rests", () => {
    const day = flattening({ YES: 100 });
    expect(day.sent()).toEqual(["place SELL YES 100 @ 0.44"]);
    expect(day.legs()[0]?.ticket).toMatchObject({
      orderType: "FAK",
      postOnly: false,
      expiresAt: null,
    });
  });

  it("sends one close for a share, however often it is told and whatever is wanted", () => {
    const day = flattening({ YES: 100 });
    day.asked();
    for (let times = 0; times < 20; times += 1) {
      day.commands("flatten");
      day.intends(target);
      day.waits(50);
    }
    expect(day.sent()).toEqual([]);
    // Acknowledged, it may have matched in full: nothing is sold again before that is known.
    day.acks("SELL YES 100 @ 0.44");
    day.waits(900);
    expect(day.sent()).toEqual([]);
    day.matches("SELL YES 100 @ 0.44", 100);
    day.waits(30_000, {});
    expect(day.sent()).toEqual([]);
    expect(held(day.state().inventory.YES)).toEqual({
      settled: 100,
      pendingIn: 0,
      pendingOut: 100,
    });
  });

  it("asks again for what was left, as soon as the venue has counted, and waits at the same price", () => {
    const day = flattening({ YES: 100 });
    day.asked();
    const close = "SELL YES 100 @ 0.44";
    day.acks(close);
    day.matches(close, 40, "t1", "mined");
    day.reports(close, "cancelled", 40);
    expect(day.sent()).toEqual([]);
    day.waits(250);
    expect(day.sent()).toEqual(["place SELL YES 60 @ 0.44"]);
  });

  it("asks at once where the bid has moved", () => {
    const day = flattening({ YES: 100 });
    const close = "SELL YES 100 @ 0.44";
    day.acks(close);
    day.matches(close, 40, "t1", "mined");
    day.reports(close, "cancelled", 40);
    day.asked();
    const moved = { ...TOUCH, YES: { bid: cents(47), ask: cents(51) } };
    day.intends({ touch: moved, expiresAt: FOREVER });
    expect(day.sent()).toEqual(["place SELL YES 60 @ 0.42"]);
  });

  it("counts a close that was killed once, however often the venue tells of it", () => {
    const day = flattening({ YES: 100 });
    const close = "SELL YES 100 @ 0.44";
    day.acks(close);
    for (let times = 0; times < 20; times += 1) day.reports(close, "cancelled", 40);
    expect(day.state().refused.map(({ reason, count }) => [reason, count])).toEqual([
      ["unmatched", 1],
    ]);
    expect(day.state().consecutiveRefusals).toEqual([]);
  });

  it("is not held up by a row of refused quotes", () => {
    const day = trading({ YES: 100 });
    day.intends({ bid: quote(10, 40), ask: quote(10, 60), touch: TOUCH, expiresAt: FOREVER });
    while (day.state().consecutiveRefusals.length < 10) {
      for (const [order, phase] of Object.entries(day.phases())) {
        if (phase === "placing") day.rejects(order);
      }
      day.waits(250);
    }
    day.waits(4_000);
    expect(day.state().why.withheld).toMatchObject([
      { reason: "refusalsMax" },
      { reason: "refusalsMax" },
    ]);
    day.intends(target);
    day.asked();
    day.commands("flatten");
    expect(day.sent()).toEqual(["place SELL YES 100 @ 0.44"]);
  });

  it("does not take a close for a resting order, that was told live or matched in part", () => {
    const day = flattening({ YES: 100 });
    const close = "SELL YES 100 @ 0.44";
    day.reports(close, "live");
    expect(day.phases()).toEqual({ [close]: "closed" });
    day.hearsNothingOf(close, "lost");
    day.matches(close, 40, "t1", "mined");
    expect(day.phases()).toEqual({ [close]: "closed" });
    day.asked();
    day.waits(2_000, { open: [], over: { [close]: 40 } });
    expect(day.sent()).toEqual(["place SELL YES 60 @ 0.44"]);
  });

  it("keeps asking a venue that refuses, later each time", () => {
    const day = flattening({ YES: 100 });
    day.diary();
    for (let times = 0; times < 4; times += 1) {
      day.rejects("SELL YES 100 @ 0.44", "unmatched");
      day.waits(5_000);
    }
    const at = day.diary().map((words) => Number(words.split(" ")[0]) % 5_000);
    expect(at).toEqual([250, 500, 1_000, 2_000]);
  });

  it("[H] cancels what rests first, and sells its stock only after the proof", () => {
    const day = trading({ YES: 100 });
    day.intends(target);
    day.acks(BID, SELL);
    day.asked();
    day.commands("flatten");
    expect(day.sent()).toEqual([`cancel ${BID}`, `cancel ${SELL}`]);
    day.cancels(BID, SELL);
    day.reports(BID, "cancelled");
    expect(day.sent()).toEqual([]);
    // A part of it was sold while the cancel was on its way (worked example 24).
    day.matches(SELL, 4);
    day.reports(SELL, "cancelled", 4);
    expect(day.sent()).toEqual(["place SELL YES 96 @ 0.44"]);
  });

  it("[E] does not sell what is on its way here, until it has come", () => {
    const day = trading();
    day.intends({ ...target, ask: null });
    day.acks(BID);
    day.matches(BID, 10, "t1");
    day.asked();
    day.commands("flatten");
    expect(day.sent()).toEqual([]);
    day.matches(BID, 10, "t1", "mined");
    expect(day.sent()).toEqual(["place SELL YES 10 @ 0.44"]);
  });

  it("closes exactly what is held (worked example 25)", () => {
    expect(flattening({ YES: 7 }).sent()).toEqual(["place SELL YES 7 @ 0.44"]);
  });

  it("[L] closes one token after the other where the two closes could meet each other", () => {
    const day = flattening({ YES: 30, NO: 20 });
    const [first, second] = ["SELL YES 30 @ 0.44", "SELL NO 20 @ 0.44"];
    expect(day.sent()).toEqual([`place ${first}`]);
    day.acks(first);
    day.matches(first, 30, "t1", "mined");
    expect(day.sent()).toEqual([`place ${second}`]);
    day.acks(second);
    day.matches(second, 20, "t2", "mined");
    day.waits(30_000, {});
    expect(day.sent()).toEqual([]);
  });

  it("says why where it cannot: no bid, or too little for the venue", () => {
    const day = flattening({ YES: 3, NO: 20 });
    day.intends({ touch: { ...TOUCH, NO: { bid: null, ask: null } }, expiresAt: FOREVER });
    expect(day.state().why.plan?.ask.residuals).toEqual([
      { size: shares(3), reason: "belowSizeMin" },
    ]);
    expect(day.state().why.plan?.bid.residuals).toEqual([{ size: shares(20), reason: "noBid" }]);
  });

  it("[K] needs the venue in sight, not the price of the reference, nor a strategy that can see", () => {
    const day = trading({ YES: 100 });
    day.intends(target);
    day.acks(BID, SELL);
    day.commands("flatten");
    day.cancels(BID, SELL);
    day.reports(BID, "cancelled");
    day.asked();
    day.loses("reference");
    day.intends({ mode: "stop", reason: "blind", touch: TOUCH, expiresAt: FOREVER });
    expect([day.sent(), isStopping(day.state())]).toEqual([[], false]);
    day.reports(SELL, "cancelled");
    expect(day.sent()).toEqual(["place SELL YES 100 @ 0.44"]);
    day.loses("market");
    expect(day.sent()).toEqual(["cancel all"]);
  });

  it("does not trust a touch for longer than the intent it came with", () => {
    const day = trading({ YES: 100 });
    day.intends({ touch: TOUCH });
    day.waits(6_000);
    day.asked();
    day.commands("flatten");
    expect(day.sent()).toEqual([]);
    expect(day.state().why.gate).toEqual(["intent past its life"]);
  });

  it("[J] a close that nobody answers for is looked for like any order, and holds its stock", () => {
    const day = flattening({ YES: 100 });
    day.asked();
    day.waits(3_000);
    day.hearsNothingOf("SELL YES 100 @ 0.44");
    day.waits(5_000, { open: [] });
    expect(day.sent().filter((words) => words.startsWith("place"))).toEqual([]);
    day.waits(5_000, { open: [] });
    expect(day.sent().filter((words) => words.startsWith("place"))).toEqual([
      "place SELL YES 100 @ 0.44",
    ]);
  });
});

describe("resync", () => {
  it("pulls the quotes, surveys the venue, and quotes on; the level stays what it was", () => {
    const day = trading();
    day.intends(target);
    day.acks(BID);
    day.asked();
    day.commands("resync");
    expect(day.asked()).toEqual(expect.arrayContaining(["survey", `cancel ${BID}`]));
    expect(day.state()).toMatchObject({
      operator: { level: "normal" },
      stop: { state: "running" },
    });
  });
});
