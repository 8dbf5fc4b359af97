/**
 * A runtime on any venue that sends nothing which would change anything there: its orders are accepted,
 * shown and cancelled here, and never filled.
 */
import {
  Observable,
  connect,
  endWith,
  ignoreElements,
  map,
  merge,
  scheduled,
  skipUntil,
  takeUntil,
  tap,
} from "rxjs";
import type { Runtime } from "../app/index.ts";
import {
  type CancelAnswer,
  type CancelRefusalReason,
  type LegAnswer,
  type Link,
  type Market,
  type MarketId,
  type NotSent,
  type OrderId,
  type OrderReport,
  type PlaceLeg,
  type Refusal,
  type RefusalReason,
  type UserItem,
  type Venue,
  microShares,
} from "../types/index.ts";

interface RestingOrder {
  readonly market: MarketId;
  readonly report: OrderReport;
}

/** Markets whose tokens are remembered: several times what is traded at once. */
const MARKETS_MAX = 64;
const NOT_SENT: NotSent = { type: "notSent", cause: "epoch", retryAfterMs: null };
const NEVER_FILLED = {
  reason: "unmatched",
  text: "a dry run never fills",
  retryAfterMs: null,
} as const satisfies Refusal<RefusalReason>;
const GONE = {
  reason: "gone",
  text: "not an order of this dry run",
  retryAfterMs: null,
} as const satisfies Refusal<CancelRefusalReason>;

export function dryRun(runtime: Runtime): Runtime {
  const { venue, connections, market$, scheduler, clock } = runtime;
  let markets: readonly Market[] = [];
  const resting = new Map<OrderId, RestingOrder>();
  const listeners = new Set<(order: RestingOrder) => void>();

  const restingIn = (market: MarketId | null): readonly RestingOrder[] =>
    [...resting.values()].filter((order) => market === null || order.market === market);
  const tell = (order: RestingOrder): void => {
    for (const listener of listeners) listener(order);
  };
  const placed = (leg: PlaceLeg): LegAnswer => {
    if (leg.ticket.orderType === "FAK") return { type: "rejected", refusal: NEVER_FILLED };
    const market = markets.find(({ id }) => id === leg.ticket.market);
    const order = restingOrder(leg, market);
    resting.set(leg.orderId, order);
    tell(order);
    return { type: "acked", orderId: leg.orderId };
  };
  const cancelled = (ids: readonly OrderId[]): CancelAnswer => {
    const ended = ids.filter((id) => {
      const order = resting.get(id);
      if (order === undefined) return false;
      resting.delete(id);
      tell({ ...order, report: { ...order.report, status: "cancelled" } });
      return true;
    });
    const refused = ids.filter((id) => !ended.includes(id));
    return {
      type: "answered",
      cancelled: ended,
      refused: refused.map((orderId) => ({ orderId, refusal: GONE })),
    };
  };
  /** As asynchronously as a venue would. */
  const answered = <Answer>(answer: () => Answer): Observable<Answer> =>
    scheduled([answer], scheduler).pipe(map((make) => make()));

  const reports = ({ id }: Market): Observable<Link<UserItem>> =>
    new Observable((subscriber) => {
      const listener = ({ market, report }: RestingOrder): void => {
        if (market === id) subscriber.next({ type: "item", item: { type: "order", report } });
      };
      listeners.add(listener);
      return () => listeners.delete(listener);
    });

  const unsent: Venue = {
    ...venue,
    place: (legs, mayLeave) =>
      answered(() =>
        mayLeave() ? { type: "answered", legs: legs.map((leg) => placed(leg)) } : NOT_SENT,
      ),
    cancel: (ids) => answered(() => cancelled(ids)),
    // The orders of others on the account stay: a survey shows them.
    cancelAll: (market) =>
      answered(() => cancelled(restingIn(market).map(({ report: { orderId } }) => orderId))),
    openOrders: (market) =>
      venue.openOrders(market).pipe(
        map((answer) =>
          answer.type === "answered"
            ? {
                ...answer,
                value: [...answer.value, ...restingIn(market).map(({ report }) => report)],
              }
            : answer,
        ),
      ),
    order: (id) => {
      const order = resting.get(id);
      return order ? answered(() => ({ type: "answered", value: order.report })) : venue.order(id);
    },
    // A heartbeat would arm the venue's dead-man switch, which then cancels the orders of others.
    heartbeat: () => answered(() => ({ type: "answered", value: null })),
  };
  return {
    ...runtime,
    mode: "dryRun",
    venue: unsent,
    market$: market$.pipe(
      tap((market) => {
        // A window of hours is traded longer than many of minutes that open after it.
        const open = markets.filter(({ endsAt }) => endsAt > clock.now().epochMs);
        markets = [...open, market].slice(-MARKETS_MAX);
      }),
    ),
    connections: {
      ...connections,
      user: (market) =>
        connections
          .user(market)
          .pipe(
            connect((link$) =>
              merge(
                link$,
                reports(market).pipe(
                  skipUntil(link$),
                  takeUntil(link$.pipe(ignoreElements(), endWith(null))),
                ),
              ),
            ),
          ),
    },
  };
}

function restingOrder({ orderId, ticket }: PlaceLeg, market: Market | undefined): RestingOrder {
  const { tokenId, side, price, size } = ticket;
  const token = market?.tokenIds.NO === tokenId ? "NO" : "YES";
  const sizeMatched = microShares(0);
  return {
    market: ticket.market,
    report: { orderId, token, side, price, size, sizeMatched, status: "live" },
  };
}
