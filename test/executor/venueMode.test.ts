/** What the venue takes in each of its modes, and how we come back when it takes everything again. */
import { describe, expect, it } from "vitest";
import { isHalted } from "../../src/executor/stop.ts";
import { type RefusalReason, orderId } from "../../src/types/index.ts";
import { type Bench, FOREVER, cents, quote, trading } from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const ASK = "BUY NO 10 @ 0.45";
const BOTH = { bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER };

function refused(reason: RefusalReason, retryAfterMs?: number): Bench {
  const day = trading();
  day.intends(BOTH);
  day.rejects(BID, reason, retryAfterMs);
  day.rejects(ASK, reason, retryAfterMs);
  day.asked();
  return day;
}

function resting(): Bench {
  const day = trading();
  day.intends(BOTH);
  day.acks(BID, ASK);
  day.asked();
  return day;
}

const refuseCancel = (day: Bench, order: string, reason: RefusalReason): void => {
  const refusal = { reason, text: "no", retryAfterMs: null };
  day.hears({ type: "cancel.unknown", orderId: day.id(order), refusal });
};

describe("an answer that does not prove a refusal", () => {
  const doubted = (day: Bench, reason: RefusalReason, retryAfterMs: number | null): void => {
    for (const order of [BID, ASK]) {
      const refusal = { reason, text: "", retryAfterMs };
      day.hears({ type: "order.unknown", orderId: day.id(order), cause: "lost", refusal });
    }
  };

  it("[J] B8: a 425 leaves every leg unknown and the venue restarting; one look-up follows for all", () => {
    const day = trading();
    day.intends(BOTH);
    day.asked();
    doubted(day, "restarting", 2_000);
    expect(Object.values(day.state().working).map(({ phase }) => phase)).toEqual([
      "unknown",
      "unknown",
    ]);
    expect(day.state().venueMode?.mode).toBe("restarting");
    expect(day.state().why.gate).toContain("venue restarting");
    day.waits(1_900);
    expect(day.asked()).toEqual([]);
    day.waits(200);
    expect(day.asked()).toEqual([`cancel ${BID}`, `cancel ${ASK}`, "survey"]);
  });

  it("[J] B8: a failed look-up waits as long as it is asked to, within bounds", () => {
    const day = trading();
    day.intends(BOTH);
    day.asked();
    doubted(day, "rateLimited", 600_000);
    day.waits(7_900);
    expect(day.asked()).toEqual([]);
    day.waits(200);
    expect(day.asked()).toEqual(["survey"]);
    const { pending } = day.state().survey;
    if (pending === null) return expect.unreachable();
    const { requestId } = pending;
    const refusal = { reason: "rateLimited", text: "", retryAfterMs: 5_000 } as const;
    day.hears({ type: "survey.failed", requestId, detail: "429", refusal });
    day.waits(4_900);
    expect(day.asked()).toEqual([]);
    day.waits(200);
    expect(day.asked()).toEqual(["survey"]);
  });

  it("[J] B8: it counts as a refusal: what is asked again and again for nothing is paused", () => {
    const day = trading();
    day.intends(BOTH);
    doubted(day, "unclassified", null);
    expect(day.state().consecutiveRefusals).toHaveLength(2);
  });

  it("[C] B8: a cancel-all that was answered with a 425 is in the mode too, and proves nothing", () => {
    const day = resting();
    day.commands("halt");
    const stop = day.state().stop;
    if (stop.state !== "cancelling") return expect.unreachable();
    const refusal = { reason: "restarting", text: "", retryAfterMs: null } as const;
    const answer = { type: "lost", detail: "HTTP 425", refusal } as const;
    day.hears({ type: "cancelAll.answered", requestId: stop.requestId, answer });
    expect(day.state().venueMode?.mode).toBe("restarting");
    expect(Object.values(day.state().working).map(({ phase }) => phase)).toEqual([
      "unknown",
      "unknown",
    ]);
  });
});

it.each([true, false])(
  "[J] a cancel that is refused for its own order (gone: %s) ends a restart: the venue answers again",
  (isGone) => {
    const day = trading();
    day.intends(BOTH);
    day.asked();
    const refusal = { reason: "restarting", text: "", retryAfterMs: null } as const;
    for (const order of [BID, ASK]) {
      day.hears({ type: "order.unknown", orderId: day.id(order), cause: "lost", refusal });
    }
    day.waits(2_100);
    expect(day.phases()).toEqual({ [BID]: "cancelling", [ASK]: "cancelling" });
    day.refusesCancel(BID, isGone);
    expect(day.state().venueMode).toBeNull();
  },
);

describe("a venue that takes no orders", () => {
  it.for([
    ["restarting", "venue restarting"],
    ["tradingDisabled", "venue takes no orders"],
    ["cancelOnly", "venue takes cancels only"],
  ] as const)(
    "%s: nothing is asked for a second, then a survey, then one order; all of it after the first that is taken",
    ([reason, text]) => {
      const day = refused(reason);
      expect(day.state().why.gate).toContain(text);
      day.waits(900);
      expect(day.asked()).toEqual([]);

      day.waits(200);
      expect(day.asked()).toEqual(["survey"]);
      day.answersSurvey({ balances: { cash: 500 } });
      expect(day.asked()).toEqual([`place ${BID}`]);
      expect(day.state().why.withheld.map((each) => each.reason)).toContain("restricted");
      day.waits(300);
      expect(day.asked()).toEqual([]);

      day.acks(BID);
      expect(day.asked()).toEqual([`place ${ASK}`]);
      expect(day.state().venueMode).toBeNull();
    },
  );

  it("[I] is asked again after a second, two, four, up to half a minute, whatever the order", () => {
    const day = refused("restarting");
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      day.waits(pauseMs - 50);
      expect(day.asked()).toEqual([]);
      day.waits(100);
      day.answersSurvey({ balances: { cash: 500 } });
      expect(day.asked()).toEqual(["survey", `place ${BID}`]);
      day.rejects(BID, "restarting");
    }
  });

  it("says when: then it is asked, not before", () => {
    const day = refused("restarting", 20_000);
    day.waits(19_900);
    expect(day.asked()).toEqual([]);
    day.waits(200);
    expect(day.asked()).toEqual(["survey"]);
  });

  it("two refusals of one moment are one", () => {
    expect(refused("restarting").state().venueMode?.count).toBe(1);
  });

  it("is not surveyed sooner for an anomaly meanwhile", () => {
    const day = refused("restarting", 20_000);
    day.hears({ type: "cancel.acked", orderId: orderId("stranger") });
    expect(day.state().anomalies.count).toBe(1);
    day.asked();
    day.waits(19_900);
    expect(day.asked()).toEqual([]);
    day.waits(200);
    expect(day.asked()).toEqual(["survey"]);
  });

  it("what it says late is held against that order alone: of now it says nothing", () => {
    const day = trading();
    day.intends(BOTH);
    day.acks(ASK);
    day.asked();
    const refusal = { reason: "restarting", text: "no", retryAfterMs: 60_000 } as const;
    const id = day.id(BID);
    day.hearsNothingOf(BID);
    day.hears({ type: "order.answeredLate", orderId: id, answer: { type: "rejected", refusal } });
    expect(day.state().venueMode).toBeNull();
    expect(day.state().refused).toMatchObject([{ slot: "bid", reason: "restarting" }]);
  });

  it("a survey that fails keeps it shut: what a restart has left is not known", () => {
    const day = refused("restarting");
    day.waits(1_100);
    day.failsSurvey();
    expect(day.asked()).toEqual(["survey"]);
    expect(day.state().why.gate).toEqual(["waiting for a survey of the venue: no answer, 1 try"]);
  });
});

describe("cancels", () => {
  it.for(["restarting", "tradingDisabled"] as const)(
    "%s: those that are refused are not failures of theirs, and wait like the rest",
    (reason) => {
      const day = resting();
      day.intends({ ...BOTH, bid: null });
      expect(day.asked()).toEqual([`cancel ${BID}`]);
      refuseCancel(day, BID, reason);
      expect(day.order(BID)).toMatchObject({ phase: "unknown", cancelFailures: 0 });
      day.waits(900);
      expect(day.asked()).toEqual(["survey"]);
      day.failsSurvey();

      day.waits(200);
      // What rests is pulled until a survey has shown what the restart has left.
      expect(day.asked()).toEqual([`cancel ${BID}`, `cancel ${ASK}`]);
      day.cancels(BID, ASK);
      expect(day.state().venueMode).toBeNull();
    },
  );

  it("cancelOnly: what rests is taken off, and that says nothing of places", () => {
    const day = resting();
    day.intends({ ...BOTH, bid: quote(10, 44) });
    day.cancels(BID);
    day.asked();
    day.rejects("BUY YES 10 @ 0.44", "cancelOnly");
    expect(day.asked()).toEqual([`cancel ${ASK}`]);
    day.cancels(ASK);
    expect(day.state().venueMode?.mode).toBe("cancelOnly");
    expect(day.state().why.gate).toContain("venue takes cancels only");
  });

  it("are tried every two seconds, however long places have to wait", () => {
    const day = resting();
    day.intends({ ...BOTH, bid: quote(10, 44) });
    day.cancels(BID);
    day.asked();
    day.rejects("BUY YES 10 @ 0.44", "restarting", 90_000);
    day.waits(1_900);
    expect(day.asked()).not.toContain(`cancel ${ASK}`);
    day.waits(200);
    expect(day.asked()).toContain(`cancel ${ASK}`);
    day.cancels(ASK);
    expect(day.state().venueMode).toBeNull();
  });

  it("carried out, let a survey begin at once, whenever the venue said to come back", () => {
    const day = resting();
    day.intends({ ...BOTH, bid: quote(10, 44) });
    day.cancels(BID);
    day.asked();
    day.rejects("BUY YES 10 @ 0.44", "restarting", 90_000);
    day.waits(2_100);
    day.asked();
    day.cancels(ASK);
    day.waits(2_000, { balances: { cash: 500 } });
    expect(day.asked()).toContain(`place ${ASK}`);
  });

  it("a restart inside a post-only window is one of its own: its wait is not the window's", () => {
    const day = resting();
    day.intends({ ...BOTH, bid: quote(10, 44) });
    day.cancels(BID);
    day.rejects("BUY YES 10 @ 0.44", "postOnlyMode", 79_000);
    day.waits(50);
    day.rejects("BUY YES 10 @ 0.44", "restarting");
    day.asked();
    day.waits(3_000);
    expect(day.asked()).toContain(`cancel ${ASK}`);
  });

  it("[J] a stop is proven as ever: its surveys do not wait for the venue to take orders again", () => {
    const day = resting();
    day.intends({ ...BOTH, bid: null });
    refuseCancel(day, BID, "tradingDisabled");
    day.commands("halt");
    day.asked();
    day.answersCancelAll([BID, ASK]);
    day.waits(10_000, { open: [] });
    expect(isHalted(day.state())).toBe(true);
  });

  it("an answer to what was asked for before says nothing of now", () => {
    const day = trading();
    day.intends(BOTH);
    day.asked();
    day.waits(10);
    day.rejects(BID, "restarting", 60_000);
    day.acks(ASK);
    expect(day.state().venueMode?.mode).toBe("restarting");
    day.hearsNothingOf(ASK);
  });

  it("[C] a stop asks for its cancel-all all the same", () => {
    const day = resting();
    day.intends({ ...BOTH, bid: null });
    refuseCancel(day, BID, "restarting");
    day.asked();
    day.commands("halt");
    expect(day.asked()).toEqual(["cancel all"]);
    const refusal = { reason: "restarting", text: "no", retryAfterMs: null } as const;
    day.answersCancelAll({ type: "refused", refusal });
    day.waits(600);
    expect(day.asked()).toContain("cancel all");
  });
});

describe("a post-only window", () => {
  it("holds back what takes until it is over, which the venue says in seconds", () => {
    const day = trading({ YES: 20 });
    const touch = { bid: cents(49), ask: cents(51) };
    day.intends({ touch: { YES: touch, NO: touch }, expiresAt: FOREVER });
    day.asked();
    day.commands("flatten");
    const sale = "SELL YES 20 @ 0.44";
    expect(day.asked()).toEqual([`place ${sale}`]);
    day.rejects(sale, "postOnlyMode", 79_000);
    day.waits(78_900);
    expect(day.asked()).toEqual([]);
    expect(day.state().why.withheld).toMatchObject([{ reason: "restricted" }]);
    day.waits(200);
    expect(day.asked()).toContain(`place ${sale}`);
  });

  it("is no reason to pull a quote, or to wait with one: ours are post-only", () => {
    const day = resting();
    day.intends({ ...BOTH, bid: quote(10, 44) });
    day.cancels(BID);
    day.asked();
    day.rejects("BUY YES 10 @ 0.44", "postOnlyMode", 79_000);
    expect(day.state().why.gate).toEqual([]);
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.44"]);
  });
});
