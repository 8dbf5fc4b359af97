/** What the user channel is sent after one step of the exchange: own orders and trades (protocol 6.4). */
import {
  type AccountId,
  type MarketState,
  type Order,
  type OrderCause,
  type VenueFact,
} from "../../exchange/index.ts";
import { orderRecord, type Registry, tradeRecord } from "../rest/index.ts";
import type { Subscribers, ExchangeStep, Frame, UserFrame } from "./frame.ts";

/** In the order of the facts. An account is sent its own orders and trades only. */
export function userFrames(
  facts: readonly VenueFact[],
  known: MarketState,
  { registry, now, policy }: ExchangeStep,
  subscribers: Pick<Subscribers, "follows">,
): readonly Frame[] {
  const { id } = known.market;
  const frame = (account: AccountId, payload: object): UserFrame => ({
    channel: "user",
    account,
    market: id,
    payload: { ...payload, timestamp: String(now) },
  });
  return facts.flatMap((fact) => {
    if (fact.type === "order.changed" && !policy.tellsRemovals && REMOVALS.has(fact.cause))
      return [];
    if (fact.type === "order.changed")
      return subscribers.follows(fact.order.account, id)
        ? orderEvents(fact.order, fact.cause, known, registry).map((payload) =>
            frame(fact.order.account, payload),
          )
        : [];
    if (fact.type === "order.refused")
      return fact.killed && subscribers.follows(fact.account, id)
        ? [frame(fact.account, killedEvent(fact.killed, fact.refusal.text, known, registry))]
        : [];
    if (fact.type !== "trade.changed") return [];
    const accounts = new Set(fact.trade.legs.map(({ account }) => account));
    const followed = [...accounts].filter((account) => subscribers.follows(account, id));
    return followed.map((account) => {
      const record = tradeRecord(fact.trade, account, known, registry);
      return frame(account, {
        event_type: "trade",
        type: "TRADE",
        ...record,
        trade_owner: record?.owner,
      });
    });
  });
}

/** An order that was killed at once. Whether the venue announces a FAK order that met nothing is undocumented; here it is silent. [protocol 6.4] */
const killedEvent = (
  order: Order,
  text: string,
  known: MarketState,
  registry: Registry,
): object => ({
  ...orderEvent(order, known, registry),
  size_matched: "",
  outcome: "",
  created_at: "",
  type: "CANCELLATION",
  status: `CANCELED_${text}`,
});

/** Whether the venue announces these removals is undocumented, so the policy decides. */
const REMOVALS: ReadonlySet<OrderCause> = new Set(["expired", "heartbeatLapsed"]);

/** One event; two for a FAK order that is filled in part: the fill, and the cancel of the rest. */
function orderEvents(
  order: Order,
  cause: OrderCause,
  known: MarketState,
  registry: Registry,
): readonly object[] {
  const record = orderEvent(order, known, registry);
  const event = (type: string, more: object = {}): object => ({ ...record, type, ...more });
  if (cause === "placed") return [event("PLACEMENT", { associate_trades: [] })];
  if (cause !== "matched" && cause !== "writtenOff") return [event("CANCELLATION")];
  return order.status === "cancelled"
    ? [event("UPDATE", { status: "LIVE" }), event("CANCELLATION")]
    : [event("UPDATE")];
}

function orderEvent(order: Order, known: MarketState, registry: Registry) {
  const record = orderRecord(order, known, registry);
  return {
    event_type: "order",
    ...record,
    order_owner: record.owner,
    created_at: String(record.created_at),
  };
}
