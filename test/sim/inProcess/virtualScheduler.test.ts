import fc from "fast-check";
import {
  concatMap,
  debounceTime,
  delay,
  from,
  interval,
  map,
  merge,
  mergeMap,
  NEVER,
  observeOn,
  of,
  type SchedulerAction,
  type SchedulerLike,
  take,
  timeout,
  timer,
  VirtualTimeScheduler,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { virtualClock, virtualScheduler } from "../../../src/sim/index.ts";

/** Waits, then starts its children; may repeat, and may be cancelled by a sibling. */
interface Program {
  readonly delayMs: number;
  readonly repeats: number;
  readonly cancelsOlder: boolean;
  readonly children: readonly Program[];
}

const program: fc.Memo<Program> = fc.memo((depth) =>
  fc.record({
    delayMs: fc.integer({ min: 0, max: 5 }),
    repeats: fc.integer({ min: 0, max: 2 }),
    cancelsOlder: fc.boolean(),
    children: depth > 1 ? fc.array(program(), { maxLength: 3 }) : fc.constant([]),
  }),
);

function history(scheduler: SchedulerLike, programs: readonly Program[], run: () => void) {
  const seen: string[] = [];
  const start = (name: string, siblings: readonly Program[]): void => {
    const scheduled = siblings.map((one, index) =>
      scheduler.schedule(
        function (this: SchedulerAction<number>, turn = 0) {
          seen.push(`${scheduler.now()} ${name}.${index} ${turn}`);
          if (one.cancelsOlder) scheduled[index - 1]?.unsubscribe();
          start(`${name}.${index}`, turn === 0 ? one.children : []);
          if (turn < one.repeats) this.schedule(turn + 1, one.delayMs);
        },
        one.delayMs,
        0,
      ),
    );
  };
  start("", programs);
  run();
  return seen;
}

function emissions(scheduler: SchedulerLike, run: () => void) {
  const seen: string[] = [];
  const burst$ = from([0, 3, 4, 9, 20]).pipe(
    mergeMap((at) => timer(at, scheduler).pipe(map(() => at))),
  );
  merge(
    timer(2, 3, scheduler).pipe(take(4)),
    interval(4, scheduler).pipe(take(3)),
    burst$.pipe(debounceTime(4, scheduler)),
    burst$.pipe(delay(4, scheduler)),
    burst$.pipe(observeOn(scheduler, 1)),
    burst$.pipe(concatMap((at) => of(-at).pipe(delay(2, scheduler)))),
    NEVER.pipe(timeout({ each: 7, scheduler, with: () => of("late") })),
  ).subscribe((value) => seen.push(`${scheduler.now()} ${value}`));
  run();
  return seen;
}

describe("virtual scheduler", () => {
  it("runs every program in the order rxjs's own runs it in", () => {
    fc.assert(
      fc.property(fc.array(program(3), { maxLength: 6 }), (programs) => {
        const [ours, theirs] = [virtualScheduler(), new VirtualTimeScheduler()];
        expect(history(ours, programs, () => ours.runUntil(1_000))).toEqual(
          history(theirs, programs, () => theirs.flush()),
        );
      }),
    );
  });

  it("carries the time operators of rxjs", () => {
    const [ours, theirs] = [virtualScheduler(), new VirtualTimeScheduler()];
    const seen = emissions(ours, () => ours.runUntil(1_000));
    expect(seen).toEqual(emissions(theirs, () => theirs.flush()));
    expect(seen).toHaveLength(26);
  });

  it("stops at the given time, and runs what is due at it", () => {
    const scheduler = virtualScheduler();
    const seen: number[] = [];
    interval(10, scheduler).subscribe(() => seen.push(scheduler.now()));
    scheduler.runUntil(20);
    expect(seen).toEqual([10, 20]);
    scheduler.runUntil(29.5);
    expect([seen, scheduler.now()]).toEqual([[10, 20], 29.5]);
  });

  it("never runs an infinite delay, and runs a negative delay at once", () => {
    const scheduler = virtualScheduler();
    const seen: string[] = [];
    scheduler.schedule(() => seen.push("never"), Number.POSITIVE_INFINITY);
    scheduler.schedule(() => seen.push(`at ${scheduler.now()}`), -5);
    scheduler.runUntil(1e9);
    expect(seen).toEqual(["at 0"]);
  });

  it("moves an action that is scheduled again before it ran, as real time does", () => {
    // rxjs's own would run it twice.
    const scheduler = virtualScheduler();
    const seen: string[] = [];
    scheduler.schedule(
      function (this: SchedulerAction<string>, turn = "") {
        seen.push(`${scheduler.now()} ${turn}`);
        if (turn !== "first") return;
        this.schedule("second", 3);
        this.schedule("third", 5);
      },
      1,
      "first",
    );
    scheduler.runUntil(10);
    expect(seen).toEqual(["1 first", "6 third"]);
  });

  it("lets an error out, and keeps what comes after it", () => {
    const scheduler = virtualScheduler();
    const seen: string[] = [];
    scheduler.schedule(() => {
      throw new Error("broken");
    }, 1);
    scheduler.schedule(() => seen.push("after"), 1);
    expect(() => scheduler.runUntil(10)).toThrow("broken");
    scheduler.runUntil(10);
    expect(seen).toEqual(["after"]);
  });

  it("moves both clocks together, and only the wall clock has an epoch", () => {
    const scheduler = virtualScheduler();
    const clock = virtualClock(scheduler, 1_760_000_000_000);
    scheduler.runUntil(1.5);
    expect(clock.now()).toEqual({ epochMs: 1_760_000_000_001, monotonicMs: 1.5 });
  });
});
