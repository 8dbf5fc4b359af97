/**
 * What a session takes over from the one before it in the same market, which may have died between
 * any two steps. Nothing is folded again: the record says which orders to ask the venue about, and
 * since when to read trades; what became of them, and what we own, only the venue can say.
 */
import {
  type Effect,
  type Event,
  type Market,
  NO_SHARES,
  type OrderId,
  type OrderKind,
  type OrderReport,
  type PlaceLeg,
  type PlannedOrder,
  type Slot,
  type Stamped,
  type Token,
  type WorkingOrder,
  after,
  smaller,
} from "../types/index.ts";
import { WORKING_MAX } from "./admission.ts";
import { placing } from "./commit.ts";
import { type ExecutorConfig, type ExecutorState, workingOrders } from "./state.ts";
import { CLOSED_MAX, isReportedOver } from "./working.ts";

/** The last part of a record: a state of the executor, and every step since. */
export interface History {
  readonly state: ExecutorState;
  readonly steps: readonly { readonly stamped: Stamped; readonly effects: readonly Effect[] }[];
}

/**
 * A new session's state with what the record knows. Orders that may rest are unknown again, and
 * hold what they may take; those that were over come back only if a look shows them. What is
 * beyond the bound of one market will be found as foreign.
 */
export function resumed(
  initial: ExecutorState,
  history: History,
  { placeDeadlineMs }: Pick<ExecutorConfig, "placeDeadlineMs">,
): ExecutorState {
  const now = initial.now.monotonicMs;
  const orders = [...remembered(history, initial).values()];
  const open = orders
    .filter(({ phase }) => phase !== "closed")
    .slice(-WORKING_MAX)
    // Bytes that left just before the end may still be carried out.
    .map((order) => ({ ...anew(order, now), answerableUntil: after(now, placeDeadlineMs) }));
  const over = orders
    .filter(({ phase }) => phase === "closed")
    .slice(-CLOSED_MAX)
    .map((order) => ({ ...anew(order, now), finalMatched: NO_SHARES }));
  return {
    ...initial,
    working: Object.fromEntries(open.map((order) => [order.id, order])),
    closed: over,
    tradesSince: smaller(initial.tradesSince, history.state.tradesSince),
    isVenueDirty: open.length > 0,
  };
}

/** On the clock of this session; what has matched is counted anew from trades that are read. */
const anew = (order: WorkingOrder, now: WorkingOrder["placedAt"]): WorkingOrder => ({
  ...order,
  phase: order.phase === "closed" ? "closed" : "unknown",
  phaseSince: now,
  placedAt: now,
  matched: NO_SHARES,
  finalMatched: null,
  cancelFailures: 0,
  cancelRetryAt: null,
  answerableUntil: null,
  seenAt: null,
  absentSince: null,
});

/** Every order of the record, oldest first. */
function remembered(
  { state, steps }: History,
  initial: ExecutorState,
): ReadonlyMap<OrderId, WorkingOrder> {
  const orders = new Map<OrderId, WorkingOrder>();
  for (const order of [...state.closed, ...workingOrders(state)]) orders.set(order.id, order);
  for (const { stamped, effects } of steps) {
    const { event } = stamped;
    const closedByAbsence = event.type === "order.rejected" || event.type === "order.notSent";
    for (const id of endedBy(event, orders)) {
      change(orders, id, { phase: "closed", closedByAbsence });
    }
    if (event.type === "order.acked" && event.venueId !== event.orderId) {
      change(orders, event.orderId, { venueId: event.venueId });
    }
    for (const effect of effects) {
      if (effect.type !== "place") continue;
      for (const leg of effect.legs) {
        orders.set(
          leg.orderId,
          placing(initial, plannedFor(leg, effect.slot, initial.market), leg),
        );
      }
    }
  }
  return orders;
}

function change(
  orders: Map<OrderId, WorkingOrder>,
  id: OrderId,
  changed: Partial<WorkingOrder>,
): void {
  const order = orders.get(id);
  if (order) orders.set(id, { ...order, ...changed });
}

/** What was planned when the leg was placed. */
function plannedFor({ ticket }: PlaceLeg, slot: Slot, { tokenIds }: Market): PlannedOrder {
  const { side, price, size, tokenId, orderType } = ticket;
  const token: Token = tokenIds.YES === tokenId ? "YES" : "NO";
  const sold: OrderKind = orderType === "FAK" ? "closeSell" : "reduceSell";
  const bought: OrderKind = token === "YES" ? "openBuy" : "complementBuy";
  return { slot, kind: side === "SELL" ? sold : bought, token, side, price, size };
}

/** The orders that an event says are over, whatever had matched. */
function endedBy(event: Event, orders: ReadonlyMap<OrderId, WorkingOrder>): readonly OrderId[] {
  switch (event.type) {
    case "order.rejected":
      // What it calls a duplicate, the venue has.
      return event.refusal.reason === "duplicate" ? [] : [event.orderId];
    case "order.notSent":
    case "cancel.acked":
      return [event.orderId];
    case "order.reported":
      return endedReports([event.report], orders);
    case "cancelAll.answered":
      return event.answer.type === "answered" ? event.answer.cancelled : [];
    case "survey.answered":
      return endedReports(event.survey.byId, orders);
    default:
      return [];
  }
}

const endedReports = (
  reports: readonly OrderReport[],
  orders: ReadonlyMap<OrderId, WorkingOrder>,
): readonly OrderId[] =>
  reports
    .filter((report) => {
      const order = orders.get(report.orderId);
      return order !== undefined && isReportedOver(order, report);
    })
    .map(({ orderId }) => orderId);
