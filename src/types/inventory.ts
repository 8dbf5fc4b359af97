import type { Token } from "./market.ts";
import type { MicroShares, MicroUsdc } from "./units.ts";

/** Shares of one token. Matched is not settled: only `settled - pendingOut` can be sold. */
export interface Holding {
  readonly settled: MicroShares;
  /** Bought, matched, not mined yet. */
  readonly pendingIn: MicroShares;
  /** Sold, matched, not mined yet; still part of `settled`. */
  readonly pendingOut: MicroShares;
}

export interface Cash {
  readonly settled: MicroUsdc;
  readonly pendingIn: MicroUsdc;
  readonly pendingOut: MicroUsdc;
}

export interface Inventory {
  readonly YES: Holding;
  readonly NO: Holding;
  readonly cash: Cash;
}

/** What we own once everything matched has settled. */
export const effective = (inventory: Inventory, token: Token): number =>
  inventory[token].settled + inventory[token].pendingIn - inventory[token].pendingOut;

/** YES minus NO, in micro-shares: what the result of the market moves. */
export const netShares = (inventory: Inventory): number =>
  effective(inventory, "YES") - effective(inventory, "NO");
