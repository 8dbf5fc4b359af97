/** The venue port: each request is carried out and answered after its latency, or meets a fault. */
import { concatMap, defer, map, type Observable, of, type SchedulerLike } from "rxjs";
import {
  type CancelAnswer,
  type Counted,
  type LegAnswer,
  type Lost,
  type PlaceAnswer,
  type PlaceLeg,
  type ReadAnswer,
  type Refusal,
  type RefusalReason,
  type Venue,
  causeOf,
} from "../../types/index.ts";
import { type Permits, permits } from "../../operators/index.ts";
import {
  type ExchangeStore,
  venueOrderId,
  type AccountId,
  type Order,
  liveOrders,
  balancesOf,
  openOrders,
  orderOf,
  tradesOf,
  type Command,
  type ExchangeState,
  withBalancesOf,
} from "../exchange/index.ts";
import type { FaultDraws } from "./faultDraws.ts";
import type { Latencies } from "./latency.ts";
import { requestsWith } from "./request.ts";

export interface OrderEntryOptions {
  readonly account: AccountId;
  readonly latency: Latencies;
  readonly faults: FaultDraws;
  /** A taker fills a part or all of one of these orders. */
  readonly hitOneOf: (orders: readonly Order[]) => void;
}

export function orderEntry(
  { state, stateBefore, apply, tried }: ExchangeStore,
  { account, latency, faults, hitOneOf }: OrderEntryOptions,
  scheduler: SchedulerLike,
): Venue {
  const request = requestsWith(latency, scheduler);

  const read = <Value>(
    what: string,
    select: (state: ExchangeState) => Value,
    ageMs: () => number = faults.readAgeMs,
  ): Observable<ReadAnswer<Value>> =>
    defer(() =>
      request<ReadAnswer<Value>>(
        () => unknownKey() ?? { type: "answered", value: select(stateBefore(ageMs())) },
        faults.readDelivery(),
      ),
    ).pipe(map((answer) => asked(what, answer)));

  let refreshedAt = -Infinity;
  /** A refresh ends the lag of the balances up to its moment. */
  const balanceAgeMs = (): number => Math.min(faults.balanceAgeMs(), scheduler.now() - refreshedAt);
  const refresh = (): Observable<unknown> =>
    request(() => {
      refreshedAt = scheduler.now();
      return { type: "answered", value: null } as const;
    }, faults.readDelivery());

  /** What any request is answered with while the key is not known. */
  const unknownKey = (): Lost | null => {
    const refusal = faults.keyRefusal();
    return refusal && { type: "lost", detail: causeOf("HTTP 401", refusal.text), refusal };
  };

  /** The refusal of an order that the venue's lagging balances do not cover. */
  const uncovered = (command: Command): Refusal<RefusalReason> | undefined => {
    const ageMs = balanceAgeMs();
    if (ageMs === 0) return undefined;
    return tried(withBalancesOf(state(), stateBefore(ageMs)), command)
      .filter((fact) => fact.type === "order.refused")
      .map(({ refusal }) => refusal)
      .find(({ reason }) => reason === "insufficientBalance");
  };

  /** When the last restart ends that has wiped our orders. */
  let wipedUntil: number | null = null;
  /** The refusal by the venue's mode. A restart that wipes ends our orders at the first request. */
  const refusedByMode = (kind: "order" | "cancel"): Refusal<RefusalReason> | null => {
    const restriction = faults.restriction();
    if (restriction === null) return null;
    const { reason, wipes, leftMs } = restriction;
    const until = Math.round(scheduler.now() + leftMs);
    if (reason === "restarting" && wipes && wipedUntil !== until) {
      wipedUntil = until;
      apply({ type: "cancelAll", account, market: null });
    }
    return reason === "cancelOnly" && kind === "cancel"
      ? null
      : { reason, text: "the venue takes nothing now", retryAfterMs: null };
  };

  const orderTokens = permits(SMALLEST_TIER.orders, scheduler);
  const cancelTokens = permits(SMALLEST_TIER.cancels, scheduler);
  /** Takes tokens before anything else; without enough of them the whole request is refused. */
  const counted = <Answer extends object>(
    tokens: Permits,
    cost: number,
    refuse: (refusal: Refusal<RefusalReason>) => Answer,
    carryOut: () => Answer,
  ): Counted<Answer> => {
    if (!faults.isLimited) return carryOut();
    if (tokens === orderTokens && faults.isDrained()) tokens.correct(0);
    const isOver = !tokens.take(cost);
    const retryAfterMs = isOver ? tokens.waitMs(cost) : null;
    const answer = isOver
      ? refuse({ reason: "rateLimited", text: "Too Many Requests", retryAfterMs })
      : carryOut();
    const remaining = tokens.available();
    return { ...answer, allowance: { tier: "standard", remaining, isOver, retryAfterMs } };
  };

  const placed = ({ ticket }: PlaceLeg): LegAnswer => {
    const id = venueOrderId(account, ticket);
    const command = { type: "place", account, id, ticket } as const;
    const refusal =
      faults.keyRefusal() ??
      refusedByMode("order") ??
      faults.orderRefusal(ticket.side) ??
      uncovered(command) ??
      apply(command).find((fact) => fact.type === "order.refused")?.refusal;
    return refusal ? { type: "rejected", refusal } : { type: "acked", orderId: id };
  };

  /** A restart is answered by whoever stands before the order book, which proves no refusal. */
  const restarting = (refusal: Refusal<RefusalReason> | null): Lost | null =>
    refusal?.reason === "restarting"
      ? { type: "lost", detail: causeOf("HTTP 425", refusal.text), refusal }
      : null;

  const cancelled = (
    command: Extract<Command, { type: "cancel" | "cancelAll" }>,
    isNamed: (order: Order) => boolean,
  ): CancelAnswer => {
    const refusal = faults.keyRefusal() ?? refusedByMode("cancel") ?? faults.cancelRefusal();
    if (refusal !== null) return restarting(refusal) ?? { type: "refused", refusal };
    const markets = [...state().markets.values()];
    const named = markets.flatMap((market) => liveOrders(market, account)).filter(isNamed);
    if (named.length > 0 && faults.fillsDuringCancel()) hitOneOf(named);
    const facts = apply(command);
    const ids = facts.filter((fact) => fact.type === "order.changed").map(({ order }) => order.id);
    // The cancelled orders cost tokens afterwards, even if none are left.
    if (command.type === "cancelAll" && faults.isLimited) cancelTokens.spend(ids.length);
    return {
      type: "answered",
      cancelled: ids,
      refused: facts
        .filter((fact) => fact.type === "cancel.refused")
        .map((fact) => ({ orderId: fact.orderId, refusal: fact.refusal })),
    };
  };

  const cancelling = (
    cost: number,
    ...cancel: Parameters<typeof cancelled>
  ): Observable<Counted<CancelAnswer>> =>
    defer(() =>
      request(
        () =>
          counted<CancelAnswer>(
            cancelTokens,
            cost,
            (refusal) => ({ type: "refused", refusal }),
            () => cancelled(...cancel),
          ),
        faults.cancelDelivery(),
      ),
    );

  return {
    orderId: (ticket) => venueOrderId(account, ticket),
    place: (legs, mayLeave) =>
      defer(() =>
        mayLeave()
          ? request(
              () =>
                counted<PlaceAnswer>(
                  orderTokens,
                  legs.length,
                  (refusal) => ({
                    type: "answered",
                    legs: legs.map(() => ({ type: "rejected", refusal })),
                  }),
                  () =>
                    restarting(refusedByMode("order")) ?? {
                      type: "answered",
                      legs: legs.map(placed),
                    },
                ),
              faults.placeDelivery(),
            )
          : of({ type: "notSent", cause: "epoch", retryAfterMs: null } as const),
      ),
    cancel: (ids) =>
      cancelling(ids.length, { type: "cancel", account, ids }, ({ id }) => ids.includes(id)),
    cancelAll: (market) =>
      cancelling(
        1,
        { type: "cancelAll", account, market },
        (order) => market === null || order.market === market,
      ),
    openOrders: (market) => read("GET /data/orders", (known) => openOrders(known, account, market)),
    order: (id) => read("GET /data/order", (known) => orderOf(known, account, id)),
    trades: (market, since) =>
      read("GET /data/trades", ({ markets }) => {
        const known = markets.get(market);
        return known ? tradesOf(known, account, since) : [];
      }),
    balances: (market, isRefreshed = false) =>
      (isRefreshed ? defer(refresh) : of(null)).pipe(
        concatMap(() =>
          read(
            "GET /balance-allowance",
            (known) => balancesOf(known, account, known.markets.get(market)),
            balanceAgeMs,
          ),
        ),
      ),
    heartbeat: () =>
      request<ReadAnswer<null>>(() => {
        const refused = unknownKey();
        if (refused !== null) return refused;
        apply({ type: "heartbeat", account });
        return { type: "answered", value: null };
      }, faults.heartbeatDelivery()).pipe(map((answer) => asked("POST /v1/heartbeats", answer))),
  };
}

/** [protocol 5.2] */
const SMALLEST_TIER = {
  orders: { perSecond: 40, burst: 60 },
  cancels: { perSecond: 80, burst: 120 },
};

const asked = <Value>(what: string, answer: ReadAnswer<Value>): ReadAnswer<Value> =>
  answer.type === "lost" ? { ...answer, detail: causeOf(what, answer.detail) } : answer;
