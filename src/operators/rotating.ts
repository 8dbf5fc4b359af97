import {
  catchError,
  concat,
  defer,
  EMPTY,
  endWith,
  filter,
  map,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  share,
  startWith,
  switchAll,
  switchMap,
  take,
  takeWhile,
  timer,
} from "rxjs";

/**
 * One subscription to the source after the other, without a gap: when one has lasted `everyMs()`,
 * the next is made beside it, and takes over with its first value that `isProof`; its values before
 * that are dropped. A next one that ends before its proof is made again after `retryMs`. The end of
 * the one in charge, by error or by completion, is the end.
 *
 * Why not `switchMap`: it leaves the old connection before the new one has emitted anything.
 */
export function rotating<T>(
  {
    everyMs,
    retryMs,
    isProof,
  }: {
    everyMs: () => number;
    retryMs: number;
    isProof: (value: T) => boolean;
  },
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T> {
  return (source$) => {
    const next$ = defer((): Observable<Observable<T>> => {
      const shared$ = source$.pipe(share());
      return shared$.pipe(
        catchError(() => EMPTY),
        repeat({ delay: () => timer(retryMs, scheduler) }),
        filter(isProof),
        take(1),
        // Subscribed to before the proof's own subscription ends, so it stays the same one.
        map((proof) => shared$.pipe(startWith(proof))),
      );
    });
    const later$ = defer(() => timer(everyMs(), scheduler)).pipe(
      switchMap(() => next$),
      repeat(),
    );
    return concat(of(source$), later$).pipe(
      map((connection$) =>
        connection$.pipe(
          map((value) => ({ value })),
          endWith(null),
        ),
      ),
      switchAll(),
      takeWhile((item) => item !== null),
      map(({ value }) => value),
    );
  };
}
