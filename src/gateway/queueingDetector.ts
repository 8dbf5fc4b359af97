/**
 * Whether the venue is slowing us down. It queues what is too much before it refuses any of it, so
 * the first sign of a limit is a round trip that takes longer. [protocol 5.1] Pure.
 */

/** The fastest round trip of each of the last minutes, oldest first. */
export type Baseline = readonly { readonly minute: number; readonly fastestMs: number }[];

/** The venue's longest window: queueing that lasts as long would have become the usual. */
const MINUTES = 10;
const MINUTE_MS = 60_000;

/** One slow trip is nothing: what is measured against is the fastest of ten minutes. */
export function withTrip(baseline: Baseline, tripMs: number, nowMs: number): Baseline {
  const minute = Math.floor(nowMs / MINUTE_MS);
  const kept = baseline.filter((each) => each.minute > minute - MINUTES && each.minute !== minute);
  const before = baseline.find((each) => each.minute === minute)?.fastestMs ?? tripMs;
  return [...kept, { minute, fastestMs: Math.min(before, tripMs) }];
}

/** A trip is inflated from twice the fastest on, and only if that is not mere noise. */
const INFLATED_FACTOR = 2;
const INFLATED_MIN_MS = 100;
/** However long one trip took, it does not stop us for long. */
const EXCESS_MAX = 8;

/** How many times over the usual a trip took: 0 for a usual one, 1 for twice as long, 8 at most. */
export function excess(baseline: Baseline, tripMs: number): number {
  const usualMs = Math.max(1, Math.min(...baseline.map(({ fastestMs }) => fastestMs)));
  return tripMs < INFLATED_FACTOR * usualMs || tripMs - usualMs < INFLATED_MIN_MS
    ? 0
    : Math.min(EXCESS_MAX, Math.floor(tripMs / usualMs) - 1);
}
