import { describe, expect, it } from "vitest";
import { virtualScheduler } from "../../../src/sim/index.ts";
import { TIMERS_MAX } from "../../../src/sim/server/state/bounds.ts";
import { createTimers } from "../../../src/sim/server/state/timers.ts";

function bench() {
  const scheduler = virtualScheduler();
  const ran: string[] = [];
  const bugs: unknown[] = [];
  const silent = { debug: () => {}, info: () => {}, warn: () => {} };
  const timers = createTimers(scheduler, { ...silent, error: (facts) => bugs.push(facts) });
  return { scheduler, late: timers, done: ran, bugs };
}

describe("timers", () => {
  it("run an action at its time, and at once for no delay", () => {
    const { scheduler, late: timers, done: ran } = bench();
    timers.after(200, () => ran.push("later"));
    timers.after(100, () => ran.push("sooner"));
    timers.after(0, () => ran.push("now"));
    expect(ran).toEqual(["now"]);
    scheduler.runUntil(199);
    expect(ran).toEqual(["now", "sooner"]);
    scheduler.runUntil(200);
    expect(ran).toEqual(["now", "sooner", "later"]);
  });

  it("run an action at once while too many wait", () => {
    const { scheduler, late: timers, done: ran } = bench();
    for (let at = 0; at < TIMERS_MAX; at += 1) timers.after(100, () => ran.push("waited"));
    expect(ran).toEqual([]);
    timers.after(100, () => ran.push("too much"));
    expect(ran).toEqual(["too much"]);
    scheduler.runUntil(100);
    expect(ran).toHaveLength(TIMERS_MAX + 1);
    timers.after(100, () => ran.push("last"));
    expect(ran).not.toContain("last");
  });

  it("run nothing after cancelAll", () => {
    const { scheduler, late: timers, done: ran } = bench();
    timers.after(100, () => ran.push("never"));
    timers.cancelAll();
    scheduler.runUntil(1_000);
    expect(ran).toEqual([]);
  });

  it("log an action that throws, and run the others", () => {
    const { scheduler, late: timers, done: ran, bugs } = bench();
    timers.after(100, () => {
      throw new Error("a bug");
    });
    timers.after(100, () => ran.push("the next"));
    scheduler.runUntil(100);
    expect(bugs).toEqual([{ error: "a bug" }]);
    expect(ran).toEqual(["the next"]);
  });
});
