/** Orders and trades as the venue writes them, in reads and on the user channel alike. */
import {
  type EpochMs,
  formatMicro,
  formatPriceBp,
  NO_SHARES,
  NO_USDC,
  notionalCeil,
  notionalFloor,
  plus,
  type TradeId,
  type TradeStatus,
} from "../../../types/index.ts";
import {
  hashed,
  type AccountId,
  type Order,
  type Trade,
  type TradeLeg,
  type MarketState,
} from "../../exchange/index.ts";
import { senderOf, type Registry, uuid } from "./registry.ts";
import { RESULTS } from "../state/index.ts";

export const unixSeconds = (at: EpochMs): number => Math.floor(at / 1_000);

/** The id of a trade on the wire: shaped like the venue's random UUIDs. */
export const tradeName = (id: TradeId): string => uuid(hashed(id));

export const tradesIn = ({ finished, settling }: MarketState): readonly Trade[] => [
  ...finished,
  ...settling,
];

export function orderRecord(order: Order, known: MarketState, registry: Registry) {
  const { owner, maker, orderType, placedAt } = senderOf(registry, order);
  return {
    id: order.id,
    status: statusOf(order),
    owner,
    maker_address: maker,
    market: order.market,
    asset_id: known.market.tokenIds[order.token],
    side: order.side,
    original_size: formatMicro(order.size),
    size_matched: formatMicro(order.matched),
    price: formatPriceBp(order.price),
    outcome: RESULTS[order.token],
    expiration: String(order.expiresAt === null ? 0 : unixSeconds(order.expiresAt)),
    order_type: orderType,
    associate_trades: (order.matched === 0 ? [] : tradesIn(known))
      .filter(({ legs }) => legs.some(({ fill }) => fill.orderId === order.id))
      .map(({ id }) => tradeName(id)),
    created_at: placedAt === null ? 0 : unixSeconds(placedAt),
  };
}

function statusOf({ status, endedBy }: Order): string {
  if (status === "live") return "LIVE";
  if (status === "matched") return "MATCHED";
  if (endedBy === "uncovered") return "INVALID";
  return endedBy === "marketEnded" ? "CANCELED_MARKET_RESOLVED" : "CANCELED";
}

/** From the taker's view, for makers too; `trader_side` says which side `account` was on. */
export function tradeRecord(
  trade: Trade,
  account: AccountId,
  known: MarketState,
  registry: Registry,
) {
  const [taker, ...makers] = trade.legs;
  if (!taker) return null;
  const { fill } = taker;
  const from = senderOf(registry, orderRefOf(taker, trade));
  return {
    id: tradeName(trade.id),
    taker_order_id: fill.orderId,
    market: trade.market,
    asset_id: known.market.tokenIds[fill.token],
    side: fill.side,
    size: formatMicro(fill.size),
    fee_rate_bps: "0",
    price: formatPriceBp(fill.price),
    status: TRADE_STATUS[trade.status],
    match_time: String(unixSeconds(trade.matchedAt)),
    last_update: String(unixSeconds(updatedAt(trade))),
    outcome: RESULTS[fill.token],
    bucket_index: trade.index,
    owner: from.owner,
    maker_address: from.maker,
    transaction_hash: isOnChain(trade.status) ? hashed(`transaction ${trade.id}`) : "",
    maker_orders: makers.map((leg) => makerOrder(leg, trade, known, registry)),
    trader_side: taker.account === account ? "TAKER" : "MAKER",
  };
}

function makerOrder(leg: TradeLeg, trade: Trade, known: MarketState, registry: Registry) {
  const { fill } = leg;
  const { owner, maker } = senderOf(registry, orderRefOf(leg, trade));
  return {
    order_id: fill.orderId,
    owner,
    maker_address: maker,
    matched_amount: formatMicro(fill.size),
    price: formatPriceBp(fill.price),
    fee_rate_bps: "",
    asset_id: known.market.tokenIds[fill.token],
    outcome: RESULTS[fill.token],
    outcome_index: fill.token === "YES" ? 0 : 1,
    side: fill.side,
  };
}

/** What a taker gave and got, before fees, as in the answer to its order. */
export function amountsOf(trades: readonly Trade[]): readonly [making: string, taking: string] {
  const fills = trades.flatMap(({ legs }) => legs.slice(0, 1)).map(({ fill }) => fill);
  if (fills.length === 0) return ["", ""];
  const shares = fills.reduce((sum, { size }) => plus(sum, size), NO_SHARES);
  const dollars = fills.reduce(
    (sum, { side, price, size }) =>
      plus(sum, side === "BUY" ? notionalCeil(price, size) : notionalFloor(price, size)),
    NO_USDC,
  );
  const texts = [formatMicro(dollars), formatMicro(shares)] as const;
  return fills[0]?.side === "BUY" ? texts : [texts[1], texts[0]];
}

const orderRefOf = ({ account, fill }: TradeLeg, { market }: Trade) => ({
  id: fill.orderId,
  market,
  account,
});

function updatedAt(trade: Trade): EpochMs {
  const { status, matchedAt, retriedAt, minedAt, confirmedAt, isReversed } = trade;
  if (status === "matched") return matchedAt;
  if (status === "retrying") return retriedAt ?? matchedAt;
  const isLate = status === "confirmed" || (status === "failed" && isReversed);
  return isLate ? confirmedAt : minedAt;
}

const isOnChain = (status: TradeStatus): boolean => status === "mined" || status === "confirmed";

const TRADE_STATUS = {
  matched: "MATCHED",
  mined: "MINED",
  confirmed: "CONFIRMED",
  retrying: "RETRYING",
  failed: "FAILED",
} as const satisfies Record<TradeStatus, string>;
