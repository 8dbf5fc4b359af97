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
  type WorkingOrder,
  after,
} from "../types/index.ts";
import { EMPTY_PLAN, sizeMin } from "./planner.ts";
import type { Canary, ExecutorConfig, ExecutorState } from "./state.ts";
import { findOrder } from "./working.ts";

/** A channel that has not told of it by then does not tell. */
const CANARY_MS = 10_000;

export const isAwaited = ({ canary }: ExecutorState, config: ExecutorConfig): boolean =>
  config.canary && canary?.goneAt == null;

/** When it is given up on; null while none is out. */
export const canaryDueAt = ({ canary }: ExecutorState): MonotonicMs | null =>
  canary?.goneAt === null ? after(canary.placedAt, CANARY_MS) : null;

/** The least order that the venue takes, as deep as it can lie; then nothing, until it is gone. */
export function canaryPlan({ canary, market: { rules } }: ExecutorState): ExecutionPlan {
  if (canary?.ackedAt != null && canary.reportedAt !== null) return EMPTY_PLAN;
  const price = rules.tick;
  const size = sizeMin(price, rules);
  const order = { slot: "bid", kind: "openBuy", token: "YES", side: "BUY", price, size } as const;
  return { ...EMPTY_PLAN, bid: { ...EMPTY_PLAN.bid, orders: [order] } };
}

/** What an event says of the canary; every order until it is over is one. */
export function absorbCanary(state: ExecutorState, event: Event): ExecutorState {
  switch (event.type) {
    case "order.acked":
      return marked(state, event.orderId, "ackedAt");
    case "cancel.acked":
      return marked(state, event.orderId, "cancelAckedAt");
    case "order.reported": {
      const { orderId, status } = event.report;
      return marked(state, orderId, status === "live" ? "reportedAt" : "goneAt");
    }
    default:
      return state;
  }
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
