/** The market channel: books, levels and what becomes of the market. */
import {
  type Book,
  type BookLevel,
  type Market,
  type MarketItem,
  parseMicroShares,
  parsePriceBp,
} from "../../types/index.ts";
import {
  type PolymarketFrame,
  type Reading,
  GARBLED,
  UNKNOWN,
  decodeFrame,
  said,
} from "./decode.ts";
import { isSameMarket, tokenNamed, tokenOf } from "./decodeUnits.ts";
import { bestBidAskWire } from "./wire/bestBidAsk.ts";
import { bookWire } from "./wire/book.ts";
import { lastTradePriceWire } from "./wire/lastTradePrice.ts";
import type { LevelWire } from "./wire/level.ts";
import { marketResolvedWire } from "./wire/marketResolved.ts";
import { newMarketWire } from "./wire/newMarket.ts";
import { priceChangeWire } from "./wire/priceChange.ts";
import { tickSizeChangeWire } from "./wire/tickSizeChange.ts";

/** The market as last told: its rules are compared with, so that each change of them is one item. */
export type KnownMarket = Pick<Market, "id" | "tokenIds" | "rules">;

/** Messages about other markets are passed over without a word: some are sent to everyone. */
export const decodeMarketFrame = (text: string, market: KnownMarket): PolymarketFrame<MarketItem> =>
  decodeFrame(text, (message) => read(message, market));

function read(
  message: Readonly<Record<string, unknown>>,
  market: KnownMarket,
): Reading<MarketItem> {
  switch (message["event_type"]) {
    case "book":
      return book(message, market);
    case "price_change":
      return priceChange(message, market);
    case "tick_size_change":
      return tickSizeChange(message, market);
    case "market_resolved":
      return resolved(message, market);
    case "last_trade_price":
      return recognised(lastTradePriceWire.safeParse(message));
    case "best_bid_ask":
      return recognised(bestBidAskWire.safeParse(message));
    case "new_market":
      return recognised(newMarketWire.safeParse(message));
    default:
      return UNKNOWN;
  }
}

/** A snapshot carries the tick too: a change of it that fell into a gap is heard here. */
function book(message: unknown, market: KnownMarket): Reading<MarketItem> {
  const wire = bookWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return said();
  const token = tokenOf(market.tokenIds, wire.asset_id);
  const levels = bookOf(wire);
  // Where the venue leaves a decimal out it may also write "". [protocol 6.1]
  const rules = wire.tick_size ? tickChanged(wire.tick_size, market) : said<MarketItem>();
  if (token === null || levels === null || rules.oddity !== null) return GARBLED;
  return said(...rules.items, { type: "book", token, book: levels });
}

/** Levels that make sense are handed on beside one that does not, which is said. */
function priceChange(message: unknown, market: KnownMarket): Reading<MarketItem> {
  const wire = priceChangeWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return said();
  const items = wire.price_changes.map((change): MarketItem | null => {
    const token = tokenOf(market.tokenIds, change.asset_id);
    const level = levelOf(change);
    return token && level && { type: "level", token, side: change.side, level };
  });
  return {
    items: items.filter((item) => item !== null),
    oddity: items.includes(null) ? "garbled" : null,
  };
}

function tickSizeChange(message: unknown, market: KnownMarket): Reading<MarketItem> {
  const wire = tickSizeChangeWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return said();
  return tickChanged(wire.new_tick_size, market);
}

/** Both tokens are told of a new tick; the second time it is no news. */
function tickChanged(text: string, { rules }: KnownMarket): Reading<MarketItem> {
  const tick = parsePriceBp(text);
  if (tick === null) return GARBLED;
  return tick === rules.tick ? said() : said({ type: "rulesChanged", rules: { ...rules, tick } });
}

/** Which id a v2 market is resolved with is uncertain, so the name speaks where the id is foreign. */
function resolved(message: unknown, market: KnownMarket): Reading<MarketItem> {
  const wire = marketResolvedWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return said();
  const byId = tokenOf(market.tokenIds, wire.winning_asset_id);
  const byName = tokenNamed(wire.winning_outcome);
  const winner = byId ?? byName;
  if (winner === null || (byName !== null && byName !== winner)) return GARBLED;
  return said({ type: "resolved", winner });
}

const recognised = ({ success }: { readonly success: boolean }): Reading<MarketItem> =>
  success ? said() : GARBLED;

/** Best level first, whatever the order on the wire; null unless every level makes sense. */
export function bookOf({
  bids,
  asks,
}: {
  readonly bids: readonly LevelWire[];
  readonly asks: readonly LevelWire[];
}): Book | null {
  const bidLevels = bids.map(levelOf).filter((level) => level !== null);
  const askLevels = asks.map(levelOf).filter((level) => level !== null);
  if (bidLevels.length < bids.length || askLevels.length < asks.length) return null;
  // Zero is how a level is removed, and so no level.
  return {
    bids: bidLevels.filter(({ size }) => size > 0).toSorted((a, b) => b.price - a.price),
    asks: askLevels.filter(({ size }) => size > 0).toSorted((a, b) => a.price - b.price),
  };
}

function levelOf(wire: LevelWire): BookLevel | null {
  const price = parsePriceBp(wire.price);
  const size = parseMicroShares(wire.size);
  return price === null || size === null ? null : { price, size };
}
