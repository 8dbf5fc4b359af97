import {
  catchError,
  concat,
  concatWith,
  defer,
  EMPTY,
  ignoreElements,
  of,
  type OperatorFunction,
  repeat,
  type SchedulerLike,
  tap,
  timer,
} from "rxjs";

export interface Loss {
  readonly cause:
    { readonly kind: "completed" } | { readonly kind: "errored"; readonly error: unknown };
  /** The attempt that comes next, counted since the last value: 1, 2, 3 ... */
  readonly attempt: number;
  /** How long until then. */
  readonly delayMs: number;
}

/**
 * A source that never ends: when it errors or completes, what `lost` makes of that is emitted, and
 * after a wait the source is subscribed to again. The wait is `minMs`, doubled with each loss since
 * the last value up to `maxMs`; its upper half is scaled by `jitter`, a number from 0 to 1.
 *
 * Why not `retry`: it is silent about a loss, and takes completion for success.
 */
export function reconnecting<T, L>(
  { minMs, maxMs, jitter }: { minMs: number; maxMs: number; jitter: () => number },
  lost: (loss: Loss) => L,
  scheduler: SchedulerLike,
): OperatorFunction<T, T | L> {
  return (source$) =>
    defer(() => {
      let losses = 0;

      const connection$ = defer(() => {
        let cause: Loss["cause"] = { kind: "completed" };
        return source$.pipe(
          tap(() => {
            losses = 0;
          }),
          catchError((error: unknown) => {
            cause = { kind: "errored", error };
            return EMPTY;
          }),
          concatWith(
            defer(() => {
              const delayMs = Math.min(maxMs, minMs * 2 ** losses) * (0.5 + jitter() / 2);
              losses += 1;
              return concat(
                of(lost({ cause, attempt: losses, delayMs })),
                timer(delayMs, scheduler).pipe(ignoreElements()),
              );
            }),
          ),
        );
      });

      return connection$.pipe(repeat());
    });
}
