import {
  debounce,
  defer,
  type MonoTypeOperatorFunction,
  of,
  type SchedulerLike,
  tap,
  timer,
} from "rxjs";

/**
 * Emits the last value of each burst. A burst opens at its first value and closes after `quietMs`
 * without one, or `maxWaitMs` after it opened, whichever is earlier.
 *
 * Why not `debounceTime`: a source that never pauses would never emit.
 * Completion flushes the open burst. Errors pass at once and drop it.
 */
export function debounceWithin<T>(
  { quietMs, maxWaitMs }: { quietMs: number; maxWaitMs: number },
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T> {
  return (source$) =>
    defer(() => {
      let openedAt: number | undefined;
      return source$.pipe(
        debounce(() => {
          const now = scheduler.now();
          openedAt ??= now;
          const leftMs = openedAt + maxWaitMs - now;
          // Each value restarts the timer. Past the ceiling it must not, or values that keep
          // coming faster than timers fire would put the flush off for ever.
          return leftMs > 0 ? timer(Math.min(quietMs, leftMs), scheduler) : of(0);
        }),
        // Before the emission: a value that a consumer feeds back opens the next burst.
        tap(() => {
          openedAt = undefined;
        }),
      );
    });
}
