/** The market channel: books, levels and what becomes of the market. */
import {
  type Book,
  type BookLevel,
  type Market,
  type MarketItem,
  parseMicroShares,
  parsePriceBp,
} from "../../../types/index.ts";
import {
  type PolymarketFrame,
  type Reading,
  GARBLED,
  UNKNOWN,
  decodeFrame,
  readingOf,
} from "./decode.ts";
import { isSameMarket, tokenNamed, tokenOf } from "./decodeUnits.ts";
import {
  bestBidAskWire,
  type BookWire,
  bookWire,
  type LastTradePriceWire,
  lastTradePriceWire,
  type LevelWire,
  marketResolvedWire,
  newMarketWire,
  type PriceChangeWire,
  priceChangeWire,
  type TickSizeChangeWire,
  tickSizeChangeWire,
} from "../wire/index.ts";

/** The market as last told: its rules are compared with, so that each change of them is one item. */
export type KnownMarket = Pick<Market, "id" | "tokenIds" | "rules">;

/** What one message says of the market, and the message itself where a check sum covers it. */
export interface DecodedMarketMessage {
  readonly items: readonly MarketItem[];
  /** `unread`: it was garbled, and may have been a change. */
  readonly wire: HashedWire | "unread" | null;
}

/** A garbled message, to whoever has to know that something was missed. */
export const UNREAD: DecodedMarketMessage = { items: [], wire: "unread" };

export type HashedWire = BookWire | PriceChangeWire | TickSizeChangeWire | LastTradePriceWire;

export function decodeMarketFrame(text: string, market: KnownMarket): PolymarketFrame<MarketItem> {
  const { items, warnings } = readMarketFrame(text, market);
  return { items: items.flatMap((told) => told.items), warnings };
}

/** Messages about other markets are passed over without a word: some are sent to everyone. */
export const readMarketFrame = (
  text: string,
  market: KnownMarket,
): PolymarketFrame<DecodedMarketMessage> => decodeFrame(text, (message) => read(message, market));

function read(
  message: Readonly<Record<string, unknown>>,
  market: KnownMarket,
): Reading<DecodedMarketMessage> {
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
      return traded(message, market);
    case "best_bid_ask":
      return recognised(bestBidAskWire.safeParse(message));
    case "new_market":
      return recognised(newMarketWire.safeParse(message));
    default:
      return UNKNOWN;
  }
}

/** A snapshot carries the tick too: a change of it that fell into a gap is heard here. */
function book(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = bookWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const token = tokenOf(market.tokenIds, wire.asset_id);
  const levels = bookOf(wire);
  // Where the venue leaves a decimal out it may also write "". [protocol 6.1]
  const rules = wire.tick_size ? tickChanged(wire.tick_size, market) : [];
  if (token === null || levels === null || rules === null) return GARBLED;
  return readingOf({ items: [...rules, { type: "book", token, book: levels }], wire });
}

/** All of it or nothing: half a change is a book that never was. */
function priceChange(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = priceChangeWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const items = wire.price_changes.map((change): MarketItem | null => {
    const token = tokenOf(market.tokenIds, change.asset_id);
    const level = levelOf(change);
    return token && level && { type: "level", token, side: change.side, level };
  });
  const known = items.filter((item) => item !== null);
  return known.length < items.length ? GARBLED : readingOf({ items: known, wire });
}

function tickSizeChange(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = tickSizeChangeWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const items = tickChanged(wire.new_tick_size, market);
  return items === null ? GARBLED : readingOf({ items, wire });
}

/** Both tokens are told of a new tick; the second time it is no news. Null where it is no tick. */
function tickChanged(text: string, { rules }: KnownMarket): readonly MarketItem[] | null {
  const tick = parsePriceBp(text);
  if (tick === null) return null;
  return tick === rules.tick ? [] : [{ type: "rulesChanged", rules: { ...rules, tick } }];
}

/** No price of ours, but a part of what the check sum covers. */
function traded(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = lastTradePriceWire.safeParse(message).data;
  if (!wire) return GARBLED;
  return isSameMarket(wire.market, market.id) ? readingOf({ items: [], wire }) : readingOf();
}

/** Which id a v2 market is resolved with is uncertain, so the name speaks where the id is foreign. */
function resolved(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = marketResolvedWire.safeParse(message).data;
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const byId = tokenOf(market.tokenIds, wire.winning_asset_id);
  const byName = tokenNamed(wire.winning_outcome);
  const winner = byId ?? byName;
  if (winner === null || (byName !== null && byName !== winner)) return GARBLED;
  return readingOf({ items: [{ type: "resolved", winner }], wire: null });
}

const recognised = ({ success }: { readonly success: boolean }): Reading<never> =>
  success ? readingOf() : GARBLED;

/**
 * Best level first, whatever the order on the wire; null unless every level makes sense, and no
 * price is said twice.
 */
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
  if (isAnyTwice(bidLevels) || isAnyTwice(askLevels)) return null;
  // Zero is how a level is removed, and so no level.
  return {
    bids: bidLevels.filter(({ size }) => size > 0).toSorted((a, b) => b.price - a.price),
    asks: askLevels.filter(({ size }) => size > 0).toSorted((a, b) => a.price - b.price),
  };
}

const isAnyTwice = (levels: readonly BookLevel[]): boolean =>
  new Set(levels.map(({ price }) => price)).size < levels.length;

function levelOf(wire: LevelWire): BookLevel | null {
  const price = parsePriceBp(wire.price);
  const size = parseMicroShares(wire.size);
  return price === null || size === null ? null : { price, size };
}
