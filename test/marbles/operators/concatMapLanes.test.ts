import * as fc from "fast-check";
import {
  asyncScheduler,
  concatMap,
  EMPTY,
  map,
  merge,
  type ObservableInput,
  of,
  range,
  type SchedulerAction,
  type SchedulerLike,
  Subject,
  type Subscription,
  take,
  tap,
  timer,
  toArray,
  VirtualTimeScheduler,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { concatMapLanes, type Lane } from "../../../src/operators/concatMapLanes.ts";
import { marbles } from "../../support/marbles.ts";

/** X Y are urgent, i j k newest, every other letter is queued. */
function laneOf(value: string): Lane {
  if ("XY".includes(value)) return "urgent";
  return "ijk".includes(value) ? "newest" : "queued";
}

const queued = (): Lane => "queued";

const LANES: readonly Lane[] = ["queued", "newest", "urgent"];

const MANY = 100_000;

/** A projection that is finished when it returns, or when it is subscribed to. */
const FINISHED: readonly [form: string, project: (value: number) => ObservableInput<number>][] = [
  ["an array each", (value) => [value]],
  ["an Observable each", (value) => of(value)],
];

const ROOMY = { queuedPerTurn: 64, queueMax: 1_000_000 };

/** A macrotask that takes long enough to be drawn. */
const takes = (
  frames: number,
  scheduler: SchedulerLike,
  scheduled: Subscription[] = [],
): SchedulerLike => ({
  now: () => scheduler.now(),
  schedule: <S>(work: (this: SchedulerAction<S>, state?: S) => void, _: number, state?: S) => {
    const action = scheduler.schedule(work, frames, state);
    scheduled.push(action);
    return action;
  },
});

describe("concatMapLanes", () => {
  it(
    "urgent goes first, then the newest, then the queue in order, one at a time",
    marbles((m) => {
      const input$ = m.hot<string>(" (abcdijX)-----|");
      const inner$ = m.cold<string>("--(r|)");
      const innerSubs = [
        "                           ^-!            ",
        "                           --^-!          ",
        "                           ----^-!        ",
        "                           ------^-!      ",
        "                           --------^-!    ",
        "                           ----------^-!  ",
      ];
      const expected = "             --a-X-j-b-c-d-|";

      const output$ = input$.pipe(
        concatMapLanes(laneOf, (value) => inner$.pipe(map(() => value)), ROOMY, m.scheduler),
      );

      m.expect(output$).toBeObservable(expected);
      m.expect(inner$).toHaveSubscriptions(innerSubs);
    }),
  );

  it(
    "values re-entered while one is delivered are taken after it, by lane",
    marbles((m) => {
      const input$ = m.hot<string>("a-------b");
      const expected = "            (aXkcde)b";
      const reentered$ = new Subject<string>();

      const output$ = merge(input$, reentered$).pipe(
        concatMapLanes(laneOf, (value) => of(value), ROOMY, m.scheduler),
        tap((value) => {
          if (value === "a") for (const next of "cdeijkX") reentered$.next(next);
        }),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a newer value replaces the untaken newest, and nothing else is lost",
    marbles((m) => {
      const input$ = m.hot<string>(" aibXjYck--------|  ");
      const inner$ = m.cold<string>("---(r|)");
      const expected = "             ---a--X--Y--k--b--(c|)";

      const output$ = input$.pipe(
        concatMapLanes(laneOf, (value) => inner$.pipe(map(() => value)), ROOMY, m.scheduler),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "the order number is given when a value is taken",
    marbles((m) => {
      const input$ = m.hot<string>(" (abX)|");
      const inner$ = m.cold<string>("--(r|)");
      const expected = "             --a-X-(b|)";

      const output$ = input$.pipe(
        concatMapLanes(
          laneOf,
          (value, order) => inner$.pipe(map(() => `${value}${order}`)),
          ROOMY,
          m.scheduler,
        ),
      );

      m.expect(output$).toBeObservable(expected, { a: "a0", X: "X1", b: "b2" });
    }),
  );

  it(
    "after each turn the queue waits for a macrotask; urgent and newest values do not",
    marbles((m) => {
      const input$ = m.hot<string>("a--------Xi--g--|");
      const expected = "            (ab)-----Xi-(cd)--------(ef)--------(g|)";
      const reentered$ = new Subject<string>();

      const output$ = merge(input$, reentered$.pipe(take(5))).pipe(
        concatMapLanes(
          laneOf,
          (value) => of(value),
          { queuedPerTurn: 2, queueMax: 100 },
          takes(12, m.scheduler),
        ),
        tap((value) => {
          if (value === "a") for (const next of "bcdef") reentered$.next(next);
        }),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a room fuller than `queueMax` is an error that names the bound",
    marbles((m) => {
      const input$ = m.hot<string>(" abijkcXd");
      const inner$ = m.cold<string>("---------r");
      const innerSubs = "           ^------!";
      const expected = "             -------#";

      const output$ = input$.pipe(
        concatMapLanes(laneOf, () => inner$, { queuedPerTurn: 64, queueMax: 3 }, m.scheduler),
      );

      m.expect(output$).toBeObservable(
        expected,
        {},
        new RangeError("concatMapLanes: more than queueMax (3) values are waiting"),
      );
      m.expect(inner$).toHaveSubscriptions(innerSubs);
      m.expect(input$).toHaveSubscriptions(innerSubs);
    }),
  );

  it(
    "a value that finds the room empty never waits for a macrotask",
    marbles((m) => {
      const input$ = m.hot<string>("(ab)-c-d|");
      const expected = "            (ab)-c-d|";

      const output$ = input$.pipe(
        concatMapLanes(
          laneOf,
          (value) => of(value),
          { queuedPerTurn: 1, queueMax: 100 },
          takes(12, m.scheduler),
        ),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "completion waits for the room to drain, whatever the lane",
    marbles((m) => {
      const inner$ = m.cold<string>("--r|");
      const expected: Record<string, string> = {
        "(abiX|)": "--a--X--i--b|",
        "(ab|)  ": "--a--b|      ",
        "(ai|)  ": "--a--i|      ",
        "(aX|)  ": "--a--X|      ",
      };

      for (const [input, output] of Object.entries(expected)) {
        const output$ = m
          .hot<string>(input)
          .pipe(
            concatMapLanes(laneOf, (value) => inner$.pipe(map(() => value)), ROOMY, m.scheduler),
          );

        m.expect(output$).toBeObservable(output);
      }
    }),
  );

  it(
    "a source that ends empty ends the output at once",
    marbles((m) => {
      const output$ = EMPTY.pipe(concatMapLanes(queued, () => of("r"), ROOMY, m.scheduler));

      m.expect(output$).toBeObservable("|");
    }),
  );

  it(
    "a source error passes at once, over everything that waits",
    marbles((m) => {
      const input$ = m.hot<string>(" (abX)#");
      const inner$ = m.cold<string>("--------r|");
      const innerSubs = "           ^----!";
      const expected = "             -----#";

      const output$ = input$.pipe(concatMapLanes(laneOf, () => inner$, ROOMY, m.scheduler));

      m.expect(output$).toBeObservable(expected);
      m.expect(inner$).toHaveSubscriptions(innerSubs);
    }),
  );

  it(
    "an inner error passes at once, and nothing more is taken",
    marbles((m) => {
      const input$ = m.hot<string>(" (abX)---|");
      const inner$ = m.cold<string>("--#");
      const innerSubs = "           ^-!";
      const expected = "             --#";

      const output$ = input$.pipe(concatMapLanes(laneOf, () => inner$, ROOMY, m.scheduler));

      m.expect(output$).toBeObservable(expected);
      m.expect(inner$).toHaveSubscriptions(innerSubs);
      m.expect(input$).toHaveSubscriptions(innerSubs);
    }),
  );

  it(
    "what `laneOf` or `project` throws is an error notification, whenever the value is taken",
    marbles((m) => {
      const input$ = m.hot<string>(" (ab)");
      const inner$ = m.cold<string>("--(r|)");
      const fails = (): never => {
        throw new Error("no");
      };

      const unseated$ = input$.pipe(concatMapLanes(fails, () => inner$, ROOMY, m.scheduler));
      const failed$ = input$.pipe(concatMapLanes(laneOf, fails, ROOMY, m.scheduler));
      const failedLater$ = input$.pipe(
        concatMapLanes(laneOf, (value) => (value === "a" ? inner$ : fails()), ROOMY, m.scheduler),
      );

      m.expect(unseated$).toBeObservable("#", {}, new Error("no"));
      m.expect(failed$).toBeObservable("#", {}, new Error("no"));
      m.expect(failedLater$).toBeObservable("--(r#)", { r: "r" }, new Error("no"));
    }),
  );

  it(
    "unsubscribing drops the running inner and all that waits",
    marbles((m) => {
      const input$ = m.hot<string>(" (abiX)----------");
      const inner$ = m.cold<string>("--(r|)");
      const innerSubs = ["          ^-!", "--^!"];
      const expected = "             --a-------------";
      const unsub = "                ^--!";

      const output$ = input$.pipe(
        concatMapLanes(laneOf, (value) => inner$.pipe(map(() => value)), ROOMY, m.scheduler),
      );

      m.expect(output$, unsub).toBeObservable(expected);
      m.expect(inner$).toHaveSubscriptions(innerSubs);
      m.expect(input$).toHaveSubscriptions(unsub);
    }),
  );

  it("unsubscribing drops the scheduled rest of a turn", () => {
    const scheduler = new VirtualTimeScheduler();
    const input$ = new Subject<number>();
    const taken: number[] = [];

    const subscription = input$
      .pipe(
        concatMapLanes(
          queued,
          (value) => {
            taken.push(value);
            return of(value);
          },
          { queuedPerTurn: 2, queueMax: 100 },
          scheduler,
        ),
      )
      .subscribe((value) => {
        if (value === 0) for (const next of [1, 2, 3]) input$.next(next);
      });
    input$.next(0);

    expect(scheduler.actions).toHaveLength(1);
    subscription.unsubscribe();
    expect(scheduler.actions).toHaveLength(0);
    scheduler.flush();
    expect(taken).toEqual([0, 1]);
  });

  it("a turn that is over leaves nothing behind", () => {
    const scheduler = new VirtualTimeScheduler();
    const scheduled: Subscription[] = [];
    const input$ = new Subject<number>();

    input$
      .pipe(
        concatMapLanes(
          queued,
          (value) => of(value),
          { ...ROOMY, queuedPerTurn: 1 },
          takes(1, scheduler, scheduled),
        ),
      )
      .subscribe((value) => {
        if (value === 0) for (const next of [1, 2, 3]) input$.next(next);
      });
    input$.next(0);
    scheduler.flush();

    expect(scheduled.map(({ closed }) => closed)).toEqual([true, true, true]);
  });

  it("a consumer that leaves during a delivery stops the loop, and an endless source with it", () => {
    const taken: number[] = [];
    const received: number[] = [];

    range(0, Infinity)
      .pipe(
        concatMapLanes(
          queued,
          (value) => {
            taken.push(value);
            return of(value);
          },
          ROOMY,
          new VirtualTimeScheduler(),
        ),
        take(3),
      )
      .subscribe((value) => received.push(value));

    expect(received).toEqual([0, 1, 2]);
    expect(taken).toEqual([0, 1, 2]);
  });

  it.each(FINISHED)(
    "100,000 values, each re-entered by the one before, arrive in order: %s",
    (_form, project) => {
      for (const queuedPerTurn of [64, Infinity]) {
        const scheduler = new VirtualTimeScheduler();
        const input$ = new Subject<number>();
        const received: number[] = [];

        input$
          .pipe(concatMapLanes(queued, project, { ...ROOMY, queuedPerTurn }, scheduler))
          .subscribe((value) => {
            received.push(value);
            if (value + 1 < MANY) input$.next(value + 1);
          });
        input$.next(0);
        scheduler.flush();

        expect(received).toEqual(Array.from({ length: MANY }, (_, index) => index));
      }
    },
  );

  it.each(FINISHED)("100,000 values re-entered at once arrive in order: %s", (_form, project) => {
    for (const queuedPerTurn of [64, Infinity]) {
      const scheduler = new VirtualTimeScheduler();
      const input$ = new Subject<number>();
      const received: number[] = [];

      input$
        .pipe(concatMapLanes(queued, project, { ...ROOMY, queuedPerTurn }, scheduler))
        .subscribe((value) => {
          received.push(value);
          if (value === 0) for (let next = 1; next < MANY; next += 1) input$.next(next);
        });
      input$.next(0);
      scheduler.flush();

      expect(received).toEqual(Array.from({ length: MANY }, (_, index) => index));
    }
  });

  it("a plain concatMap dies of the same re-entry", () => {
    const input$ = new Subject<number>();
    const received: number[] = [];

    input$.pipe(concatMap((value) => of(value))).subscribe((value) => {
      received.push(value);
      if (value + 1 < MANY) input$.next(value + 1);
    });
    input$.next(0);

    expect(received.length).toBeLessThan(MANY);
  });

  it("an urgent value waits for one turn of the queue at most", () => {
    const scheduler = new VirtualTimeScheduler();
    const input$ = new Subject<string>();
    const received: string[] = [];

    input$
      .pipe(concatMapLanes(laneOf, (value) => of(value), ROOMY, scheduler))
      .subscribe((value) => {
        received.push(value);
        if (value === "a") for (let next = 0; next < 10_000; next += 1) input$.next("b");
      });
    input$.next("a");
    input$.next("X");
    scheduler.flush();

    expect(received.indexOf("X")).toBe(64);
    expect(received).toHaveLength(10_002);
  });

  it(
    "an array is finished as it comes: what waits is taken at once, one value after the other",
    marbles((m) => {
      const input$ = m.hot<string>(" (abcX)-----d|");
      const inner$ = m.cold<string>("--(r|)");
      const innerSubs = ["           ^-!       ", "           --^-!     "];
      const output$ = input$.pipe(
        concatMapLanes(
          laneOf,
          (value) => ("ab".includes(value) ? inner$.pipe(map(() => value)) : [value, value]),
          ROOMY,
          m.scheduler,
        ),
        map((value) => `${value}${m.scheduler.now()}`),
        toArray(),
      );

      m.expect(output$).toBeObservable("------------(r|)", {
        r: ["a2", "X2", "X2", "b4", "c4", "c4", "d11", "d11"],
      });
      m.expect(inner$).toHaveSubscriptions(innerSubs);
    }),
  );

  it(
    "arrays in which a consumer feeds values back come by lane, and their turns are counted",
    marbles((m) => {
      const input$ = m.hot<string>("a---------");
      const expected = "            (aXib)----c";
      const reentered$ = new Subject<string>();

      const output$ = merge(input$, reentered$).pipe(
        concatMapLanes(
          laneOf,
          (value) => [value],
          { queuedPerTurn: 2, queueMax: 100 },
          takes(10, m.scheduler),
        ),
        tap((value) => {
          if (value === "a") for (const next of "bciX") reentered$.next(next);
        }),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it("a projection that throws, taken as an inner ends or as a turn begins, is an error", () => {
    const scheduler = new VirtualTimeScheduler();
    for (const first of [of("a"), timer(1, scheduler).pipe(map(() => "a")), ["a"]]) {
      const input$ = new Subject<string>();
      const failures: unknown[] = [];
      input$
        .pipe(
          concatMapLanes(
            queued,
            (value) => {
              if (value === "a") return first;
              throw new Error("no");
            },
            { queuedPerTurn: 1, queueMax: 100 },
            scheduler,
          ),
          tap(() => {
            if (failures.length === 0) input$.next("b");
          }),
        )
        .subscribe({ error: (error: unknown) => failures.push(error) });

      input$.next("a");
      scheduler.flush();

      expect(failures).toEqual([new Error("no")]);
    }
  });

  it("a consumer that leaves in the middle of an array gets no more of it", () => {
    const received: number[] = [];

    range(0, Infinity)
      .pipe(
        concatMapLanes(queued, (value) => [value, value], ROOMY, new VirtualTimeScheduler()),
        take(3),
      )
      .subscribe((value) => received.push(value));

    expect(received).toEqual([0, 0, 1]);
  });

  it("inners that end in microtasks do not keep macrotasks waiting either", async () => {
    const input$ = new Subject<string>();
    const received: string[] = [];
    const waiting = 1_000;

    const done = new Promise<void>((resolve) => {
      input$
        .pipe(concatMapLanes(laneOf, (value) => Promise.resolve(value), ROOMY, asyncScheduler))
        .subscribe({ next: (value) => received.push(value), complete: resolve });
    });
    for (let next = 0; next < waiting; next += 1) input$.next("b");
    asyncScheduler.schedule(() => {
      input$.next("X");
      input$.complete();
    });
    await done;

    expect(received).toHaveLength(waiting + 1);
    expect(received.indexOf("X")).toBeLessThan(waiting);
  });

  it("a consumer that re-enters more than the room holds gets the error and nothing more", () => {
    const input$ = new Subject<number>();
    const received: number[] = [];
    const failures: unknown[] = [];

    input$
      .pipe(
        concatMapLanes(
          queued,
          (value) => of(value),
          { queuedPerTurn: 64, queueMax: 10 },
          new VirtualTimeScheduler(),
        ),
      )
      .subscribe({
        next: (value) => {
          received.push(value);
          for (let next = 1; next <= 11; next += 1) input$.next(next);
        },
        error: (error: unknown) => failures.push(error),
      });
    input$.next(0);

    expect(received).toEqual([0]);
    expect(failures).toHaveLength(1);
  });

  it("nothing urgent or queued is lost or moved within its lane, whatever arrives when", () => {
    const arrivals = fc.array(
      fc.record({ at: fc.nat(20), lane: fc.constantFrom<Lane>("urgent", "newest", "queued") }),
    );
    const inners = fc.record({ lasts: fc.nat(4), reenters: fc.nat(20), queuedPerTurn: fc.nat(3) });

    fc.assert(
      fc.property(arrivals, inners, (values, { lasts, reenters, queuedPerTurn }) => {
        const scheduler = new VirtualTimeScheduler();
        const input$ = new Subject<{ index: number; lane: Lane }>();
        const arrived: Record<Lane, number[]> = { urgent: [], newest: [], queued: [] };
        const received: Record<Lane, number[]> = { urgent: [], newest: [], queued: [] };
        let count = 0;
        const send = (lane: Lane): void => {
          count += 1;
          arrived[lane].push(count);
          input$.next({ index: count, lane });
        };

        input$
          .pipe(
            concatMapLanes(
              ({ lane }) => lane,
              (value) => (lasts === 0 ? of(value) : timer(lasts, scheduler).pipe(map(() => value))),
              { queuedPerTurn: queuedPerTurn + 1, queueMax: 1_000 },
              scheduler,
            ),
          )
          .subscribe(({ index, lane }) => {
            received[lane].push(index);
            if (index <= reenters) for (const next of LANES) send(next);
          });
        for (const { at, lane } of values) {
          scheduler.schedule(() => {
            send(lane);
          }, at);
        }
        scheduler.flush();

        expect(received.urgent).toEqual(arrived.urgent);
        expect(received.queued).toEqual(arrived.queued);
        expect(received.newest.at(-1)).toEqual(arrived.newest.at(-1));
        expect(received.newest).toEqual(received.newest.toSorted((a, b) => a - b));
      }),
    );
  });
});
