import { describe, expect, it } from "vitest";
import { virtualScheduler } from "../../../src/sim/index.ts";
import { LATE_MAX } from "../../../src/sim/server/state/bounds.ts";
import { delayed } from "../../../src/sim/server/state/delayed.ts";

function bench() {
  const scheduler = virtualScheduler();
  const done: string[] = [];
  const bugs: unknown[] = [];
  const silent = { debug: () => {}, info: () => {}, warn: () => {} };
  const late = delayed(scheduler, { ...silent, error: (facts) => bugs.push(facts) });
  return { scheduler, late, done, bugs };
}

describe("what is done later", () => {
  it("is done at its time, and at once where that is no time", () => {
    const { scheduler, late, done } = bench();
    late.in(200, () => done.push("later"));
    late.in(100, () => done.push("sooner"));
    late.in(0, () => done.push("now"));
    expect(done).toEqual(["now"]);
    scheduler.runUntil(199);
    expect(done).toEqual(["now", "sooner"]);
    scheduler.runUntil(200);
    expect(done).toEqual(["now", "sooner", "later"]);
  });

  it("is done at once where too much is waiting already, and waits again when there is room", () => {
    const { scheduler, late, done } = bench();
    for (let at = 0; at < LATE_MAX; at += 1) late.in(100, () => done.push("waited"));
    expect(done).toEqual([]);
    late.in(100, () => done.push("too much"));
    expect(done).toEqual(["too much"]);
    scheduler.runUntil(100);
    expect(done).toHaveLength(LATE_MAX + 1);
    late.in(100, () => done.push("last"));
    expect(done).not.toContain("last");
  });

  it("is not done once it is forgotten", () => {
    const { scheduler, late, done } = bench();
    late.in(100, () => done.push("never"));
    late.forget();
    scheduler.runUntil(1_000);
    expect(done).toEqual([]);
  });

  it("may have a bug, which is said, and keeps nothing else from being done", () => {
    const { scheduler, late, done, bugs } = bench();
    late.in(100, () => {
      throw new Error("a bug");
    });
    late.in(100, () => done.push("the next"));
    scheduler.runUntil(100);
    expect(bugs).toEqual([{ error: "a bug" }]);
    expect(done).toEqual(["the next"]);
  });
});
