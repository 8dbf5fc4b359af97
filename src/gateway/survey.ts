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
import type {
  Answered,
  Lost,
  OrderReport,
  ReadAnswer,
  ReceiptEvent,
  Survey,
  SurveyEffect,
  TradeReport,
  Venue,
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
    concatMap(() => shown(venue, effect)),
    timeout({ first: deadlineMs, with: () => of(lost(NO_ANSWER_IN_TIME)), scheduler }),
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

/** Everything but the trades. */
const shown = (
  venue: Venue,
  { market, orderIds, isRefreshed = false }: SurveyEffect,
): Observable<Answered<Omit<Survey, "trades">> | Lost> =>
  read("open orders", () => venue.openOrders(market)).pipe(
    then((openOrders) =>
      from(orderIds.filter((id) => !openOrders.some(({ orderId }) => orderId === id))).pipe(
        mergeMap((id) => read("an order", () => venue.order(id)), BY_ID_RUNNING_MAX),
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
      read("balances", () => venue.balances(market, isRefreshed)).pipe(
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
  const late$ = timer(TRADES_READ_MAX_MS, scheduler).pipe(map(() => lost(NO_ANSWER_IN_TIME)));
  return merge(
    defer(ask).pipe(
      timeout({ each: pageMs, with: () => of(lost(NO_ANSWER_IN_TIME)), scheduler }),
      catchError((error: unknown) => of(lost(String(error)))),
      endWith(NOT_ANSWERED),
    ),
    late$,
  ).pipe(
    takeWhile((answer) => answer.type === "answered" && answer.isPart === true, true),
    toArray(),
    map((answers) => {
      const last = failedAs("trades", answers.at(-1) ?? NOT_ANSWERED);
      return {
        trades: answers.flatMap((answer) => (answer.type === "answered" ? answer.value : [])),
        problem: last.type === "answered" ? null : last,
      };
    }),
  );
}

/** One answer, whatever the venue does; one that failed says of what it would have been. */
const read = <Value>(
  what: string,
  ask: () => Observable<ReadAnswer<Value>>,
): Observable<Answered<Value> | Lost> =>
  defer(ask).pipe(
    take(1),
    catchError((error: unknown) => of(lost(String(error)))),
    defaultIfEmpty<ReadAnswer<Value>, Lost>(NOT_ANSWERED),
    map((answer) => failedAs(what, answer)),
  );

const NOT_ANSWERED = lost("not answered");

function failedAs<Value>(what: string, answer: ReadAnswer<Value>): Answered<Value> | Lost {
  if (answer.type === "answered") return answer;
  const failed = answer.type === "lost" ? answer : lost(`not sent: ${answer.cause}`);
  return { ...failed, detail: `${what}: ${failed.detail}` };
}

/** Goes on with what was read; a failure is handed through. */
const then =
  <Value, Next>(next: (value: Value) => Observable<Answered<Next> | Lost>) =>
  (answer$: Observable<Answered<Value> | Lost>): Observable<Answered<Next> | Lost> =>
    answer$.pipe(
      concatMap((answer) => (answer.type === "answered" ? next(answer.value) : of(answer))),
    );
