import {
  type Observable,
  catchError,
  concatMap,
  defaultIfEmpty,
  defer,
  endWith,
  from,
  map,
  merge,
  mergeMap,
  of,
  type SchedulerLike,
  take,
  takeWhile,
  timeout,
  timer,
  toArray,
} from "rxjs";
import {
  type Answered,
  type Lost,
  type OrderReport,
  type ReadAnswer,
  type ReceiptEvent,
  type Survey,
  type SurveyEffect,
  type TradeReport,
  type Venue,
  causeOf,
  whyNot,
} from "../types/index.ts";
import { TRADES_READ_MAX_MS } from "./limits.ts";

/**
 * What the venue shows of a market, as one answer: open orders, the ids asked for, balances, and
 * trades last, so that an order which the list no longer shows has its fills in the same survey. A
 * read that fails fails the survey, with its own reason: an incomplete one proves nothing. All but the
 * trades have one deadline together; of the trades every page has it anew, because there may be
 * thousands.
 */
export function survey(
  venue: Venue,
  effect: SurveyEffect,
  paid$: Observable<unknown>,
  deadlineMs: number,
  scheduler: SchedulerLike,
): Observable<ReceiptEvent> {
  const { market, requestId, tradesSince } = effect;
  let asked = "a permit";
  const note = (what: string): void => {
    asked = what;
  };
  const failed = (
    { detail, refusal }: Lost,
    trades: readonly TradeReport[] = [],
  ): ReceiptEvent => ({
    type: "survey.failed",
    requestId,
    detail,
    ...(refusal && { refusal }),
    ...(trades.length > 0 && { trades }),
  });
  return paid$.pipe(
    concatMap(() => shown(venue, effect, note)),
    timeout({
      first: deadlineMs,
      with: () => of(lost(causeOf(asked, NO_ANSWER_IN_TIME))),
      scheduler,
    }),
    concatMap((others): Observable<ReceiptEvent> => {
      if (others.type === "lost") return of(failed(others));
      return pages(() => venue.trades(market, tradesSince), deadlineMs, scheduler).pipe(
        map(({ trades, problem }) =>
          problem === null
            ? { type: "survey.answered", requestId, survey: { ...others.value, trades } }
            : failed(problem, trades),
        ),
      );
    }),
  );
}

const NO_ANSWER_IN_TIME = "no answer within the deadline";

const lost = (detail: string): Lost => ({ type: "lost", detail });

/** Everything but the trades; each read is noted as it begins. */
const shown = (
  venue: Venue,
  { market, orderIds, isRefreshed = false }: SurveyEffect,
  note: (what: string) => void,
): Observable<Answered<Omit<Survey, "trades">> | Lost> =>
  read("open orders", note, () => venue.openOrders(market)).pipe(
    then((openOrders) =>
      from(orderIds.filter((id) => !openOrders.some(({ orderId }) => orderId === id))).pipe(
        mergeMap((id) => read("an order", note, () => venue.order(id)), BY_ID_RUNNING_MAX),
        takeWhile(({ type }) => type === "answered", true),
        toArray(),
        map((answers): Answered<Orders> | Lost => {
          const failed = answers.find((answer) => answer.type === "lost");
          const found = answers.flatMap((answer) =>
            answer.type === "answered" ? (answer.value ?? []) : [],
          );
          return failed ?? { type: "answered", value: { openOrders, byId: found } };
        }),
      ),
    ),
    then((orders) =>
      read("balances", note, () => venue.balances(market, isRefreshed)).pipe(
        then((balances) => of({ type: "answered", value: { ...orders, balances } } as const)),
      ),
    ),
  );

/** Reads by id on the wire at once. */
const BY_ID_RUNNING_MAX = 4;

interface Orders {
  readonly openOrders: readonly OrderReport[];
  readonly byId: readonly OrderReport[];
}

interface ReadTrades {
  readonly trades: readonly TradeReport[];
  /** Why they are not all of them; null where they are. */
  readonly problem: Lost | null;
}

/** Pages until the last, or until one of them fails: what was read counts all the same. */
function pages(
  ask: () => Observable<ReadAnswer<readonly TradeReport[]>>,
  pageMs: number,
  scheduler: SchedulerLike,
): Observable<ReadTrades> {
  const late$ = timer(TRADES_READ_MAX_MS, scheduler).pipe(map(() => LATE));
  return merge(
    defer(ask).pipe(
      timeout({ each: pageMs, with: () => of(LATE), scheduler }),
      catchError((error: unknown) => of(lost(causeOf(TRADES, error)))),
      endWith(ENDED),
    ),
    late$,
  ).pipe(
    takeWhile((answer) => answer.type === "answered" && answer.isPart === true, true),
    toArray(),
    map((answers) => {
      const last = failedAs(TRADES, answers.at(-1) ?? ENDED);
      return {
        trades: answers.flatMap((answer) => (answer.type === "answered" ? answer.value : [])),
        problem: last.type === "answered" ? null : last,
      };
    }),
  );
}

const TRADES = "trades";

/** One answer, whatever the venue does. */
const read = <Value>(
  what: string,
  note: (what: string) => void,
  ask: () => Observable<ReadAnswer<Value>>,
): Observable<Answered<Value> | Lost> =>
  defer(() => {
    note(what);
    return ask();
  }).pipe(
    take(1),
    catchError((error: unknown) => of(lost(causeOf(what, error)))),
    defaultIfEmpty<ReadAnswer<Value>, Lost>(lost(causeOf(what, NOT_ANSWERED))),
    map((answer) => failedAs(what, answer)),
  );

const NOT_ANSWERED = "not answered";
const LATE = lost(causeOf(TRADES, NO_ANSWER_IN_TIME));
const ENDED = lost(causeOf(TRADES, NOT_ANSWERED));

/** What is lost says itself what was asked. */
const failedAs = <Value>(what: string, answer: ReadAnswer<Value>): Answered<Value> | Lost =>
  answer.type === "notSent" ? lost(causeOf(what, whyNot(answer))) : answer;

/** Goes on with what was read; a failure is handed through. */
const then =
  <Value, Next>(next: (value: Value) => Observable<Answered<Next> | Lost>) =>
  (answer$: Observable<Answered<Value> | Lost>): Observable<Answered<Next> | Lost> =>
    answer$.pipe(
      concatMap((answer) => (answer.type === "answered" ? next(answer.value) : of(answer))),
    );
