/** The one place where an order changes: what contradicts raises an alert, what adds nothing does not. */
import { describe, expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import { ORDER_LIFE_MS_MIN } from "../../src/executor/index.ts";
import { after, orderId } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  type SurveyAnswer,
  cents,
  config,
  market,
  quote,
  shares,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const CLOSE = "SELL YES 100 @ 0.45";

/** A bid has been asked for, and not been answered. */
function bidding(options: Parameters<typeof trading>[1] = {}): Bench {
  const day = trading({}, options);
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  day.asked();
  return day;
}

/** A close of all that is held has been taken by the venue. */
function closing(): Bench {
  const day = trading({ YES: 100 });
  const touch = { YES: { bid: cents(50), ask: null }, NO: { bid: null, ask: null } };
  day.intends({ touch, expiresAt: FOREVER });
  day.commands("flatten");
  day.acks(CLOSE);
  return day;
}

const reasons = (day: Bench): readonly string[] => day.state().refused.map(({ reason }) => reason);

describe("what contradicts", () => {
  it("[J] a refusal of an order that rests does not end it, and is reported by an alert", () => {
    const day = bidding();
    day.acks(BID);
    day.rejects(BID);
    expect(day.asked()).toEqual([
      `cancel ${BID}`,
      "survey",
      `alert: rejected for an order that is resting: ${day.id(BID)}`,
    ]);
    expect(day.phases()).toEqual({ [BID]: "cancelling" });
  });

  it("a receipt for an order that is not ours says which receipt, and which order", () => {
    const day = trading();
    day.hears({ type: "cancel.acked", orderId: orderId("strange") });
    expect(day.asked()).toContain("alert: endAcked for an order we do not know: strange");
    expect(day.state().working).toEqual({});
  });

  it("an order on our account that is not ours is named", () => {
    const day = trading();
    day.restores("user");
    const foreign: SurveyAnswer = { foreign: ["BUY YES 5 @ 0.1"] };
    day.answersSurvey(foreign);
    expect(day.state().anomalies).toMatchObject({
      count: 1,
      last: "an order on our account is not ours: foreign BUY YES 5 @ 0.1",
    });
    expect(day.state().mayRestAtVenue).toBe(true);
  });

  it("of such orders the newest 64 are remembered; an older one is named again", () => {
    const day = trading();
    const told = (number: number): number => {
      const report = { orderId: orderId(`foreign ${number}`), sizeMatched: shares(0) };
      const order = { token: "YES", side: "BUY", price: cents(10), size: shares(5) } as const;
      day.hears({ type: "order.reported", report: { ...report, ...order, status: "live" } });
      return day.state().anomalies.count;
    };
    for (let number = 1; number <= 65; number += 1) told(number);
    expect([told(2), told(65), told(1)]).toEqual([65, 65, 66]);
  });
});

describe("what adds nothing", () => {
  it("makes no order younger: settled orders stay in the order in which they ended", () => {
    const day = bidding();
    const other = "BUY YES 10 @ 0.44";
    for (const [order, price] of [
      [BID, 45],
      [other, 44],
    ] as const) {
      day.intends({ bid: quote(10, price), expiresAt: FOREVER });
      day.acks(order);
      day.intends({ bid: null, expiresAt: FOREVER });
      day.cancels(order);
      day.reports(order, "cancelled");
    }
    const { closed } = day.state();
    expect(closed.map(({ id }) => id)).toEqual([day.id(BID), day.id(other)]);
    day.refusesCancel(BID, true);
    expect(day.state().closed).toEqual(closed);
  });

  it("an order that the venue calls live is live, however much of it has matched", () => {
    const day = bidding();
    day.reports(BID, "live", 10);
    expect(day.phases()).toEqual({ [BID]: "resting" });
  });
});

describe("the life of a GTD order (case D14)", () => {
  it("the smallest that is allowed is never refused: not on the slowest way, by the fastest clock", () => {
    const VENUE_MIN_MS = 180_000;
    const slowestMs = 10_000;
    const clockAheadMs = 10_000;
    const { executor } = appConfig({ executor: { orderLifeMs: ORDER_LIFE_MS_MIN } });
    const day = bidding({ config: config({ orderLifeMs: executor.orderLifeMs }) });
    const now = day.state().now.epochMs;
    const legs = day.effects().flatMap((effect) => (effect.type === "place" ? effect.legs : []));
    const expiries = legs.map(({ ticket }) => ticket.expiresAt);
    expect(expiries).toHaveLength(1);
    expect(Number(expiries[0]) - (now + slowestMs + clockAheadMs)).toBeGreaterThanOrEqual(
      VENUE_MIN_MS,
    );
  });
});

describe("an order that ends unasked is held against its kind", () => {
  it("where it was removed before its acknowledgement", () => {
    const day = bidding();
    day.reports(BID, "cancelled");
    expect(reasons(day)).toEqual(["removed"]);
  });

  it("where it has no end of its own", () => {
    const day = bidding({ config: config({ orderLifeMs: null }) });
    day.acks(BID);
    day.reports(BID, "cancelled");
    expect(reasons(day)).toEqual(["removed"]);
  });

  it("not once the market is decided, or over: then the venue removes them all", () => {
    const decided = bidding();
    decided.hears({ type: "market.resolved", winner: "YES" });
    decided.reports(BID, "cancelled");
    expect(reasons(decided)).toEqual([]);

    const reasonsAt = (elapsedMs: number): readonly string[] => {
      const short = market({ endsAt: after(market().opensAt, 20_000) });
      const day = trading({}, { market: short });
      // A second has passed already; half a second later the last moments begin.
      day.waits(13_500);
      day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
      day.waits(elapsedMs - 14_500);
      day.reports(BID, "cancelled");
      return reasons(day);
    };
    expect(reasonsAt(19_999)).toEqual(["removed"]);
    expect(reasonsAt(20_000)).toEqual([]);
  });

  it("where a close found less than it was for, and not where it found everything", () => {
    const some = closing();
    some.matches(CLOSE, 40, "some", "mined");
    some.reports(CLOSE, "cancelled", 40);
    expect(reasons(some)).toEqual(["unmatched"]);
    const all = closing();
    all.matches(CLOSE, 100, "all", "mined");
    all.reports(CLOSE, "matched", 100);
    expect(reasons(all)).toEqual([]);
    const ahead = closing();
    ahead.reports(CLOSE, "matched", 100);
    expect(reasons(ahead)).toEqual([]);
  });
});
