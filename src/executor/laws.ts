/**
 * What must hold after every step, in production too. A message that contradicts another is an
 * anomaly; a broken law is our own mistake, and ends in the kill switch.
 */
import {
  DOLLAR_BP,
  type Effect,
  type OrderId,
  type PlaceLeg,
  TOKENS,
  type WorkingOrder,
  assert,
  notionalFloor,
  own,
} from "../types/index.ts";
import {
  exposureOf,
  freeCash,
  freeStock,
  missingExposures,
  ownedWithinLimits,
  worstGross,
  worstNet,
  wouldSelfTrade,
} from "./admission.ts";
import { heldSize } from "./orderTable.ts";
import { type ExecutorConfig, type ExecutorState, levelOf } from "./state.ts";
import { CLOSED_MAX, WORKING_KEPT_MAX } from "./workingOrders.ts";
import { isStopping } from "./stop.ts";
import { TRADES_KEPT_MAX } from "./trades.ts";

/** `before` is the state that the event came to. What holds of a state is asserted whole, as after a restart. */
export function assertLaws(
  before: ExecutorState,
  next: ExecutorState,
  effects: readonly Effect[],
  caps: Caps,
): void {
  assertBounds(next);
  const legs = effects.flatMap((effect) => (effect.type === "place" ? effect.legs : []));
  if (legs.length > 0) assertPlaces(before, next, legs, caps);
}

type Caps = Pick<ExecutorConfig, "netMax" | "grossMax" | "budget">;

function assertBounds(state: ExecutorState): void {
  const count = Object.keys(state.working).length;
  assert(count <= WORKING_KEPT_MAX, "J", "too many working orders", { count });
  assert(state.closed.length <= CLOSED_MAX, "J", "too many closed orders kept");
  assert(state.tradeCount <= TRADES_KEPT_MAX, "E", "too many trades kept");
  for (const token of TOKENS) {
    const { pendingIn, pendingOut } = state.inventory[token];
    assert(pendingIn >= 0 && pendingOut >= 0, "E", "negative pending stock", {
      token,
      pendingIn,
      pendingOut,
    });
  }
}

/** A place is covered on the worst case of everything else. */
function assertPlaces(
  before: ExecutorState,
  next: ExecutorState,
  legs: readonly PlaceLeg[],
  { netMax, grossMax, budget }: Caps,
): void {
  const orders = Object.values(next.working);
  const ours = orders.map(exposureOf);
  const exposures = [...ours, ...missingExposures(next.sharesMissing)];
  const ids = new Set(legs.map(({ orderId }) => orderId));
  assert(ids.size === legs.length, "J", "two orders of one step have one id");
  assert(!isStopping(next) && levelOf(next) !== "halt", "C", "a place during a stop");
  for (const { orderId, epoch } of legs) {
    const order = own(next.working, orderId);
    assert(order !== undefined, "G", "a place without its working order", { orderId });
    const isOthers = orders.some(({ id, venueId }) => id !== orderId && venueId === orderId);
    assert(!isOthers && !isKnown(before, orderId), "J", "an order id twice", {
      orderId,
    });
    assert(
      epoch.market === next.epoch.market && epoch.account === next.epoch.account,
      "C",
      "a place of an older epoch",
      { orderId },
    );
    if (order.side === "SELL") {
      const free = freeStock(next.inventory, order.token, exposures);
      assert(free >= 0, "E", "a SELL beyond settled stock", { orderId, free });
      const sells = orders.filter(
        (other) => heldSize(other) > 0 && other.side === "SELL" && other.token === order.token,
      );
      assert(sells.length === 1, "H", "two SELLs of one token", { orderId });
    } else {
      const free = freeCash(next.inventory, exposures);
      assert(free >= 0, "G", "a BUY beyond free cash", { orderId, free });
      const allowed = freeCash(ownedWithinLimits(next, { budget }), exposures);
      assert(allowed >= 0, "M", "a BUY beyond what the account allows", { orderId, allowed });
    }
    const rest = ours.filter((_, index) => orders[index] !== order);
    assert(
      rest.every((other) => !wouldSelfTrade(order, other)),
      "L",
      "an order that could match our own",
      { orderId },
    );
    const net = worstNet(order, next.inventory, rest);
    assert(order.kind === "closeSell" || net <= netMax, "E", "beyond the net limit", {
      orderId,
      net,
    });
    const gross = worstGross(order, next.inventory, rest);
    assert(order.side === "SELL" || gross <= grossMax, "E", "beyond the gross limit", {
      orderId,
      gross,
    });
    const { rules } = next.market;
    assert(
      order.price % rules.tick === 0 &&
        order.price >= rules.tick &&
        order.price <= DOLLAR_BP - rules.tick &&
        notionalFloor(order.price, order.size) >= rules.notionalMin &&
        order.size >= rules.orderSizeMin &&
        order.size % rules.lot === 0,
      "F",
      "an order the venue would not take",
      { orderId, price: order.price, size: order.size },
    );
  }
}

/** Read from the plain lists, as all laws are: what is remembered of them might be what is wrong. */
function isKnown({ working, closed }: ExecutorState, id: OrderId): boolean {
  const isMeant = (order: WorkingOrder): boolean => order.id === id || order.venueId === id;
  return Object.hasOwn(working, id) || Object.values(working).some(isMeant) || closed.some(isMeant);
}
