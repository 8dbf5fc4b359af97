import {
  ignoreElements,
  merge,
  type MonoTypeOperatorFunction,
  NEVER,
  Observable,
  type SchedulerLike,
  type Subscription,
  tap,
} from "rxjs";
import { Fifo } from "./fifo.ts";

/**
 * Delays each value by a time of its own, in milliseconds, but never lets it overtake the one before
 * it. An error passes at once; completion comes after the last value.
 *
 * Why not `concatMap` to a timer: for every value it makes two subscriptions and a chain of operators.
 */
export const delayedInOrder =
  <Value>(delayMs: () => number, scheduler: SchedulerLike): MonoTypeOperatorFunction<Value> =>
  (source$) =>
    new Observable((subscriber) => {
      const queue = new Fifo<Waiting<Value>>();
      let first: Waiting<Value> | undefined;
      let action: Subscription | undefined;
      let isEnded = false;

      const deliver = (): void => {
        if (first !== undefined) subscriber.next(first.value);
        takeNext();
      };
      const takeNext = (): void => {
        // A consumer may have left in the middle of a value.
        if (subscriber.closed) return;
        first = queue.shift()?.value;
        if (first !== undefined) {
          action = scheduler.schedule(deliver, Math.max(0, first.dueAt - scheduler.now()));
        } else if (isEnded) subscriber.complete();
      };
      const arrive = (value: Value): void => {
        queue.push({ value, dueAt: scheduler.now() + delayMs() });
        if (first === undefined) takeNext();
      };
      const end = (): void => {
        isEnded = true;
        if (first === undefined) subscriber.complete();
      };

      subscriber.add(() => action?.unsubscribe());
      merge(source$.pipe(tap({ next: arrive, complete: end })), NEVER)
        .pipe(ignoreElements())
        .subscribe(subscriber);
    });

interface Waiting<Value> {
  readonly value: Value;
  readonly dueAt: number;
}
