import {
  EMPTY,
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
import type { OrderReport, ReadAnswer, ReceiptEvent, SurveyEffect, Venue } from "../types/index.ts";

/**
 * What the venue shows of a market, as one answer: open orders, the ids asked for, balances, and
 * trades last, so that an order which the list no longer shows has its fills in the same survey. A
 * read that fails fails the survey: an incomplete one proves nothing.
 */
export function survey(
  venue: Venue,
  { market, requestId, orderIds, tradesSince }: SurveyEffect,
): Observable<ReceiptEvent> {
  return defer(() => {
    let retryAfterMs = 0;
    /** The value that was read, or nothing; a read that breaks gives nothing either. */
    const value = <Value>(read: () => Observable<ReadAnswer<Value>>): Observable<Value> =>
      defer(read).pipe(
        take(1),
        concatMap((answer) => {
          if (answer.type === "answered") return of(answer.value);
          const waitMs =
            answer.type === "lost" ? answer.refusal?.retryAfterMs : answer.retryAfterMs;
          retryAfterMs = Math.max(retryAfterMs, waitMs ?? 0);
          return EMPTY;
        }),
        catchError(() => EMPTY),
      );
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
      concatMap((acc) =>
        value(() => venue.trades(market, tradesSince)).pipe(map((trades) => ({ ...acc, trades }))),
      ),
      map((complete): ReceiptEvent => ({ type: "survey.answered", requestId, survey: complete })),
      defaultIfEmpty(null),
      map(
        (answered): ReceiptEvent =>
          answered ?? {
            type: "survey.failed",
            requestId,
            detail: "a read was not answered",
            ...(retryAfterMs > 0 && { retryAfterMs }),
          },
      ),
    );
  });
}

/** Reads by id on the wire at once. */
const BY_ID_RUNNING_MAX = 4;

type Unanswered = "unanswered";
const UNANSWERED: Unanswered = "unanswered";

const isReport = (found: OrderReport | null | Unanswered): found is OrderReport =>
  found !== null && found !== UNANSWERED;
