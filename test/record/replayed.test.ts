import fc from "fast-check";
import { type Observable, VirtualTimeScheduler, asyncScheduler, map, take } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Recording, rebased, replayed } from "../../src/record/index.ts";
import { ConfigError, type ReferenceItem, referencePrice } from "../../src/types/index.ts";
import { marbles } from "../support/marbles.ts";

function recorded<Value>(...values: readonly (readonly [number, Value])[]): Recording<Value> {
  return {
    values: values.map(([afterMs, value]) => ({ afterMs, value })),
    durationMs: values.at(-1)?.[0] ?? 0,
    skipped: 0,
    firstSkipped: null,
  };
}

describe("replayed", () => {
  it(
    "plays at the recorded distances, over and over",
    marbles((m) => {
      const recording = recorded([0, "a"], [5, "b"], [5, "c"], [12, "d"]);
      const unsub = "   ------------------------------!";
      const expected = "a----(bc)---(da)-(bc)---(da)-(bc)";

      const value$ = replayed(recording, { isLooped: true, speed: 1, scheduler: m.scheduler });

      m.expect(value$, unsub).toBeObservable(expected);
    }),
  );

  it(
    "once, and completes with its last value",
    marbles((m) => {
      const recording = recorded([0, "a"], [5, "b"], [12, "c"]);
      const expected = "a----b------(c|)";

      const value$ = replayed(recording, { isLooped: false, speed: 1, scheduler: m.scheduler });

      m.expect(value$).toBeObservable(expected);
    }),
  );

  it(
    "ten times as fast, and still in whole milliseconds",
    marbles((m) => {
      const recording = recorded([0, "a"], [41, "b"], [50, "c"], [120, "d"]);
      const unsub = "   --------------------!";
      const expected = "a----(bc)---(da)-(bc)";

      const value$ = replayed(recording, { isLooped: true, speed: 10, scheduler: m.scheduler });

      m.expect(value$, unsub).toBeObservable(expected);
    }),
  );

  it(
    "half as fast",
    marbles((m) => {
      const unsub = "   --------!";
      const expected = "a---b-(ca)";

      const value$ = replayed(recorded([0, "a"], [2, "b"], [3, "c"]), {
        isLooped: true,
        speed: 0.5,
        scheduler: m.scheduler,
      });

      m.expect(value$, unsub).toBeObservable(expected);
    }),
  );

  it(
    "each subscriber gets the recording from its start",
    marbles((m) => {
      const value$ = replayed(recorded([0, "a"], [3, "b"]), {
        isLooped: true,
        speed: 1,
        scheduler: m.scheduler,
      });

      m.expect(value$, "^-!").toBeObservable("a");
      m.expect(value$, "--^--!").toBeObservable("--a--");
    }),
  );

  it(
    "a recording of one moment is played once a millisecond",
    marbles((m) => {
      const value$ = replayed(recorded([0, "a"]), {
        isLooped: true,
        speed: 1000,
        scheduler: m.scheduler,
      });

      m.expect(value$.pipe(take(4))).toBeObservable("aaa(a|)");
    }),
  );

  it(
    "a splice is told the pass, the first value and what was played last",
    marbles((m) => {
      const splice = (value: string, join: { pass: number; first: string; last: string }) =>
        `${join.last}+${value}${join.pass}${join.first}`.slice(-8);
      const value$ = replayed(recorded([0, "a"], [4, "b"]), {
        isLooped: true,
        speed: 1,
        splice,
        scheduler: m.scheduler,
      });

      const values = { a: "a", b: "b", c: "b+a1a", d: "b+b1a", e: "1a+a2a".slice(-8) };
      m.expect(value$, "-------!").toBeObservable("a---(bc)", values);
      m.expect(value$.pipe(take(4)), "^").toBeObservable("a---(bc)(d|)", values);
    }),
  );

  it(
    "an error of the splice is its error",
    marbles((m) => {
      const splice = (): string => {
        throw new RangeError("no");
      };
      const value$ = replayed(recorded([0, "a"], [4, "b"]), {
        isLooped: true,
        speed: 1,
        splice,
        scheduler: m.scheduler,
      });

      m.expect(value$).toBeObservable("a---(b#)", undefined, new RangeError("no"));
    }),
  );

  it("refuses a speed that is none, and a recording without values", () => {
    const start = (speed: number) => () =>
      replayed(recorded([0, "a"]), { isLooped: true, speed, scheduler: asyncScheduler });
    for (const speed of [0, -1, NaN, Infinity]) expect(start(speed)).toThrow(ConfigError);
    expect(() =>
      replayed(recorded(), { isLooped: true, speed: 1, scheduler: asyncScheduler }),
    ).toThrow(ConfigError);
  });
});

describe("replayed on a real scheduler", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What has come, and at which millisecond. */
  function heard<Value>(value$: Observable<Value>, onValue: (value: Value) => void = () => {}) {
    const seen: [number, Value][] = [];
    const subscription = value$.subscribe((value) => {
      seen.push([Date.now(), value]);
      onValue(value);
    });
    return { seen, subscription };
  }
  const every = (count: number, distanceMs: number) =>
    recorded(...Array.from({ length: count }, (_, index) => [index * distanceMs, index] as const));

  it("has one timer pending, and none once it is unsubscribed from", () => {
    const value$ = replayed(every(1000, 7), {
      isLooped: true,
      speed: 1,
      scheduler: asyncScheduler,
    });
    const { seen, subscription } = heard(value$);

    for (let elapsed = 0; elapsed < 100; elapsed += 1) {
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(1);
    }
    subscription.unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
    expect(seen.length).toBeGreaterThan(10);

    const taken = heard(value$.pipe(take(3)));
    vi.advanceTimersByTime(100);
    expect(taken.seen).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets the others go first after 64 values of one moment", () => {
    const scheduler = new VirtualTimeScheduler();
    const { seen } = heard(
      replayed(every(1000, 0), { isLooped: true, speed: 1, scheduler }).pipe(take(200)),
    );
    const atTurns: number[] = [];
    scheduler.schedule(function () {
      atTurns.push(seen.length);
      if (seen.length < 200) this.schedule(undefined, 0);
    });
    scheduler.flush();

    expect(atTurns).toStrictEqual([64, 128, 192, 200]);
  });

  it("catches up after a short pause", () => {
    const { seen } = heard(
      replayed(every(100, 100), { isLooped: true, speed: 1, scheduler: asyncScheduler }),
      (value) => {
        if (value === 1) vi.setSystemTime(Date.now() + 500);
      },
    );

    vi.advanceTimersByTime(1000);

    const at = seen.map(([ms, value]) => [value, ms]);
    expect(at.slice(0, 8)).toStrictEqual(
      [[0, 0], [1, 100], ...[2, 3, 4, 5, 6].map((value) => [value, 600]), [7, 700]].map(
        ([value = 0, ms = 0]) => [value, expect.closeTo(ms, -1)],
      ),
    );
  });

  it("goes on from where it is after a long pause, without a rush", () => {
    const { seen } = heard(
      replayed(every(1000, 100), { isLooped: true, speed: 1, scheduler: asyncScheduler }),
      (value) => {
        if (value === 1) vi.setSystemTime(Date.now() + 3_600_000);
      },
    );

    vi.advanceTimersByTime(1000);

    const distances = seen.slice(2).map(([ms], index) => ms - (seen[index + 1]?.[0] ?? 0));
    expect(distances[0]).toBeGreaterThanOrEqual(3_600_000);
    expect(seen.length).toBeGreaterThan(9);
    for (const distance of distances.slice(1)) expect(distance).toBe(100);
  });

  it("keeps time at speed 10 over a whole pass, however coarse its timers", () => {
    const { seen } = heard(
      replayed(every(10_000, 12), { isLooped: true, speed: 10, scheduler: asyncScheduler }),
    );

    vi.advanceTimersByTime(12_001);

    // 119,988 ms recorded; the value after the last is the first of the second pass.
    expect(seen.find(([ms, value]) => value === 9999 && ms > 0)?.[0]).toBeLessThanOrEqual(12_000);
    expect(seen.length).toBeGreaterThanOrEqual(10_000);
  });
});

describe("rebased", () => {
  const priced = (price: number): ReferenceItem => ({ price: referencePrice(price) });
  const prices = fc.array(fc.integer({ min: 20_000_000_000, max: 200_000_000_000 }), {
    minLength: 1,
    maxLength: 20,
  });

  it("a pass begins where the one before it ended, and two passes end where they began", () => {
    fc.assert(
      fc.property(prices, (recording) => {
        const items = recording.map(priced);
        const first = items[0] ?? priced(1);
        const passes = [items];
        for (let pass = 1; pass <= 6; pass += 1) {
          const last = passes.at(-1)?.at(-1) ?? first;
          const played = items.map((item) => rebased(item, { pass, first, last }));
          expect(played[0]).toStrictEqual(last);
          passes.push(played);
        }
        const end = passes[5]?.at(-1)?.price ?? 0;
        // Rounded down to a micro-dollar once a pass, and by the inverse of what it was moved by.
        expect(Math.abs(end - first.price)).toBeLessThan(200);
      }),
    );
  });

  it("an even pass has the recorded returns, an odd one their inverse", () => {
    const first = priced(100_000_000);
    const last = priced(110_000_000);

    const up = priced(120_000_000);
    expect(rebased(up, { pass: 2, first, last })).toStrictEqual(priced(132_000_000));
    expect(rebased(up, { pass: 1, first, last })).toStrictEqual(priced(91_666_666));
  });

  it("a recording that falls leaves a price after a year of passes", () => {
    const first = priced(61_837_635_000);
    const end = priced(61_685_995_000);
    let last = end;
    for (let pass = 1; pass <= 91_250; pass += 1) last = rebased(end, { pass, first, last });

    expect(last.price).toBeGreaterThan(61_000_000_000);
    expect(last.price).toBeLessThan(62_000_000_000);
  });

  it(
    "makes no jump where a replay loops",
    marbles((m) => {
      const recording = recorded([0, priced(100)], [4, priced(150)]);
      const price$ = replayed(recording, {
        isLooped: true,
        speed: 1,
        splice: rebased,
        scheduler: m.scheduler,
      }).pipe(map(({ price }): number => price));

      // 100 to 150, then back to 100 by the inverse, then up again.
      m.expect(price$.pipe(take(6))).toBeObservable("a---(bb)(aa)(b|)", { a: 100, b: 150 });
    }),
  );
});
