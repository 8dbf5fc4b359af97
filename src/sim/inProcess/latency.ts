/** Delays of requests, answers and frames. */
import { concatMap, delay, map, type MonoTypeOperatorFunction, of, type SchedulerLike } from "rxjs";
import type { Random } from "../exchange/index.ts";

/** The delay of the next message, in milliseconds. */
export type Latency = () => number;

export interface Latencies {
  /** Of a request to the venue, and of connecting. */
  readonly request: Latency;
  readonly response: Latency;
  /** Of frames on the market and the user channel. */
  readonly channel: Latency;
  readonly reference: Latency;
}

export const constantLatency =
  (durationMs: number): Latency =>
  () =>
    durationMs;

export const uniformLatency =
  (random: Random, { minMs, maxMs }: { minMs: number; maxMs: number }): Latency =>
  () =>
    random.integer(minMs, maxMs);

/** Delays each value by its own latency, but never lets it overtake the value before it. */
export const delayedInOrder =
  <Value>(latency: Latency, scheduler: SchedulerLike): MonoTypeOperatorFunction<Value> =>
  (source$) =>
    source$.pipe(
      map((value) => ({ value, dueAt: scheduler.now() + latency() })),
      concatMap(({ value, dueAt }) =>
        of(value).pipe(delay(Math.max(0, dueAt - scheduler.now()), scheduler)),
      ),
    );
