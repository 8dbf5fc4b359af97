/** One market from its first minute to its resolution, as the executor lives through it. */
import { expect, it } from "vitest";
import { isHalted, isStopping } from "../../src/executor/stop.ts";
import { FEEDS, MICRO } from "../../src/types/index.ts";
import { FOREVER, bench, fill, held, quote, rules, tradeReport } from "../support/builders.ts";

it("a trading day", () => {
  const day = bench();
  const owns = () => {
    const { YES, NO } = day.state().inventory;
    return { YES: held(YES).settled, NO: held(NO).settled };
  };

  // The market opens. Nothing is known yet, so nothing is quoted; the venue is surveyed first.
  day.intends({ bid: quote(20, 48), ask: quote(20, 52) });
  expect(day.asked()).toEqual(["survey"]);
  for (const feed of FEEDS) day.restores(feed);
  day.hears({ type: "heartbeat.beaten" });
  day.waits(200);
  day.answersSurvey({ balances: { YES: 12, NO: 0, cash: 400 } });

  // 12 YES are at hand: the ask gives them up first, and buys NO for the rest.
  const bid = "BUY YES 20 @ 0.48";
  const sell = "SELL YES 12 @ 0.52";
  const buy = "BUY NO 8 @ 0.48";
  expect(day.asked()).toEqual([`place ${bid}`, `place ${sell}`, `place ${buy}`]);
  day.acks(bid, sell, buy);
  expect(day.state().why.gate).toEqual([]);

  // Quiet minutes: the intent is renewed, the quotes keep their place, nothing is sent.
  for (let minute = 0; minute < 20; minute += 1) {
    day.waits(3_000, {});
    day.intends({ bid: quote(20, 48), ask: quote(20, 52) });
  }
  expect(day.sent()).toEqual([]);

  // Somebody buys 5 YES from us. What rests shrinks with the intent; nothing has to be moved.
  day.matches(sell, 5, "first");
  day.reports(sell, "live", 5);
  expect(day.asked()).toEqual([]);
  expect(held(day.state().inventory.YES)).toEqual({ settled: 12, pendingIn: 0, pendingOut: 5 });

  // The strategy has seen it and leans: both prices fall. The SELL has to be proven gone first.
  day.intends({ bid: quote(20, 47), ask: quote(20, 51) });
  expect(day.asked()).toEqual([
    `cancel ${bid}`,
    `cancel ${sell}`,
    `cancel ${buy}`,
    "place BUY YES 20 @ 0.47",
    "place BUY NO 13 @ 0.49",
  ]);
  day.acks("BUY YES 20 @ 0.47", "BUY NO 13 @ 0.49");
  day.cancels(bid, sell, buy);
  expect(day.asked()).toEqual([]);
  day.reports(bid, "cancelled");
  day.reports(buy, "cancelled");
  day.reports(sell, "cancelled", 5);
  expect(day.asked()).toEqual(["place SELL YES 7 @ 0.51"]);
  day.acks("SELL YES 7 @ 0.51");

  // The first trade is mined, twice told; then confirmed.
  for (const status of ["mined", "mined", "confirmed"] as const) {
    day.matches(sell, 5, "first", status);
  }
  expect(owns()).toEqual({ YES: 7, NO: 0 });

  // The reference jumps: the strategy pulls both legs, by id, without a stop.
  day.intends({ reason: "pulled: fair moved 212 bp, pullBp 150" });
  const standing = ["BUY YES 20 @ 0.47", "SELL YES 7 @ 0.51", "BUY NO 13 @ 0.49"];
  expect(day.asked().toSorted()).toEqual(standing.map((order) => `cancel ${order}`).toSorted());
  expect(isStopping(day.state())).toBe(false);
  for (const order of standing) {
    day.cancels(order);
    day.reports(order, "cancelled");
  }
  expect(day.phases()).toEqual({});

  // It quotes again, further up. This POST is not answered in time, but it rests.
  day.intends({ bid: quote(20, 55), ask: quote(7, 59) });
  expect(day.asked()).toEqual(["place BUY YES 20 @ 0.55", "place SELL YES 7 @ 0.59"]);
  day.acks("SELL YES 7 @ 0.59");
  day.waits(3_000);
  day.hearsNothingOf("BUY YES 20 @ 0.55");
  expect(day.phases()["BUY YES 20 @ 0.55"]).toBe("unknown");
  expect(day.asked()).toEqual(["survey"]);
  day.waits(100);
  day.answersSurvey({ open: ["BUY YES 20 @ 0.55", "SELL YES 7 @ 0.59"] });
  expect(day.phases()["BUY YES 20 @ 0.55"]).toBe("resting");

  // The user feed breaks, and in its absence the bid fills: blind, so everything is cancelled.
  const unheard = tradeReport("second", "mined", [fill(day.order("BUY YES 20 @ 0.55"), 20)]);
  day.loses("user");
  expect(day.asked()).toEqual(["cancel all"]);
  day.answersCancelAll(["SELL YES 7 @ 0.59"]);
  expect(day.phases()).toEqual({
    "BUY YES 20 @ 0.55": "unknown",
    "SELL YES 7 @ 0.59": "closed",
  });

  // It is back: the survey shows what was missed, and a second and third that nothing rests.
  day.waits(400);
  day.restores("user");
  const over = { "BUY YES 20 @ 0.55": 20, "SELL YES 7 @ 0.59": 0 };
  day.waits(1_500, { open: [], over, trades: [unheard] });
  expect(owns()).toEqual({ YES: 27, NO: 0 });
  expect(day.phases()).toEqual({});
  day.intends({ bid: quote(20, 50), ask: quote(20, 54), expiresAt: FOREVER });
  day.waits(6_500, { open: [] });
  expect(day.asked().filter((words) => words !== "survey")).toEqual([]);
  expect(isHalted(day.state())).toBe(true);

  // After the cooldown half the size is shown for a while, then all of it.
  day.waits(2_500, { open: [] });
  expect(day.asked()).toEqual(["place BUY YES 10 @ 0.5", "place SELL YES 10 @ 0.54"]);
  day.acks("BUY YES 10 @ 0.5", "SELL YES 10 @ 0.54");
  day.waits(5_000);
  expect(day.asked()).toEqual([
    "cancel BUY YES 10 @ 0.5",
    "cancel SELL YES 10 @ 0.54",
    "place BUY YES 20 @ 0.5",
  ]);
  day.acks("BUY YES 20 @ 0.5");
  day.cancels("BUY YES 10 @ 0.5", "SELL YES 10 @ 0.54");
  day.reports("BUY YES 10 @ 0.5", "cancelled");
  day.reports("SELL YES 10 @ 0.54", "cancelled");
  expect(day.asked()).toEqual(["place SELL YES 20 @ 0.54"]);
  day.acks("SELL YES 20 @ 0.54");

  // The tick becomes finer; orders on the old grid are on the new one too.
  day.hears({ type: "market.rulesChanged", rules: rules({ tick: quote(1, 0.1).price }) });
  expect(day.asked()).toEqual([]);

  // The hour ends, and YES has won: what rests is taken back.
  day.hears({ type: "market.resolved", winner: "YES" });
  expect(day.asked().toSorted()).toEqual(["cancel BUY YES 20 @ 0.5", "cancel SELL YES 20 @ 0.54"]);
  day.cancels("BUY YES 20 @ 0.5", "SELL YES 20 @ 0.54");
  day.reports("BUY YES 20 @ 0.5", "cancelled");
  day.reports("SELL YES 20 @ 0.54", "cancelled");

  // Of 12 YES and 400 dollars: 5 sold at 0.52 and 20 bought at 0.55. No anomaly all day.
  expect(owns()).toEqual({ YES: 27, NO: 0 });
  expect(day.state().inventory.cash.settled / MICRO).toBe(400 + 5 * 0.52 - 20 * 0.55);
  expect([day.phases(), day.state().anomalies.count]).toEqual([{}, 0]);
});
