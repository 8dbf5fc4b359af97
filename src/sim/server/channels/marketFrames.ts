/** What the market channel is sent after one step of the exchange (protocol 6.2). */
import {
  type Book,
  type BookLevel,
  coinOf,
  complement,
  DOLLAR_BP,
  formatMicro,
  formatPriceBp,
  type Market,
  minus,
  type Side,
  type Token,
  TOKENS,
} from "../../../types/index.ts";
import { namesOf } from "../../../venue/polymarket/wire/index.ts";
import {
  EMPTY_BOOK,
  hashed,
  type LevelItem,
  levels,
  type MarketState,
  REBATE_BP,
  type Trade,
  type VenueFact,
} from "../../exchange/index.ts";
import {
  type BookMeta,
  bookSummary,
  type MarketPolicy,
  newTrades,
  RESULTS,
} from "../state/index.ts";
import type { ExchangeStep, Frame, MarketFrame } from "./frame.ts";

/** The order is the venue's: trades, changes of levels, the best prices, and then whole books. */
export function marketFrames(
  facts: readonly VenueFact[],
  known: MarketState,
  meta: BookMeta,
  step: ExchangeStep,
): readonly Frame[] {
  const { market } = known;
  const frame = (
    assets: readonly string[] | null,
    payload: object,
    isExtended = false,
  ): MarketFrame => ({
    channel: "market",
    market: market.id,
    assets,
    isExtended,
    payload: { ...payload, timestamp: String(step.now) },
  });
  const both = TOKENS.map((token) => market.tokenIds[token]);
  const trades = newTrades(facts);
  const changes = priceChanges(facts, known, meta, step);
  const books = trades.length === 0 ? [] : TOKENS.map((token) => bookFrame(known, token, meta));
  return [
    ...facts
      .filter((fact) => fact.type === "market.opened")
      .map(() => frame(null, newMarketEvent(market, step.policy), true)),
    ...facts
      .filter((fact) => fact.type === "market.tickChanged")
      .flatMap(({ oldTick, tick }) =>
        both.map((asset) =>
          frame([asset], {
            event_type: "tick_size_change",
            market: market.id,
            asset_id: asset,
            old_tick_size: formatPriceBp(oldTick),
            new_tick_size: formatPriceBp(tick),
          }),
        ),
      ),
    ...trades
      .flatMap((trade) => lastTradeEvents(trade, known))
      .map((payload) => frame(both, payload)),
    ...changes.map((price_changes) =>
      frame(both, { market: market.id, price_changes, event_type: "price_change" }),
    ),
    ...TOKENS.flatMap((token) => bestBidAskEvents(known, token, step)).map((payload) =>
      frame([payload.asset_id], payload, true),
    ),
    ...books.map((payload) => frame([payload.asset_id], payload)),
    ...facts
      .filter((fact) => fact.type === "market.resolved")
      .map(({ winner }) => frame(both, resolvedEvent(market, winner), true)),
  ];
}

/** The whole book of one token, without two fields that its hash covers all the same. */
export function bookFrame({ market, book }: MarketState, token: Token, meta: BookMeta) {
  const {
    min_order_size: _,
    neg_risk: __,
    ...shown
  } = bookSummary({ market, token, meta }, levels(book, token));
  return { ...shown, event_type: "book" };
}

interface LevelChange {
  readonly side: Side;
  readonly level: BookLevel;
}

/**
 * One message per changed level: its new size, its mirror in the other token, and the hash of each
 * book up to that message. Removals come first, so that no book in between is crossed.
 */
function priceChanges(
  facts: readonly VenueFact[],
  { market }: MarketState,
  meta: BookMeta,
  { before }: ExchangeStep,
): readonly unknown[][] {
  const items = facts.filter((fact) => fact.type === "book.changed").map(({ item }) => item);
  const last = new Map(
    items
      .filter(({ token }) => token === "YES")
      .map((item) => [`${item.side} ${item.level.price}`, item]),
  );
  const changes = [...last.values()];
  const inOrder = [...changes.filter(isRemoval), ...changes.filter((item) => !isRemoval(item))];
  let yes = levels(before.markets.get(market.id)?.book ?? EMPTY_BOOK, "YES");
  return inOrder.map((change) => {
    yes = withBookLevel(yes, change);
    const books = { YES: yes, NO: mirrored(yes) };
    return TOKENS.map((token) => {
      const { side, level } = token === "YES" ? change : mirror(change);
      const { bids, asks } = books[token];
      return {
        asset_id: market.tokenIds[token],
        price: formatPriceBp(level.price),
        size: formatMicro(level.size),
        side,
        hash: bookSummary({ market, token, meta }, books[token]).hash,
        best_bid: priceText(bids[0]),
        best_ask: priceText(asks[0]),
      };
    });
  });
}

const isRemoval = ({ level }: LevelItem): boolean => level.size === 0;

function withBookLevel({ bids, asks }: Book, { side, level }: LevelChange): Book {
  const placed = (old: readonly BookLevel[], isBetter: (a: number, b: number) => boolean) => {
    const others = old.filter(({ price }) => price !== level.price);
    if (level.size === 0) return others;
    const at = others.findIndex(({ price }) => isBetter(level.price, price));
    return others.toSpliced(at < 0 ? others.length : at, 0, level);
  };
  return side === "BUY"
    ? { bids: placed(bids, (a, b) => a > b), asks }
    : { bids, asks: placed(asks, (a, b) => a < b) };
}

const mirrored = ({ bids, asks }: Book): Book => ({ bids: asks.map(flip), asks: bids.map(flip) });
const flip = ({ price, size }: BookLevel): BookLevel => ({ price: complement(price), size });
const mirror = ({ side, level }: LevelChange): LevelChange => ({
  side: side === "BUY" ? "SELL" : "BUY",
  level: flip(level),
});

/** "" where a side is empty. */
const priceText = (level: BookLevel | undefined): string =>
  level ? formatPriceBp(level.price) : "";

function bestBidAskEvents({ market, book }: MarketState, token: Token, { before }: ExchangeStep) {
  const old = levels(before.markets.get(market.id)?.book ?? EMPTY_BOOK, token);
  const now = levels(book, token);
  const [bid, ask] = [now.bids[0], now.asks[0]];
  if (bid?.price === old.bids[0]?.price && ask?.price === old.asks[0]?.price) return [];
  return [
    {
      event_type: "best_bid_ask",
      market: market.id,
      asset_id: market.tokenIds[token],
      best_bid: priceText(bid),
      best_ask: priceText(ask),
      spread: bid && ask ? formatPriceBp(minus(ask.price, bid.price)) : "",
    },
  ];
}

function lastTradeEvents({ id, legs }: Trade, { market }: MarketState): readonly object[] {
  const taker = legs[0]?.fill;
  if (!taker) return [];
  return [
    {
      event_type: "last_trade_price",
      market: market.id,
      asset_id: market.tokenIds[taker.token],
      price: formatPriceBp(taker.price),
      size: formatMicro(taker.size),
      side: taker.side,
      fee_rate_bps: "0",
      transaction_hash: hashed(`transaction ${id}`),
    },
  ];
}

function newMarketEvent(market: Market, { fee }: MarketPolicy) {
  const tokens = TOKENS.map((token) => market.tokenIds[token]);
  return {
    event_type: "new_market",
    id: market.slug,
    question: `${namesOf(coinOf(market)).title} Up or Down (simulated)`,
    market: market.id,
    slug: market.slug,
    description: "",
    assets_ids: tokens,
    outcomes: TOKENS.map((token) => RESULTS[token]),
    tags: [],
    condition_id: market.id,
    active: true,
    clob_token_ids: tokens,
    order_price_min_tick_size: formatPriceBp(market.rules.tick),
    fees_enabled: fee !== null,
    ...(fee && {
      taker_base_fee: "1000",
      fee_schedule: {
        exponent: String(fee.exponent),
        rate: String(fee.rateBp / DOLLAR_BP),
        taker_only: true,
        rebate_rate: String(REBATE_BP / DOLLAR_BP),
      },
    }),
  };
}

const resolvedEvent = (market: Market, winner: Token) => ({
  event_type: "market_resolved",
  id: market.slug,
  market: market.id,
  assets_ids: TOKENS.map((token) => market.tokenIds[token]),
  winning_asset_id: market.tokenIds[winner],
  winning_outcome: RESULTS[winner],
  tags: [],
});
