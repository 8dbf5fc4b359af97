/** Every decision says what it was made of. */
import { describe, expect, it } from "vitest";
import { type Report, explain } from "../../src/executor/index.ts";
import {
  type Bench,
  FOREVER,
  config,
  dollars,
  quote,
  shares,
  trading,
} from "../support/builders.ts";
import { after } from "../../src/types/index.ts";

const SELL = "SELL YES 10 @ 0.55";
const BID = "BUY YES 10 @ 0.45";

/** Of the step that has just been taken. */
function explained(day: Bench, isLastEffect = true): Report {
  const effects = isLastEffect ? day.effects().slice(-1) : [];
  const input = { seq: day.state().step, at: day.now(), event: { type: "clock.ticked" } } as const;
  return explain({ input, state: day.state(), effects }, config());
}

const closed = ({ checks }: Report): readonly string[] =>
  checks.filter(({ verdict }) => verdict !== "open").map(({ reason }) => reason);

describe("the explanation of a step", () => {
  it("names every condition, the ones that are met too, with the time that is left", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    const { checks } = explained(day);
    expect(checks.map(({ name }) => name)).toEqual([
      "operator",
      "account",
      "strategy",
      "load",
      "market",
      "stop",
      "survey",
      "market feed",
      "user feed",
      "reference feed",
      "settlement feed",
      "reference price",
      "settlement mean",
      "YES book",
      "NO book",
      "trades",
      "holdings",
      "records",
      "contradictions",
      "heartbeat",
      "cancels",
      "venue mode",
      "lasting refusal",
      "canary",
      "intent",
    ]);
    expect(checks.filter(({ marginMs }) => marginMs !== null)).toEqual([
      // An hour, less the cutoff and the second that has passed.
      { name: "market", verdict: "open", reason: "", marginMs: 3_600_000 - 5_000 - 1_000 },
      { name: "intent", verdict: "open", reason: "", marginMs: 6_000 },
    ]);
    day.waits(1_500);
    expect(explained(day).checks.at(-1)?.marginMs).toBe(4_500);
  });

  it("says how old each input is", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.waits(2_000);
    day.sees({ NO: after(day.now().monotonicMs, -1_500) });
    day.waits(200);
    const { intent, inventoryAgeMs, feeds, ageMs } = explained(day).inputs;
    // The reference and YES were seen at the last tick but one.
    expect(ageMs).toEqual({ reference: 200, settlement: 200, YES: 200, NO: 1_700 });
    expect(intent).toEqual({ seq: 1, ageMs: 2_200, inputsAgeMs: 2_200 });
    expect(inventoryAgeMs).toBe(3_200);
    expect(feeds.user).toEqual({ isAlive: true, session: 1 });
  });

  it("says what is shut and for how long yet, when nothing is quoted", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.loses("reference");
    expect(closed(explained(day))).toEqual(["halting", "reference feed lost"]);
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.restores("reference");
    day.waits(9_000, { open: [] });
    const cooling = explained(day).checks.find(({ name }) => name === "stop");
    expect(cooling).toMatchObject({ verdict: "pull", reason: "cooling down" });
    expect(cooling?.marginMs).toBeGreaterThan(0);
  });

  it("says what is planned, what is left over and why, what is withheld and why", () => {
    const day = trading({ YES: 10 });
    day.intends({ bid: quote(3, 45), ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(SELL);
    day.intends({ bid: quote(3, 45), ask: quote(10, 57), expiresAt: FOREVER });
    const { plan, withheld, free, effects } = explained(day);
    expect(plan?.bid.residuals).toEqual([{ size: shares(3), reason: "belowSizeMin" }]);
    expect(withheld.map(({ order, reason }) => [order.price, reason])).toEqual([
      [5700, "awaitingCancel"],
    ]);
    expect(free).toEqual({ YES: 0, NO: 0, cash: dollars(500) });
    expect(effects).toEqual(["cancel"]);
  });

  it("says what was refused, how often, and when it is asked again", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.rejects(BID, "postOnlyCross");
    expect(explained(day).refusals).toEqual([
      {
        slot: "bid",
        kind: "openBuy",
        class: "price",
        price: 4500,
        reason: "postOnlyCross",
        count: 1,
        retryInMs: 250,
        shutForMs: 0,
      },
    ]);
  });
});
