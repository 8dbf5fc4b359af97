/** When a round trip says that the venue queues us, and when it is only slow. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Baseline, excess, withTrip } from "../../src/gateway/queueingDetector.ts";

const MINUTE = 60_000;

/** After these trips, one a second. */
const after = (...trips: readonly number[]): Baseline =>
  trips.reduce<Baseline>((acc, tripMs, index) => withTrip(acc, tripMs, index * 1_000), []);

describe("a round trip", () => {
  it.each<[string, Baseline, number, number]>([
    ["the first of all is the usual", [], 5_000, 0],
    ["as long as the fastest", after(50), 50, 0],
    ["longer, but not by so much that it matters", after(10), 109, 0],
    ["longer by what matters, but not by half", after(300), 599, 0],
    ["twice the fastest", after(300), 600, 1],
    ["five times the fastest", after(400, 50, 90), 250, 4],
    ["however long, it counts for eight", after(50), 30_000, 8],
    ["next to a fastest that no clock could measure", after(0), 101, 8],
  ])("%s", (_what, baseline, tripMs, expected) => {
    expect(excess(baseline, tripMs)).toBe(expected);
  });

  it("is measured against the fastest of ten minutes: longer queueing has become the usual", () => {
    const fast = withTrip([], 50, 0);
    const slow = (atMs: number) => withTrip(fast, 500, atMs);
    expect(excess(slow(10 * MINUTE - 1), 500)).toBe(8);
    expect(excess(slow(10 * MINUTE), 500)).toBe(0);
  });

  it("is usual again at once where it is: what was slow leaves no trace", () => {
    const trip = fc.integer({ min: 0, max: 60_000 });
    fc.assert(
      fc.property(fc.array(trip, { minLength: 1 }), (trips) => {
        expect(excess(after(...trips), Math.min(...trips))).toBe(0);
      }),
    );
  });

  it("costs a memory of ten numbers, however many there are", () => {
    const trips = Array.from({ length: 2_000 }, (_, index) => index % 97);
    const acc = trips.reduce<Baseline>((all, ms, index) => withTrip(all, ms, index * 7_000), []);
    expect(acc.length).toBeLessThanOrEqual(10);
  });
});
