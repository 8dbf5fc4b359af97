/** Frames of both channels, as the venue sends them. */
import type { TokenId } from "../src/types/index.ts";
import { CREDENTIALS, MARKET } from "./account.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const ORDER_ID = `0x${"a1".repeat(32)}`;
export const WALLET = "0xabcdef0000000000000000000000000000000001";
const { YES, NO } = MARKET.tokenIds;

/** One level of the asks of YES, reported for both tokens. A size of "0" removes the level. */
export function priceChangeFrame({
  ask,
  size,
}: {
  readonly ask: string;
  readonly size: string;
}): string {
  const best = size === "0" ? BEST_ASK : ask;
  const shared = { size, hash: HASH };
  const yes = { asset_id: YES, price: ask, side: "SELL", best_bid: BEST_BID, best_ask: best };
  const no = {
    asset_id: NO,
    price: complement(ask),
    side: "BUY",
    best_bid: complement(best),
    best_ask: complement(BEST_BID),
  };
  return JSON.stringify({
    market: MARKET.id,
    price_changes: [
      { ...yes, ...shared },
      { ...no, ...shared },
    ],
    timestamp: "1760000000123",
    event_type: "price_change",
  });
}

/** The best prices of either token, in every book below. */
const BEST_BID = "0.400";
const BEST_ASK = "0.600";
const complement = (price: string): string => (1 - Number(price)).toFixed(3);

/** A book with this many levels on either side, the best last, as the venue sends them. */
export function bookFrame(token: TokenId, levels: number): string {
  const level = (price: number, index: number): object => ({
    price: price.toFixed(3),
    size: (10 + index * 1.37).toFixed(2),
  });
  const side = (best: number, step: number): readonly object[] =>
    Array.from({ length: levels }, (_, index) => level(best + step * index, index)).toReversed();
  return JSON.stringify({
    market: MARKET.id,
    asset_id: token,
    timestamp: "1760000000000",
    hash: HASH,
    bids: side(Number(BEST_BID), -0.001),
    asks: side(Number(BEST_ASK), 0.001),
    tick_size: "0.001",
    event_type: "book",
    last_trade_price: "0.50",
  });
}

/** The best prices of the reference, a cent apart, as its combined stream has them. */
export const tickerFrame = (dollars: number): string =>
  JSON.stringify({
    stream: "btcusdt@bookTicker",
    data: {
      u: 400_900_217,
      s: "BTCUSDT",
      b: dollars.toFixed(8),
      B: "31.21000000",
      a: (dollars + 0.01).toFixed(8),
      A: "40.66000000",
    },
  });

export const userOrderFrame = (): string =>
  JSON.stringify({
    event_type: "order",
    id: ORDER_ID,
    owner: CREDENTIALS.key,
    market: MARKET.id,
    asset_id: YES,
    side: "BUY",
    original_size: "20",
    size_matched: "0",
    price: "0.48",
    associate_trades: [],
    outcome: "Up",
    expiration: "1760000600",
    order_type: "GTD",
    maker_address: WALLET,
    order_owner: CREDENTIALS.key,
    type: "PLACEMENT",
    status: "LIVE",
    created_at: "1760000000",
    timestamp: "1760000000123",
  });

export const userTradeFrame = (): string =>
  JSON.stringify({
    event_type: "trade",
    type: "TRADE",
    id: "28c4d2eb-bbea-40e7-a9f0-b2fdb56b2c2e",
    taker_order_id: `0x${"e5".repeat(32)}`,
    market: MARKET.id,
    asset_id: YES,
    side: "SELL",
    size: "5",
    price: "0.48",
    fee_rate_bps: "",
    status: "MATCHED",
    last_update: "1760000001",
    outcome: "Up",
    bucket_index: 0,
    owner: "99999999-2222-4333-8444-555555555555",
    maker_address: "0x9999990000000000000000000000000000000002",
    transaction_hash: "",
    maker_orders: [
      {
        order_id: ORDER_ID,
        owner: CREDENTIALS.key,
        maker_address: WALLET,
        matched_amount: "5",
        price: "0.48",
        fee_rate_bps: "",
        asset_id: YES,
        outcome: "Up",
        outcome_index: 0,
        side: "BUY",
      },
    ],
    trader_side: "MAKER",
    match_time: "1760000001",
    trade_owner: "99999999-2222-4333-8444-555555555555",
    timestamp: "1760000001010",
  });
