/** Delays of requests, answers and frames. */
import {
  concatMap,
  map,
  type MonoTypeOperatorFunction,
  Observable,
  type SchedulerLike,
} from "rxjs";
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
      // One action for each value, and no chain of operators around it: every frame passes here.
      concatMap(
        ({ value, dueAt }) =>
          new Observable<Value>((subscriber) =>
            scheduler.schedule(
              () => {
                subscriber.next(value);
                subscriber.complete();
              },
              Math.max(0, dueAt - scheduler.now()),
            ),
          ),
      ),
    );
