import {
  catchError,
  defer,
  EMPTY,
  endWith,
  expand,
  filter,
  map,
  merge,
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
 * One subscription to the source after the other, without a gap: when one has lasted `everyMs()`, or
 * says by a value that `isLeaving` that it will end, the next is made beside it, and takes over with
 * its first value that `isProof`; its values before that are dropped. A next one that ends, or is
 * leaving, before its proof is made again after `retryMs`. The end of the one in charge, by error or
 * by completion, is the end.
 *
 * Why not `switchMap`: it leaves the old connection before the new one has emitted anything.
 */
export function rotating<T>(
  {
    everyMs,
    retryMs,
    isProof,
    isLeaving,
  }: {
    everyMs: () => number;
    retryMs: number;
    isProof: (value: T) => boolean;
    isLeaving: (value: T) => boolean;
  },
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T> {
  return (source$) => {
    const next$ = defer((): Observable<Observable<T>> => {
      const shared$ = source$.pipe(share());
      return shared$.pipe(
        takeWhile((value) => !isLeaving(value)),
        catchError(() => EMPTY),
        repeat({ delay: () => timer(retryMs, scheduler) }),
        filter(isProof),
        take(1),
        // Subscribed to before the proof's own subscription ends, so it stays the same one.
        map((proof) => shared$.pipe(startWith(proof))),
      );
    });
    const after = (connection$: Observable<T>): Observable<Observable<T>> =>
      defer(() => {
        const leaving$ = connection$.pipe(
          filter(isLeaving),
          // Its end is heard from the one who is in charge.
          catchError(() => EMPTY),
        );
        return merge(timer(everyMs(), scheduler), leaving$).pipe(
          take(1),
          switchMap(() => next$),
        );
      });
    return defer(() => of(source$.pipe(share()))).pipe(
      // Each is handed on before it is listened to for its leaving: both hear one connection.
      expand(after),
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
