/**
 * One deep order before the first quote of a market. That it is taken, reported, cancelled and
 * reported again proves the whole way of an order and the user channel, and says how long each part
 * takes. Until then nothing is quoted.
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
import type { Canary, ExecutorConfig, ExecutorState } from "./state.ts";
import { findOrder, isReportedOver } from "./workingOrders.ts";

/** A channel that has not told of it by then does not tell. */
const CANARY_MS = 10_000;

/** What is owned is never held up by it: whoever can sell something sells. */
export const isAwaited = (
  { canary, operator, inventory }: ExecutorState,
  config: ExecutorConfig,
): boolean =>
  config.canary &&
  canary?.goneAt == null &&
  operator.level === "normal" &&
  grossShares(inventory) === 0;

/** When it is given up on; null while none is out. */
export const canaryDueAt = (state: ExecutorState, config: ExecutorConfig): MonotonicMs | null =>
  state.canary !== null && isAwaited(state, config)
    ? after(state.canary.placedAt, CANARY_MS)
    : null;

/** The least order that the venue takes, as deep as it can lie; then nothing, until it is gone. */
export function canaryPlan({ canary, market: { rules } }: ExecutorState): ExecutionPlan {
  if (canary?.ackedAt != null && canary.reportedAt !== null) return EMPTY_PLAN;
  const price = rules.tick;
  const size = sizeMin(price, rules);
  const order = { slot: "bid", kind: "openBuy", token: "YES", side: "BUY", price, size } as const;
  return { ...EMPTY_PLAN, bid: { ...EMPTY_PLAN.bid, orders: [order] } };
}

/** What an event says of the canary; every order until it is over is one. */
export function evolveCanary(state: ExecutorState, event: Event): ExecutorState {
  switch (event.type) {
    case "order.acked":
      return marked(state, event.orderId, "ackedAt");
    case "cancel.acked":
      return marked(state, event.orderId, "cancelAckedAt");
    case "order.reported":
      return reported(state, event.report);
    case "feed.restored":
      // What was told while it was away is lost: another canary has to tell.
      return event.feed === "user" && state.canary?.goneAt === null
        ? { ...state, canary: null }
        : state;
    default:
      return state;
  }
}

/** Gone proves nothing of one that was not taken and shown before, as an order of another session. */
function reported(state: ExecutorState, report: OrderReport): ExecutorState {
  const order = findOrder(state, report.orderId);
  if (order === undefined) return state;
  if (!isReportedOver(order, report)) return marked(state, order.id, "reportedAt");
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
  // One that was lost on the way is followed by another.
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
