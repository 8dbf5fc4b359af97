/** What one account can read: its own orders, fills and balances. */
import {
  type Balances,
  type EpochMs,
  type MarketId,
  NO_USDC,
  type OrderId,
  type OrderReport,
  type TradeReport,
} from "../../types/index.ts";
import { NO_HOLDINGS } from "./accounts.ts";
import type { AccountId, Order } from "./order.ts";
import { orderById } from "./orders.ts";
import type { Trade } from "./settlement.ts";
import { type ExchangeState, holdingsOf, liveOrders, type MarketState } from "./state.ts";

export const orderReport = (order: Order): OrderReport => ({
  orderId: order.id,
  token: order.token,
  side: order.side,
  price: order.price,
  size: order.size,
  sizeMatched: order.matched,
  status: order.status,
});

/** Null where the account has no part in the trade. */
export function tradeReport(trade: Trade, account: AccountId): TradeReport | null {
  const fills = trade.legs.filter((leg) => leg.account === account).map((leg) => leg.fill);
  if (fills.length === 0) return null;
  return { id: trade.id, status: trade.status, matchedAt: trade.matchedAt, fills };
}

export const openOrders = (
  state: ExchangeState,
  account: AccountId,
  market: MarketId | null,
): readonly OrderReport[] =>
  [...state.markets.values()]
    .filter((one) => market === null || one.market.id === market)
    .flatMap((one) => liveOrders(one, account))
    .map(orderReport);

export function orderOf(state: ExchangeState, account: AccountId, id: OrderId): OrderReport | null {
  const orders = [...state.markets.values()].map((market) => orderById(market, id));
  const order = orders.find((one) => one?.account === account);
  return order ? orderReport(order) : null;
}

/** Oldest first. */
export const tradesOf = (
  { finished, settling }: MarketState,
  account: AccountId,
  since: EpochMs,
): readonly TradeReport[] =>
  [...finished, ...settling]
    .filter((trade) => trade.matchedAt >= since)
    .map((trade) => tradeReport(trade, account))
    .filter((report) => report !== null)
    .toSorted((a, b) => a.matchedAt - b.matchedAt);

/** Settled amounts only, as the chain would answer. */
export const balancesOf = (
  state: ExchangeState,
  account: AccountId,
  market: MarketState | undefined,
): Balances => ({
  cash: state.accounts.get(account)?.cash ?? NO_USDC,
  ...(market ? holdingsOf(market, account) : NO_HOLDINGS),
});
