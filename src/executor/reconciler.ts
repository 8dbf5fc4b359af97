/**
 * Plan against working orders, slot by slot and by kind: the fewest cancels and places that turn
 * one into the other. A place in the queue is an asset, so an order is replaced only for its price,
 * to show less, or to show a good deal more. While places are scarce, an order a little less
 * aggressive than planned may stay: it risks less than the plan, and its re-price is worth least.
 */
import {
  type EpochMs,
  type LegPlan,
  type MicroShares,
  type PlannedOrder,
  type WorkingOrder,
  minus,
} from "../types/index.ts";
import { heldSize, isPossiblyLive } from "./orderTable.ts";

export interface Difference {
  readonly cancels: readonly WorkingOrder[];
  readonly places: readonly PlannedOrder[];
  /** Planned orders for which a less aggressive one is left in place. */
  readonly shed: readonly PlannedOrder[];
}

export interface KeepPolicy {
  /** An order is replaced where the plan shows at least this much more. */
  readonly topUp: MicroShares;
  /** An order that expires by then is replaced while it still rests. */
  readonly renewBy: EpochMs;
  /** How far behind its planned price an order may lag; zero while places are not scarce. */
  readonly lagMaxBp: number;
}

export function reconcile(
  leg: LegPlan,
  working: readonly WorkingOrder[],
  policy: KeepPolicy,
): Difference {
  const live = working.filter(isPossiblyLive);
  const kept: WorkingOrder[] = [];
  const places: PlannedOrder[] = [];
  const shed: PlannedOrder[] = [];
  for (const planned of leg.orders) {
    const fitting = bestOf(live, planned, policy);
    if (fitting === undefined) {
      places.push(planned);
      continue;
    }
    kept.push(fitting);
    if (fitting.price !== planned.price) shed.push(planned);
  }
  return { cancels: live.filter((order) => !kept.includes(order)), places, shed };
}

/** The oldest of those that fit best is furthest ahead in the queue; the others are cancelled. */
function bestOf(
  live: readonly WorkingOrder[],
  planned: PlannedOrder,
  policy: KeepPolicy,
): WorkingOrder | undefined {
  let best: WorkingOrder | undefined;
  for (const order of live) {
    if (order.kind !== planned.kind || !fits(order, planned, policy)) continue;
    if (best === undefined || lagOf(order, planned) < lagOf(best, planned)) best = order;
  }
  return best;
}

function fits(
  order: WorkingOrder,
  planned: PlannedOrder,
  { topUp, renewBy, lagMaxBp }: KeepPolicy,
): boolean {
  const growth = minus(planned.size, heldSize(order));
  const lag = lagOf(order, planned);
  return (
    order.token === planned.token &&
    order.side === planned.side &&
    lag >= 0 &&
    lag <= lagMaxBp &&
    growth >= 0 &&
    growth < topUp &&
    (order.expiresAt === null || order.expiresAt > renewBy)
  );
}

/** How much less aggressive the order is than planned; negative where it is more aggressive. */
const lagOf = (order: WorkingOrder, { side, price }: PlannedOrder): number =>
  side === "BUY" ? price - order.price : order.price - price;
