/** The order that is sent ahead: it proves the way of an order and the user channel, then quoting begins. */
import { describe, expect, it } from "vitest";
import {
  type Bench,
  FOREVER,
  config,
  dollars,
  market,
  quote,
  rules,
  trading,
} from "../support/builders.ts";

const CANARY = "BUY YES 5 @ 0.01";
const BID = "BUY YES 10 @ 0.45";

function sentAhead(changed: Parameters<typeof trading>[1] = {}): Bench {
  const day = trading({}, { config: config({ canary: true }), ...changed });
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  return day;
}

function timesOf(day: Bench): Readonly<Record<string, number>> {
  const { canary } = day.state();
  if (canary === null) throw new Error("no canary is out");
  const { placedAt, ackedAt, reportedAt, cancelAckedAt, goneAt } = canary;
  const since = (at: number | null): number => (at === null ? Number.NaN : at - placedAt);
  return {
    acked: since(ackedAt),
    shown: since(reportedAt),
    cancelled: since(cancelAckedAt),
    gone: since(goneAt),
  };
}

describe("the canary", () => {
  it("is off unless asked for", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    expect(day.asked()).toEqual([`place ${BID}`]);
  });

  it("goes alone, is cancelled once it was taken and shown, and quoting begins when it is shown gone", () => {
    const day = sentAhead();
    expect(day.asked()).toEqual([`place ${CANARY}`]);
    day.waits(20);
    day.acks(CANARY);
    expect(day.asked()).toEqual([]);
    day.waits(10);
    day.reports(CANARY, "live");
    expect(day.asked()).toEqual([`cancel ${CANARY}`]);
    day.waits(30);
    day.cancels(CANARY);
    expect(day.asked()).toEqual([]);
    day.waits(5);
    day.reports(CANARY, "cancelled");
    expect(day.asked()).toEqual([`place ${BID}`]);

    expect(timesOf(day)).toEqual({ acked: 20, shown: 30, cancelled: 60, gone: 65 });
  });

  it("may be shown before it is acknowledged, and gone before its cancel is", () => {
    const day = sentAhead();
    day.reports(CANARY, "live");
    day.asked();
    day.acks(CANARY);
    expect(day.asked()).toEqual([`cancel ${CANARY}`]);
    day.reports(CANARY, "cancelled");
    expect(day.asked()).toEqual([`place ${BID}`]);
    day.waits(7);
    day.cancels(CANARY);
    expect(timesOf(day)).toEqual({ acked: 0, shown: 0, cancelled: 7, gone: 0 });
    day.acks(BID);
    expect(day.state().canary?.orderId).toBe(day.id(CANARY));
  });

  it("[K] that the user channel does not tell of is pulled after ten seconds, and nothing is quoted", () => {
    const day = sentAhead();
    day.acks(CANARY);
    day.waits(9_900);
    expect(day.asked()).toEqual([`place ${CANARY}`]);
    day.waits(200);
    expect(day.asked()).toEqual([`cancel ${CANARY}`]);
    day.cancels(CANARY);
    day.waits(20_000, { open: [] });
    expect(day.state().why.gate).toEqual(["the user channel does not report the canary order"]);
    expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([]);
  });

  it("that never left is followed by another", () => {
    const day = sentAhead();
    day.rejects(CANARY, "unclassified");
    day.asked();
    day.waits(300);
    expect(day.asked()).toEqual([`place ${CANARY}`]);
  });

  it("that is matched has proven the channel too, and is owned like everything else", () => {
    const day = sentAhead();
    day.acks(CANARY);
    day.reports(CANARY, "live");
    day.matches(CANARY, 5, "t");
    day.reports(CANARY, "matched", 5);
    expect(day.state().canary?.goneAt).toBeTypeOf("number");
    expect(day.state().inventory.YES.pendingIn).toBe(5_000_000);
  });

  it("never holds up a sale of what is owned", () => {
    const day = trading({ YES: 60, cash: 0 }, { config: config({ canary: true }) });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["place SELL YES 10 @ 0.55"]);
  });

  it("is sent at the level normal only", () => {
    const day = trading({}, { config: config({ canary: true }) });
    day.commands("reduceOnly");
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    expect(day.sent().filter((words) => words.startsWith("place"))).toEqual([]);
  });

  it("[K] that was out when the user channel was lost is followed by another", () => {
    const day = sentAhead();
    day.acks(CANARY);
    day.loses("user");
    day.answersCancelAll([CANARY]);
    day.restores("user");
    day.asked();
    day.waits(30_000, { open: [] });
    expect(day.asked()).toContain(`place ${CANARY}`);
  });

  it("gone before it was taken and shown proves nothing, nor does a part of it matched", () => {
    const day = sentAhead();
    day.reports(CANARY, "cancelled");
    expect(day.state().canary?.goneAt ?? null).toBeNull();
    const other = sentAhead();
    other.acks(CANARY);
    other.reports(CANARY, "matched", 1);
    expect(other.state().canary?.goneAt ?? null).toBeNull();
  });

  it("[F] is worth what the venue wants of an order", () => {
    const day = sentAhead({
      market: market({ rules: rules({ notionalMin: dollars(1) }) }),
      config: config({ canary: true }),
    });
    expect(day.asked()).toEqual(["place BUY YES 100 @ 0.01"]);
  });
});
