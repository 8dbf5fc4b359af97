import {
  EMPTY,
  type Observable,
  type SchedulerLike,
  concatMap,
  defer,
  exhaustMap,
  filter,
  ignoreElements,
  map,
  merge,
  of,
  tap,
  timer,
} from "rxjs";
import type { ReferencePrice } from "../../types/index.ts";

export interface SilenceInputs {
  /** Whenever the book has changed. */
  readonly bookChanged$: Observable<unknown>;
  /** Null while there is none. */
  readonly price$: Observable<ReferencePrice | null>;
  /** Whenever a trade of ours has become known. */
  readonly trade$: Observable<unknown>;
}

export interface SilenceOptions {
  /** How far the reference moves before a book should have, in basis points of the price. */
  readonly moveBp: number;
  /** The feeds may be so far apart. */
  readonly withinMs: number;
}

/**
 * Reasons to think that the market channel should have spoken: what others say must show in the
 * book. Not a verdict; somebody has to look.
 */
export function silenceDetector(
  { bookChanged$, price$, trade$ }: SilenceInputs,
  { moveBp, withinMs }: SilenceOptions,
  scheduler: SchedulerLike,
): Observable<string> {
  return defer(() => {
    let spokeAt = -Infinity;
    let last: ReferencePrice | null = null;
    /** The reference when the book last changed. */
    let anchor: ReferencePrice | null = null;

    const silentSince = (at: number, doubt: string): Observable<string> =>
      timer(withinMs, scheduler).pipe(concatMap(() => (spokeAt < at ? of(doubt) : EMPTY)));
    const hasMoved = (): boolean =>
      anchor !== null && last !== null && Math.abs(last - anchor) * 10_000 >= moveBp * anchor;

    const heard$ = bookChanged$.pipe(
      tap(() => {
        spokeAt = scheduler.now();
        anchor = last;
      }),
      ignoreElements(),
    );
    const moved$ = price$.pipe(
      tap((price) => {
        last = price;
        // What it did while nobody looked is no move.
        anchor = price === null ? null : (anchor ?? price);
      }),
      filter(hasMoved),
      map(() => scheduler.now()),
      exhaustMap((at) =>
        silentSince(
          at,
          `the reference has moved by ${moveBp} bp or more, and the book has not`,
        ).pipe(
          tap(() => {
            anchor = last;
          }),
        ),
      ),
    );
    const traded$ = trade$.pipe(
      map(() => scheduler.now() - withinMs),
      exhaustMap((at) => silentSince(at, "we have traded, and the book says nothing")),
    );
    return merge(heard$, moved$, traded$);
  });
}
