/**
 * What we own. Each trade climbs a lattice (pending, settled, failed) and carries its effect on the
 * inventory with it, so every permutation and every duplicate of reports lands on the same numbers,
 * and a failure reverses exactly what was applied.
 */
import {
  type Cash,
  type EpochMs,
  type Fill,
  type Holding,
  type Inventory,
  type TradeId,
  type TradeStatus,
  microShares,
  microUsdc,
  notionalCeil,
  notionalFloor,
} from "../types/index.ts";

/** One fill of ours and how far its trade has come. */
export interface TradeEntry {
  readonly tradeId: TradeId;
  readonly fill: Fill;
  readonly status: TradeStatus;
  readonly matchedAt: EpochMs;
  /** Settled before a balance read that we took over, so the balances hold it already. */
  readonly isBaseline: boolean;
  /**
   * `contrary`: contradicts its order, so not part of the inventory; `unshown`: what it brings may
   * be in the balances that we took over already, or nowhere, so it is not sold before they show it.
   */
  readonly doubt: "contrary" | "unshown" | null;
  /** Two reports of the trade contradict each other, and an alert was raised. */
  readonly isDisputed: boolean;
}

// `retrying` ranks with `matched`: the trade is submitted again, and nothing has settled yet.
const RANK = {
  matched: 0,
  retrying: 0,
  mined: 1,
  confirmed: 2,
  failed: 3,
} as const satisfies Record<TradeStatus, number>;

/** The later of two reports about one trade, whichever came first. */
export const laterStatus = (a: TradeStatus, b: TradeStatus): TradeStatus =>
  RANK[b] > RANK[a] ? b : a;

/** Both final and different: confirmed by one report, failed by the other. */
export const isContradiction = (a: TradeStatus, b: TradeStatus): boolean =>
  a !== b && RANK[a] >= RANK.confirmed && RANK[b] >= RANK.confirmed;

export const isSettled = (status: TradeStatus): boolean =>
  status === "mined" || status === "confirmed";

export const isPending = (status: TradeStatus): boolean => RANK[status] === RANK.matched;

/** May still change: a mined trade can fail. */
export const isUnfinished = (status: TradeStatus): boolean => RANK[status] < RANK.confirmed;

/** The inventory after a trade has moved on; `from` is null before the first report. */
export function settle(
  inventory: Inventory,
  fill: Fill,
  from: TradeStatus | null,
  to: TradeStatus,
): Inventory {
  return applied(applied(inventory, fill, from, -1), fill, to, +1);
}

/** A trade that settled within this time may be missing from the balances. */
export const BALANCE_LAG_MS = 10_000;

/** Cash that a fill brings in after its fee; negative where it costs. */
export const cashOf = ({ side, price, size, fee }: Fill): number =>
  side === "BUY" ? -(notionalCeil(price, size) + fee) : notionalFloor(price, size) - fee;

function applied(
  inventory: Inventory,
  fill: Fill,
  status: TradeStatus | null,
  sign: 1 | -1,
): Inventory {
  if (status === null || status === "failed") return inventory;
  const stock = inventory[fill.token];
  const shares = sign * fill.size;
  const isIn = fill.side === "BUY";
  const dollars = sign * (isIn ? -cashOf(fill) : cashOf(fill));
  return {
    ...inventory,
    [fill.token]: isSettled(status)
      ? withHoldingChange(stock, { settled: isIn ? shares : -shares })
      : withHoldingChange(stock, isIn ? { pendingIn: shares } : { pendingOut: shares }),
    cash: isSettled(status)
      ? withCashChange(inventory.cash, { settled: isIn ? -dollars : dollars })
      : withCashChange(inventory.cash, isIn ? { pendingOut: dollars } : { pendingIn: dollars }),
  };
}

interface Change {
  readonly settled?: number;
  readonly pendingIn?: number;
  readonly pendingOut?: number;
}

function withHoldingChange(holding: Holding, change: Change): Holding {
  return {
    settled: microShares(holding.settled + (change.settled ?? 0)),
    pendingIn: microShares(holding.pendingIn + (change.pendingIn ?? 0)),
    pendingOut: microShares(holding.pendingOut + (change.pendingOut ?? 0)),
  };
}

function withCashChange(cash: Cash, change: Change): Cash {
  return {
    settled: microUsdc(cash.settled + (change.settled ?? 0)),
    pendingIn: microUsdc(cash.pendingIn + (change.pendingIn ?? 0)),
    pendingOut: microUsdc(cash.pendingOut + (change.pendingOut ?? 0)),
  };
}
