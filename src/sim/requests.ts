/** Our requests to the venue: on their way, carried out, answered, each after its latency. */
import { defer, Observable, of, type SchedulerLike } from "rxjs";
import {
  type Answered,
  type CancelAnswer,
  type LegAnswer,
  orderId,
  type OrderId,
  type OrderTicket,
  type PlaceLeg,
  type ReadAnswer,
  type Venue,
} from "../types/index.ts";
import type { Core } from "./core.ts";
import type { FaultDraws } from "./faults.ts";
import { hashed } from "./hash.ts";
import type { Latencies } from "./latency.ts";
import { type AccountId, type Order, ordersIn } from "./matching.ts";
import { balancesOf, openOrders, orderOf, tradesOf } from "./reports.ts";
import type { Command } from "./state.ts";

export interface RequestOptions {
  readonly account: AccountId;
  readonly latency: Latencies;
  readonly faults: FaultDraws;
  /** Called with the live orders that a cancel is about to reach. */
  readonly beforeCancel: (orders: readonly Order[]) => void;
}

export function requests(
  { state, apply }: Core,
  { account, latency, faults, beforeCancel }: RequestOptions,
  scheduler: SchedulerLike,
): Venue {
  // No teardown: what has left can not be called back.
  const request = <Answer>(carryOut: () => Answer, isLost: () => boolean): Observable<Answer> =>
    new Observable((subscriber) => {
      scheduler.schedule(() => {
        const answer = carryOut();
        if (isLost()) return;
        scheduler.schedule(() => {
          subscriber.next(answer);
          subscriber.complete();
        }, latency.response());
      }, latency.request());
    });

  const read = <Value>(look: () => Value): Observable<ReadAnswer<Value>> =>
    request(
      (): Answered<Value> => ({ type: "answered", value: look() }),
      () => false,
    );

  const write = <Answer>(carryOut: () => Answer): Observable<Answer> =>
    request(carryOut, faults.losesAnswer);

  const placed = ({ ticket }: PlaceLeg): LegAnswer => {
    const id = venueOrderId(account, ticket);
    const facts = apply({ type: "place", account, id, ticket });
    const refused = facts.find((fact) => fact.type === "order.refused");
    return refused
      ? { type: "rejected", refusal: refused.refusal }
      : { type: "acked", orderId: id };
  };

  const cancelled = (
    command: Extract<Command, { type: "cancel" | "cancelAll" }>,
    isNamed: (order: Order) => boolean,
  ): CancelAnswer => {
    const markets = [...state().markets.values()];
    const live = markets.flatMap((market) => ordersIn(market.book));
    beforeCancel(live.filter((order) => order.account === account && isNamed(order)));
    const facts = apply(command);
    return {
      type: "answered",
      cancelled: facts.filter((fact) => fact.type === "order.changed").map(({ order }) => order.id),
      refused: facts
        .filter((fact) => fact.type === "cancel.refused")
        .map((fact) => ({ orderId: fact.orderId, refusal: fact.refusal })),
    };
  };

  return {
    orderId: (ticket) => venueOrderId(account, ticket),
    place: (legs, mayLeave) =>
      defer(() =>
        mayLeave()
          ? write(() => ({ type: "answered", legs: legs.map(placed) }) as const)
          : of({ type: "notSent", cause: "epoch", retryAfterMs: null } as const),
      ),
    cancel: (ids) =>
      write(() => cancelled({ type: "cancel", account, ids }, ({ id }) => ids.includes(id))),
    cancelAll: (market) =>
      write(() =>
        cancelled(
          { type: "cancelAll", account, market },
          (order) => market === null || order.market === market,
        ),
      ),
    openOrders: (market) => read(() => openOrders(state(), account, market)),
    order: (id) => read(() => orderOf(state(), account, id)),
    trades: (market, since) =>
      read(() => {
        const known = state().markets.get(market);
        return known ? tradesOf(known, account, since) : [];
      }),
    balances: (market) => read(() => balancesOf(state(), account, state().markets.get(market))),
    heartbeat: () =>
      read(() => {
        apply({ type: "heartbeat", account });
        return null;
      }),
  };
}

/** A pure function of whose order it is and everything the order says. */
export function venueOrderId(account: AccountId, ticket: OrderTicket): OrderId {
  const { market, tokenId, side, price, size, salt, createdAt, expiresAt, postOnly } = ticket;
  const terms = [market, tokenId, side, price, size, salt, createdAt, expiresAt, postOnly];
  return orderId(hashed([account, ...terms].join(" ")));
}
