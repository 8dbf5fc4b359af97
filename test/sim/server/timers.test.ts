import { describe, expect, it } from "vitest";
import { virtualScheduler } from "../../../src/sim/index.ts";
import { TIMERS_MAX } from "../../../src/sim/server/state/bounds.ts";
import { createTimers } from "../../../src/sim/server/state/timers.ts";

function bench() {
  const scheduler = virtualScheduler();
  const done: string[] = [];
  const bugs: unknown[] = [];
  const silent = { debug: () => {}, info: () => {}, warn: () => {} };
  const late = createTimers(scheduler, { ...silent, error: (facts) => bugs.push(facts) });
  return { scheduler, late, done, bugs };
}

describe("what is done later", () => {
  it("is done at its time, and at once where that is no time", () => {
    const { scheduler, late, done } = bench();
    late.after(200, () => done.push("later"));
    late.after(100, () => done.push("sooner"));
    late.after(0, () => done.push("now"));
    expect(done).toEqual(["now"]);
    scheduler.runUntil(199);
    expect(done).toEqual(["now", "sooner"]);
    scheduler.runUntil(200);
    expect(done).toEqual(["now", "sooner", "later"]);
  });

  it("is done at once where too much is waiting already, and waits again when there is room", () => {
    const { scheduler, late, done } = bench();
    for (let at = 0; at < TIMERS_MAX; at += 1) late.after(100, () => done.push("waited"));
    expect(done).toEqual([]);
    late.after(100, () => done.push("too much"));
    expect(done).toEqual(["too much"]);
    scheduler.runUntil(100);
    expect(done).toHaveLength(TIMERS_MAX + 1);
    late.after(100, () => done.push("last"));
    expect(done).not.toContain("last");
  });

  it("is not done once it is forgotten", () => {
    const { scheduler, late, done } = bench();
    late.after(100, () => done.push("never"));
    late.cancelAll();
    scheduler.runUntil(1_000);
    expect(done).toEqual([]);
  });

  it("may have a bug, which is said, and keeps nothing else from being done", () => {
    const { scheduler, late, done, bugs } = bench();
    late.after(100, () => {
      throw new Error("a bug");
    });
    late.after(100, () => done.push("the next"));
    scheduler.runUntil(100);
    expect(bugs).toEqual([{ error: "a bug" }]);
    expect(done).toEqual(["the next"]);
  });
});
