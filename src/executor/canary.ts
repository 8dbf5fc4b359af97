/**
 * One order far from the touch before the first quote of a market. Being taken, reported, cancelled
 * and reported again, it proves the way of an order and the user channel, and measures each part.
 * Nothing is quoted until then.
 */
import {
  type Event,
  type ExecutionPlan,
  type MonotonicMs,
  type OrderId,
  type OrderReport,
  type WorkingOrder,
  after,
} from "../types/index.ts";
import { grossShares } from "./admission.ts";
import { EMPTY_PLAN, sizeMin } from "./planner.ts";
import { type Canary, type ExecutorConfig, type ExecutorState, levelOf } from "./state.ts";
import { findOrder, isReportedOver } from "./workingOrders.ts";

/** A user channel that has not reported the canary within this time is not trusted. */
const CANARY_MS = 10_000;

/** Awaited only while nothing is owned, so that a sale never waits for the canary. */
export const isAwaited = (state: ExecutorState, config: ExecutorConfig): boolean =>
  config.canary &&
  state.canary?.goneAt == null &&
  levelOf(state) === "normal" &&
  grossShares(state.inventory) === 0;

/** When the canary is given up on; null while none is out. */
export const canaryDueAt = (state: ExecutorState, config: ExecutorConfig): MonotonicMs | null =>
  state.canary !== null && isAwaited(state, config)
    ? after(state.canary.placedAt, CANARY_MS)
    : null;

/** The smallest order at the lowest price; once it is proven to rest, nothing, so that it goes. */
export function canaryPlan({ canary, market: { rules } }: ExecutorState): ExecutionPlan {
  if (canary?.ackedAt != null && canary.reportedAt !== null) return EMPTY_PLAN;
  const price = rules.tick;
  const size = sizeMin(price, rules);
  const order = { slot: "bid", kind: "openBuy", token: "YES", side: "BUY", price, size } as const;
  return { ...EMPTY_PLAN, bid: { ...EMPTY_PLAN.bid, orders: [order] } };
}

/** What an event says of the canary; until the proof, every order counts as one. */
export function evolveCanary(state: ExecutorState, event: Event): ExecutorState {
  switch (event.type) {
    case "order.acked":
      return marked(state, event.orderId, "ackedAt");
    case "cancel.acked":
      return marked(state, event.orderId, "cancelAckedAt");
    case "order.reported":
      return reported(state, event.report);
    case "feed.restored":
      // Reports sent while the channel was down are lost: another canary has to prove it.
      return event.feed === "user" && state.canary?.goneAt === null
        ? { ...state, canary: null }
        : state;
    default:
      return state;
  }
}

/** The report of an end proves something only after the order was acknowledged and shown live. */
function reported(state: ExecutorState, report: OrderReport): ExecutorState {
  const order = findOrder(state, report.orderId);
  if (order === undefined) return state;
  if (!isReportedOver(order, report, "channel")) return marked(state, order.id, "reportedAt");
  const { canary } = state;
  const isProven = canary?.orderId === order.id && canary.ackedAt !== null;
  return isProven && canary.reportedAt !== null ? marked(state, order.id, "goneAt") : state;
}

type Mark = Exclude<keyof Canary, "orderId" | "placedAt">;

function marked(state: ExecutorState, id: OrderId, mark: Mark): ExecutorState {
  const order = findOrder(state, id);
  if (order === undefined) return state;
  const { canary } = state;
  const isIt = canary?.orderId === order.id;
  if (!isIt && canary?.goneAt != null) return state;
  // A canary that was lost on the way is followed by another.
  const known = isIt ? canary : unmarked(order);
  const at = known[mark] ?? state.now.monotonicMs;
  return { ...state, canary: { ...known, [mark]: at } };
}

const unmarked = ({ id, placedAt }: WorkingOrder): Canary => ({
  orderId: id,
  placedAt,
  ackedAt: null,
  reportedAt: null,
  cancelAckedAt: null,
  goneAt: null,
});
