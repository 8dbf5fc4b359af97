import * as fc from "fast-check";
import { map, mergeMap, type Observable, repeat, VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { permits, type Permits } from "../../../src/operators/permits.ts";
import { marbles } from "../../support/marbles.ts";

/** Every letter asks for one permit when it arrives, and comes out when it has it. */
const admitted = (asked$: Observable<string>, bucket: Permits, cost = 1): Observable<string> =>
  asked$.pipe(mergeMap((letter) => bucket.next(cost).pipe(map(() => letter))));

describe("permits", () => {
  it(
    "a burst passes at once, then one permit per refill, first come first served",
    marbles((m) => {
      const asked$ = m.hot<string>("(abcd)--e------|");
      const expected = "            (ab)c---d---e--|";
      const bucket = permits({ perSecond: 250, burst: 2 }, m.scheduler);

      m.expect(admitted(asked$, bucket)).toBeObservable(expected);
    }),
  );

  it(
    "an idle bucket refills up to the burst and no further",
    marbles((m) => {
      const asked$ = m.hot<string>("(ab)- 1s -(abcd)---|");
      const expected = "            (ab)- 1s -(ab)c---d|";
      const bucket = permits({ perSecond: 250, burst: 2 }, m.scheduler);

      m.expect(admitted(asked$, bucket)).toBeObservable(expected);
    }),
  );

  it(
    "a dear permit at the head keeps its place: a cheap one behind it does not overtake",
    marbles((m) => {
      const dear$ = m.hot<string>(" -a---------");
      const cheap$ = m.hot<string>("--b--------");
      const expectedDear = "        --------a--";
      const expectedCheap = "       ----------b";
      const bucket = permits({ perSecond: 500, burst: 4 }, m.scheduler);
      bucket.spend(4);

      m.expect(admitted(dear$, bucket, 4)).toBeObservable(expectedDear);
      m.expect(admitted(cheap$, bucket)).toBeObservable(expectedCheap);
    }),
  );

  it(
    "a stop while waiting gives up the place and takes nothing",
    marbles((m) => {
      const stopped$ = m.hot<string>(" a-------");
      const stop = "                  ^-!      ";
      const waiting$ = m.hot<string>(" -b-c----");
      const expectedStopped = "       ---------";
      const expectedWaiting = "       ----b---c";
      const bucket = permits({ perSecond: 250, burst: 1 }, m.scheduler);
      bucket.spend(1);

      m.expect(admitted(stopped$, bucket), stop).toBeObservable(expectedStopped);
      m.expect(admitted(waiting$, bucket)).toBeObservable(expectedWaiting);
    }),
  );

  it(
    "when a dear head leaves, the cheap one behind it passes as soon as it can",
    marbles((m) => {
      const dear$ = m.hot<string>("  a-----");
      const stop = "                ^--!   ";
      const cheap$ = m.hot<string>(" -b----");
      const expected = "            ---b---";
      const bucket = permits({ perSecond: 1000, burst: 8 }, m.scheduler);
      bucket.spend(8);

      m.expect(admitted(dear$, bucket, 8), stop).toBeObservable("-------");
      m.expect(admitted(cheap$, bucket)).toBeObservable(expected);
    }),
  );

  it(
    "a cost above the burst is an error at once, and takes nothing",
    marbles((m) => {
      const asked$ = m.hot<string>("-a");
      const expected = "            -#";
      const bucket = permits({ perSecond: 250, burst: 2 }, m.scheduler);

      m.expect(admitted(asked$, bucket, 3)).toBeObservable(
        expected,
        {},
        new RangeError("permits: a cost of 3 never passes a burst of 2"),
      );
      m.flush();
      expect(bucket.available()).toBe(2);
    }),
  );

  it(
    "`next` is cold: each subscription pays",
    marbles((m) => {
      const bucket = permits({ perSecond: 250, burst: 1 }, m.scheduler);
      const permit$ = bucket.next().pipe(map(() => "p"));

      m.expect(permit$.pipe(repeat(3))).toBeObservable("p---p---(p|)");
    }),
  );

  it(
    "`take` takes at once or not at all, and overtakes nobody, not even one who waits for more",
    marbles((m) => {
      const asked$ = m.hot<string>("-a-----------");
      const tried$ = m.hot<string>("--b------c-d-");
      const expected = "            --n------y-n-";
      const bucket = permits({ perSecond: 250, burst: 2 }, m.scheduler);
      bucket.spend(1);

      const answers$ = tried$.pipe(map(() => (bucket.take(1) ? "y" : "n")));

      m.expect(admitted(asked$, bucket, 2)).toBeObservable("----a--------");
      m.expect(answers$).toBeObservable(expected);
    }),
  );

  it(
    "what is spent afterwards is a debt that later permits wait for",
    marbles((m) => {
      const asked$ = m.hot<string>("a-b---------");
      const expected = "            a-----------b";
      const bucket = permits({ perSecond: 250, burst: 2 }, m.scheduler);
      m.scheduler.schedule(() => {
        bucket.spend(3);
      }, 1);

      m.expect(admitted(asked$, bucket)).toBeObservable(expected);
    }),
  );

  it(
    "a debt made while someone waits makes him wait longer",
    marbles((m) => {
      const asked$ = m.hot<string>("-a-------");
      const expected = "            --------a";
      const bucket = permits({ perSecond: 250, burst: 1 }, m.scheduler);
      bucket.spend(1);
      m.scheduler.schedule(() => {
        bucket.spend(1);
      }, 2);

      m.expect(admitted(asked$, bucket)).toBeObservable(expected);
    }),
  );

  it(
    "a permit asked for while another is delivered waits behind those already waiting",
    marbles((m) => {
      const asked$ = m.hot<string>("(abc)-------|");
      const expected = "            ----a---b---c---(a|)";
      const bucket = permits({ perSecond: 250, burst: 1 }, m.scheduler);
      bucket.spend(1);

      const output$ = asked$.pipe(
        mergeMap((letter) =>
          bucket.next().pipe(
            repeat(letter === "a" ? 2 : 1),
            map(() => letter),
          ),
        ),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "while it is held nothing is given, and tokens are regained meanwhile",
    marbles((m) => {
      const asked$ = m.hot<string>("a-(bcd)--------");
      const expected = "            a---------(bc)d";
      const bucket = permits({ perSecond: 250, burst: 2 }, m.scheduler);
      m.scheduler.schedule(() => {
        bucket.hold(9);
        bucket.hold(2);
        expect(bucket.take(1)).toBe(false);
        expect([bucket.available(), bucket.waitMs(1)]).toEqual([1, 9]);
      }, 1);

      m.expect(admitted(asked$, bucket)).toBeObservable(expected);
    }),
  );

  it(
    "a count that is not ours makes those who wait wait longer, or not at all",
    marbles((m) => {
      const asked$ = m.hot<string>("a-b----c--------");
      const expected = "            a----b---------c";
      const bucket = permits({ perSecond: 250, burst: 1 }, m.scheduler);
      m.scheduler.schedule(() => bucket.correct(-3), 3);
      m.scheduler.schedule(() => bucket.correct(9), 5);
      m.scheduler.schedule(() => bucket.correct(-1), 7);

      m.expect(admitted(asked$, bucket)).toBeObservable(expected);
    }),
  );

  it(
    "another size counts from now on, also for those who wait, and for more than it holds",
    marbles((m) => {
      const asked$ = m.hot<string>("a-b-------");
      const expected = "            a-------b-";
      const slow$ = m.hot<string>(" ----------c");
      const expectedSlow = "       ------------c";
      const bucket = permits({ perSecond: 10, burst: 1 }, m.scheduler);
      m.scheduler.schedule(() => bucket.resize({ perSecond: 500, burst: 4 }), 6);
      m.scheduler.schedule(() => bucket.resize({ perSecond: 1_000, burst: 2 }), 11);

      m.expect(admitted(asked$, bucket)).toBeObservable(expected);
      m.expect(admitted(slow$, bucket, 4)).toBeObservable(expectedSlow);
    }),
  );

  it("`available` counts whole tokens, and a debt as negative ones", () => {
    const scheduler = new VirtualTimeScheduler();
    const bucket = permits({ perSecond: 250, burst: 2 }, scheduler);

    expect(bucket.available()).toBe(2);
    bucket.spend(3);
    expect(bucket.available()).toBe(-1);
    scheduler.frame = 7;
    expect(bucket.available()).toBe(0);
    scheduler.frame = 8;
    expect(bucket.available()).toBe(1);
  });

  it("time before a full bucket is spent from does not refill it afterwards", () => {
    const scheduler = new VirtualTimeScheduler();
    const bucket = permits({ perSecond: 250, burst: 2 }, scheduler);

    scheduler.frame = 1_000;
    bucket.spend(2);
    expect(bucket.available()).toBe(0);
  });

  it("the last token can be taken, and by whoever is just being served", () => {
    const bucket = permits({ perSecond: 250, burst: 3 }, new VirtualTimeScheduler());
    const taken: boolean[] = [];

    bucket.next().subscribe(() => taken.push(bucket.take(2), bucket.take(1)));

    expect(taken).toEqual([true, false]);
  });

  it("no time is lost between two readings, however many there are", () => {
    const scheduler = new VirtualTimeScheduler();
    const bucket = permits({ perSecond: 3, burst: 40_000 }, scheduler);
    bucket.spend(40_000);

    for (let at = 0.1; at < 10_000_000; at += 333.3) {
      scheduler.frame = at;
      bucket.available();
    }
    scheduler.frame = 9_999_999;
    expect(bucket.available()).toBe(29_999);
    scheduler.frame = 10_000_000;
    expect(bucket.available()).toBe(30_000);
  });

  it("no timer runs while nobody waits, and one while many do", () => {
    const scheduler = new VirtualTimeScheduler();
    const bucket = permits({ perSecond: 250, burst: 2 }, scheduler);

    bucket.next(2).subscribe();
    expect(scheduler.actions).toHaveLength(0);
    const first = bucket.next().subscribe();
    const second = bucket.next().subscribe();
    expect(scheduler.actions).toHaveLength(1);
    first.unsubscribe();
    expect(scheduler.actions).toHaveLength(1);
    second.unsubscribe();
    expect(scheduler.actions).toHaveLength(0);
  });

  it("100,000 permits asked for one after the other pass without a stack of calls", () => {
    const bucket = permits({ perSecond: 1, burst: 100_000 }, new VirtualTimeScheduler());
    let passed = 0;
    const ask = (): void => {
      bucket.next().subscribe(() => {
        passed += 1;
        if (passed < 100_000) ask();
      });
    };
    ask();

    expect(passed).toBe(100_000);
  });

  it("no window holds more than the burst and its refill, and nobody waits for ever", () => {
    const requests = fc.array(
      fc.record({
        at: fc.nat(500),
        cost: fc.integer({ min: 1, max: 5 }),
        leavesAfter: fc.option(fc.nat(300)),
      }),
    );

    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 400 }), (asked, perSecond) => {
        const scheduler = new VirtualTimeScheduler();
        const bucket = permits({ perSecond, burst: 5 }, scheduler);
        const passed: { request: number; at: number; cost: number }[] = [];
        const left = new Set<number>();

        for (const [request, { at, cost, leavesAfter }] of asked.entries()) {
          scheduler.schedule(() => {
            const subscription = bucket.next(cost).subscribe(() => {
              passed.push({ request, at: scheduler.now(), cost });
            });
            if (leavesAfter === null) return;
            scheduler.schedule(() => {
              if (!subscription.closed) left.add(request);
              subscription.unsubscribe();
            }, leavesAfter);
          }, at);
        }
        scheduler.flush();

        for (const [index, first] of passed.entries()) {
          let spent = 0;
          for (const { at, cost } of passed.slice(index)) {
            spent += cost;
            expect(spent).toBeLessThanOrEqual(5 + ((at - first.at) * perSecond) / 1_000);
          }
        }
        expect(passed.length + left.size).toBe(asked.length);
        const inLine = [...asked.entries()].toSorted(([, a], [, b]) => a.at - b.at);
        expect(passed.map(({ request }) => request)).toEqual(
          inLine.map(([request]) => request).filter((request) => !left.has(request)),
        );
      }),
    );
  });
});
