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
import { type ExecutorConfig, type ExecutorState, type Withheld, workingOrders } from "./state.ts";

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
export const exposuresOf = (state: ExecutorState): readonly Exposure[] => [
  ...workingOrders(state).map(exposureOf),
  ...TOKENS.map((token) => ({ ...NO_EXPOSURE, token, stock: state.sharesMissing[token] })).filter(
    ({ stock }) => stock > 0,
  ),
];

const NO_EXPOSURE = {
  side: "SELL",
  price: priceBp(1),
  cash: NO_USDC,
  size: NO_SHARES,
} as const satisfies Partial<Exposure>;

/** What a plan may sell; our own SELLs are credited back. */
export const sellable = (state: ExecutorState, token: Token): MicroShares => {
  const { settled, pendingOut } = state.inventory[token];
  return microShares(settled - pendingOut - state.sharesMissing[token]);
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
  const claimed = exposures
    .filter((exposure) => exposure.token === token)
    .reduce((sum, exposure) => sum + exposure.stock, 0);
  return microShares(inventory[token].settled - inventory[token].pendingOut - claimed);
}

/** Settled cash that no BUY of ours may take, less what has matched. */
export function freeCash(inventory: Inventory, exposures: readonly Exposure[]): MicroUsdc {
  const claimed = exposures.reduce((sum, exposure) => sum + exposure.cash, 0);
  return microUsdc(inventory.cash.settled - inventory.cash.pendingOut - claimed);
}

/** Could the two match each other, on either token? BUY A at p is SELL B at one dollar minus p. */
export function wouldSelfTrade(order: Exposure | PlannedOrder, other: Exposure): boolean {
  const [a, b] = [inYesSpace(order), inYesSpace(other)];
  if (a.isBid === b.isBid || other.size <= 0) return false;
  return a.isBid ? a.price >= b.price : b.price >= a.price;
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
  const { isBid } = inYesSpace(order);
  const net = netShares(inventory);
  return exposures
    .filter((exposure) => inYesSpace(exposure).isBid === isBid)
    .reduce((sum, { size }) => sum + size, (isBid ? net : -net) + order.size);
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
  return exposures
    .filter(({ side }) => side === "BUY")
    .reduce((sum, { size }) => sum + size, grossShares(inventory) + order.size);
}

function inYesSpace({ token, side, price }: Pick<PlannedOrder, "token" | "side" | "price">): {
  readonly isBid: boolean;
  readonly price: number;
} {
  return {
    isBid: (token === "YES") === (side === "BUY"),
    price: token === "YES" ? price : DOLLAR_BP - price,
  };
}
