/** What accounts do to the book: place, cancel, cancel all. */
import {
  after,
  type MarketId,
  NO_SHARES,
  type OrderId,
  type Refusal,
  type RefusalReason,
  TOKENS,
  tradeId,
} from "../types/index.ts";
import { cancelRefusal, closedMarket, orderRefusal } from "./acceptance.ts";
import { cashFunds, type Funds, shareFunds } from "./accounts.ts";
import { hashed } from "./hash.ts";
import {
  type AccountId,
  isFillable,
  match,
  type Order,
  ordersIn,
  rested,
  without,
  wouldMatch,
} from "./matching.ts";
import { exchanges, type Trade } from "./settlement.ts";
import {
  type Circumstances,
  closedWith,
  each,
  type ExchangeState,
  holdingsOf,
  liveOrders,
  type MarketState,
  type OrderCause,
  type Step,
  unsettledLegs,
  type VenueTicket,
  withMarket,
} from "./state.ts";

interface Placement {
  readonly account: AccountId;
  readonly id: OrderId;
  readonly ticket: VenueTicket;
}

export function place(
  state: ExchangeState,
  { account, id, ticket }: Placement,
  circumstances: Circumstances,
): Step {
  const market = state.markets.get(ticket.market);
  const token = TOKENS.find((one) => market?.market.tokenIds[one] === ticket.tokenId);
  const refuse = (refusal: Refusal<RefusalReason>): Step => [
    state,
    [{ type: "order.refused", account, orderId: id, refusal }],
  ];
  const { now } = circumstances;
  if (!market || !token || market.market.endsAt <= now) return refuse(closedMarket());
  const { side, price, size, expiresAt } = ticket;
  const order: Order = {
    id,
    account,
    market: ticket.market,
    token,
    side,
    price,
    size,
    matched: NO_SHARES,
    status: "live",
    expiresAt,
  };
  const refusal = orderRefusal({
    order,
    terms: ticket,
    rules: market.market.rules,
    now,
    isKnown: orderById(market, id) !== undefined,
    funds: fundsFor(state, market, order),
    wouldMatch: wouldMatch(market.book, order),
    isFillable: isFillable(market.book, order),
  });
  return refusal ? refuse(refusal) : accepted(state, market, order, ticket, circumstances);
}

/** Cancels what of `ids` is live; the rest is refused, each with the reason. */
export const cancel = (state: ExchangeState, account: AccountId, ids: readonly OrderId[]): Step =>
  each(state, ids, (reached, id) => {
    const markets = [...reached.markets.values()];
    const market = markets.find((one) => orderById(one, id)?.account === account);
    const order = market && orderById(market, id);
    return market && order?.status === "live"
      ? removed(reached, market, [order], "cancelled")
      : [
          reached,
          [{ type: "cancel.refused", account, orderId: id, refusal: cancelRefusal(order) }],
        ];
  });

export const cancelAll = (
  state: ExchangeState,
  account: AccountId,
  market: MarketId | null,
  cause: OrderCause,
): Step =>
  each(state, state.markets.values(), (reached, one) =>
    market === null || one.market.id === market
      ? removed(reached, one, liveOrders(one, account), cause)
      : [reached, []],
  );

export function removed(
  state: ExchangeState,
  market: MarketState,
  orders: readonly Order[],
  cause: OrderCause,
): Step {
  if (orders.length === 0) return [state, []];
  const cancelled = orders.map((order): Order => ({ ...order, status: "cancelled" }));
  return withMarket(
    state,
    {
      ...market,
      book: without(market.book, orders),
      closed: closedWith(state, market, cancelled),
    },
    cancelled.map((order) => ({ type: "order.changed", cause, order }) as const),
  );
}

export const orderById = (market: MarketState, id: OrderId): Order | undefined =>
  market.closed.get(id) ?? ordersIn(market.book).find((order) => order.id === id);

function accepted(
  state: ExchangeState,
  market: MarketState,
  order: Order,
  { orderType }: VenueTicket,
  { now, settlement }: Circumstances,
): Step {
  const { taker: left, matches, book } = match(market.book, order);
  const isKilled = orderType === "FAK" && left.status === "live";
  const taker: Order = isKilled ? { ...left, status: "cancelled" } : left;
  const trades = exchanges(taker, matches).map((exchange, index): Trade => {
    const id = tradeId(hashed(`${order.id} ${index}`));
    const { minedAfterMs, confirmedAfterMs, retriedAfterMs, fails } = settlement(id);
    const minedAt = after(now, minedAfterMs);
    return {
      ...exchange,
      id,
      market: order.market,
      status: "matched",
      matchedAt: now,
      retriedAt: retriedAfterMs === null ? null : after(now, retriedAfterMs),
      minedAt,
      confirmedAt: after(minedAt, confirmedAfterMs),
      fails,
    };
  });
  const touched = matches.length === 0 ? [] : [...matches.map((one) => one.maker), taker];
  return withMarket(
    state,
    {
      ...market,
      book: taker.status === "live" ? rested(book, taker) : book,
      closed: closedWith(state, market, touched),
      settling: [...market.settling, ...trades],
    },
    [
      { type: "order.changed", cause: "placed", order },
      ...touched.map((one) => ({ type: "order.changed", cause: "matched", order: one }) as const),
      ...trades.map((trade) => ({ type: "trade.changed", trade }) as const),
    ],
  );
}

function fundsFor(state: ExchangeState, market: MarketState, order: Order): Funds {
  const { account, side, token } = order;
  const live = liveOrders(market, account);
  if (side === "SELL")
    return shareFunds(token, holdingsOf(market, account), live, unsettledLegs(market, account));
  const unsettled = [...state.markets.values()].flatMap((one) => unsettledLegs(one, account));
  const known = state.accounts.get(account);
  return known ? cashFunds(known, live, unsettled) : { balance: 0, active: 0, matched: 0 };
}
