/** A price that is held is compared with a second source: it may be a bad one, or the market's. */
import {
  EMPTY,
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerLike,
  catchError,
  concatMap,
  connect,
  defer,
  distinctUntilChanged,
  endWith,
  exhaustMap,
  filter,
  ignoreElements,
  map,
  merge,
  of,
  switchMap,
  takeUntil,
  tap,
  timer,
} from "rxjs";
import { type Link, causeOf } from "../../types/index.ts";

export interface SecondSourceTiming {
  /** While the price is held the second source is asked at once, and again after so long. */
  readonly askEveryMs: number;
  /** A price that nobody has agreed with for so long ends the link. */
  readonly heldMs: number;
}

export interface SecondSourceOptions<Item> extends SecondSourceTiming {
  /** Whether the newest item of the link, which is not believed yet, is held. */
  readonly isHeld$: Observable<boolean>;
  /**
   * One answer: whether an item is what the second source has, or why it has not said. It is asked of
   * the item that is the newest when the answer comes. No answer, or an error, agrees with nothing.
   */
  readonly ask: () => Observable<((newest: Item) => boolean) | { readonly unanswered: string }>;
  /** How a link ends, with its cause. */
  readonly broken: (cause: string) => Observable<never>;
}

/** Hands the link on as it comes, `confirmed` where the second source agrees with what is held. */
export function withSecondSource<Item>(
  { isHeld$, ask, broken, askEveryMs, heldMs }: SecondSourceOptions<Item>,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<Link<Item>> {
  return (link$) =>
    defer(() => {
      let newest: Item | null = null;
      let why = "";
      const asked$ = timer(0, askEveryMs, scheduler).pipe(
        exhaustMap(() =>
          ask().pipe(catchError((error: unknown) => of({ unanswered: causeOf(error) }))),
        ),
        filter((answer) => {
          const isAnswered = typeof answer === "function";
          why = isAnswered ? "" : `; the second source: ${answer.unanswered}`;
          return isAnswered && newest !== null && answer(newest);
        }),
        map((): Link<Item> => ({ type: "confirmed" })),
      );
      const overdue$ = timer(heldMs, scheduler).pipe(
        concatMap(() => broken(`held: nothing agreed with the price for ${heldMs} ms${why}`)),
      );
      const agreement$ = isHeld$.pipe(
        distinctUntilChanged(),
        switchMap((isHeld) => (isHeld ? merge(asked$, overdue$) : EMPTY)),
      );
      return link$.pipe(
        tap((link) => {
          if (link.type === "item") newest = link.item;
        }),
        connect((shared$) =>
          merge(shared$, agreement$.pipe(takeUntil(shared$.pipe(ignoreElements(), endWith(null))))),
        ),
      );
    });
}
