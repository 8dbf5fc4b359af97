/**
 * Tells a quiet link from a frozen one: a link that has brought no item for a while is compared with
 * a second source. Law K: never quote without data, and never stop only because nothing changed.
 */
import {
  EMPTY,
  NEVER,
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerLike,
  catchError,
  concatMap,
  connect,
  defer,
  endWith,
  ignoreElements,
  merge,
  of,
  repeat,
  scan,
  switchMap,
  take,
  takeUntil,
  timeout,
  timer,
} from "rxjs";
import type { Link } from "../../types/index.ts";

/** What the second source has, held against the last item of the link. */
export type SecondOpinion = "same" | "different";

export interface FreshnessTiming {
  /** Without an item for so long, the second source is asked, and again after as long. */
  readonly quietMs: number;
  /** Later than this an answer of the second source is none. */
  readonly answerMs: number;
  /** Without an item or a confirmation for so long, the link is frozen. */
  readonly frozenMs: number;
}

export interface FreshnessOptions<Item> extends FreshnessTiming {
  /** One opinion; silence, an early end and an error are no answer. */
  readonly ask: (last: Item) => Observable<SecondOpinion>;
  /** How a link ends that is frozen, with its cause. */
  readonly broken: (cause: string) => Observable<never>;
}

/** The second source may be read a moment too early or too late: one contradiction is no proof. */
const CONTRADICTIONS_MAX = 2;

/** Hands the link on as it comes, and ends it with its cause where it is frozen. */
export function withFreshness<Item>(
  { quietMs, answerMs, frozenMs, ask, broken }: FreshnessOptions<Item>,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<Link<Item>> {
  const asked = (last: Item): Observable<SecondOpinion> =>
    defer(() => ask(last)).pipe(
      take(1),
      timeout({ first: answerMs, with: () => EMPTY, scheduler }),
      catchError(() => EMPTY),
    );
  /** Emits with each confirmation. */
  const confirmations = (last: Item): Observable<unknown> =>
    timer(quietMs, scheduler).pipe(
      concatMap(() => asked(last)),
      repeat(),
      // Contradictions in a row; no answer neither adds to them nor ends the row.
      scan((contradictions, opinion) => (opinion === "same" ? 0 : contradictions + 1), 0),
      concatMap((contradictions) => {
        if (contradictions === 0) return of("confirmed");
        return contradictions < CONTRADICTIONS_MAX ? EMPTY : broken(CONTRADICTED);
      }),
    );
  // Before its first item a link has nothing to compare; it has to bring one all the same.
  const watched = (link: Link<Item>): Observable<never> =>
    (link.type === "item" ? confirmations(link.item) : NEVER).pipe(
      timeout({ each: frozenMs, with: () => broken(silentFor(frozenMs)), scheduler }),
      ignoreElements(),
    );
  return connect((link$) => {
    const ended$ = link$.pipe(ignoreElements(), endWith(null));
    return merge(link$, link$.pipe(switchMap(watched), takeUntil(ended$)));
  });
}

const CONTRADICTED = "frozen: quiet here, and the second source has another value";
const silentFor = (frozenMs: number): string =>
  `frozen: no item and no confirmation for ${frozenMs} ms`;
