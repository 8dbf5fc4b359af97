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
  /** Emits when the book has changed. */
  readonly bookChanged$: Observable<unknown>;
  /** Null while the reference is down. */
  readonly price$: Observable<ReferencePrice | null>;
  /** Emits when a trade of ours has become known. */
  readonly trade$: Observable<unknown>;
}

export interface SilenceOptions {
  /** How far the reference moves before a book should have, in basis points of the price. */
  readonly moveBp: number;
  /** How far apart two feeds may report the same thing. */
  readonly withinMs: number;
}

/**
 * Reasons to suspect that the market channel has gone silent: the reference has moved, or we have
 * traded, and the book has not changed. Not a verdict: the connection has to check.
 */
export function silenceDetector(
  { bookChanged$, price$, trade$ }: SilenceInputs,
  { moveBp, withinMs }: SilenceOptions,
  scheduler: SchedulerLike,
): Observable<string> {
  return defer(() => {
    let bookChangedAt = -Infinity;
    let last: ReferencePrice | null = null;
    /** The reference when the book last changed: moves are measured from here. */
    let anchor: ReferencePrice | null = null;

    const ifSilentSince = (at: number, reason: string): Observable<string> =>
      timer(withinMs, scheduler).pipe(concatMap(() => (bookChangedAt < at ? of(reason) : EMPTY)));
    const hasMoved = (): boolean =>
      anchor !== null && last !== null && Math.abs(last - anchor) * 10_000 >= moveBp * anchor;

    const book$ = bookChanged$.pipe(
      tap(() => {
        bookChangedAt = scheduler.now();
        anchor = last;
      }),
      ignoreElements(),
    );
    const moved$ = price$.pipe(
      tap((price) => {
        last = price;
        // A gap resets the anchor: a move across it does not count.
        anchor = price === null ? null : (anchor ?? price);
      }),
      filter(hasMoved),
      map(() => scheduler.now()),
      exhaustMap((at) =>
        ifSilentSince(
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
      exhaustMap((at) => ifSilentSince(at, "we have traded, and the book says nothing")),
    );
    return merge(book$, moved$, traded$);
  });
}
