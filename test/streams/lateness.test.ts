import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type ArrivalSource,
  type Arrivals,
  type Lateness,
  MINUTE_SLICES,
  NOTHING_ARRIVED,
  WINDOW_SLICES,
  newestLateness,
  recentLateness,
  withArrivals,
} from "../../src/streams/feeds/lateness.ts";
import { RUNS } from "../support/builders.ts";

const SOURCES: readonly ArrivalSource[] = ["market feed arrives late", "user feed arrives late"];
const MARKETS = ["first", "second", "third"];
const IN_A_RUN = 40;

/** Every slice of the minute searched for every market: the other opinion. */
function searched(slices: readonly Arrivals[], judged: number, slicesMin: number): Lateness[] {
  const found: Lateness[] = [];
  for (const source of SOURCES) {
    for (const market of MARKETS) {
      const of = (some: readonly Arrivals[]): number[] =>
        some.flatMap((arrivals) => arrivals.get(source)?.get(market) ?? []);
      const recent = of(slices.slice(-judged));
      if (recent.length < slicesMin) continue;
      const ms = Math.min(...recent) - Math.min(...of(slices.slice(-MINUTE_SLICES)));
      found.push({ source, ms });
    }
  }
  return found;
}

const sorted = (latenesses: readonly Lateness[]): readonly string[] =>
  latenesses.map(({ source, ms }) => `${source} ${ms}`).toSorted();

const slice = fc
  .array(fc.tuple(fc.constantFrom(...SOURCES), fc.constantFrom(...MARKETS), fc.integer()), {
    maxLength: 4,
  })
  .map((notes): Arrivals => {
    const arrivals = new Map<ArrivalSource, Map<string, number>>();
    for (const [source, market, ms] of notes) {
      arrivals.set(source, (arrivals.get(source) ?? new Map<string, number>()).set(market, ms));
    }
    return arrivals;
  });
/** The same slice again and again is how a minute passes in few draws. */
const run = fc.tuple(slice, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 150 })));

it("the lateness of a market is what a search of the whole minute finds", () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: IN_A_RUN }), (runs) => {
      let arrived = NOTHING_ARRIVED;
      const slices: Arrivals[] = [];
      for (const [arrivals, times] of runs) {
        for (let n = 0; n < times; n += 1) {
          arrived = withArrivals(arrived, arrivals);
          slices.push(arrivals);
        }
        expect(sorted(recentLateness(arrived, 2))).toEqual(
          sorted(searched(slices, WINDOW_SLICES, 2)),
        );
        expect(sorted(newestLateness(arrived))).toEqual(sorted(searched(slices, 1, 1)));
      }
    }),
    { numRuns: Math.ceil(RUNS / 20) },
  );
});

it("a market that has said nothing for a minute is forgotten", () => {
  const once: Arrivals = new Map([["market feed arrives late", new Map([["first", 1]])]]);
  let arrived = withArrivals(NOTHING_ARRIVED, once);
  const held = (): number =>
    [...arrived.channels.values()].reduce((sum, markets) => sum + markets.size, 0);
  for (let n = 1; n < MINUTE_SLICES; n += 1) arrived = withArrivals(arrived, new Map());
  expect(held()).toBe(1);
  arrived = withArrivals(arrived, new Map());
  expect(held()).toBe(0);
});
