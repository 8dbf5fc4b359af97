/** What the account lets one market do: how much it may spend, how wide it quotes, and at which level. */
import { describe, expect, it } from "vitest";
import { explain } from "../../src/executor/index.ts";
import { isStopping } from "../../src/executor/stop.ts";
import { type LimitHit, type MarketLimits, UNLIMITED, epochMs } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  cents,
  config,
  dollars,
  quote,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const TARGET = { bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER } as const;
const HIT: LimitHit = {
  limit: "lossPerDayUsd",
  action: "halt",
  value: 52.1,
  max: 50,
  since: epochMs(0),
};

function allows(day: Bench, limits: Partial<MarketLimits>): void {
  const seq = day.state().limits.seq + 1;
  day.hears({ type: "account.limitsChanged", limits: { ...UNLIMITED, seq, ...limits } });
}

const gateOf = (day: Bench): readonly string[] => day.state().why.gate;

describe("cash that the account allows", () => {
  it("is shared by both quotes, as cash of our own is", () => {
    const day = trading();
    allows(day, { cash: dollars(6) });
    day.intends(TARGET);
    // Six dollars: three for the bid of YES at 45, three for the NO at 45.
    expect(day.sent()).toEqual(["place BUY YES 6.66 @ 0.45", "place BUY NO 6.66 @ 0.45"]);
  });

  it("counts what has been spent, and what a fill on its way takes", () => {
    const day = trading();
    allows(day, { cash: dollars(9) });
    day.intends({ ...TARGET, ask: null });
    day.acks(BID);
    day.matches(BID, 10, "t1");
    day.reports(BID, "matched", 10);
    day.asked();
    day.intends({ ...TARGET, ask: null });
    expect(day.sent()).toEqual([`place ${BID}`]);
    day.acks(BID);
    day.matches(BID, 10, "t2");
    day.reports(BID, "matched", 10);
    day.asked();
    day.intends({ ...TARGET, ask: null });
    expect(day.sent()).toEqual([]);
    expect(day.state().why.plan?.bid.residuals).toMatchObject([{ reason: "cash" }]);
  });

  it("comes back with what a sale brings, once that has settled", () => {
    const day = trading({ YES: 20 });
    allows(day, { cash: dollars(0) });
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
    const sell = "SELL YES 20 @ 0.55";
    day.acks(sell);
    day.matches(sell, 20, "t1");
    day.reports(sell, "matched", 20);
    day.asked();
    day.intends({ ...TARGET, ask: null });
    expect(day.sent()).toEqual([]);
    day.matches(sell, 20, "t1", "mined");
    expect(day.sent()).toEqual([`place ${BID}`]);
  });

  it("of more than the market's own budget changes nothing", () => {
    const day = trading({}, { config: config({ budget: dollars(4.5) }) });
    allows(day, { cash: dollars(400) });
    day.intends(TARGET);
    expect(
      explain(
        {
          input: { seq: 0, at: day.now(), event: { type: "clock.ticked" } },
          state: day.state(),
          effects: [],
        },
        config({ budget: dollars(4.5) }),
      ).free.cash,
    ).toBe(0);
  });

  it("that is less than the budget has the balances read again, though nothing rests", () => {
    const day = trading();
    allows(day, { cash: dollars(0) });
    day.waits(29_000);
    expect(day.asked()).toEqual([]);
    day.waits(1_500);
    expect(day.asked()).toEqual(["survey"]);

    const rich = trading();
    rich.waits(31_000);
    expect(rich.asked()).toEqual([]);
  });

  it("of older limits that come late changes nothing", () => {
    const day = trading();
    allows(day, { cash: dollars(0) });
    day.hears({ type: "account.limitsChanged", limits: { ...UNLIMITED, seq: 0 } });
    day.intends(TARGET);
    expect(day.sent()).toEqual([]);
  });

  it("that has become less than what is used leaves nothing free, and says so", () => {
    const day = trading();
    day.intends({ ...TARGET, ask: null });
    day.acks(BID);
    allows(day, { cash: dollars(2) });
    expect(day.sent()).toContain(`cancel ${BID}`);
    const report = explain(
      {
        input: { seq: 0, at: day.now(), event: { type: "clock.ticked" } },
        state: day.state(),
        effects: [],
      },
      config(),
    );
    expect(report.free.cash).toBe(dollars(2) - dollars(4.5));
    expect(report.limits.cash).toBe(dollars(2));
  });
});

describe("a spread that the account widens", () => {
  it("moves both quotes away from the middle, whatever strategy made them", () => {
    const day = trading();
    allows(day, { widenBp: 200, hits: [{ ...HIT, action: "widen" }] });
    day.intends(TARGET);
    expect(day.sent()).toEqual(["place BUY YES 10 @ 0.43", "place BUY NO 10 @ 0.43"]);
  });

  it("leaves nothing to quote where no price is so far away", () => {
    const day = trading();
    allows(day, { widenBp: 6_000 });
    day.intends({ ...TARGET, ask: null });
    expect(day.state().why.plan?.bid.residuals).toMatchObject([{ reason: "outOfBounds" }]);
  });
});

describe("a level that the account sets", () => {
  it("halts with the figures of each limit, and cancels everything", () => {
    const day = trading();
    day.intends(TARGET);
    day.acks(BID, "BUY NO 10 @ 0.45");
    day.asked();
    allows(day, {
      level: "halt",
      hits: [HIT, { ...HIT, limit: "drawdownUsd", value: 61, max: 60 }],
    });
    expect(day.sent()).toEqual(["cancel all"]);
    expect(gateOf(day)).toContain("account: lossPerDayUsd 52.1 of 50, drawdownUsd 61 of 60");
  });

  it.each([
    ["normal", "reduceOnly", false],
    ["reduceOnly", "normal", false],
    ["normal", "halt", true],
    ["flatten", "reduceOnly", false],
  ] as const)("operator %s, account %s: the stricter one is in force", (level, ours, isStopped) => {
    const day = trading({ YES: 10 });
    if (level !== "normal") day.commands(level);
    allows(day, { level: ours, hits: [HIT] });
    day.intends({
      ...TARGET,
      touch: { YES: { bid: cents(49), ask: cents(51) }, NO: { bid: cents(49), ask: cents(51) } },
    });
    const sent = day.sent();
    expect(sent.some((words) => words.includes("BUY"))).toBe(false);
    expect(sent.some((words) => words.includes("SELL"))).toBe(!isStopped);
    expect(isStopping(day.state())).toBe(false);
  });

  it("that is lifted lets quoting go on, after a stop has been proven", () => {
    const day = trading();
    day.intends(TARGET);
    allows(day, { level: "halt", hits: [HIT] });
    allows(day, {});
    expect(gateOf(day)).toContain("halting");
    expect(gateOf(day).some((reason) => reason.startsWith("account:"))).toBe(false);
  });

  it("is the market's from its first moment on, where it is opened under it", () => {
    const day = trading({}, { limits: { ...UNLIMITED, seq: 3, level: "halt", hits: [HIT] } });
    day.intends(TARGET);
    expect(day.sent()).toEqual([]);
    allows(day, {});
    day.waits(100);
    expect(day.sent()).toContain(`place ${BID}`);
  });
});
