import * as fc from "fast-check";
import { debounceTime, merge, NEVER, Subject, tap, VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { debounceWithin } from "../../../src/operators/debounceWithin.ts";
import { marbles } from "../../support/marbles.ts";

describe("debounceWithin", () => {
  it(
    "a busy source is heard at the ceiling, a quiet one after the quiet time",
    marbles((m) => {
      const source$ = m.hot<string>("a-b-c-d-e-f-g-h-i-j------|");
      const sourceSubs = "           ^------------------------!";
      const expected = "             ------d-------h------j---|";

      const output$ = source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler));

      m.expect(output$).toBeObservable(expected);
      m.expect(source$).toHaveSubscriptions(sourceSubs);
    }),
  );

  it(
    "a bare debounceTime starves on the same source",
    marbles((m) => {
      const source$ = m.hot<string>("a-b-c-d-e-f-g-h-i-j------|");
      const expected = "             ---------------------j---|";

      m.expect(source$.pipe(debounceTime(3, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "a single value waits for the quiet time, or for a ceiling below it",
    marbles((m) => {
      const source$ = m.hot<string>("-a-------b---------");
      const quiet = "                ----a-------b------";
      const ceiling = "              ---a-------b-------";

      m.expect(
        source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler)),
      ).toBeObservable(quiet);
      m.expect(
        source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 2 }, m.scheduler)),
      ).toBeObservable(ceiling);
    }),
  );

  it(
    "of two values in one frame the later one is heard",
    marbles((m) => {
      const source$ = m.hot<string>("(ab)----------(cd)");
      const expected = "             ---b-------------d";

      const output$ = source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler));

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a value in the frame of the ceiling is heard in that frame",
    marbles((m) => {
      const source$ = m.hot<string>("a-b-c-(de)-----");
      const expected = "             ------d--e-----";

      const output$ = source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler));

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a value just after the flush, in its frame, opens the next burst",
    marbles((m) => {
      const source$ = m.hot<string>("a-------------");
      const expected = "             ---a--b-------";
      const after$ = new Subject<string>();

      const output$ = merge(source$, after$).pipe(
        debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler),
      );
      m.scheduler.schedule(() => {
        // Scheduled at frame 2 for frame 3: later in that frame than the flush of `a`.
        m.scheduler.schedule(() => {
          after$.next("b");
        }, 1);
      }, 2);

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a value re-entered during a flush opens the next burst",
    marbles((m) => {
      const source$ = m.hot<string>("a-b-c-d-----------------");
      const expected = "             ------d--e--------------";
      const reentered$ = new Subject<string>();

      const output$ = merge(source$, reentered$).pipe(
        debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler),
        tap((value) => {
          if (value === "d") reentered$.next("e");
        }),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "completion flushes the open burst",
    marbles((m) => {
      const source$ = m.hot<string>("-a-b|  ");
      const expected = "             ----(b|)";

      const output$ = source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler));

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "an error passes at once and drops the open burst",
    marbles((m) => {
      const source$ = m.hot<string>("-a-b#");
      const expected = "             ----#";

      const output$ = source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler));

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "unsubscribing drops the open burst",
    marbles((m) => {
      const source$ = m.hot<string>("-a-b------");
      const unsub = "                ^---!     ";
      const expected = "             ----------";

      const output$ = source$.pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, m.scheduler));

      m.expect(output$, unsub).toBeObservable(expected);
      m.expect(source$).toHaveSubscriptions(unsub);
    }),
  );

  it("a late timer does not let a stream of values hold the ceiling open", () => {
    // The clock moves while no timer fires, as in an event loop busy with input.
    const scheduler = new VirtualTimeScheduler();
    const source$ = new Subject<number>();
    const received: number[] = [];
    source$
      .pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, scheduler))
      .subscribe((value) => received.push(value));

    for (let at = 0; at < 20; at += 1) {
      scheduler.frame = at;
      source$.next(at);
    }

    expect(received).toEqual([6, 13]);
  });

  it("a flush keeps the turn that its last value took among the actions of its millisecond", () => {
    const scheduler = new VirtualTimeScheduler();
    const source$ = new Subject<string>();
    const order: string[] = [];
    const at = (ms: number, work: () => void): unknown => scheduler.schedule(work, ms);
    source$.pipe(debounceWithin({ quietMs: 25, maxWaitMs: 150 }, scheduler)).subscribe((value) => {
      order.push(`${value} at ${scheduler.now()}`);
    });

    at(0, () => source$.next("a"));
    at(4, () => at(26, () => order.push("scheduled before b")));
    at(5, () => source$.next("b"));
    at(10, () => at(20, () => order.push("scheduled after b")));
    scheduler.flush();

    expect(order).toEqual(["scheduled before b", "b at 30", "scheduled after b"]);
  });

  it("a value leaves one action waiting, whatever came before it; the end leaves none", () => {
    const scheduler = new VirtualTimeScheduler();
    const source$ = new Subject<number>();
    const subscription = source$
      .pipe(debounceWithin({ quietMs: 3, maxWaitMs: 6 }, scheduler))
      .subscribe();

    for (let value = 0; value < 10; value += 1) source$.next(value);
    expect(scheduler.actions).toHaveLength(1);
    subscription.unsubscribe();
    expect(scheduler.actions).toHaveLength(0);
  });

  it("no value waits longer than the ceiling for itself or a later one, whatever the gaps", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(3),
        (gaps, quietMs, maxWaitMs, reentries) => {
          const scheduler = new VirtualTimeScheduler();
          const source$ = new Subject<number>();
          const sentAt: number[] = [];
          const heard: { value: number; at: number }[] = [];
          const send = (): void => {
            sentAt.push(scheduler.now());
            source$.next(sentAt.length - 1);
          };

          merge(source$, NEVER)
            .pipe(debounceWithin({ quietMs, maxWaitMs }, scheduler))
            .subscribe((value) => {
              heard.push({ value, at: scheduler.now() });
              if (heard.length <= reentries) send();
            });
          let at = 0;
          for (const gap of gaps) scheduler.schedule(send, (at += gap));
          scheduler.flush();

          const values = heard.map(({ value }) => value);
          expect(values).toEqual([...new Set(values)].toSorted((a, b) => a - b));
          for (const [value, sent] of sentAt.entries()) {
            const answer = heard.find((one) => one.value >= value);
            expect(answer?.at ?? Infinity).toBeLessThanOrEqual(sent + maxWaitMs);
          }
        },
      ),
    );
  });
});
