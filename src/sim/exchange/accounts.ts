/** What accounts own and how much of it their orders and trades reserve, derived anew each time. */
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
import { type Order, remaining } from "./order.ts";
import type { TradeLeg } from "./settlement.ts";

export interface ExchangeAccount {
  /** Settled; the same in every market. */
  readonly cash: MicroUsdc;
  /** The last heartbeat; null while none is expected. */
  readonly beatAt: EpochMs | null;
  /** How many of its dollars the exchange (`spender`) may take; absent: all of them. */
  readonly allowance?: { readonly spender: string; readonly amount: MicroUsdc };
  /** Whether its closed orders and finished trades can still be read. */
  readonly keepsClosed: boolean;
}

/** Settled shares of one market. */
export type Holdings = Readonly<Record<Token, MicroShares>>;

export const NO_HOLDINGS: Holdings = { YES: NO_SHARES, NO: NO_SHARES };

/** What an order is paid from: the balance, and what live orders and unsettled trades take of it. */
export interface Funds {
  readonly balance: number;
  readonly active: number;
  readonly matched: number;
}

/** What is left for another order. */
export const freeOf = ({ balance, active, matched }: Funds): number => balance - active - matched;

/** Dollars for a BUY: live BUYs reserve within their market, unsettled trades (`matched`) in every market. */
export const cashFunds = (
  account: ExchangeAccount,
  live: readonly Order[],
  matched: Funds["matched"],
): Funds => ({
  balance: account.cash,
  active: sum(live.filter((order) => order.side === "BUY").map(cost)),
  matched,
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

/** What an order needs if all the rest of it matches at its own price. */
export const cost = (order: Order): number =>
  order.side === "BUY" ? notionalCeil(order.price, remaining(order)) : remaining(order);

/**
 * The change of cash by a mined fill, fee included. Whole lots of 0.01 share cost whole
 * micro-dollars; the venue keeps what rounding leaves of finer sizes.
 */
export const cashFlow = ({ side, price, size, fee }: Fill): MicroUsdc =>
  minus(
    side === "BUY" ? minus(NO_USDC, notionalCeil(price, size)) : notionalFloor(price, size),
    fee,
  );

export const shareFlow = ({ side, size }: Fill): MicroShares =>
  side === "BUY" ? size : minus(NO_SHARES, size);

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
