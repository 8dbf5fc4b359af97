/**
 * What a market session takes over from an earlier one of the same market, which may have died
 * between any two steps. Nothing is folded again: the journal says which orders to ask the venue
 * about and since when to read trades; only the venue knows what became of them and what we own.
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
import { CLOSED_MAX, type ReportSource, isReportedOver } from "./workingOrders.ts";

/** The last segment of a journal: a state of the executor, and every step since. */
export interface History {
  readonly state: ExecutorState;
  readonly steps: readonly { readonly stamped: Stamped; readonly effects: readonly Effect[] }[];
}

/** Most orders taken over that are closed without a count of what had matched. */
const UNCOUNTED_MAX = 32;

/**
 * A new session's state with the orders of the journal. Orders that may rest become unknown; they
 * and closed ones without a count keep their reservations. Counted ones come back only if a survey
 * shows them. Orders beyond the bounds of one market will be found as foreign.
 */
export function resumed(
  initial: ExecutorState,
  history: History,
  { placeDeadlineMs }: Pick<ExecutorConfig, "placeDeadlineMs">,
): ExecutorState {
  const now = initial.now.monotonicMs;
  const orders = [...remembered(history, initial).values()].map((order) => reopened(order, now));
  const open = orders
    .filter(({ phase }) => phase !== "closed")
    .slice(-WORKING_MAX)
    // A request sent just before the end may still be carried out.
    .map((order) => ({ ...order, answerableUntil: after(now, placeDeadlineMs) }));
  const over = orders.filter(({ phase }) => phase === "closed");
  const uncounted = over.filter(({ finalMatched }) => finalMatched === null).slice(-UNCOUNTED_MAX);
  const counted = over.filter(({ finalMatched }) => finalMatched !== null).slice(-CLOSED_MAX);
  return {
    ...initial,
    working: Object.fromEntries([...open, ...uncounted].map((order) => [order.id, order])),
    closed: counted,
    tradesSince: smaller(initial.tradesSince, history.state.tradesSince),
    mayRestAtVenue: open.length > 0,
  };
}

/** On the clock of this session; matches are counted again from the trades that a survey reads. */
const reopened = (order: WorkingOrder, now: WorkingOrder["placedAt"]): WorkingOrder => ({
  ...order,
  phase: order.phase === "closed" ? "closed" : "unknown",
  phaseSince: now,
  placedAt: now,
  matched: NO_SHARES,
  venueCount: null,
  finalMatched: order.phase === "closed" && order.finalMatched !== null ? NO_SHARES : null,
  cancelFailures: 0,
  cancelRetryAt: null,
  answerableUntil: null,
  seenAt: null,
  absentSince: null,
  offPrice: null,
});

type Orders = ReadonlyMap<OrderId, WorkingOrder>;

/** Every order of the journal, oldest first. */
function remembered({ state, steps }: History, initial: ExecutorState): Orders {
  const orders = new Map<OrderId, WorkingOrder>();
  for (const order of [...state.closed, ...workingOrders(state)]) orders.set(order.id, order);
  for (const { stamped, effects } of steps) {
    const { event } = stamped;
    for (const id of countedBy(event, orders)) {
      const closedByAbsence = event.type === "order.rejected" || event.type === "order.notSent";
      change(orders, id, { phase: "closed", finalMatched: NO_SHARES, closedByAbsence });
    }
    for (const id of acknowledgedBy(event, orders)) change(orders, id, { phase: "closed" });
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

/** The orders that an event says are over, and how much of them had matched. */
function countedBy(event: Event, orders: Orders): readonly OrderId[] {
  switch (event.type) {
    case "order.rejected":
      // The venue has an order that it calls a duplicate.
      return event.refusal.reason === "duplicate" ? [] : [event.orderId];
    case "order.notSent":
      return [event.orderId];
    case "order.reported":
      return endedReports([event.report], orders, "channel");
    case "survey.answered":
      return endedReports(event.survey.byId, orders, "byId");
    default:
      return [];
  }
}

/** The orders whose end an event acknowledges, whatever had matched. */
function acknowledgedBy(event: Event, orders: Orders): readonly OrderId[] {
  switch (event.type) {
    case "cancel.acked":
      return [event.orderId];
    case "cancelAll.answered":
      return event.answer.type === "answered" ? event.answer.cancelled : [];
    case "order.acked":
      return orders.get(event.orderId)?.kind === "closeSell" ? [event.orderId] : [];
    default:
      return [];
  }
}

const endedReports = (
  reports: readonly OrderReport[],
  orders: Orders,
  source: ReportSource,
): readonly OrderId[] =>
  reports
    .filter((report) => {
      const order = orders.get(report.orderId);
      return order !== undefined && isReportedOver(order, report, source);
    })
    .map(({ orderId }) => orderId);
