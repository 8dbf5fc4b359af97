import {
  type Observable,
  catchError,
  concatMap,
  defaultIfEmpty,
  defer,
  from,
  map,
  mergeMap,
  of,
  take,
  takeWhile,
  toArray,
} from "rxjs";
import type {
  Answered,
  Lost,
  OrderReport,
  ReadAnswer,
  ReceiptEvent,
  SurveyEffect,
  Venue,
} from "../types/index.ts";

/**
 * What the venue shows of a market, as one answer: open orders, the ids asked for, balances, and
 * trades last, so that an order which the list no longer shows has its fills in the same survey. A
 * read that fails fails the survey, with its own reason: an incomplete one proves nothing.
 */
export function survey(
  venue: Venue,
  { market, requestId, orderIds, tradesSince, isRefreshed = false }: SurveyEffect,
): Observable<ReceiptEvent> {
  return read("open orders", () => venue.openOrders(market)).pipe(
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
    then((acc) =>
      read("trades", () => venue.trades(market, tradesSince)).pipe(
        then((trades) => of({ type: "answered", value: { ...acc, trades } } as const)),
      ),
    ),
    map((answer): ReceiptEvent => {
      if (answer.type === "answered") {
        return { type: "survey.answered", requestId, survey: answer.value };
      }
      const { detail, refusal } = answer;
      return { type: "survey.failed", requestId, detail, ...(refusal && { refusal }) };
    }),
  );
}

/** Reads by id on the wire at once. */
const BY_ID_RUNNING_MAX = 4;

interface Orders {
  readonly openOrders: readonly OrderReport[];
  readonly byId: readonly OrderReport[];
}

/** One answer, whatever the venue does; one that failed says of what it would have been. */
const read = <Value>(
  what: string,
  ask: () => Observable<ReadAnswer<Value>>,
): Observable<Answered<Value> | Lost> =>
  defer(ask).pipe(
    take(1),
    catchError((error: unknown) => of<Lost>({ type: "lost", detail: String(error) })),
    defaultIfEmpty<ReadAnswer<Value> | Lost, Lost>({ type: "lost", detail: "not answered" }),
    map((answer) => {
      if (answer.type === "answered") return answer;
      const failed: Lost =
        answer.type === "lost" ? answer : { type: "lost", detail: `not sent: ${answer.cause}` };
      return { ...failed, detail: `${what}: ${failed.detail}` };
    }),
  );

/** Goes on with what was read; a failure is handed through. */
const then =
  <Value, Next>(next: (value: Value) => Observable<Answered<Next> | Lost>) =>
  (answer$: Observable<Answered<Value> | Lost>): Observable<Answered<Next> | Lost> =>
    answer$.pipe(
      concatMap((answer) => (answer.type === "answered" ? next(answer.value) : of(answer))),
    );
