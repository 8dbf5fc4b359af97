import * as fc from "fast-check";
import {
  concatMap,
  concatWith,
  defer,
  EMPTY,
  finalize,
  identity,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  type OperatorFunction,
  type SchedulerLike,
  Subject,
  take,
  takeUntil,
  throwError,
  timer,
  VirtualTimeScheduler,
} from "rxjs";
import { describe, expect, it } from "vitest";
import {
  concatMapPreemptible,
  type PreemptibleOptions,
} from "../../../src/operators/concatMapPreemptible.ts";
import { marbles } from "../../support/marbles.ts";

type Options = PreemptibleOptions<string, string, string, string>;

/** Everything is admitted at once, and a stop concerns everybody. */
const OPTIONS: Options = {
  admit: () => of("permit"),
  preempt$: NEVER,
  isPreempted: () => true,
  displaced: (value, stage) => `${value} ${stage}`,
  late: (value, answer) => `${value} ${answer}, late`,
  deadlineMs: 1_000,
  detachedMax: 10,
};

const lane = (
  send: (value: string) => Observable<string>,
  changed: Partial<Options>,
  scheduler: SchedulerLike,
): OperatorFunction<string, string> =>
  concatMapPreemptible(send, { ...OPTIONS, ...changed }, scheduler);

describe("concatMapPreemptible", () => {
  it(
    "values are sent one at a time, in order",
    marbles((m) => {
      const source$ = m.hot<string>(" -(pqr)------|   ");
      const sending$ = m.cold<string>("----a|");
      const sendingSubs = [
        "                             -^---!           ",
        "                             -----^---!       ",
        "                             ---------^---!   ",
      ];
      const expected = "              -----p---q---(r|)";
      const values = { p: "p a", q: "q a", r: "r a" };

      const answer$ = source$.pipe(
        lane((value) => sending$.pipe(map((answer) => `${value} ${answer}`)), {}, m.scheduler),
      );

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a stop displaces the running value and the waiting one; the request goes on, and so does the lane",
    marbles((m) => {
      const source$ = m.hot<string>(" -p-q--------r----------|");
      const stop$ = m.hot<string>("   -----X------------------");
      const sending$ = m.cold<string>("---------a|");
      const sendingSubs = [
        "                             -^--------!",
        "                             ------------^--------!",
      ];
      const expected = "              -----(PQ)-l----------r-|";
      const values = { P: "p running", Q: "q waiting", l: "p a, late", r: "a" };

      const answer$ = source$.pipe(lane(() => sending$, { preempt$: stop$ }, m.scheduler));

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "the obvious concatMap and takeUntil loses the running answer and sends the queued value",
    marbles((m) => {
      const source$ = m.hot<string>(" -p-q--------------------");
      const stop$ = m.hot<string>("   -----X------------------");
      const sending$ = m.cold<string>("---------a|");
      const sendingSubs = ["          -^---!", "-----^---------!"];
      const expected = "              --------------a----------";

      const answer$ = source$.pipe(concatMap(() => sending$.pipe(takeUntil(stop$))));

      m.expect(answer$).toBeObservable(expected);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a stop during the wait for a permit gives the permit up, and nothing is sent",
    marbles((m) => {
      const source$ = m.hot<string>(" -p----------r-------");
      const stop$ = m.hot<string>("   -----X--------------");
      const permit$ = m.cold<string>(" ------y-");
      const permitSubs = [
        "                             -^---!",
        "                             ------------^-----!",
      ];
      const sending$ = m.cold<string>("                  --a|");
      const sendingSubs = "           ------------------^-!";
      const expected = "              -----P--------------r";
      const values = { P: "p waiting", r: "a" };

      const answer$ = source$.pipe(
        lane(() => sending$, { preempt$: stop$, admit: () => permit$ }, m.scheduler),
      );

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(permit$).toHaveSubscriptions(permitSubs);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a permit is the first thing `admit` says, and its mere completion is one too",
    marbles((m) => {
      const source$ = m.hot<string>(" p----q----");
      const permits$ = { p: m.cold<string>("-y-y"), q: m.cold<string>("--|") };
      const sending$ = m.cold<string>("--a|");
      const sendingSubs = ["          -^-!", "-------^-!"];
      const expected = "              ---a-----a";

      const answer$ = source$.pipe(
        lane(
          () => sending$,
          { admit: (value) => (value === "p" ? permits$.p : permits$.q) },
          m.scheduler,
        ),
      );

      m.expect(answer$).toBeObservable(expected);
      m.expect(permits$.p).toHaveSubscriptions("^!");
      m.expect(permits$.q).toHaveSubscriptions("-----^-!");
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a stop concerns only whom it names; the others keep their place",
    marbles((m) => {
      const source$ = m.hot<string>(" (pqrs)------------");
      const stop$ = m.hot<string>("   --q----s----------");
      const sending$ = m.cold<string>("------a|");
      const sendingSubs = ["          ^-----!", "------^-----!"];
      const expected = "              --Q---pS----r-----";
      const values = { Q: "q waiting", p: "p a", S: "s waiting", r: "r a" };

      const answer$ = source$.pipe(
        lane(
          (value) => sending$.pipe(map((answer) => `${value} ${answer}`)),
          { preempt$: stop$, isPreempted: (value, preempt) => value === preempt },
          m.scheduler,
        ),
      );

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a stop that names the running value frees the lane for those it does not",
    marbles((m) => {
      const source$ = m.hot<string>(" (pq)------------");
      const stop$ = m.hot<string>("   --p-------------");
      const sending$ = m.cold<string>("------a|");
      const sendingSubs = ["          ^-----!", "--^-----!"];
      const expected = "              --P---l-q--------";
      const values = { P: "p running", l: "p a, late", q: "a" };

      const answer$ = source$.pipe(
        lane(
          () => sending$,
          { preempt$: stop$, isPreempted: (value, preempt) => value === preempt },
          m.scheduler,
        ),
      );

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "an answer before the stop, in its frame, is the answer",
    marbles((m) => {
      const sending$ = m.hot<string>("-----a---");
      const source$ = m.hot<string>(" -p-q-----");
      const stop$ = m.hot<string>("   -----X---");
      const expected = "              -----(pQ)";
      const values = { p: "a", Q: "q running" };

      const answer$ = source$.pipe(lane(() => sending$, { preempt$: stop$ }, m.scheduler));

      m.expect(answer$).toBeObservable(expected, values);
    }),
  );

  it(
    "an answer after the stop, in its frame, is late",
    marbles((m) => {
      const stop$ = m.hot<string>("   -----X---");
      const sending$ = m.hot<string>("-----a---");
      const source$ = m.hot<string>(" -p-q-----");
      const expected = "              -----(PQl)";
      const values = { P: "p running", Q: "q waiting", l: "p a, late" };

      const answer$ = source$.pipe(lane(() => sending$, { preempt$: stop$ }, m.scheduler));

      m.expect(answer$).toBeObservable(expected, values);
    }),
  );

  it(
    "a stop and a value in one event: the stop does not concern what is born of it",
    marbles((m) => {
      const event$ = m.hot<string>("  -p---X----");
      const sending$ = m.cold<string>("------a|");
      const sendingSubs = ["          -^-----!", "-----^-----!"];
      const expected = "              -----P-l---X";
      const values = { P: "p running", l: "p a, late", X: "a" };

      const answer$ = event$.pipe(
        lane(
          () => sending$,
          { preempt$: event$, isPreempted: (_, event) => event === "X" },
          m.scheduler,
        ),
      );

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a request past its deadline is overdue: the lane is free, and the answer is late",
    marbles((m) => {
      const source$ = m.hot<string>(" p-q---------|     ");
      const permit$ = m.cold<string>("--y|");
      const sending$ = m.cold<string>("  -----a|");
      const sendingSubs = [
        "                             --^----!          ",
        "                             -------^----!     ",
      ];
      const expected = "              -----P-l--Q-(m|)  ";
      const values = { P: "p overdue", l: "p a, late", Q: "q overdue", m: "q a, late" };

      const answer$ = source$.pipe(
        lane(() => sending$, { admit: () => permit$, deadlineMs: 3 }, m.scheduler),
      );

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a request displaced by a stop is not overdue as well",
    marbles((m) => {
      const source$ = m.hot<string>(" p-----------|");
      const stop$ = m.hot<string>("   --X----------");
      const sending$ = m.cold<string>("--------a|");
      const expected = "              --P-----l---|";
      const values = { P: "p running", l: "p a, late" };

      const answer$ = source$.pipe(
        lane(() => sending$, { preempt$: stop$, deadlineMs: 4 }, m.scheduler),
      );

      m.expect(answer$).toBeObservable(expected, values);
    }),
  );

  it(
    "a request that fails, throws or ends unanswered is displaced while running, never silence",
    marbles((m) => {
      const source$ = m.hot<string>("  p---q---r---s---|");
      const failing$ = m.cold<string>("-#");
      const ending$ = m.cold<string>("     -|");
      const expected = "               -P---Q--R---s---|";
      const values = { P: "p running", Q: "q running", R: "r running", s: "a" };
      const send = (value: string) => {
        if (value === "p") return failing$;
        if (value === "q") return ending$;
        if (value === "s") return of("a");
        throw new Error("no");
      };

      const answer$ = source$.pipe(lane(send, {}, m.scheduler));

      m.expect(answer$).toBeObservable(expected, values);
    }),
  );

  it(
    "a permit that fails leaves its value unsent: displaced while waiting",
    marbles((m) => {
      const source$ = m.hot<string>(" p---q---|");
      const sending$ = m.cold<string>("    -a|");
      const expected = "              P----q--|";
      const values = { P: "p waiting", q: "a" };
      const admit = (value: string) =>
        value === "p" ? throwError(() => new Error("no")) : of("permit");

      const answer$ = source$.pipe(lane(() => sending$, { admit }, m.scheduler));

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions("----^!");
    }),
  );

  it(
    "a displaced request that then fails, or ends unanswered, says nothing more",
    marbles((m) => {
      const source$ = m.hot<string>("  p----q---|   ");
      const stop$ = m.hot<string>("    --X---X---   ");
      const failing$ = m.cold<string>("----#");
      const ending$ = m.cold<string>("      -------|");
      const expected = "               --P---Q-----|";
      const values = { P: "p running", Q: "q running" };

      const answer$ = source$.pipe(
        lane((value) => (value === "p" ? failing$ : ending$), { preempt$: stop$ }, m.scheduler),
      );

      m.expect(answer$).toBeObservable(expected, values);
    }),
  );

  it(
    "of more than `detachedMax` displaced requests the oldest is given up",
    marbles((m) => {
      const source$ = m.hot<string>(" p--q--r--|      ");
      const stop$ = m.hot<string>("   -X--X--X--      ");
      const sending$ = m.cold<string>("---------a|");
      const sendingSubs = [
        "                             ^------!          ",
        "                             ---^--------!     ",
        "                             ------^--------!  ",
      ];
      const expected = "              -P--Q--R----l--(m|)";
      const values = {
        P: "p running",
        Q: "q running",
        R: "r running",
        l: "q a, late",
        m: "r a, late",
      };

      const answer$ = source$.pipe(
        lane(() => sending$, { preempt$: stop$, detachedMax: 2 }, m.scheduler),
      );

      m.expect(answer$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "with nobody left to wait for, giving up the last displaced request completes the lane",
    marbles((m) => {
      const source$ = m.hot<string>(" p-|  ");
      const stop$ = m.hot<string>("   ----X");
      const sending$ = m.cold<string>("---------a|");
      const expected = "              ----(P|)";

      const answer$ = source$.pipe(
        lane(() => sending$, { preempt$: stop$, detachedMax: 0 }, m.scheduler),
      );

      m.expect(answer$).toBeObservable(expected, { P: "p running" });
      m.expect(sending$).toHaveSubscriptions("^---!");
    }),
  );

  it(
    "completion waits for the queue and for displaced requests",
    marbles((m) => {
      const source$ = m.hot<string>(" (pq|)            ");
      const stop$ = m.hot<string>("   --p--------------");
      const sending$ = m.cold<string>("--------a|");
      const expected = "              --P-----l-(q|)";
      const values = { P: "p running", l: "p a, late", q: "a" };

      const answer$ = source$.pipe(
        lane(
          () => sending$,
          { preempt$: stop$, isPreempted: (value, stop) => value === stop },
          m.scheduler,
        ),
      );

      m.expect(answer$).toBeObservable(expected, values);
    }),
  );

  it(
    "an idle lane completes with its source",
    marbles((m) => {
      const answer$ = EMPTY.pipe(lane(() => of("a"), {}, m.scheduler));

      m.expect(answer$).toBeObservable("|");
    }),
  );

  it(
    "an error of the source passes at once and drops what runs, waits or is displaced",
    marbles((m) => {
      const source$ = m.hot<string>(" p--qr-#");
      const stop$ = m.hot<string>("   --X----");
      const sending$ = m.cold<string>("---------a|");
      const sendingSubs = ["          ^-----!", "---^--!"];
      const expected = "              --P---#";

      const answer$ = source$.pipe(lane(() => sending$, { preempt$: stop$ }, m.scheduler));

      m.expect(answer$).toBeObservable(expected, { P: "p running" });
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(stop$).toHaveSubscriptions("^-----!");
    }),
  );

  it(
    "a lane that can no longer be stopped ends with the error of its stops",
    marbles((m) => {
      const source$ = m.hot<string>(" p------");
      const stop$ = m.hot<string>("   --#----");
      const sending$ = m.cold<string>("---a|");
      const expected = "              --#";

      const answer$ = source$.pipe(lane(() => sending$, { preempt$: stop$ }, m.scheduler));

      m.expect(answer$).toBeObservable(expected);
      m.expect(sending$).toHaveSubscriptions("^-!");
      m.expect(source$).toHaveSubscriptions("^-!");
    }),
  );

  it(
    "neither the end of the stops nor that of the source is the end of the lane",
    marbles((m) => {
      const source$ = m.hot<string>(" p-|");
      const stop$ = m.hot<string>("   -|-");
      const sending$ = m.cold<string>("----a|");
      const expected = "              ----(a|)";

      const answer$ = source$.pipe(lane(() => sending$, { preempt$: stop$ }, m.scheduler));

      m.expect(answer$).toBeObservable(expected);
    }),
  );

  it(
    "unsubscribing drops what runs, what waits for its permit, and what is displaced",
    marbles((m) => {
      const source$ = m.hot<string>(" p--q----");
      const stop$ = m.hot<string>("   --X-----");
      const unsub = "                 ^----!  ";
      const permits$ = m.cold<string>("--------y");
      const sending$ = m.cold<string>("---------a|");
      const expected = "              --P-----";

      const answer$ = source$.pipe(
        lane(
          () => sending$,
          { preempt$: stop$, admit: (value) => (value === "p" ? of("permit") : permits$) },
          m.scheduler,
        ),
      );

      m.expect(answer$, unsub).toBeObservable(expected, { P: "p running" });
      m.expect(sending$).toHaveSubscriptions("^----!");
      m.expect(permits$).toHaveSubscriptions("---^-!");
      m.expect(source$).toHaveSubscriptions(unsub);
      m.expect(stop$).toHaveSubscriptions(unsub);
    }),
  );

  it("neither an answer nor unsubscribing leaves a deadline behind", () => {
    const scheduler = new VirtualTimeScheduler();
    const reply$ = new Subject<string>();
    const subscription = merge(of("p", "q"), NEVER)
      .pipe(lane(() => reply$, {}, scheduler))
      .subscribe();

    expect(scheduler.actions).toHaveLength(1);
    reply$.next("a");
    expect(scheduler.actions).toHaveLength(1);
    subscription.unsubscribe();
    expect(scheduler.actions).toHaveLength(0);
  });

  it("a consumer that leaves while it hears an answer has nothing more sent for it", () => {
    const sent: string[] = [];
    const reply$ = new Subject<string>();

    merge(of("p", "q", "r"), NEVER)
      .pipe(
        lane(
          (value) => {
            sent.push(value);
            return reply$;
          },
          {},
          new VirtualTimeScheduler(),
        ),
        take(1),
      )
      .subscribe();
    reply$.next("a");

    expect(sent).toEqual(["p"]);
  });

  it("a stop within `send` itself displaces the value; the answer it returns with is late", () => {
    const stop$ = new Subject<string>();
    const received: string[] = [];

    merge(of("p"), NEVER)
      .pipe(
        lane(
          () => {
            stop$.next("X");
            return of("a");
          },
          { preempt$: stop$ },
          new VirtualTimeScheduler(),
        ),
      )
      .subscribe((answer) => received.push(answer));

    expect(received).toEqual(["p running", "p a, late"]);
  });

  it("a value stopped within its own `admit` is never sent, even if the permit is granted", () => {
    const stop$ = new Subject<string>();
    const received: string[] = [];
    const sent: string[] = [];

    merge(of("p"), NEVER)
      .pipe(
        lane(
          (value) => {
            sent.push(value);
            return of("a");
          },
          {
            preempt$: stop$,
            admit: () => {
              stop$.next("X");
              return of("permit");
            },
          },
          new VirtualTimeScheduler(),
        ),
      )
      .subscribe((answer) => received.push(answer));

    expect(received).toEqual(["p waiting"]);
    expect(sent).toEqual([]);
  });

  it("a permit given up at a stop may let a new value in, but none that the stop concerns", () => {
    const source$ = new Subject<string>();
    const stop$ = new Subject<string>();
    const received: string[] = [];
    const sent: string[] = [];
    const permit$ = NEVER.pipe(
      finalize(() => {
        source$.next("r");
      }),
    );

    source$
      .pipe(
        lane(
          (value) => {
            sent.push(value);
            return of(`${value} a`);
          },
          { preempt$: stop$, admit: (value) => (value === "p" ? permit$ : of("permit")) },
          new VirtualTimeScheduler(),
        ),
      )
      .subscribe((answer) => received.push(answer));
    source$.next("p");
    source$.next("q");
    stop$.next("X");

    expect(received).toEqual(["p waiting", "q waiting", "r a"]);
    expect(sent).toEqual(["r"]);
  });

  it("a consumer that stops the lane while it hears an answer is heard before the next is sent", () => {
    const source$ = new Subject<string>();
    const stop$ = new Subject<string>();
    const reply$ = new Subject<string>();
    const received: string[] = [];
    const sent: string[] = [];

    source$
      .pipe(
        lane(
          (value) => {
            sent.push(value);
            return reply$;
          },
          { preempt$: stop$ },
          new VirtualTimeScheduler(),
        ),
      )
      .subscribe((answer) => {
        received.push(answer);
        if (answer === "a") {
          source$.next("r");
          stop$.next("X");
          source$.next("s");
        }
      });
    source$.next("p");
    source$.next("q");
    reply$.next("a");

    expect(received).toEqual(["a", "q waiting", "r waiting"]);
    expect(sent).toEqual(["p", "s"]);
  });

  it("answers to two stops, one within the other, come out once each and in lane order", () => {
    const source$ = new Subject<string>();
    const stop$ = new Subject<string>();
    const received: string[] = [];

    source$
      .pipe(
        lane(
          () => NEVER,
          { preempt$: stop$, isPreempted: (value, stop) => stop.includes(value) },
          new VirtualTimeScheduler(),
        ),
      )
      .subscribe((answer) => {
        received.push(answer);
        if (answer === "p running") stop$.next("pqrs");
      });
    for (const value of "pqrs") source$.next(value);
    stop$.next("pr");

    expect(received).toEqual(["p running", "r waiting", "q waiting", "s waiting"]);
  });

  it("10,000 waiting values displaced at one stop, each re-entering one, come out in order", () => {
    const count = 10_000;
    const source$ = new Subject<string>();
    const stop$ = new Subject<string>();
    const received: string[] = [];
    const sent: string[] = [];

    source$
      .pipe(
        lane(
          (value) => {
            sent.push(value);
            return value.startsWith("old") ? NEVER : of(`${value} a`);
          },
          { preempt$: stop$ },
          new VirtualTimeScheduler(),
        ),
      )
      .subscribe((answer) => {
        if (received.length < count) source$.next(`new ${received.length}`);
        received.push(answer);
      });
    for (let index = 0; index < count; index += 1) source$.next(`old ${index}`);
    stop$.next("X");

    const indices = Array.from({ length: count }, (_, index) => index);
    expect(received).toEqual([
      ...indices.map((index) => `old ${index} ${index === 0 ? "running" : "waiting"}`),
      ...indices.map((index) => `new ${index} a`),
    ]);
    expect(sent).toHaveLength(1 + count);
  });

  it("10,000 synchronous answers, each re-entering the next value, do not nest", () => {
    const count = 10_000;
    const source$ = new Subject<string>();
    const received: string[] = [];

    source$.pipe(lane((value) => of(value), {}, new VirtualTimeScheduler())).subscribe((answer) => {
      received.push(answer);
      if (received.length < count) source$.next(`${received.length}`);
    });
    source$.next("0");

    expect(received).toEqual(Array.from({ length: count }, (_, index) => `${index}`));
  });

  it("what `isPreempted`, `displaced` or `late` throws is an error notification", () => {
    const fails = (): never => {
      throw new Error("no");
    };
    for (const broken of [{ isPreempted: fails }, { displaced: fails }, { late: fails }]) {
      const stop$ = new Subject<string>();
      const reply$ = new Subject<string>();
      const failures: unknown[] = [];
      merge(of("p"), NEVER)
        .pipe(lane(() => reply$, { preempt$: stop$, ...broken }, new VirtualTimeScheduler()))
        .subscribe({ error: (error: unknown) => failures.push(error) });
      stop$.next("X");
      reply$.next("a");

      expect(failures).toEqual([new Error("no")]);
    }
  });

  it("stops are subscribed to before values, so that of one event the stop is heard first", () => {
    const order: string[] = [];
    const preempt$ = defer(() => {
      order.push("stops");
      return NEVER;
    });

    defer(() => {
      order.push("values");
      return EMPTY;
    })
      .pipe(lane(() => of("a"), { preempt$ }, new VirtualTimeScheduler()))
      .subscribe();

    expect(order).toEqual(["stops", "values"]);
  });

  it("every value gets exactly one answer in time, and is sent once or never, whatever happens", () => {
    const values = fc.array(
      fc.record({
        at: fc.nat(20),
        permitMs: fc.nat(4),
        answerMs: fc.nat(12),
        ends: fc.constantFrom("answers", "fails", "completes", "hangs"),
      }),
      { maxLength: 12 },
    );
    const stops = fc.array(fc.record({ at: fc.nat(30), spares: fc.nat(3) }), { maxLength: 6 });
    const bounds = fc.record({
      detachedMax: fc.nat(3),
      deadlineMs: fc.integer({ min: 1, max: 8 }),
      reentries: fc.nat(3),
    });

    fc.assert(
      fc.property(values, stops, bounds, (planned, halts, { reentries, ...limits }) => {
        const scheduler = new VirtualTimeScheduler();
        const source$ = new Subject<number>();
        const stop$ = new Subject<number>();
        const sent: number[] = [];
        const answered: number[] = [];
        const unsent: number[] = [];
        const overtaken: number[] = [];
        const late: number[] = [];

        source$
          .pipe(
            concatMapPreemptible(
              (value) => {
                overtaken.push(...sent.filter((earlier) => !answered.includes(earlier)));
                sent.push(value);
                const { answerMs = 1, ends = "answers" } = planned[value] ?? {};
                if (ends === "hangs") return NEVER;
                return timer(answerMs, scheduler).pipe(
                  map(() => ({ to: answered, value })),
                  ends === "answers" ? identity : ignoreElements(),
                  ends === "fails" ? concatWith(throwError(() => "no")) : identity,
                );
              },
              {
                ...limits,
                admit: (value) => timer(planned[value]?.permitMs ?? 0, scheduler),
                preempt$: stop$,
                isPreempted: (value, spares) => value % 4 !== spares,
                displaced: (value, stage) => {
                  if (stage === "waiting") unsent.push(value);
                  return { to: answered, value };
                },
                late: (value) => ({ to: late, value }),
              },
              scheduler,
            ),
          )
          .subscribe(({ to, value }) => {
            to.push(value);
            if (to === answered && answered.length <= reentries) {
              source$.next(planned.length + answered.length);
              stop$.next(value % 4);
            }
          });
        for (const [value, { at }] of planned.entries()) {
          scheduler.schedule(() => {
            source$.next(value);
          }, at);
        }
        for (const { at, spares } of halts) {
          scheduler.schedule(() => {
            stop$.next(spares);
          }, at);
        }
        scheduler.flush();

        const reentered = Math.min(reentries, answered.length);
        expect(answered).toHaveLength(planned.length + reentered);
        expect(new Set(answered).size).toBe(answered.length);
        expect([...sent, ...unsent].toSorted((a, b) => a - b)).toEqual(
          answered.toSorted((a, b) => a - b),
        );
        expect(overtaken).toEqual([]);
        expect(new Set(late).size).toBe(late.length);
        expect(late.filter((value) => !sent.includes(value))).toEqual([]);
      }),
    );
  });
});
