/**
 * May this planned order be placed now? Counted on the worst case: every order that may be live may
 * match. A withheld order is planned again after the next event, so nothing has to be remembered.
 */
import {
  DOLLAR_BP,
  type Inventory,
  type MicroShares,
  type MicroUsdc,
  NO_SHARES,
  NO_USDC,
  type PlannedOrder,
  type Slot,
  TOKENS,
  type Token,
  type WorkingOrder,
  effective,
  microShares,
  microUsdc,
  netShares,
  notionalCeil,
  priceBp,
} from "../types/index.ts";
import { heldCash, heldSize, heldStock } from "./orderTable.ts";
import { ordersOf, remembered } from "./remembered.ts";
import type { ExecutorConfig, ExecutorState, Withheld } from "./state.ts";

/** Most working orders of one market at once; a plan has four at the most. */
export const WORKING_MAX = 64;

/** An order of ours that may rest: a working one, or one admitted earlier in this step. */
export type Exposure = Pick<PlannedOrder, "token" | "side" | "price"> & {
  readonly stock: MicroShares;
  readonly cash: MicroUsdc;
  readonly size: MicroShares;
};

export const exposureOf = (order: WorkingOrder): Exposure => ({
  token: order.token,
  side: order.side,
  price: order.price,
  stock: heldStock(order),
  cash: heldCash(order),
  size: heldSize(order),
});

/** Everything that takes of what we own: our orders, and stock that the venue does not show. */
export function exposuresOf(state: ExecutorState): readonly Exposure[] {
  const missing = missingExposures(state.sharesMissing);
  const ours = exposed(ordersOf(state));
  return missing.length === 0 ? ours : [...ours, ...missing];
}

const exposed = remembered((orders: readonly WorkingOrder[]) => orders.map(exposureOf));

/** Stock that the venue does not show, as if it was promised to a SELL. */
export const missingExposures = (
  sharesMissing: ExecutorState["sharesMissing"],
): readonly Exposure[] =>
  sharesMissing.YES > 0 || sharesMissing.NO > 0
    ? TOKENS.map((token) => ({ ...NO_EXPOSURE, token, stock: sharesMissing[token] })).filter(
        ({ stock }) => stock > 0,
      )
    : [];

const NO_EXPOSURE = {
  side: "SELL",
  price: priceBp(1),
  cash: NO_USDC,
  size: NO_SHARES,
} as const satisfies Partial<Exposure>;

/** What a plan may sell; our own SELLs are credited back. */
export const sellable = (
  { inventory, sharesMissing }: Pick<ExecutorState, "inventory" | "sharesMissing">,
  token: Token,
): MicroShares => {
  const { settled, pendingOut } = inventory[token];
  return microShares(settled - pendingOut - sharesMissing[token]);
};

export const plannedExposure = (order: PlannedOrder): Exposure => ({
  token: order.token,
  side: order.side,
  price: order.price,
  stock: order.side === "SELL" ? order.size : microShares(0),
  cash: order.side === "BUY" ? notionalCeil(order.price, order.size) : microUsdc(0),
  size: order.size,
});

/** Settled stock of a token that no SELL of ours may take, less what has matched. */
export function freeStock(
  inventory: Inventory,
  token: Token,
  exposures: readonly Exposure[],
): MicroShares {
  let claimed = 0;
  for (const exposure of exposures) if (exposure.token === token) claimed += exposure.stock;
  return microShares(inventory[token].settled - inventory[token].pendingOut - claimed);
}

/**
 * What is owned, and of the settled cash no more than the account lets this market use. What it has spent is its
 * budget less its own sum of cash.
 */
export function ownedWithinLimits(
  { inventory, cashMissing, limits }: Pick<ExecutorState, "inventory" | "cashMissing" | "limits">,
  { budget }: Pick<ExecutorConfig, "budget">,
): Inventory {
  const { cash } = inventory;
  const spent = budget - cash.settled - cashMissing;
  const allowed = microUsdc(limits.cash - spent);
  return allowed >= cash.settled
    ? inventory
    : { ...inventory, cash: { ...cash, settled: allowed } };
}

/** Settled cash that no BUY of ours may take, less what has matched. */
export function freeCash(inventory: Inventory, exposures: readonly Exposure[]): MicroUsdc {
  let claimed = 0;
  for (const { cash } of exposures) claimed += cash;
  return microUsdc(inventory.cash.settled - inventory.cash.pendingOut - claimed);
}

/** Could the two match each other, on either token? BUY A at p is SELL B at one dollar minus p. */
export function wouldSelfTrade(order: Exposure | PlannedOrder, other: Exposure): boolean {
  const isBid = isYesBid(order);
  if (isBid === isYesBid(other) || other.size <= 0) return false;
  return isBid ? yesPrice(order) >= yesPrice(other) : yesPrice(other) >= yesPrice(order);
}

/** Why the order may not go out now; null if it may. */
export function withheldReason(
  order: PlannedOrder,
  inventory: Inventory,
  exposures: readonly Exposure[],
  config: Pick<ExecutorConfig, "netMax" | "grossMax">,
): Withheld["reason"] | null {
  if (exposures.length >= WORKING_MAX) return "ordersMax";
  if (order.side === "SELL") {
    const hasLiveSell = exposures.some(
      ({ token, side, size }) => token === order.token && side === "SELL" && size > 0,
    );
    if (hasLiveSell) return "awaitingCancel";
    if (freeStock(inventory, order.token, exposures) < order.size) return "stock";
  } else if (freeCash(inventory, exposures) < notionalCeil(order.price, order.size)) {
    return "cash";
  }
  if (exposures.some((other) => wouldSelfTrade(order, other))) return "selfTrade";
  // A flatten that sells both tokens may pass the limit of YES - NO on its way to zero.
  if (order.kind !== "closeSell" && worstNet(order, inventory, exposures) > config.netMax) {
    return "netMax";
  }
  if (order.side === "BUY" && worstGross(order, inventory, exposures) > config.grossMax) {
    return "grossMax";
  }
  return null;
}

export const slotOrders = (working: readonly WorkingOrder[], slot: Slot): readonly WorkingOrder[] =>
  working.filter((order) => order.slot === slot);

/** YES - NO towards the order's direction, if it and everything on its side were to fill. */
export function worstNet(
  order: PlannedOrder,
  inventory: Inventory,
  exposures: readonly Exposure[],
): number {
  const isBid = isYesBid(order);
  const net = netShares(inventory);
  let sum = (isBid ? net : -net) + order.size;
  for (const exposure of exposures) if (isYesBid(exposure) === isBid) sum += exposure.size;
  return sum;
}

/** YES + NO, in micro-shares, once everything matched has settled. */
export const grossShares = (inventory: Inventory): number =>
  effective(inventory, "YES") + effective(inventory, "NO");

/** YES + NO, if the order and every BUY, but no SELL, were to fill. */
export function worstGross(
  order: PlannedOrder,
  inventory: Inventory,
  exposures: readonly Exposure[],
): number {
  let sum = grossShares(inventory) + order.size;
  for (const { side, size } of exposures) if (side === "BUY") sum += size;
  return sum;
}

const isYesBid = ({ token, side }: Pick<PlannedOrder, "token" | "side">): boolean =>
  (token === "YES") === (side === "BUY");

const yesPrice = ({ token, price }: Pick<PlannedOrder, "token" | "price">): number =>
  token === "YES" ? price : DOLLAR_BP - price;
