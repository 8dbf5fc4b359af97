/** How long something is on its way. */
import { concatMap, delay, map, type MonoTypeOperatorFunction, of, type SchedulerLike } from "rxjs";
import type { Random } from "../exchange/index.ts";

/** Asked anew for each message; in milliseconds. */
export type Latency = () => number;

export interface Latencies {
  /** To the venue; also the time it takes to connect. */
  readonly request: Latency;
  readonly response: Latency;
  /** Of frames on the market and user channels. */
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

/** Each value after its own latency, but never before the value ahead of it. */
export const delayedInOrder =
  <Value>(latency: Latency, scheduler: SchedulerLike): MonoTypeOperatorFunction<Value> =>
  (source$) =>
    source$.pipe(
      map((value) => ({ value, dueAt: scheduler.now() + latency() })),
      concatMap(({ value, dueAt }) =>
        of(value).pipe(delay(Math.max(0, dueAt - scheduler.now()), scheduler)),
      ),
    );
