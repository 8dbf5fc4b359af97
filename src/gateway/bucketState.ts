/** A bucket's state beside its tokens: what is not counted yet, how slow the venue is. Pure. */
import type { BucketSize } from "../operators/index.ts";
import type { Allowance } from "../types/index.ts";
import { OVER_LIMIT_MAX_MS, OVER_LIMIT_MS } from "./limits.ts";
import { type Baseline, excess, withTrip } from "./queueingDetector.ts";

export interface BucketState {
  readonly size: BucketSize;
  /** The cost of each request on the wire, by its number. */
  readonly onWire: ReadonlyMap<number, number>;
  /** Requests ever begun, which is also the number of the next; and tokens ever spent on them. */
  readonly begunCount: number;
  readonly begunCost: number;
  readonly baseline: Baseline;
  /** Scheduler time until which tokens are kept back because the venue is slow. */
  readonly slowedUntilMs: number;
}

export const initialBucket = (size: BucketSize): BucketState => ({
  size,
  onWire: new Map(),
  begunCount: 0,
  begunCost: 0,
  baseline: [],
  slowedUntilMs: 0,
});

export const begin = (state: BucketState, cost: number): BucketState => ({
  ...state,
  onWire: new Map([...state.onWire, [state.begunCount, cost]]),
  begunCount: state.begunCount + 1,
  begunCost: state.begunCost + cost,
});

/** `extraCost` is what a request turned out to cost beyond what it was begun with. */
export const ended = (state: BucketState, id: number, extraCost: number): BucketState => ({
  ...state,
  onWire: new Map([...state.onWire].filter(([each]) => each !== id)),
  begunCost: state.begunCost + extraCost,
});

/** A request of this cost was answered after so long. */
export function took(state: BucketState, cost: number, tripMs: number, nowMs: number): BucketState {
  const { perSecond, burst } = state.size;
  const slowerMs = ((excess(state.baseline, tripMs) * cost) / perSecond) * 1_000;
  const slowedUntilMs = Math.max(nowMs, state.slowedUntilMs) + slowerMs;
  return {
    ...state,
    baseline: withTrip(state.baseline, tripMs, nowMs),
    slowedUntilMs: Math.min(nowMs + (burst / perSecond) * 1_000, slowedUntilMs),
  };
}

/** Tokens kept back because the venue is slow; the venue's own count knows nothing of them. */
export const keptBack = ({ slowedUntilMs, size }: BucketState, nowMs: number): number =>
  Math.ceil((Math.max(0, slowedUntilMs - nowMs) * size.perSecond) / 1_000);

/** What the venue's count, given in the answer to one request, may not include. */
export interface Uncounted {
  readonly cost: number;
  /** No other request was on the wire when this one began, and none has begun since. */
  readonly isNothing: boolean;
}

/**
 * The venue counted when it took the request. It may not have counted what was on the wire when
 * the request left, nor what has left since: whether those have been answered by now says nothing
 * of when they were counted. A request given up on is taken to be counted.
 */
export const uncounted = (before: BucketState, cost: number, now: BucketState): Uncounted => ({
  cost:
    [...before.onWire.values()].reduce((sum, each) => sum + each, 0) +
    (now.begunCost - before.begunCost - cost),
  isNothing: before.onWire.size === 0 && now.begunCount === before.begunCount + 1,
});

/**
 * What to do about an allowance: how many tokens to set the bucket to (null: leave them) and how
 * long to hold them. Less what is not counted, the venue's figure is never more than the bucket
 * holds now, for all else that can happen to a bucket is that it fills.
 */
export function believed(
  state: BucketState,
  { remaining, isOver, retryAfterMs }: Allowance,
  { cost, isNothing }: Uncounted,
  held: number,
  nowMs: number,
): { readonly tokens: number | null; readonly holdMs: number } {
  const holdMs = isOver ? Math.min(OVER_LIMIT_MAX_MS, retryAfterMs ?? OVER_LIMIT_MS) : 0;
  if (remaining === null) return { tokens: isOver && held > 0 ? 0 : null, holdMs };
  const tokens = remaining - cost - keptBack(state, nowMs);
  // Upwards only where nothing of ours can be missing from the venue's count.
  return { tokens: tokens < held || isNothing ? tokens : null, holdMs };
}
