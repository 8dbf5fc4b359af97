import {
  catchError,
  ignoreElements,
  merge,
  NEVER,
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  type Subscription,
  tap,
} from "rxjs";
import { Fifo } from "./fifo.ts";

export interface SliceOptions {
  /** With one value more the oldest is dropped. */
  readonly queueMax: number;
  /** Values delivered in one turn of the loop, at most. */
  readonly sliceMax: number;
  /** A slice that has taken this long ends early, by the clock of `macrotask`. */
  readonly sliceMs: number;
  /** When this emits, everything that waits is delivered at once, in the same turn. */
  readonly flush$: Observable<unknown>;
}

/** A value, or how many values before the next one were dropped. */
export type Delivered<T> =
  | { readonly type: "item"; readonly value: T }
  | { readonly type: "dropped"; readonly count: number };

/**
 * An `observeOn` for a consumer that must not hold up the source: values wait in a bounded queue
 * and are delivered on `macrotask`, one slice a turn, so that sockets and timers come between two
 * slices. A full queue drops its oldest values, and their count is delivered in their place.
 *
 * Why not `observeOn`: it delivers everything that waits in one turn, and its queue has no bound.
 *
 * Order is kept. Completion and an error of the source come after the last value, never in the
 * turn in which the source ended. Unsubscribing drops everything.
 */
export function observeInSlices<T>(
  { queueMax, sliceMax, sliceMs, flush$ }: SliceOptions,
  macrotask: SchedulerLike,
): OperatorFunction<T, Delivered<T>> {
  return (source$) =>
    new Observable<Delivered<T>>((subscriber) => {
      const queue = new Fifo<T>();
      let dropped = 0;
      let turn: Subscription | undefined;
      let isDelivering = false;
      /** Deliveries owed to a flush, whatever the bounds of a slice. */
      let flushLeft = 0;
      let end: (() => void) | undefined;

      const next = (): Delivered<T> | undefined => {
        if (dropped > 0) {
          const count = dropped;
          dropped = 0;
          return { type: "dropped", count };
        }
        const taken = queue.shift();
        return taken && { type: "item", value: taken.value };
      };

      const deliver = (): void => {
        isDelivering = true;
        const endsAt = macrotask.now() + sliceMs;
        for (let left = sliceMax; !subscriber.closed; left -= 1) {
          const isOver = left <= 0 || (left < sliceMax && macrotask.now() >= endsAt);
          if (flushLeft <= 0 && isOver) break;
          flushLeft -= 1;
          const delivered = next();
          if (delivered === undefined) break;
          subscriber.next(delivered);
        }
        isDelivering = false;
        flushLeft = 0;
      };

      const takeTurn = (): void => {
        turn?.unsubscribe();
        turn = undefined;
        deliver();
        if (queue.size > 0 || dropped > 0) scheduleTurn();
        else end?.();
      };

      const scheduleTurn = (): void => {
        if (!subscriber.closed) turn ??= macrotask.schedule(takeTurn, 0);
      };

      const arrive = (value: T): void => {
        queue.push(value);
        if (queue.size > queueMax) {
          queue.shift();
          dropped += 1;
        }
        scheduleTurn();
      };

      const flush = (): void => {
        // What waits now, and not what the consumer adds to it meanwhile.
        flushLeft = queue.size + (dropped > 0 ? 1 : 0);
        // A consumer that flushes while it is handed a value is handed the rest by the loop it is in.
        if (!isDelivering) deliver();
      };

      const endWith = (last: () => void): void => {
        end = last;
        scheduleTurn();
      };

      subscriber.add(() => turn?.unsubscribe());
      merge(
        source$.pipe(
          tap({
            next: arrive,
            complete: () => endWith(() => subscriber.complete()),
            error: (error: unknown) => endWith(() => subscriber.error(error)),
          }),
          catchError(() => NEVER),
        ),
        flush$.pipe(tap(flush)),
        NEVER,
      )
        .pipe(ignoreElements())
        .subscribe(subscriber);
    });
}
