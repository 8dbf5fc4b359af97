import * as fc from "fast-check";
import {
  map,
  merge,
  NEVER,
  type Observable,
  type SchedulerAction,
  type SchedulerLike,
  Subject,
  tap,
  VirtualTimeScheduler,
} from "rxjs";
import { describe, expect, it } from "vitest";
import {
  type Delivered,
  observeInSlices,
  type SliceOptions,
} from "../../../src/operators/observeInSlices.ts";
import { marbles } from "../../support/marbles.ts";

const ROOMY = { queueMax: 1_000, sliceMax: 1_000, sliceMs: 1_000, flush$: NEVER };

type Work<State> = (this: SchedulerAction<State>, state?: State) => void;

/** Each turn of the loop begins so many frames later, so that a slice can be drawn. */
const takes = (frames: number, scheduler: SchedulerLike): SchedulerLike => ({
  now: () => scheduler.now(),
  schedule: <State>(work: Work<State>, _delay?: number, state?: State) =>
    scheduler.schedule(work, frames, state),
});

/** Letters are values; a digit is how many were dropped there. */
const drawn = (source$: Observable<Delivered<string>>): Observable<string> =>
  source$.pipe(map((it) => (it.type === "item" ? it.value : String(it.count))));

const inSlices = (options: Partial<SliceOptions>, macrotask: SchedulerLike) =>
  observeInSlices<string>({ ...ROOMY, ...options }, macrotask);

describe("observeInSlices", () => {
  it(
    "values come a turn later, in order, and the completion with the last one",
    marbles((m) => {
      const input$ = m.hot("  ab------(cd|)      ");
      const inputSubs = "     ^-------!          ";
      const expected = "      ----(ab)----(cd|)  ";
      const output$ = input$.pipe(inSlices({}, takes(4, m.scheduler)), drawn);

      m.expect(output$).toBeObservable(expected);
      m.expect(input$).toHaveSubscriptions(inputSubs);
    }),
  );

  it(
    "a turn delivers `sliceMax` values, and the rest waits for the next turns",
    marbles((m) => {
      const input$ = m.hot("  (abcdefg|)         ");
      const expected = "      ------(abc)-(def)-(g|)";
      const output$ = input$.pipe(inSlices({ sliceMax: 3 }, takes(6, m.scheduler)), drawn);

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a slice ends after the value with which it has taken `sliceMs`",
    marbles((m) => {
      let spentMs = 0;
      const slow: Record<string, number> = { b: 3, e: 10 };
      const turns = takes(6, m.scheduler);
      const clocked = { ...turns, now: () => turns.now() + spentMs };
      const input$ = m.hot("  (abcdefg|)              ");
      const expected = "      ------(abcd)(e)---(fg|)";

      const output$ = input$.pipe(
        inSlices({ sliceMs: 5 }, clocked),
        drawn,
        tap((value) => {
          spentMs += slow[value] ?? (value === "d" ? 2 : 0);
        }),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a full queue drops its oldest values, and their count comes in their place",
    marbles((m) => {
      const input$ = m.hot("  abcdef------gh|        ");
      const expected = "      ------(4ef)-------(gh|)";
      const output$ = input$.pipe(inSlices({ queueMax: 2 }, takes(6, m.scheduler)), drawn);

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "values dropped between two slices are counted between them",
    marbles((m) => {
      const input$ = m.hot("  (abc)--(def)--|             ");
      const expected = "      ------a-----2-----d-----e-----(f|)";
      const output$ = input$.pipe(
        inSlices({ queueMax: 3, sliceMax: 1 }, takes(6, m.scheduler)),
        drawn,
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "an error of the source comes after the last value too",
    marbles((m) => {
      const input$ = m.hot("  ab#           ");
      const expected = "      ---a--(b#)    ";
      const output$ = input$.pipe(inSlices({ sliceMax: 1 }, takes(3, m.scheduler)), drawn);

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a source without a value completes a turn later",
    marbles((m) => {
      const input$ = m.hot("  --|    ");
      const expected = "      -----| ";
      m.expect(input$.pipe(inSlices({}, takes(3, m.scheduler)), drawn)).toBeObservable(expected);
    }),
  );

  it(
    "`flush$` delivers everything that waits at once, whatever the size of a slice",
    marbles((m) => {
      const input$ = m.hot("  abcd--------e-|  ");
      const flush$ = m.hot("  ----f------------");
      const expected = "      ----(abcd)--------(e|)";
      const output$ = input$.pipe(inSlices({ sliceMax: 1, flush$ }, takes(6, m.scheduler)), drawn);

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a consumer that flushes while it is handed a value is handed the rest after it, in order",
    marbles((m) => {
      const flush$ = new Subject<void>();
      const input$ = m.hot("  (abcd)       ");
      const expected = "      ------(abcd) ";
      const output$ = input$.pipe(
        inSlices({ sliceMax: 1, flush$ }, takes(6, m.scheduler)),
        drawn,
        tap((value) => {
          if (value === "a") flush$.next();
        }),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "what a consumer feeds back waits for another turn",
    marbles((m) => {
      const fed$ = new Subject<string>();
      const input$ = m.hot("  a---------------");
      const expected = "      -----a----b----c";
      const output$ = merge(input$, fed$).pipe(
        inSlices({ sliceMax: 1 }, takes(5, m.scheduler)),
        drawn,
        tap((value) => {
          if (value === "a") for (const next of "bc") fed$.next(next);
        }),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a flush delivers what waits, and not what the consumer adds to it for ever",
    marbles((m) => {
      let fedCount = 0;
      const fed$ = new Subject<string>();
      const input$ = m.hot("  (ab)----------------");
      const flush$ = m.hot("  --f-----------------");
      const expected = "      --(ab)---x--------x-";
      const until = "         ^------------------!";
      const output$ = merge(input$, fed$).pipe(
        inSlices({ sliceMax: 1, flush$ }, takes(9, m.scheduler)),
        drawn,
        tap((value) => {
          fedCount += 1;
          // An endless flush fails here, and does not hang.
          if (value !== "a" && fedCount < 50) fed$.next("x");
        }),
      );

      m.expect(output$, until).toBeObservable(expected);
    }),
  );

  it(
    "unsubscribing drops what waits, and leaves the source",
    marbles((m) => {
      const input$ = m.hot("  abcd------ ");
      const inputSubs = "     ^---!      ";
      const unsub = "         ----!      ";
      const expected = "      ---------- ";
      const output$ = input$.pipe(inSlices({}, takes(6, m.scheduler)), drawn);

      m.expect(output$, unsub).toBeObservable(expected);
      m.expect(input$).toHaveSubscriptions(inputSubs);
    }),
  );

  it("loses nothing silently: items and counted drops are all that came, in order", () => {
    const step = fc.record({ count: fc.integer({ min: 0, max: 9 }), turns: fc.nat(3) });
    const bounds = fc.record({
      queueMax: fc.integer({ min: 1, max: 12 }),
      sliceMax: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(step), bounds, (steps, { queueMax, sliceMax }) => {
        const scheduler = new VirtualTimeScheduler();
        const source$ = new Subject<number>();
        const heard: Delivered<number>[] = [];
        let isComplete = false;
        source$
          .pipe(observeInSlices<number>({ ...ROOMY, queueMax, sliceMax }, takes(1, scheduler)))
          .subscribe({
            next: (it) => heard.push(it),
            complete: () => {
              isComplete = true;
            },
          });
        let sent = 0;
        for (const { count, turns } of steps) {
          for (let left = count; left > 0; left -= 1) source$.next(sent++);
          scheduler.maxFrames = scheduler.frame + turns;
          scheduler.flush();
        }
        source$.complete();
        scheduler.maxFrames = Infinity;
        scheduler.flush();

        let expected = 0;
        for (const it of heard) {
          if (it.type === "dropped") expected += it.count;
          else expect(it.value).toBe(expected++);
        }
        expect(expected).toBe(sent);
        expect(isComplete).toBe(true);
      }),
    );
  });
});
