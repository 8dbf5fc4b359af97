/** The market channel: books, levels, tick changes and the resolution. */
import {
  type Book,
  type BookLevel,
  type MarketItem,
  isTick,
  type MicroShares,
  microShares,
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
} from "./frame.ts";
import { levelsText } from "./bookHash.ts";
import { isSameMarket, price as priceIn, tokenNamed, tokenOf } from "./decodeUnits.ts";
import type { DecodedMarketMessage, KnownMarket, LevelChange } from "./marketMessage.ts";
import { readerOf } from "./reader.ts";
import { scanMarketFrame } from "./scanMarket.ts";
import {
  bookWire,
  lastTradePriceWire,
  type LevelWire,
  marketResolvedWire,
  priceChangeWire,
  tickSizeChangeWire,
} from "../wire/index.ts";

const readBook = readerOf(bookWire);
const readPriceChange = readerOf(priceChangeWire);
const readTickSizeChange = readerOf(tickSizeChangeWire);
const readLastTradePrice = readerOf(lastTradePriceWire);
const readMarketResolved = readerOf(marketResolvedWire);

/** Stands for a garbled message: the watchdog has to know that a change may be missing. */
export const UNREAD: DecodedMarketMessage = { items: [], wire: "unread" };

export function decodeMarketFrame(text: string, market: KnownMarket): PolymarketFrame<MarketItem> {
  const { items, warnings } = readMarketFrame(text, market);
  return { items: items.flatMap((message) => message.items), warnings };
}

/** Skips messages about other markets without a warning: the venue sends some to everyone. */
export const readMarketFrame = (
  text: string,
  market: KnownMarket,
): PolymarketFrame<DecodedMarketMessage> =>
  scanMarketFrame(text, market) ?? readBySchemas(text, market);

/** Defines what is accepted, and what it means; the scanner in front of it is only faster. */
export const readBySchemas = (
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
    case "new_market":
      return readingOf();
    default:
      return UNKNOWN;
  }
}

/** A book carries the tick too: so a tick change that was missed in a gap is found. */
function book(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = readBook(message);
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const token = tokenOf(market.tokenIds, wire.asset_id);
  const levels = bookOf(wire);
  // The venue writes a missing decimal as "" or leaves it out. [protocol 6.1]
  const rules = wire.tick_size ? tickChanged(wire.tick_size, market) : [];
  if (token === null || levels === null || rules === null) return GARBLED;
  return readingOf({
    items: [...rules, { type: "book", token, book: levels }],
    wire: {
      event_type: "book",
      market: wire.market,
      asset_id: wire.asset_id,
      timestamp: wire.timestamp,
      hash: wire.hash,
      bids: levelsText(wire.bids),
      asks: levelsText(wire.asks),
      tick_size: wire.tick_size,
      last_trade_price: wire.last_trade_price,
      version: wire.version,
    },
  });
}

/** All entries or none: half a change gives a book that never existed. */
function priceChange(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = readPriceChange(message);
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const changes = wire.price_changes.map((change): LevelChange | null => {
    const token = tokenOf(market.tokenIds, change.asset_id);
    const level = levelOf(change);
    const { price, size, side, hash } = change;
    return (
      token &&
      level && {
        item: { type: "level", token, side, level },
        spelled: { price, size },
        hash,
      }
    );
  });
  const known = changes.filter((change) => change !== null);
  if (known.length < changes.length) return GARBLED;
  const { event_type, timestamp } = wire;
  return readingOf({
    items: known.map(({ item }) => item),
    wire: { event_type, timestamp, changes: known },
  });
}

function tickSizeChange(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = readTickSizeChange(message);
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const items = tickChanged(wire.new_tick_size, market);
  return items === null ? GARBLED : readingOf({ items, wire });
}

/**
 * A new tick is sent for each token; only the first is a change. Null where the text is no tick, or
 * one that does not divide a dollar.
 */
function tickChanged(text: string, { rules }: KnownMarket): readonly MarketItem[] | null {
  const tick = parsePriceBp(text);
  if (tick === null || !isTick(tick)) return null;
  return tick === rules.tick ? [] : [{ type: "rulesChanged", rules: { ...rules, tick } }];
}

/** The check sum covers the last trade, also one whose token or price cannot be read: that gives no item. */
function traded(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = readLastTradePrice(message);
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const token = tokenOf(market.tokenIds, wire.asset_id);
  const price = priceIn(wire.price ?? "");
  if (token === null || price === null) return readingOf({ items: [], wire });
  const size = levelSize(wire.size);
  return readingOf({
    items: [{ type: "traded", token, price, size: size || null, side: wire.side }],
    wire,
  });
}

/** By the name where the id is not ours: which id a v2 market is resolved with is uncertain. */
function resolved(message: unknown, market: KnownMarket): Reading<DecodedMarketMessage> {
  const wire = readMarketResolved(message);
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const byId = tokenOf(market.tokenIds, wire.winning_asset_id);
  const byName = tokenNamed(wire.winning_outcome);
  const winner = byId ?? byName;
  if (winner === null || (byName !== null && byName !== winner)) return GARBLED;
  return readingOf({ items: [{ type: "resolved", winner }], wire: null });
}

/** Best level first, in any order on the wire; null if a level is malformed or a price repeated. */
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
  // A level of size zero is a removed one.
  return {
    bids: bidLevels.filter(({ size }) => size > 0).toSorted((a, b) => b.price - a.price),
    asks: askLevels.filter(({ size }) => size > 0).toSorted((a, b) => a.price - b.price),
  };
}

const isAnyTwice = (levels: readonly BookLevel[]): boolean =>
  new Set(levels.map(({ price }) => price)).size < levels.length;

function levelOf(wire: LevelWire): BookLevel | null {
  const price = parsePriceBp(wire.price);
  const size = levelSize(wire.size);
  return price === null || size === null ? null : { price, size };
}

/** The most that can be counted, nine billion shares; a level of more is as good as one of so many. */
const LEVEL_SIZE_MAX = microShares(Number.MAX_SAFE_INTEGER);

/** A size that is absurd must not cost the book: whoever wrote it, the venue shows it to everyone. */
function levelSize(text: string): MicroShares | null {
  return (
    parseMicroShares(text) ?? (/^[1-9]\d{9,}(\.\d{1,6}0*)?$/.test(text) ? LEVEL_SIZE_MAX : null)
  );
}
