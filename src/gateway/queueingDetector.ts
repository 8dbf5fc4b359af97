/**
 * Whether the venue queues our requests. It queues what is above a limit before it refuses any, so
 * the first sign of a limit is a longer round trip. [protocol 5.1] Pure.
 */

/** The fastest round trip of each of the last minutes, oldest first. */
export type Baseline = readonly { readonly minute: number; readonly fastestMs: number }[];

/** The venue's longest window: queueing that lasts longer becomes the baseline. */
const MINUTES = 10;
const MINUTE_MS = 60_000;

/** Remembers the fastest trip of each minute, so that one slow trip does not move the baseline. */
export function withTrip(baseline: Baseline, tripMs: number, nowMs: number): Baseline {
  const minute = Math.floor(nowMs / MINUTE_MS);
  const kept = baseline.filter((each) => each.minute > minute - MINUTES && each.minute !== minute);
  const before = baseline.find((each) => each.minute === minute)?.fastestMs ?? tripMs;
  return [...kept, { minute, fastestMs: Math.min(before, tripMs) }];
}

/** A trip is inflated from twice the fastest on, if that is 100 ms more: less is noise. */
const INFLATED_FACTOR = 2;
const INFLATED_MIN_MS = 100;
/** Bounds how long a single trip can slow us down. */
const EXCESS_MAX = 8;

/** How many times over the usual a trip took: 0 for a usual one, 1 for twice as long, 8 at most. */
export function excess(baseline: Baseline, tripMs: number): number {
  const usualMs = Math.max(1, Math.min(...baseline.map(({ fastestMs }) => fastestMs)));
  return tripMs < INFLATED_FACTOR * usualMs || tripMs - usualMs < INFLATED_MIN_MS
    ? 0
    : Math.min(EXCESS_MAX, Math.floor(tripMs / usualMs) - 1);
}
