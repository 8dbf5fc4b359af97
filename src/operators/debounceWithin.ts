import {
  ignoreElements,
  type MonoTypeOperatorFunction,
  Observable,
  type SchedulerLike,
  type Subscription,
  tap,
} from "rxjs";

/**
 * Emits the last value of each burst. A burst opens at its first value and closes after `quietMs`
 * without one, or `maxWaitMs` after it opened, whichever is earlier.
 *
 * Why not `debounceTime`: a source that never pauses would never emit. Why not `debounce`: it makes
 * a timer and two subscriptions for each value; here a value only puts the one action off. It is
 * scheduled anew by the last value, not put off when it comes due, so that it keeps its turn among
 * the actions of its millisecond.
 *
 * Completion flushes the open burst. Errors pass at once and drop it.
 */
export function debounceWithin<T>(
  { quietMs, maxWaitMs }: { quietMs: number; maxWaitMs: number },
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T> {
  return (source$) =>
    new Observable<T>((subscriber) => {
      let burst: { readonly openedAt: number; readonly last: T } | undefined;
      let action: Subscription | undefined;

      const flush = (): void => {
        action?.unsubscribe();
        if (burst === undefined) return;
        const { last } = burst;
        // Before the emission: a value that a consumer feeds back opens the next burst.
        burst = undefined;
        subscriber.next(last);
      };

      const arrive = (last: T): void => {
        const now = scheduler.now();
        const openedAt = burst?.openedAt ?? now;
        burst = { openedAt, last };
        action?.unsubscribe();
        const leftMs = openedAt + maxWaitMs - now;
        // Past the ceiling nothing is put off, or values that keep coming faster than timers fire
        // would put the flush off for ever.
        if (leftMs > 0) action = scheduler.schedule(flush, Math.min(quietMs, leftMs));
        else flush();
      };

      subscriber.add(() => action?.unsubscribe());
      source$.pipe(tap({ next: arrive, complete: flush }), ignoreElements()).subscribe(subscriber);
    });
}
