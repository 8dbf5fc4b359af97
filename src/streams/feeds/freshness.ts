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
  defaultIfEmpty,
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
import { type Link, causeOf } from "../../types/index.ts";

/** What the second source has, held against the last item of the link; or why it has not said. */
export type SecondOpinion = "same" | "different" | { readonly unanswered: string };

export interface FreshnessTiming {
  /** Without an item for so long, the second source is asked, and again after as long. */
  readonly quietMs: number;
  /** Later than this an answer of the second source is none. */
  readonly answerMs: number;
  /** Without an item or a confirmation for so long, the link is frozen. */
  readonly frozenMs: number;
}

export interface FreshnessOptions<Item> extends FreshnessTiming {
  /** One opinion; silence, an early end and an error are no answer either. */
  readonly ask: (last: Item) => Observable<SecondOpinion>;
  /** How a link ends that is frozen, with its cause. */
  readonly broken: (cause: string) => Observable<never>;
}

/** The second source may be read a moment too early or too late: one contradiction is no proof. */
const CONTRADICTIONS_MAX = 2;
/** So many confirmations in a row clear earlier contradictions: a stale replica may answer in turns. */
const CONFIRMATIONS_CLEAR = 2;

interface Asked {
  readonly opinion: SecondOpinion;
  readonly contradictions: number;
  /** In a row. */
  readonly confirmations: number;
}

const UNASKED: Asked = { opinion: { unanswered: "" }, contradictions: 0, confirmations: 0 };

function withOpinion({ contradictions, confirmations }: Asked, opinion: SecondOpinion): Asked {
  switch (opinion) {
    case "same": {
      const isClear = confirmations + 1 >= CONFIRMATIONS_CLEAR;
      return {
        opinion,
        contradictions: isClear ? 0 : contradictions,
        confirmations: confirmations + 1,
      };
    }
    case "different":
      return { opinion, contradictions: contradictions + 1, confirmations: 0 };
    default:
      return { opinion, contradictions, confirmations };
  }
}

/** Hands the link on as it comes, with each confirmation, and ends it with its cause where it is frozen. */
export function withFreshness<Item>(
  { quietMs, answerMs, frozenMs, ask, broken }: FreshnessOptions<Item>,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<Link<Item>> {
  const unanswered = (why: string): Observable<SecondOpinion> => of({ unanswered: why });
  const asked = (last: Item): Observable<SecondOpinion> =>
    defer(() => ask(last)).pipe(
      take(1),
      timeout({
        first: answerMs,
        with: () => unanswered(`no answer in ${answerMs} ms`),
        scheduler,
      }),
      catchError((error: unknown) => unanswered(causeOf(error))),
      defaultIfEmpty<SecondOpinion, SecondOpinion>({ unanswered: "no answer" }),
    );
  const confirmations = (last: Item, onUnanswered: (why: string) => void): Observable<Link<Item>> =>
    timer(quietMs, scheduler).pipe(
      concatMap(() => asked(last)),
      repeat(),
      scan(withOpinion, UNASKED),
      concatMap(({ opinion, contradictions }) => {
        if (contradictions >= CONTRADICTIONS_MAX) return broken(CONTRADICTED);
        if (opinion === "same") return of(CONFIRMED);
        if (opinion !== "different") onUnanswered(opinion.unanswered);
        return EMPTY;
      }),
    );
  const watched = (link: Link<Item>): Observable<Link<Item>> =>
    defer(() => {
      let why = "";
      const onUnanswered = (reason: string): void => {
        why = `; the second source: ${reason}`;
      };
      // Before its first item a link has nothing to compare; it has to bring one all the same.
      const confirmed$ = link.type === "item" ? confirmations(link.item, onUnanswered) : NEVER;
      return confirmed$.pipe(
        timeout({
          each: frozenMs,
          with: () => broken(`frozen: no item and no confirmation for ${frozenMs} ms${why}`),
          scheduler,
        }),
      );
    });
  return connect((link$) => {
    const ended$ = link$.pipe(ignoreElements(), endWith(null));
    return merge(link$, link$.pipe(switchMap(watched), takeUntil(ended$)));
  });
}

const CONFIRMED = { type: "confirmed" } as const;
const CONTRADICTED = "frozen: quiet here, and the second source has another value";
