/**
 * Plan against working orders, slot by slot and by kind: the fewest cancels and places that turn
 * one into the other. A place in the queue is an asset, so an order stays while it differs from the
 * plan by little and not for long, and what is missing of it gets an order of its own beside it.
 * An order that asks for more than planned earns less often, one that asks for less may be picked
 * off: the bands of the two are apart. A plan without orders takes everything away at once.
 */
import {
  type EpochMs,
  type LegPlan,
  type MarketRules,
  type MicroShares,
  type MonotonicMs,
  NO_SHARES,
  type PlannedOrder,
  type Side,
  type Token,
  type WorkingOrder,
  after,
  complement,
  larger,
  lotsFloor,
  minus,
  plus,
} from "../types/index.ts";
import { heldSize, isPossiblyLive } from "./orderTable.ts";
import { sizeMin } from "./planner.ts";

export interface Difference {
  readonly cancels: readonly WorkingOrder[];
  readonly places: readonly PlannedOrder[];
  /** Planned orders for which one at another price is left in place. */
  readonly held: readonly PlannedOrder[];
  /** Orders whose price has left the plan's, or has come back to it. */
  readonly marks: readonly PriceMark[];
  /** Orders that stay and are not quite what is planned: another price, token, or too large. */
  readonly loose: readonly WorkingOrder[];
}

export type PriceMark = Pick<WorkingOrder, "id" | "offPrice">;

/** How far from its planned price an order may stay, in basis points, and how long. */
export interface PriceBand {
  readonly maxBp: number;
  readonly forMs: number;
}

export interface KeepPolicy {
  /** Of orders that are less aggressive than planned, and of those that are more so. */
  readonly behind: PriceBand;
  readonly ahead: PriceBand;
  /** An order stays that is larger than planned by less than this part of the plan, 0 to 1. */
  readonly excessPart: number;
  /** What is missing is asked for from this part of the plan on, and from this size. */
  readonly growthPart: number;
  readonly topUp: MicroShares;
  /** So many orders top up a first one; more would be merged into one. */
  readonly topUpsMax: number;
  /** A BUY stays where stock has come in that could be sold instead. */
  readonly keepsBuys: boolean;
  /** Of that no more than so many millionths of a share, by the limits. */
  readonly excessMax: Readonly<Record<Side, number>>;
  /** Stock that a SELL may offer. */
  readonly sellable: Readonly<Record<Token, MicroShares>>;
  /** An order that expires by then is replaced while it still rests. */
  readonly renewBy: EpochMs;
  readonly now: MonotonicMs;
  readonly rules: MarketRules;
}

/** Nothing is held: what stands in the way of a place goes. */
export const exactly = (policy: KeepPolicy): KeepPolicy => ({
  ...policy,
  behind: NO_BAND,
  ahead: NO_BAND,
  excessPart: 0,
  keepsBuys: false,
});

const NO_BAND: PriceBand = { maxBp: 0, forMs: 0 };

export function reconcile(
  leg: LegPlan,
  working: readonly WorkingOrder[],
  policy: KeepPolicy,
): Difference {
  const live = working.filter(isPossiblyLive);
  if (live.length === 0) return { ...NOTHING, places: leg.orders };
  const wanted = asShown(leg.orders, live, policy);
  const kept: WorkingOrder[] = [];
  const places: PlannedOrder[] = [];
  const held: PlannedOrder[] = [];
  const marks: PriceMark[] = [];
  const loose: WorkingOrder[] = [];
  for (const planned of wanted) {
    const found = standing(planned, live, policy);
    kept.push(...found);
    const isInstead = wanted !== leg.orders || sizeOf(found) > planned.size;
    for (const order of found) {
      const offPrice = offPriceOf(order, planned, policy.now);
      if (offPrice !== order.offPrice) marks.push({ id: order.id, offPrice });
      if (isInstead || offPrice !== null) loose.push(order);
    }
    if (found.some(({ price }) => price !== planned.price)) held.push(planned);
    const missing = missingOf(planned, found, policy);
    if (missing > 0) places.push({ ...planned, size: missing });
  }
  return { cancels: live.filter((order) => !kept.includes(order)), places, held, marks, loose };
}

const NOTHING: Difference = { cancels: [], places: [], held: [], marks: [], loose: [] };

/**
 * The orders that stay for a planned one. Where they show too little and may not be topped up, all
 * are merged into one: there are too many already, or a second SELL of the token would have to wait
 * for the first to go. [H]
 */
function standing(
  planned: PlannedOrder,
  live: readonly WorkingOrder[],
  policy: KeepPolicy,
): readonly WorkingOrder[] {
  // The oldest of those that lie nearest is furthest ahead in the queue.
  const fitting = live
    .filter((order) => fits(order, planned, policy))
    .toSorted((a, b) => Math.abs(lagOf(a, planned)) - Math.abs(lagOf(b, planned)));
  const found: WorkingOrder[] = [];
  for (const order of fitting) {
    const size = plus(sizeOf(found), heldSize(order));
    if (found.length <= policy.topUpsMax && !isTooLarge(size, planned, policy)) found.push(order);
  }
  if (!isShort(planned, found, policy) || mayTopUp(planned, found, policy)) return found;
  const whole = fitting.find(
    (order) => !isTooLarge(heldSize(order), planned, policy) && !isShort(planned, [order], policy),
  );
  return whole === undefined ? [] : [whole];
}

const mayTopUp = (
  { side }: PlannedOrder,
  found: readonly WorkingOrder[],
  { topUpsMax }: KeepPolicy,
): boolean => side === "BUY" && topUpsMax > 0 && found.length <= topUpsMax;

/** What is to be placed beside the orders that stay. */
function missingOf(
  planned: PlannedOrder,
  found: readonly WorkingOrder[],
  policy: KeepPolicy,
): MicroShares {
  if (found.length === 0) return planned.size;
  return isShort(planned, found, policy)
    ? lotsFloor(minus(planned.size, sizeOf(found)), policy.rules.lot)
    : NO_SHARES;
}

/** So much is missing that it is asked for; what the venue would not take as an order waits. */
function isShort(
  { size, price }: PlannedOrder,
  found: readonly WorkingOrder[],
  { topUp, growthPart, topUpsMax, rules }: KeepPolicy,
): boolean {
  const growth = minus(size, sizeOf(found));
  const least = topUpsMax > 0 ? larger(topUp, sizeMin(price, rules)) : topUp;
  return growth >= least && growth >= size * growthPart;
}

function isTooLarge(
  size: MicroShares,
  { side, token, kind, size: wanted }: PlannedOrder,
  { excessPart, excessMax, sellable }: KeepPolicy,
): boolean {
  const excess = minus(size, wanted);
  if (excess <= 0) return false;
  const isBeyondStock = side === "SELL" && size > sellable[token];
  const isBeyondLimits = excess > excessMax[side];
  return kind === "closeSell" || isBeyondStock || isBeyondLimits || excess >= wanted * excessPart;
}

const sizeOf = (orders: readonly WorkingOrder[]): MicroShares =>
  orders.reduce((sum, order) => plus(sum, heldSize(order)), NO_SHARES);

function fits(order: WorkingOrder, planned: PlannedOrder, policy: KeepPolicy): boolean {
  return (
    order.kind === planned.kind &&
    order.token === planned.token &&
    order.side === planned.side &&
    (order.expiresAt === null || order.expiresAt > policy.renewBy) &&
    isPriceHeld(order, planned, policy)
  );
}

function isPriceHeld(
  order: WorkingOrder,
  planned: PlannedOrder,
  { behind, ahead, now }: KeepPolicy,
): boolean {
  const off = offPriceOf(order, planned, now);
  if (off === null) return true;
  // A close sells to whoever bids now, so its price is the one that is planned.
  if (planned.kind === "closeSell") return false;
  const { maxBp, forMs } = off.isBehind ? behind : ahead;
  return Math.abs(lagOf(order, planned)) <= maxBp && now < after(off.since, forMs);
}

/** How much less aggressive the order is than planned; negative where it is more aggressive. */
const lagOf = (order: WorkingOrder, { side, price }: PlannedOrder): number =>
  side === "BUY" ? price - order.price : order.price - price;

/** The same object while nothing changes. */
function offPriceOf(
  order: WorkingOrder,
  planned: PlannedOrder,
  now: MonotonicMs,
): WorkingOrder["offPrice"] {
  const lag = lagOf(order, planned);
  if (lag === 0) return null;
  const isBehind = lag > 0;
  return order.offPrice?.isBehind === isBehind ? order.offPrice : { since: now, isBehind };
}

/**
 * Stock that comes in moves a leg from buying one token to selling the other, at the same price in
 * YES and for the same risk. While the orders that are there show the whole leg, they are the plan.
 */
function asShown(
  orders: readonly PlannedOrder[],
  live: readonly WorkingOrder[],
  policy: KeepPolicy,
): readonly PlannedOrder[] {
  const sell = policy.keepsBuys ? orders.find(({ kind }) => kind === "reduceSell") : undefined;
  const bought = sell && live.find(({ side, token }) => side === "BUY" && token !== sell.token);
  if (sell === undefined || bought === undefined) return orders;
  const { slot, kind, token, side } = bought;
  const buy = orders.find((order) => order.kind === kind);
  const sold = sizeOf(live.filter((order) => fits(order, sell, policy)));
  if (sold >= sell.size) return orders;
  const price = complement(sell.price);
  const rest = {
    slot,
    kind,
    token,
    side,
    price,
    size: minus(plus(sell.size, buy?.size ?? NO_SHARES), sold),
  };
  const found = standing(rest, live, policy);
  if (found.length === 0 || isShort(rest, found, policy)) return orders;
  // Where the BUYs may stay as they are planned, the SELL beside them costs no place.
  if (buy !== undefined && standing(buy, live, policy).length >= found.length) return orders;
  return sold > 0 ? [{ ...sell, size: sold }, rest] : [rest];
}
