/** A refusal of everything for good: nothing is quoted, the cause is named, and one order asks again. */
import { describe, expect, it } from "vitest";
import { checks } from "../../src/executor/gate.ts";
import { isHalted } from "../../src/executor/stop.ts";
import type { LastingReason, RefusalReason } from "../../src/types/index.ts";
import { type Bench, FOREVER, config, quote, shares, trading } from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const ASK = "BUY NO 10 @ 0.45";
const SELL = "SELL YES 10 @ 0.55";
const BOTH = { bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER };
const MINUTE = 60_000;
const CASH = { balances: { cash: 500 } };

const places = (day: Bench): readonly string[] =>
  day.asked().filter((words) => words.startsWith("place"));
const refused = (reason: RefusalReason, text = "no") => ({ reason, text, retryAfterMs: null });

/** Both quotes refused for this reason. */
function refusedDay(reason: LastingReason): Bench {
  const day = trading();
  day.intends(BOTH);
  day.asked();
  day.waits(10);
  day.rejects(BID, reason);
  day.rejects(ASK, reason);
  return day;
}

function failSurvey(day: Bench, reason: RefusalReason): void {
  const requestId = day.state().survey.pending?.requestId ?? expect.unreachable("no survey");
  day.hears({
    type: "survey.failed",
    requestId,
    detail: "open orders: HTTP 401",
    refusal: refused(reason),
  });
}

describe("a refusal of everything for good", () => {
  it.each([
    ["walletKind", "the venue wants a deposit wallet"],
    ["restricted", "restricted in this region"],
    ["banned", "the venue has banned this account"],
    ["signature", "signatures not accepted"],
    ["orderVersion", "orders of another version are wanted"],
    ["auth", "API credentials not accepted"],
    ["marketNotReady", "the market takes no orders yet"],
    ["marketClosed", "the market has no order book"],
  ] as const)("%s: nothing is quoted, and the gate says why", (reason, words) => {
    const day = refusedDay(reason);
    expect(day.state().why.gate).toEqual([
      expect.stringMatching(`^nothing is quoted: ${words}: \\w`),
    ]);
    expect(day.state().lasting).toMatchObject({ reason, text: "no", refusals: 2, pauses: 1 });
    // Not a refusal of one order, so that it counts towards no bound of these.
    expect([day.state().refused, day.state().consecutiveRefusals]).toEqual([[], []]);
  });

  it("one order asks again after 1, 2, 4, 8 minutes, then every 10", () => {
    const day = refusedDay("walletKind");
    for (const minutes of [1, 2, 4, 8, 10, 10]) {
      day.asked();
      day.waits(minutes * MINUTE - 300, CASH);
      expect(places(day)).toEqual([]);
      day.waits(400, CASH);
      expect(places(day)).toEqual([`place ${BID}`]);
      // Still shut, and nothing else is placed while that one is on its way.
      expect(day.state().why.gate).toHaveLength(1);
      day.rejects(BID, "walletKind");
    }
  });

  it("a venue that refuses everything for an hour gets 10 orders", () => {
    const day = refusedDay("signature");
    let sent = 2;
    for (let seconds = 0; seconds < 3_600; seconds += 1) {
      day.waits(1_000, CASH);
      const placed = places(day);
      sent += placed.length;
      for (const words of placed) day.rejects(words.slice("place ".length), "signature");
    }
    expect(sent).toBe(10);
  });

  it("ends with the first order that is taken, and both sides are quoted", () => {
    const day = refusedDay("walletKind");
    day.waits(MINUTE + 100, CASH);
    day.asked();
    day.acks(BID);
    expect(day.state()).toMatchObject({ lasting: null, why: { gate: [] } });
    expect(places(day)).toEqual([`place ${ASK}`]);
  });

  it.each(["postOnlyCross", "insufficientBalance"] as const)(
    "ends with a refusal that comes later: %s",
    (reason) => {
      const day = refusedDay("walletKind");
      day.waits(MINUTE + 100, CASH);
      day.rejects(BID, reason);
      expect(day.state().lasting).toBeNull();
    },
  );

  it("does not end with an answer that says nothing of it, nor with an order sent before it", () => {
    const day = trading();
    day.intends(BOTH);
    day.waits(10);
    day.rejects(BID, "walletKind");
    day.acks(ASK);
    expect(day.state().lasting).not.toBeNull();
    expect(day.asked()).toContain(`cancel ${ASK}`);
    day.cancels(ASK);
    day.reports(ASK, "cancelled");
    day.waits(MINUTE, CASH);
    day.rejects(BID, "unclassified");
    expect(day.state().lasting).toMatchObject({ reason: "walletKind", pauses: 1 });
  });

  it("a refusal of what was sent before it was known does not make it longer", () => {
    expect(refusedDay("banned").state().lasting).toMatchObject({ pauses: 1, refusals: 2 });
  });

  it("resync tries one order at once", () => {
    const day = refusedDay("restricted");
    day.waits(1_000, CASH);
    day.asked();
    day.commands("resync");
    day.waits(1_000, CASH);
    expect(places(day)).toEqual([`place ${BID}`]);
  });

  it("what rests is pulled, and a stop is proven as ever", () => {
    const day = trading();
    day.intends(BOTH);
    day.acks(BID);
    day.waits(10);
    day.rejects(ASK, "restricted");
    expect(day.asked()).toContain(`cancel ${BID}`);
    day.commands("halt");
    day.answersCancelAll([BID]);
    day.waits(10_000, { open: [] });
    expect(isHalted(day.state())).toBe(true);
  });

  it("says how long until an order is tried", () => {
    const day = refusedDay("walletKind");
    const check = checks(day.state(), config()).find(({ name }) => name === "lasting refusal");
    expect(check?.marginMs).toBe(MINUTE);
  });
});

describe("a market without a book", () => {
  it.each(["marketNotReady", "marketClosed"] as const)(
    "%s: one order asks again every seven seconds, so no more than ten times a minute",
    (reason) => {
      const day = refusedDay(reason);
      for (let tries = 0; tries < 20; tries += 1) {
        day.asked();
        day.waits(6_900, CASH);
        expect(places(day)).toEqual([]);
        day.waits(200, CASH);
        expect(places(day)).toEqual([`place ${BID}`]);
        day.rejects(BID, reason);
      }
    },
  );
});

describe("closed-only mode", () => {
  const closedOnly = (): Bench => {
    const day = trading({ YES: 10 });
    day.intends(BOTH);
    day.acks(SELL);
    day.waits(10);
    day.rejects(BID, "closedOnly");
    day.asked();
    return day;
  };

  it("is no reason to pull: what gives up what is owned stays, nothing is bought", () => {
    const day = closedOnly();
    expect(day.state().why.gate).toEqual([]);
    day.waits(MINUTE - 100, CASH);
    expect(day.sent()).toEqual([]);
    expect(day.phases()).toEqual({ [SELL]: "resting" });
    expect(day.state().why.plan?.bid.residuals).toEqual([
      { size: shares(10), reason: "reduceOnly" },
    ]);
  });

  it("one order that buys asks again, and a SELL that is taken proves nothing", () => {
    const day = closedOnly();
    day.intends({ ...BOTH, ask: quote(10, 56) });
    day.cancels(SELL);
    day.reports(SELL, "cancelled");
    day.acks("SELL YES 10 @ 0.56");
    expect(day.state().lasting?.reason).toBe("closedOnly");
    day.asked();
    day.waits(MINUTE, CASH);
    expect(places(day)).toEqual([`place ${BID}`]);
    day.rejects(BID, "closedOnly");
    day.waits(2 * MINUTE - 300, CASH);
    expect(places(day)).toEqual([]);
    day.waits(400, CASH);
    day.acks(BID);
    expect(day.state().lasting).toBeNull();
  });

  it("a flatten goes on", () => {
    const day = closedOnly();
    day.intends({
      touch: {
        YES: { bid: quote(1, 49).price, ask: quote(1, 51).price },
        NO: { bid: quote(1, 49).price, ask: quote(1, 51).price },
      },
      expiresAt: FOREVER,
    });
    day.commands("flatten");
    day.cancels(SELL);
    day.reports(SELL, "cancelled");
    expect(places(day)).toEqual(["place SELL YES 10 @ 0.44"]);
  });
});

describe("credentials that are not accepted", () => {
  it("show before any order has gone out, by a survey that is refused", () => {
    const day = trading();
    day.restores("user");
    day.waits(1_000);
    failSurvey(day, "auth");
    expect(day.state().why.gate).toContainEqual(
      expect.stringMatching("^nothing is quoted: API credentials not accepted"),
    );
    expect(day.state().lasting).toMatchObject({ source: "survey", refusals: 1 });
  });

  it("are asked about by surveys, and the first that is answered ends it", () => {
    const day = trading();
    day.intends(BOTH);
    day.acks(BID, ASK);
    day.hears({
      type: "cancel.unknown",
      orderId: day.id(BID),
      refusal: refused("auth"),
    });
    expect(day.asked()).toContain("survey");
    failSurvey(day, "auth");
    expect(day.state().lasting).toMatchObject({ reason: "auth", refusals: 2 });
    day.waits(10_000, CASH);
    expect(day.state().lasting).toBeNull();
  });

  it("show by a refused heartbeat, which only a beat that is taken ends", () => {
    const day = trading();
    day.hears({ type: "heartbeat.refused", refusal: refused("auth") });
    day.restores("user");
    day.waits(2_000, CASH);
    expect(day.state().lasting).toMatchObject({ reason: "auth", source: "heartbeat" });
    day.hears({ type: "heartbeat.beaten" });
    expect(day.state().lasting).toBeNull();
  });

  it("show by a refused cancel-all", () => {
    const day = trading();
    day.intends(BOTH);
    day.acks(BID, ASK);
    day.commands("halt");
    day.answersCancelAll({ type: "refused", refusal: refused("auth") });
    expect(day.state().lasting).toMatchObject({ reason: "auth", source: "survey" });
  });

  it("a read that is refused for what only an order can be says nothing", () => {
    const day = trading();
    day.restores("user");
    day.waits(1_000);
    failSurvey(day, "marketClosed");
    expect(day.state().lasting).toBeNull();
  });

  it("found by a cancel while a survey is under way: one that begins later ends it", () => {
    const day = trading();
    day.intends({ bid: BOTH.bid, expiresAt: FOREVER });
    day.acks(BID);
    // The channel is back, so a survey is wanted, and begun, before the refusal.
    day.restores("user");
    expect(day.state().survey.pending).not.toBeNull();
    day.waits(5);
    day.intends({ expiresAt: FOREVER });
    day.hears({ type: "cancel.unknown", orderId: day.id(BID), refusal: refused("auth") });
    // Nothing of ours is left that would be looked up anyway.
    day.matches(BID, 10, "the last of it", "confirmed");
    day.answersSurvey();
    expect(day.state().lasting).toMatchObject({ reason: "auth", source: "survey" });
    day.waits(2_000, {});
    expect(day.state()).toMatchObject({ lasting: null, why: { gate: [] } });
  });
});
