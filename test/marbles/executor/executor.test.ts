/** The stream around the reducer, with a reducer that only remembers and shouts at every stop. */
import {
  type Observable,
  Subject,
  VirtualTimeScheduler,
  asapScheduler,
  concatMap,
  map,
  of,
  tap,
  throwError,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { type Reduce, type Transition, executor } from "../../../src/executor/index.ts";
import {
  type Arrival,
  type Effect,
  type Event,
  type Journal,
  LawBroken,
  type QuoteMode,
  orderId,
} from "../../../src/types/index.ts";
import { bench, instant, intent } from "../../support/builders.ts";
import { marbles } from "../../support/marbles.ts";
import { JOURNAL, letterOf, slowJournal } from "./legend.ts";

const INITIAL = bench().state();

const fact = (letter: string): Event => ({ type: "cancel.acked", orderId: orderId(letter) });
const target = (letter: string, seq: number, mode: QuoteMode = "normal"): Event => ({
  type: "intent.published",
  intent: intent({ seq, mode, reason: letter }),
});
const halt = (letter: string): Event => ({
  type: "operator.commanded",
  command: "halt",
  reason: letter,
  accountEpoch: 1,
});

/** `a b c d` facts, `i j k` intents, `S T` intents to stop, `X` the operator's halt. */
const EVENTS: Record<string, Event> = {
  a: fact("a"),
  b: fact("b"),
  c: fact("c"),
  d: fact("d"),
  i: target("i", 1),
  j: target("j", 2),
  k: target("k", 4),
  S: target("S", 3, "stop"),
  T: target("T", 5, "stop"),
  X: halt("X"),
};

const BEHIND: Event = { type: "load.changed", isBehind: true, detail: "event loop" };

const remember: Reduce = (state, input) => {
  const isHalt = input.event.type === "operator.commanded";
  const alert: Effect = { type: "alert", market: state.market.id, text: "halted", facts: {} };
  return [{ ...state, step: input.seq, now: input.at }, isHalt ? [alert] : []];
};

/** "3 X": the order number, and the event it was given to. */
const inWords = map(({ input }: Transition): string => `${input.seq} ${letterOf(input.event)}`);
const numbered = (letters: string): Record<string, string> =>
  Object.fromEntries(Array.from(letters, (letter, index) => [letter, `${index + 1} ${letter}`]));

const arrived =
  (now: () => number) =>
  (event$: Observable<Event>): Observable<Arrival> =>
    event$.pipe(map((event) => ({ at: instant(now()), event })));

describe("the executor", () => {
  it(
    "[I] a stop overtakes, then comes the newest intent, then facts in order",
    marbles((m) => {
      const event$ = m.hot("(abcdijX)-----|", EVENTS);
      const expected = "    --a-X-j-b-c-d-|";
      const journal = slowJournal(2, m.scheduler);

      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, remember, journal, m.scheduler),
      );

      m.expect(transition$.pipe(inWords)).toBeObservable(expected, numbered("aXjbcd"));
    }),
  );

  it(
    "[K] being behind overtakes the facts that wait, or it would be heard when it is over",
    marbles((m) => {
      const event$ = m.hot("(abcL)--|", { ...EVENTS, L: BEHIND });
      const expected = "    --a-L-b-(c|)";
      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, remember, slowJournal(2, m.scheduler), m.scheduler),
      );

      const seen = { ...numbered("aLbc"), L: "2 load.changed" };
      m.expect(transition$.pipe(inWords)).toBeObservable(expected, seen);
    }),
  );

  it(
    "[I] a newer intent replaces an untaken one, but no stop: each of those is heard",
    marbles((m) => {
      const event$ = m.hot("(aijSkT)------|", EVENTS);
      const expected = "    --a-S-T-k-----|";
      const journal = slowJournal(2, m.scheduler);

      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, remember, journal, m.scheduler),
      );

      m.expect(transition$.pipe(inWords)).toBeObservable(expected, numbered("aSTk"));
    }),
  );

  it(
    "the order number is given when an event is taken, its time when it arrived",
    marbles((m) => {
      const event$ = m.hot("ab-X---|", EVENTS);
      const expected = "    ---a--X--(b|)";
      const values = { a: "1 a at 0", X: "2 X at 3", b: "3 b at 1" };
      const journal = slowJournal(3, m.scheduler);

      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, remember, journal, m.scheduler),
        map(({ input: { seq, at, event } }) => {
          const elapsed = at.monotonicMs - instant(0).monotonicMs;
          return `${seq} ${letterOf(event)} at ${elapsed}`;
        }),
      );

      m.expect(transition$).toBeObservable(expected, values);
    }),
  );

  it(
    "order numbers go on from the step that was started with",
    marbles((m) => {
      const event$ = m.hot("a-b|", EVENTS);
      const expected = "    a-b|";
      const values = { a: "42 a", b: "43 b" };

      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor({ ...INITIAL, step: 41 }, remember, JOURNAL, m.scheduler),
      );

      m.expect(transition$.pipe(inWords)).toBeObservable(expected, values);
    }),
  );

  it(
    "[A] a late subscriber joins the one executor there is",
    marbles((m) => {
      const event$ = m.hot(" -a-b-c-", EVENTS);
      const eventSubs = "    ^------";
      const early = "        ^------";
      const expectedEarly = "-a-b-c-";
      const late = "         --^----";
      const expectedLate = " ---b-c-";
      const shared$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, remember, JOURNAL, m.scheduler),
      );

      m.expect(shared$.pipe(inWords), early).toBeObservable(expectedEarly, numbered("abc"));
      m.expect(shared$.pipe(inWords), late).toBeObservable(expectedLate, numbered("abc"));
      m.expect(event$).toHaveSubscriptions(eventSubs);
    }),
  );

  it(
    "[A] with nobody listening it ends for good: who comes back finds no empty executor",
    marbles((m) => {
      const event$ = m.hot("  -a-b-c-", EVENTS);
      const eventSubs = "     ^-!    ";
      const first = "         ^-!";
      const expectedFirst = " -a-";
      const second = "        ----^--";
      const expectedSecond = "----#--";
      const twice = new LawBroken("A", "an executor cannot begin twice");
      const shared$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, remember, JOURNAL, m.scheduler),
      );

      m.expect(shared$.pipe(inWords), first).toBeObservable(expectedFirst, numbered("abc"));
      m.expect(shared$.pipe(inWords), second).toBeObservable(expectedSecond, {}, twice);
      m.expect(event$).toHaveSubscriptions(eventSubs);
    }),
  );

  it(
    "[A] after its end, and after its error, there is no second executor",
    marbles((m) => {
      const ending$ = m.hot(" -a|", EVENTS);
      const endingSubs = "    ^-!";
      const expectedEnd = "   ---|";
      const failing$ = m.hot("-a#", EVENTS);
      const failingSubs = "   ^-!";
      const expectedError = " ---#";
      const first = "         ^--";
      const late = "          ---^";
      const run = (event$: Observable<Event>): Observable<string> =>
        event$.pipe(
          arrived(() => m.scheduler.now()),
          executor(INITIAL, remember, JOURNAL, m.scheduler),
          inWords,
        );
      const ended$ = run(ending$);
      const failed$ = run(failing$);

      m.expect(ended$, first).toBeObservable("-a|", numbered("a"));
      m.expect(ended$, late).toBeObservable(expectedEnd);
      m.expect(failed$, first).toBeObservable("-a#", numbered("a"));
      m.expect(failed$, late).toBeObservable(expectedError);
      m.expect(ending$).toHaveSubscriptions(endingSubs);
      m.expect(failing$).toHaveSubscriptions(failingSubs);
    }),
  );

  it(
    "an event the journal cannot take ends the executor, and is not acted on",
    marbles((m) => {
      const event$ = m.hot("-a-b-c-", EVENTS);
      const eventSubs = "   ^--!";
      const expected = "    -a-#";
      const full: Journal = {
        ...JOURNAL,
        append: (input) => (input.seq === 2 ? throwError(() => "disk full") : of(input)),
      };
      const reduced: number[] = [];
      const counting: Reduce = (state, input) => {
        reduced.push(input.seq);
        return remember(state, input);
      };

      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, counting, full, m.scheduler),
        tap({ error: () => expect(reduced).toEqual([1]) }),
      );

      m.expect(transition$.pipe(inWords)).toBeObservable(expected, numbered("a"), "disk full");
      m.expect(event$).toHaveSubscriptions(eventSubs);
    }),
  );

  it(
    "effects the journal cannot take are heard by nobody",
    marbles((m) => {
      const event$ = m.hot("-a-X-c-", EVENTS);
      const eventSubs = "   ^--!";
      const expected = "    -a-#";
      const error = new Error("disk full");
      const full: Journal = {
        ...JOURNAL,
        decided: () => {
          throw error;
        },
      };

      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, remember, full, m.scheduler),
      );

      m.expect(transition$.pipe(inWords)).toBeObservable(expected, numbered("a"), error);
      m.expect(event$).toHaveSubscriptions(eventSubs);
    }),
  );

  it(
    "[A] a broken law ends the executor: state and effects of that step are heard by nobody",
    marbles((m) => {
      const event$ = m.hot("-a-b-c-", EVENTS);
      const eventSubs = "   ^--!";
      const expected = "    -a-#";
      const broken = new LawBroken("E", "a share sold twice");
      const breaking: Reduce = (state, input) => {
        if (input.seq === 2) throw broken;
        return remember(state, input);
      };

      const transition$ = event$.pipe(
        arrived(() => m.scheduler.now()),
        executor(INITIAL, breaking, JOURNAL, m.scheduler),
      );

      m.expect(transition$.pipe(inWords)).toBeObservable(expected, numbered("a"), broken);
      m.expect(event$).toHaveSubscriptions(eventSubs);
    }),
  );

  it("an event is on disk before it is acted on, a decision before anyone hears of it", () => {
    const trace: string[] = [];
    const journal: Journal = {
      ...JOURNAL,
      append: (input) => {
        trace.push(`append ${input.seq}`);
        return of(input);
      },
      decided: (seq, effects) => trace.push(`decided ${seq}: ${effects.length}`),
    };
    const traced: Reduce = (state, input) => {
      trace.push(`reduce ${input.seq}`);
      return remember(state, input);
    };

    of(fact("a"), halt("X"))
      .pipe(
        arrived(() => 0),
        executor(INITIAL, traced, journal, asapScheduler),
        concatMap(({ input, effects }) => [`hear ${input.seq}`, ...effects.map(() => "effect")]),
      )
      .subscribe((line) => trace.push(line));

    expect(trace).toEqual([
      "append 1",
      "reduce 1",
      "hear 1",
      "append 2",
      "reduce 2",
      "decided 2: 1",
      "hear 2",
      "effect",
    ]);
  });

  it("[A] where an answer comes back at once, everyone still hears the steps in one order", () => {
    const event$ = new Subject<Event>();
    const transition$ = event$.pipe(
      arrived(() => 0),
      executor(INITIAL, remember, JOURNAL, asapScheduler),
    );
    const heard: [number[], number[]] = [[], []];
    // The gateway is the first to hear, and a venue in process answers on the spot.
    transition$.subscribe(({ input }) => {
      heard[0].push(input.seq);
      if (input.seq <= 2) for (const letter of "bc") event$.next(fact(letter));
    });
    transition$.subscribe(({ input }) => heard[1].push(input.seq));

    event$.next(fact("a"));

    expect(heard).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
  });

  it("[C] a stop in a flood is taken after 64 facts at most, and no fact is lost", () => {
    const macrotask = new VirtualTimeScheduler();
    const event$ = new Subject<Event>();
    const heard: string[] = [];
    event$
      .pipe(
        arrived(() => 0),
        executor(INITIAL, remember, JOURNAL, macrotask),
      )
      .subscribe(({ input }) => {
        heard.push(letterOf(input.event));
        if (input.seq === 1) for (let n = 0; n < 10_000; n += 1) event$.next(fact(`f${n}`));
      });

    event$.next(fact("a"));
    expect(heard).toHaveLength(64);
    event$.next(halt("X"));
    expect(heard.at(-1)).toBe("X");
    macrotask.flush();

    const facts = Array.from({ length: 10_000 }, (_, n) => `f${n}`);
    expect(heard.filter((letter) => letter !== "X")).toEqual(["a", ...facts]);
  });
});
