/** Who owns what, and how much of it is already promised. Promises are derived, never counted. */
import {
  type EpochMs,
  type Fill,
  type MicroShares,
  type MicroUsdc,
  minus,
  NO_SHARES,
  NO_USDC,
  notionalCeil,
  notionalFloor,
  type Token,
} from "../../types/index.ts";
import { type Order, remaining } from "./matching.ts";
import type { TradeLeg } from "./settlement.ts";

export interface Account {
  /** Settled; the same in every market. */
  readonly cash: MicroUsdc;
  /** When the dead-man switch was last beaten; null while it is not armed. */
  readonly beatAt: EpochMs | null;
  /** What it lets the exchange take of its dollars, and who that is; absent is all of them. */
  readonly allowance?: { readonly spender: string; readonly amount: MicroUsdc };
  /** Whether its closed orders can still be asked for. */
  readonly keepsClosed: boolean;
}

/** Settled shares of one market. */
export type Holdings = Readonly<Record<Token, MicroShares>>;

export const NO_HOLDINGS: Holdings = { YES: NO_SHARES, NO: NO_SHARES };

/** What an order would be paid from, and what other orders and trades have a claim on. */
export interface Funds {
  readonly balance: number;
  readonly active: number;
  readonly matched: number;
}

/** What may be spent on another order. */
export const freeOf = ({ balance, active, matched }: Funds): number => balance - active - matched;

/** Dollars for a BUY; live BUYs count within their market, unsettled ones in every market. */
export const cashFunds = (
  account: Account,
  live: readonly Order[],
  unsettled: readonly TradeLeg[],
): Funds => ({
  balance: account.cash,
  active: sum(live.filter((order) => order.side === "BUY").map(cost)),
  matched: sum(unsettled.map(({ fill }) => Math.max(0, -cashFlow(fill)))),
});

/** Shares of one token for a SELL, all within one market. */
export const shareFunds = (
  token: Token,
  holdings: Holdings,
  live: readonly Order[],
  unsettled: readonly TradeLeg[],
): Funds => ({
  balance: holdings[token],
  active: sum(
    live.filter((order) => order.side === "SELL" && order.token === token).map(remaining),
  ),
  matched: sum(
    unsettled
      .filter(({ fill }) => fill.side === "SELL" && fill.token === token)
      .map(({ fill }) => fill.size),
  ),
});

/** What an order still needs when all of it matches at its own price. */
export const cost = (order: Order): number =>
  order.side === "BUY" ? notionalCeil(order.price, remaining(order)) : remaining(order);

/**
 * What a mined fill does to cash, its fee included. Whole lots of 0.01 share cost whole
 * micro-dollars; what rounding leaves of finer sizes, the venue keeps.
 */
export const cashFlow = ({ side, price, size, fee }: Fill): MicroUsdc =>
  minus(
    side === "BUY" ? minus(NO_USDC, notionalCeil(price, size)) : notionalFloor(price, size),
    fee,
  );

export const shareFlow = ({ side, size }: Fill): MicroShares =>
  side === "BUY" ? size : minus(NO_SHARES, size);

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
