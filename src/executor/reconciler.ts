/**
 * Plan against working orders, slot by slot and by kind: the fewest cancels and places that make
 * one the other. A place in the queue is an asset, so an order is replaced only for its price, to
 * show less, or to show a good deal more.
 */
import {
  type EpochMs,
  type LegPlan,
  type MicroShares,
  type PlannedOrder,
  type WorkingOrder,
  minus,
} from "../types/index.ts";
import { heldSize, isPossiblyLive } from "./orders.ts";

export interface Difference {
  readonly cancels: readonly WorkingOrder[];
  readonly places: readonly PlannedOrder[];
}

export interface KeepPolicy {
  /** A wish grown by at least this gives up its place in the queue. */
  readonly topUp: MicroShares;
  /** An order the venue will remove by then is replaced while it still rests. */
  readonly renewBy: EpochMs;
}

export function reconcile(
  leg: LegPlan,
  working: readonly WorkingOrder[],
  policy: KeepPolicy,
): Difference {
  const live = working.filter(isPossiblyLive);
  const kept = new Set<WorkingOrder>();
  const places: PlannedOrder[] = [];
  for (const planned of leg.orders) {
    // The oldest fitting order stands furthest ahead in its queue; any other of its kind is extra.
    const fitting = live.find(
      (order) => order.kind === planned.kind && fits(order, planned, policy),
    );
    if (fitting) kept.add(fitting);
    else places.push(planned);
  }
  return { cancels: live.filter((order) => !kept.has(order)), places };
}

function fits(order: WorkingOrder, planned: PlannedOrder, { topUp, renewBy }: KeepPolicy): boolean {
  const growth = minus(planned.size, heldSize(order));
  return (
    order.token === planned.token &&
    order.side === planned.side &&
    order.price === planned.price &&
    growth >= 0 &&
    growth < topUp &&
    (order.expiresAt === null || order.expiresAt > renewBy)
  );
}
