import {
  EMPTY,
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
  Lost,
  MarketId,
  OrderId,
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
 * read that fails fails the survey: an incomplete one proves nothing. All but the trades have one
 * deadline together; of the trades every page has it anew, because there may be thousands.
 */
export function survey(
  venue: Venue,
  { market, requestId, orderIds, tradesSince }: SurveyEffect,
  paid$: Observable<unknown>,
  deadlineMs: number,
  scheduler: SchedulerLike,
): Observable<ReceiptEvent> {
  const failed = (detail: string, trades: readonly TradeReport[] = []): ReceiptEvent => ({
    type: "survey.failed",
    requestId,
    detail,
    ...(trades.length > 0 && { trades }),
  });
  return paid$.pipe(
    concatMap(() => shown(venue, market, orderIds)),
    timeout({ first: deadlineMs, with: () => of(SILENCE), scheduler }),
    concatMap((others): Observable<ReceiptEvent> => {
      if (others === SILENCE) return of(failed(NO_ANSWER_IN_TIME));
      return pages(() => venue.trades(market, tradesSince), deadlineMs, scheduler).pipe(
        map(({ trades, problem }) =>
          problem === null
            ? { type: "survey.answered", requestId, survey: { ...others, trades } }
            : failed(problem, trades),
        ),
      );
    }),
    defaultIfEmpty(failed(NOT_ANSWERED)),
  );
}

const NO_ANSWER_IN_TIME = "no answer within the deadline";
const NOT_ANSWERED = "a read was not answered";

type Silence = "silence";
const SILENCE: Silence = "silence";

/** Everything but the trades; nothing where a read has failed. */
function shown(
  venue: Venue,
  market: MarketId,
  orderIds: readonly OrderId[],
): Observable<Omit<Survey, "trades">> {
  return value(() => venue.openOrders(market)).pipe(
    concatMap((openOrders) =>
      from(orderIds.filter((id) => !openOrders.some(({ orderId }) => orderId === id))).pipe(
        mergeMap(
          (id) =>
            value(() => venue.order(id)).pipe(
              defaultIfEmpty<OrderReport | null, Unanswered>(UNANSWERED),
            ),
          BY_ID_RUNNING_MAX,
        ),
        takeWhile((found) => found !== UNANSWERED, true),
        toArray(),
        concatMap((found) =>
          found.includes(UNANSWERED) ? EMPTY : of({ openOrders, byId: found.filter(isReport) }),
        ),
      ),
    ),
    concatMap((orders) =>
      value(() => venue.balances(market)).pipe(map((balances) => ({ ...orders, balances }))),
    ),
  );
}

interface ReadTrades {
  readonly trades: readonly TradeReport[];
  /** Why they are not all of them; null where they are. */
  readonly problem: string | null;
}

/** Pages until the last, or until one of them fails: what was read counts all the same. */
function pages(
  read: () => Observable<ReadAnswer<readonly TradeReport[]>>,
  pageMs: number,
  scheduler: SchedulerLike,
): Observable<ReadTrades> {
  const late$ = timer(TRADES_READ_MAX_MS, scheduler).pipe(map(() => lost(NO_ANSWER_IN_TIME)));
  return merge(
    defer(read).pipe(
      timeout({ each: pageMs, with: () => of(lost(NO_ANSWER_IN_TIME)), scheduler }),
      catchError(() => EMPTY),
      endWith(lost(NOT_ANSWERED)),
    ),
    late$,
  ).pipe(
    takeWhile((answer) => answer.type === "answered" && answer.isPart === true, true),
    toArray(),
    map((answers) => ({
      trades: answers.flatMap((answer) => (answer.type === "answered" ? answer.value : [])),
      problem: problemOf(answers.at(-1)),
    })),
  );
}

const problemOf = (last: ReadAnswer<unknown> | undefined): string | null =>
  last?.type === "answered" ? null : last?.type === "lost" ? last.detail : NOT_ANSWERED;

const lost = (detail: string): Lost => ({ type: "lost", detail });

/** Reads by id on the wire at once. */
const BY_ID_RUNNING_MAX = 4;

type Unanswered = "unanswered";
const UNANSWERED: Unanswered = "unanswered";

const isReport = (found: OrderReport | null | Unanswered): found is OrderReport =>
  found !== null && found !== UNANSWERED;

/** The value that was read, or nothing; a read that breaks gives nothing either. */
const value = <Value>(read: () => Observable<ReadAnswer<Value>>): Observable<Value> =>
  defer(read).pipe(
    take(1),
    concatMap((answer) => (answer.type === "answered" ? of(answer.value) : EMPTY)),
    catchError(() => EMPTY),
  );
