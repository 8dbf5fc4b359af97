import {
  EMPTY,
  type Observable,
  concatMap,
  defaultIfEmpty,
  from,
  map,
  of,
  take,
  toArray,
} from "rxjs";
import type { ReadAnswer, ReceiptEvent, SurveyEffect, Venue } from "../types/index.ts";

/**
 * One look at the venue as one answer: open orders, the asked ids, balances, and the trades last,
 * so that whatever the list no longer shows has its fills in the same look. Any read that fails
 * fails the whole: an incomplete picture proves nothing.
 */
export function survey(
  venue: Venue,
  { market, requestId, orderIds, tradesSince }: SurveyEffect,
): Observable<ReceiptEvent> {
  return value(venue.openOrders(market)).pipe(
    concatMap((openOrders) =>
      from(orderIds).pipe(
        concatMap((id) => value(venue.order(id))),
        toArray(),
        concatMap((found) =>
          found.length === orderIds.length
            ? of({ openOrders, byId: found.filter((report) => report !== null) })
            : EMPTY,
        ),
      ),
    ),
    concatMap((orders) =>
      value(venue.balances(market)).pipe(map((balances) => ({ ...orders, balances }))),
    ),
    concatMap((sofar) =>
      value(venue.trades(market, tradesSince)).pipe(map((trades) => ({ ...sofar, trades }))),
    ),
    map((complete): ReceiptEvent => ({ type: "survey.answered", requestId, survey: complete })),
    defaultIfEmpty<ReceiptEvent, ReceiptEvent>({
      type: "survey.failed",
      requestId,
      detail: "a read was not answered",
    }),
  );
}

/** The value that was read, or nothing. */
const value = <Value>(answer$: Observable<ReadAnswer<Value>>): Observable<Value> =>
  answer$.pipe(
    take(1),
    concatMap((answer) => (answer.type === "answered" ? of(answer.value) : EMPTY)),
  );
