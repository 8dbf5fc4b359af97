import * as fc from "fast-check";
import {
  type SchedulerAction,
  type SchedulerLike,
  Subject,
  VirtualTimeScheduler,
  range,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { type PaceOptions, paced } from "../../../src/operators/index.ts";
import { marbles } from "../../support/marbles.ts";

const OUTRUN = new Error("outrun");
const ROOMY = {
  turnMax: 1_000,
  turnMs: 1_000,
  waitingMax: 1_000,
  sizeMax: 1_000,
  outrun: () => OUTRUN,
  sizeOf: (value: string) => (value === "g" ? 3 : 1),
};
const NUMBERS: PaceOptions<number> = { ...ROOMY, sizeOf: () => 1 };

type Work<State> = (this: SchedulerAction<State>, state?: State) => void;

/** Each turn begins so many frames later, so that it can be drawn. */
const takes = (frames: number, scheduler: SchedulerLike): SchedulerLike => ({
  now: () => scheduler.now(),
  schedule: <State>(work: Work<State>, _delay?: number, state?: State) =>
    scheduler.schedule(work, frames, state),
});

describe("paced", () => {
  it(
    "a value that nothing waits before is handed on in the turn it came in",
    marbles((m) => {
      const input$ = m.hot("  a-(bc)--d---");
      const expected = "      a-(bc)--d---";
      m.expect(input$.pipe(paced(ROOMY, takes(2, m.scheduler)))).toBeObservable(expected);
    }),
  );

  it(
    "after `turnMax` values the rest waits for the next turns, in order, with what comes meanwhile",
    marbles((m) => {
      const input$ = m.hot("  (abcde)---f-----------");
      const expected = "      (ab)------(cd)------(ef)";
      const pace = paced({ ...ROOMY, turnMax: 2 }, takes(10, m.scheduler));
      m.expect(input$.pipe(pace)).toBeObservable(expected);
    }),
  );

  it(
    "more than `waitingMax` waiting is an error at once, and drops them",
    marbles((m) => {
      const input$ = m.hot("  (abcd)----");
      const expected = "      (ab#)-----";
      const pace = paced({ ...ROOMY, turnMax: 2, waitingMax: 1 }, takes(10, m.scheduler));
      m.expect(input$.pipe(pace)).toBeObservable(expected, undefined, OUTRUN);
    }),
  );

  it(
    "more than `sizeMax` waiting is an error too, and what was handed on counts no more",
    marbles((m) => {
      const input$ = m.hot("  (abc)--------d--(efg)");
      const expected = "      (ab)------c--d--#";
      const pace = paced({ ...ROOMY, turnMax: 2, sizeMax: 3 }, takes(10, m.scheduler));
      m.expect(input$.pipe(pace)).toBeObservable(expected, undefined, OUTRUN);
    }),
  );

  it(
    "an error of the source passes at once; a completion comes after what waits",
    marbles((m) => {
      const failing$ = m.hot(" (abc)-#");
      const failed = "         (ab)--#";
      const ending$ = m.hot("  (abc|)    ");
      const ended = "          (ab)------(c|)";
      const pace = paced({ ...ROOMY, turnMax: 2 }, takes(10, m.scheduler));
      m.expect(failing$.pipe(pace)).toBeObservable(failed);
      m.expect(ending$.pipe(pace)).toBeObservable(ended);
    }),
  );

  it(
    "unsubscribing drops what waits",
    marbles((m) => {
      const input$ = m.hot("  (abcd)-----");
      const subs = "          ^----!     ";
      const expected = "      (ab)-------";
      const pace = paced({ ...ROOMY, turnMax: 2 }, takes(10, m.scheduler));
      m.expect(input$.pipe(pace), subs).toBeObservable(expected);
      m.expect(input$).toHaveSubscriptions(subs);
    }),
  );

  it("a source that never pauses starves no timer, however long a value takes", () => {
    const virtual = new VirtualTimeScheduler();
    let spentMs = 0;
    const turns = takes(1, { now: () => spentMs, schedule: virtual.schedule.bind(virtual) });
    const seen: number[] = [];
    range(0, 9)
      .pipe(paced({ ...NUMBERS, turnMs: 10 }, turns))
      .subscribe(() => {
        spentMs += 4;
        seen.push(virtual.now());
      });
    virtual.flush();
    expect(seen).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  });

  it("100,000 values in one turn, or fed back by the consumer, do not nest calls", () => {
    const scheduler = new VirtualTimeScheduler();
    const input$ = new Subject<number>();
    let last = 0;
    input$.pipe(paced(NUMBERS, scheduler)).subscribe((value) => {
      last = value;
      if (value < 100_000) input$.next(value + 1);
    });
    input$.next(1);
    scheduler.flush();
    expect(last).toBe(100_000);
  });

  it("a value does not overtake one that the consumer has fed back in the same turn", () => {
    const scheduler = new VirtualTimeScheduler();
    const input$ = new Subject<number>();
    const seen: number[] = [];
    input$.pipe(paced(NUMBERS, scheduler)).subscribe((value) => {
      seen.push(value);
      if (value === 1) input$.next(2);
    });
    input$.next(1);
    input$.next(3);
    scheduler.flush();
    expect(seen).toEqual([1, 2, 3]);
  });

  it("keeps the order and loses nothing, whatever comes when", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (gaps, turnMax) => {
          const scheduler = new VirtualTimeScheduler();
          const input$ = new Subject<number>();
          const seen: number[] = [];
          input$
            .pipe(paced({ ...NUMBERS, turnMax }, scheduler))
            .subscribe((value) => seen.push(value));
          let at = 0;
          for (const [index, gap] of gaps.entries()) {
            at += Math.max(0, gap - 10);
            scheduler.schedule(() => input$.next(index), at);
          }
          scheduler.flush();
          expect(seen).toEqual(gaps.map((_, index) => index));
        },
      ),
    );
  });
});
