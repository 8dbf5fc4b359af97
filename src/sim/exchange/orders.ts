/** Place, cancel, cancel all: what accounts do to the book. */
import {
  after,
  type MarketId,
  NO_SHARES,
  type OrderId,
  type Refusal,
  type RefusalReason,
  TOKENS,
  tradeId,
} from "../../types/index.ts";
import { cancelRefusal, closedMarket, orderRefusal, selfTradeRefusal } from "./orderChecks.ts";
import {
  cashFunds,
  cost,
  type ExchangeAccount,
  freeOf,
  type Funds,
  shareFunds,
} from "./accounts.ts";
import { hashed } from "./hash.ts";
import { entryOf } from "./layeredMap.ts";
import { match, type Matched, orderIn, rested, without, wouldMatch } from "./matching.ts";
import { type AccountId, type EndCause, isBid, type Order } from "./order.ts";
import { type TradeDraft, tradeDrafts, type Trade } from "./settlement.ts";
import {
  type StepInputs,
  closedWith,
  stepEach,
  type ExchangeState,
  holdingsOf,
  liveOrders,
  type MarketState,
  type ExchangeStep,
  unsettledLegs,
  type VenueTicket,
  withMarket,
} from "./state.ts";
import { unsettledOf } from "./unsettled.ts";

interface Placement {
  readonly account: AccountId;
  readonly id: OrderId;
  readonly ticket: VenueTicket;
}

export function place(
  state: ExchangeState,
  { account, id, ticket }: Placement,
  inputs: StepInputs,
): ExchangeStep {
  const market = state.markets.get(ticket.market);
  const token = TOKENS.find((one) => market?.market.tokenIds[one] === ticket.tokenId);
  const refuse = (refusal: Refusal<RefusalReason>, killed?: Order): ExchangeStep => [
    state,
    [{ type: "order.refused", account, orderId: id, refusal, ...(killed && { killed }) }],
  ];
  const { now, policy } = inputs;
  const isOver = !market || market.winner !== null || market.market.endsAt <= now;
  if (isOver || !token) return refuse(closedMarket());
  const { side, price, size, expiresAt, budget } = ticket;
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
    ...(budget !== undefined && { budget }),
  };
  const matched = match(market.book, order, policy.selfTrade);
  const isOwnMet = matched.matches.some(({ maker }) => maker.account === account);
  if (isOwnMet && policy.selfTrade === "rejectTaker") return refuse(selfTradeRefusal());
  const drafts = tradeDrafts(matched.taker, matched.matches, policy.fee);
  const refusal = orderRefusal({
    order,
    terms: ticket,
    rules: market.market.rules,
    now,
    isKnown: orderById(market, id) !== undefined,
    funds: fundsFor(state, market, order),
    amount: side === "BUY" ? (budget ?? cost(order)) + feesOf(drafts) : cost(order),
    allowance: state.accounts.get(account)?.allowance,
    wouldMatch: wouldMatch(market.book, order),
    isFillable: matched.taker.status === "matched",
  });
  const isKilled = ticket.orderType === "FOK" && refusal?.reason === "unmatched";
  return refusal
    ? refuse(refusal, isKilled ? order : undefined)
    : accepted(state, market, { order, matched, drafts, ticket }, inputs);
}

/** Cancels the live orders of `ids`, and refuses each other id with its reason. */
export const cancel = (
  state: ExchangeState,
  account: AccountId,
  ids: readonly OrderId[],
  cause: EndCause = "cancelled",
): ExchangeStep =>
  stepEach(state, ids, (reached, id) => {
    const markets = [...reached.markets.values()];
    const market = markets.find((one) => orderById(one, id)?.account === account);
    const order = market && orderById(market, id);
    return market && order?.status === "live"
      ? removed(reached, market, [order], cause)
      : [
          reached,
          [{ type: "cancel.refused", account, orderId: id, refusal: cancelRefusal(order) }],
        ];
  });

export const cancelAll = (
  state: ExchangeState,
  account: AccountId,
  market: MarketId | null,
  cause: EndCause,
): ExchangeStep =>
  stepEach(state, state.markets.values(), (reached, one) =>
    market === null || one.market.id === market
      ? removed(reached, one, liveOrders(one, account), cause)
      : [reached, []],
  );

export function removed(
  state: ExchangeState,
  market: MarketState,
  orders: readonly Order[],
  cause: EndCause,
): ExchangeStep {
  if (orders.length === 0) return [state, []];
  const cancelled = orders.map((order) => ended(order, cause));
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

/**
 * Ends orders that the account's funds no longer cover: in each market the worst priced first, and
 * the latest of those. The venue does not document which orders it ends.
 */
export const withoutUncovered = (state: ExchangeState, account: AccountId): ExchangeStep =>
  stepEach(state, state.markets.keys(), (reached, id) => coveredIn(reached, id, account));

function coveredIn(state: ExchangeState, id: MarketId, account: AccountId): ExchangeStep {
  const market = state.markets.get(id);
  if (!market) return [state, []];
  return stepEach(state, uncovered(state, market, account), (reached, order) =>
    removed(reached, reached.markets.get(id) ?? market, [order], "uncovered"),
  );
}

/** One pass is enough: without an order, those already passed are covered at least as well. */
function uncovered(
  state: ExchangeState,
  market: MarketState,
  account: AccountId,
): readonly Order[] {
  const live = liveOrders(market, account);
  if (live.length === 0) return live;
  const bids = live.filter(isBid);
  const allowance = state.accounts.get(account)?.allowance;
  const left = new Map<string, Funds>();
  return [bids, live.slice(bids.length)]
    .flatMap((side) => side.toReversed())
    .filter((order) => {
      const paidIn = order.side === "BUY" ? "dollars" : order.token;
      const funds = left.get(paidIn) ?? fundsFor(state, market, order);
      const isCovered = covers(funds, order.side === "BUY" ? allowance : undefined);
      const active = isCovered ? funds.active : funds.active - cost(order);
      left.set(paidIn, { ...funds, active });
      return !isCovered;
    });
}

/** Whether the funds cover everything that reserves them. */
const covers = (funds: Funds, allowance: ExchangeAccount["allowance"]): boolean =>
  freeOf(funds) >= 0 && (!allowance || allowance.amount >= funds.active + funds.matched);

const ended = (order: Order, cause: EndCause): Order =>
  cause === "cancelled"
    ? { ...order, status: "cancelled" }
    : { ...order, status: cause === "writtenOff" ? "matched" : "cancelled", endedBy: cause };

export const orderById = (market: MarketState, id: OrderId): Order | undefined =>
  entryOf(market.closed, id) ?? orderIn(market.book, id);

interface Accepted {
  readonly order: Order;
  readonly matched: Matched;
  readonly drafts: readonly TradeDraft[];
  readonly ticket: VenueTicket;
}

const feesOf = (drafts: readonly TradeDraft[]): number =>
  drafts.flatMap(({ legs }) => legs).reduce((sum, { fill }) => sum + fill.fee, 0);

function accepted(
  state: ExchangeState,
  market: MarketState,
  { order, matched, drafts, ticket: { orderType } }: Accepted,
  { now, settlement }: StepInputs,
): ExchangeStep {
  const { taker: left, matches, avoided, book } = matched;
  const isKilled = orderType === "FAK" && left.status === "live";
  const taker: Order = isKilled ? { ...left, status: "cancelled" } : left;
  const trades = drafts.map((draft, index): Trade => {
    const id = tradeId(hashed(`${order.id} ${index}`));
    const { minedAfterMs, confirmedAfterMs, retriedAfterMs, fails, isReversed } = settlement(id);
    const minedAt = after(now, minedAfterMs);
    return {
      ...draft,
      id,
      market: order.market,
      index,
      status: "matched",
      matchedAt: now,
      retriedAt: retriedAfterMs === null ? null : after(now, retriedAfterMs),
      minedAt,
      confirmedAt: after(minedAt, confirmedAfterMs),
      fails,
      isReversed,
    };
  });
  const gone = avoided.map((one) => ended(one, "selfTrade"));
  const touched = matches.length === 0 ? [] : [...matches.map((one) => one.maker), taker];
  return withMarket(
    state,
    {
      ...market,
      book: taker.status === "live" ? rested(book, taker) : book,
      closed: closedWith(state, market, [...touched, ...gone]),
      // The same list where nothing trades: what is worked out of it is kept by its identity.
      settling: trades.length === 0 ? market.settling : [...market.settling, ...trades],
    },
    [
      { type: "order.changed", cause: "placed", order },
      ...gone.map((one) => ({ type: "order.changed", cause: "selfTrade", order: one }) as const),
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
  const known = state.accounts.get(account);
  if (!known) return { balance: 0, active: 0, matched: 0 };
  let matched = 0;
  for (const { settling } of state.markets.values())
    matched += unsettledOf(settling, account).dollars;
  return cashFunds(known, live, matched);
}
