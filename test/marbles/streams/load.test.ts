import { type SchedulerLike, concatMap, ignoreElements, merge, tap } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  type LoadMeter,
  type LoadSource,
  loadChanges,
  loadMeter,
  noteItem,
} from "../../../src/streams/feeds/index.ts";
import { type Continuity, type LoadEvent, epochMs, monotonicMs } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";

const changed = (...behind: readonly LoadSource[]): LoadEvent => ({
  type: "load.changed",
  isBehind: behind.length > 0,
  detail: behind.join(", "),
});

const SAID: Record<string, LoadEvent> = {
  L: changed("event loop"),
  M: changed("market feed"),
  Q: changed("event queue"),
  V: changed("market feed arrives late"),
  n: changed(),
};

/** What a letter of a drawing measures; one frame of a drawing is a millisecond. */
const NOTES: Record<string, (meter: LoadMeter) => void> = {
  a: (meter) => meter.waited("market feed", 1_001),
  b: (meter) => meter.waited("market feed", 1_000),
  c: (meter) => meter.waited("market feed", 250),
  d: (meter) => meter.waited("market feed", 249),
  q: (meter) => meter.waited("event queue", 1_500),
  // The venue's clock is 7 s ahead of ours: only the difference to the usual says anything.
  u: (meter) => meter.arrived("market feed arrives late", "first", -7_000),
  v: (meter) => meter.arrived("market feed arrives late", "first", -5_500),
  w: (meter) => meter.arrived("market feed arrives late", "first", -6_760),
  z: (meter) => meter.arrived("market feed arrives late", "second", -7_000),
};
const letters = Object.fromEntries(Object.keys(NOTES).map((letter) => [letter, letter]));

/** The drawn lags are measured, and what is said of it is compared. */
const drawn = (lags: string, expected: string) =>
  marbles((m) => {
    const meter = loadMeter(m.scheduler);
    const noted$ = m.hot<string>(lags, letters).pipe(
      tap((letter) => NOTES[letter]?.(meter)),
      ignoreElements(),
    );
    m.expect(merge(noted$, loadChanges(meter.measured$)), "^ 5s !").toBeObservable(expected, SAID);
  });

/** A scheduler whose loop was blocked at `atMs` for `forMs`: what is due in between comes late. */
const blocked = (it: SchedulerLike, atMs: number, forMs: number): SchedulerLike => ({
  now: () => it.now() + (it.now() >= atMs ? forMs : 0),
  schedule: it.schedule.bind(it),
});

describe("load", () => {
  it("in virtual time nothing waits and nothing is said", drawn("----", "----"));

  it(
    "is behind above a second, at the next quarter of a second, and not at it",
    drawn("b 300ms a", "499ms 1ms M 999ms n"),
  );

  it(
    "is behind until a whole second has shown less than 250 ms: it does not flutter in between",
    drawn("a 998ms c 998ms c 998ms d", "250ms M 2749ms n"),
  );

  it("of the way to the executor counts like that of a feed", drawn("q", "250ms Q 999ms n"));

  it(
    "of the event loop is what a timer is late by",
    marbles((m) => {
      const { measured$ } = loadMeter(blocked(m.scheduler, 700, 1_200));
      m.expect(loadChanges(measured$), "^ 3s !").toBeObservable("750ms L 999ms n", SAID);
    }),
  );

  it(
    "of what arrives late is the rise above the least of a minute, because clocks differ",
    drawn("u 600ms v 299ms v 400ms v 600ms w 300ms w", "1250ms V 749ms n"),
  );

  it("one message with an odd time is not a late feed", drawn("u 1600ms v 1600ms v", "----"));

  it(
    "the late channel of one market is not hidden by another's",
    drawn("(uz) 1300ms (zv) 300ms (zv)", "1750ms V 749ms n"),
  );

  it("a quiet feed is not a late one: it says nothing", drawn("u", "----"));

  it("tells readers the worst of each quarter of a second, and nothing of a silent feed", () => {
    // A drawing cannot hold these.
    const seen: unknown[] = [];
    marbles((m) => {
      const meter = loadMeter(m.scheduler);
      const noted$ = m.hot<string>("d c", letters).pipe(
        tap((letter) => NOTES[letter]?.(meter)),
        ignoreElements(),
      );
      const all$ = merge(noted$, meter.measured$).pipe(
        tap(({ eventLoopMs, feedMs }) => seen.push([eventLoopMs, feedMs])),
        concatMap(() => []),
      );
      m.expect(all$, "^ 600ms !").toBeObservable("----");
    })();
    expect(seen).toEqual([
      [0, 250],
      [0, null],
    ]);
  });
});

describe("the lag of a feed's item", () => {
  const item = (more: object): Continuity<string> => ({
    type: "item",
    session: 1,
    at: { epochMs: epochMs(50_000), monotonicMs: monotonicMs(2_000) },
    item: "x",
    ...more,
  });

  it("is from its frame's arrival to now, and from the venue's time to its arrival", () => {
    const noted: unknown[] = [];
    const meter: Pick<LoadMeter, "waited" | "arrived"> = {
      waited: (...said) => noted.push(said),
      arrived: (...said) => noted.push(said),
    };
    const clock = { now: () => ({ epochMs: epochMs(50_300), monotonicMs: monotonicMs(2_300) }) };
    noteItem(meter, "user", "first", item({}), clock);
    noteItem(meter, "market", "first", item({ sinceSentMs: -40 }), clock);
    expect(noted).toEqual([
      ["user feed", 300],
      ["market feed", 300],
      ["market feed arrives late", "first", -40],
    ]);
  });
});
