/**
 * `book` and `price_change` in the shape that the venue sends, read in one pass from text to items.
 * Declines whatever it is not sure of; then `JSON.parse` and the schemas read it, which alone define
 * what is accepted. A frame is scanned because an object for each level costs more than the rest.
 */
import {
  type BookLevel,
  MICRO,
  type Side,
  type Token,
  microShares,
  parsePriceBp,
  priceBp,
} from "../../../types/index.ts";
import type { PolymarketFrame } from "./frame.ts";
import type { DecodedMarketMessage, KnownMarket, LevelChange } from "./marketMessage.ts";

/** Where a scan stands in its text. Local to one scan. */
interface Cursor {
  readonly text: string;
  at: number;
}

/** What a scan has found. Local to one scan. */
interface Found {
  market: boolean;
  token: Token | null;
  timestamp: string | null;
  hash: string | null;
  bids: ScannedSide | null;
  asks: ScannedSide | null;
  tick: string | null;
  lastPrice: string | null;
  version: string | null;
  changes: readonly LevelChange[] | null;
  kind: "book" | "price_change" | null;
}

/** One side of a book: its levels, best first, and their text as it was sent. */
interface ScannedSide {
  readonly levels: readonly BookLevel[];
  readonly text: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const POINT = 0x2e;
const ZERO = 0x30;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Null where the frame has to be read by the schemas. */
export function scanMarketFrame(
  text: string,
  market: KnownMarket,
): PolymarketFrame<DecodedMarketMessage> | null {
  const cursor: Cursor = { text, at: 0 };
  const found: Found = {
    market: false,
    token: null,
    timestamp: null,
    hash: null,
    bids: null,
    asks: null,
    tick: null,
    lastPrice: null,
    version: null,
    changes: null,
    kind: null,
  };
  if (!passesOne(cursor, OPEN)) return null;
  do {
    if (!field(cursor, found, market)) return null;
  } while (passesOne(cursor, COMMA));
  if (!passesOne(cursor, CLOSE) || cursor.at !== text.length || !found.market) return null;
  const message = found.kind === "book" ? bookOf(found, market) : changeOf(found);
  return message && { items: [message], warnings: [] };
}

function bookOf(found: Found, market: KnownMarket): DecodedMarketMessage | null {
  const { token, timestamp, hash, bids, asks, tick, lastPrice, version, changes } = found;
  if (token === null || timestamp === null || hash === null || bids === null || asks === null)
    return null;
  const isKnownTick = tick === null || parsePriceBp(tick) === market.rules.tick;
  if (changes !== null || !isKnownTick) return null;
  return {
    items: [{ type: "book", token, book: { bids: bids.levels, asks: asks.levels } }],
    wire: {
      event_type: "book",
      market: market.id,
      asset_id: market.tokenIds[token],
      timestamp,
      hash,
      bids: bids.text,
      asks: asks.text,
      tick_size: tick,
      last_trade_price: lastPrice,
      version: version ?? undefined,
    },
  };
}

function changeOf(found: Found): DecodedMarketMessage | null {
  const { kind, timestamp, changes, token, hash, bids, asks } = found;
  const isOther = token !== null || hash !== null || bids !== null || asks !== null;
  if (kind !== "price_change" || timestamp === null || changes === null || isOther) return null;
  return {
    items: changes.map(({ item }) => item),
    wire: { event_type: "price_change", timestamp, changes },
  };
}

/** One field of the message; false where it is unknown, here for the second time, or not as usual. */
function field(cursor: Cursor, found: Found, market: KnownMarket): boolean {
  switch (cursor.text.charCodeAt(cursor.at + 1)) {
    case 0x61: // a
      if (passes(cursor, '"asset_id":"')) {
        if (found.token !== null) return false;
        found.token = tokenAt(cursor, market);
        return found.token !== null;
      }
      if (!passes(cursor, '"asks":') || found.asks !== null) return false;
      found.asks = sideAt(cursor, false);
      return found.asks !== null;
    case 0x62: // b
      if (!passes(cursor, '"bids":') || found.bids !== null) return false;
      found.bids = sideAt(cursor, true);
      return found.bids !== null;
    case 0x65: // e
      if (!passes(cursor, '"event_type":"') || found.kind !== null) return false;
      found.kind = passes(cursor, 'book"')
        ? "book"
        : passes(cursor, 'price_change"')
          ? "price_change"
          : null;
      return found.kind !== null;
    case 0x68: // h
      if (!passes(cursor, '"hash":"') || found.hash !== null) return false;
      found.hash = plainText(cursor);
      return found.hash !== null;
    case 0x6c: // l
      if (!passes(cursor, '"last_trade_price":"') || found.lastPrice !== null) return false;
      found.lastPrice = plainText(cursor);
      return found.lastPrice !== null;
    case 0x6d: // m
      if (!passes(cursor, '"market":"') || found.market) return false;
      found.market = passes(cursor, market.id) && passesOne(cursor, QUOTE);
      return found.market;
    case 0x70: // p
      if (!passes(cursor, '"price_changes":[') || found.changes !== null) return false;
      found.changes = changesAt(cursor, market);
      return found.changes !== null;
    case 0x74: // t
      if (passes(cursor, '"timestamp":"')) {
        if (found.timestamp !== null) return false;
        found.timestamp = plainText(cursor);
        return found.timestamp !== null;
      }
      if (!passes(cursor, '"tick_size":"') || found.tick !== null) return false;
      found.tick = plainText(cursor);
      return found.tick !== null;
    case 0x76: // v
      if (!passes(cursor, '"version":"') || found.version !== null) return false;
      found.version = plainText(cursor);
      return found.version !== null;
    default:
      return false;
  }
}

/** Bids ascend and asks descend on the wire, so that the best is last and no price is there twice. */
function sideAt(cursor: Cursor, isBids: boolean): ScannedSide | null {
  const from = cursor.at;
  const levels: BookLevel[] = [];
  if (passes(cursor, "[]")) return { levels, text: "[]" };
  if (!passesOne(cursor, LIST)) return null;
  let last = isBids ? 0 : Infinity;
  do {
    if (!passes(cursor, '{"price":"')) return null;
    const price = priceAt(cursor);
    if (price < 0 || !passes(cursor, '","size":"')) return null;
    const size = sizeAt(cursor);
    // A level of nothing is no level.
    if (size <= 0 || !passes(cursor, '"}')) return null;
    if (isBids ? price <= last : price >= last) return null;
    last = price;
    levels.push({ price: priceBp(price), size: microShares(size) });
  } while (passesOne(cursor, COMMA));
  if (!passesOne(cursor, LIST_END)) return null;
  return { levels: levels.toReversed(), text: cursor.text.slice(from, cursor.at) };
}

function changesAt(cursor: Cursor, market: KnownMarket): readonly LevelChange[] | null {
  const found: LevelChange[] = [];
  do {
    const one = changeAt(cursor, market);
    if (one === null) return null;
    found.push(one);
  } while (passesOne(cursor, COMMA));
  return passesOne(cursor, LIST_END) ? found : null;
}

function changeAt(cursor: Cursor, market: KnownMarket): LevelChange | null {
  const { text } = cursor;
  let tokenFound: Token | null = null;
  let sideFound: Side | null = null;
  let hash: string | null = null;
  let price = -1;
  let size = -1;
  let priceText = "";
  let sizeText = "";
  let isBidSeen = false;
  let isAskSeen = false;
  if (!passesOne(cursor, OPEN)) return null;
  do {
    switch (text.charCodeAt(cursor.at + 1)) {
      case 0x61: // a
        if (tokenFound !== null || !passes(cursor, '"asset_id":"')) return null;
        tokenFound = tokenAt(cursor, market);
        if (tokenFound === null) return null;
        break;
      case 0x62: // b
        // Not read, and so only stepped over.
        if (!isBidSeen && passes(cursor, '"best_bid":"')) isBidSeen = true;
        else if (!isAskSeen && passes(cursor, '"best_ask":"')) isAskSeen = true;
        else return null;
        if (!passesText(cursor)) return null;
        break;
      case 0x68: // h
        if (hash !== null || !passes(cursor, '"hash":"')) return null;
        hash = plainText(cursor);
        if (hash === null) return null;
        break;
      case 0x70: {
        // p
        if (price >= 0 || !passes(cursor, '"price":"')) return null;
        const from = cursor.at;
        price = priceAt(cursor);
        priceText = text.slice(from, cursor.at);
        if (price < 0 || !passesOne(cursor, QUOTE)) return null;
        break;
      }
      case 0x73: {
        // s
        if (passes(cursor, '"side":"')) {
          if (sideFound !== null) return null;
          sideFound = passes(cursor, 'BUY"') ? "BUY" : passes(cursor, 'SELL"') ? "SELL" : null;
          if (sideFound === null) return null;
          break;
        }
        if (size >= 0 || !passes(cursor, '"size":"')) return null;
        const from = cursor.at;
        size = sizeAt(cursor);
        sizeText = text.slice(from, cursor.at);
        if (size < 0 || !passesOne(cursor, QUOTE)) return null;
        break;
      }
      default:
        return null;
    }
  } while (passesOne(cursor, COMMA));
  if (tokenFound === null || sideFound === null || hash === null || price < 0 || size < 0)
    return null;
  if (!passesOne(cursor, CLOSE)) return null;
  const level = { price: priceBp(price), size: microShares(size) };
  return {
    item: { type: "level", token: tokenFound, side: sideFound, level },
    spelled: { price: priceText, size: sizeText },
    hash,
  };
}

function tokenAt(cursor: Cursor, { tokenIds: { YES, NO } }: KnownMarket): Token | null {
  const found = passes(cursor, YES) ? "YES" : passes(cursor, NO) ? "NO" : null;
  return found !== null && passesOne(cursor, QUOTE) ? found : null;
}

/** Steps over `word`, if it stands here. A slice is compared five times as fast as by `startsWith`. */
function passes(cursor: Cursor, word: string): boolean {
  if (cursor.text.slice(cursor.at, cursor.at + word.length) !== word) return false;
  cursor.at += word.length;
  return true;
}

/** The same of one character, which is looked at without a call. */
function passesOne(cursor: Cursor, code: number): boolean {
  if (cursor.text.charCodeAt(cursor.at) !== code) return false;
  cursor.at += 1;
  return true;
}

/** Steps to behind the closing quote; false for an escape, or what JSON does not allow in a text. */
function passesText(cursor: Cursor): boolean {
  const { text } = cursor;
  for (let at = cursor.at; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      cursor.at = at + 1;
      return true;
    }
    // Not a number behind the end.
    if (!(code >= 0x20) || code === 0x5c) return false;
  }
}

function plainText(cursor: Cursor): string | null {
  const from = cursor.at;
  return passesText(cursor) ? cursor.text.slice(from, cursor.at - 1) : null;
}

/** Of a price or of a size, by how many decimals are written. */
const PRICE_UNITS = [0, 1_000, 100, 10, 1] as const;
const SIZE_UNITS = [0, 100_000, 10_000, 1_000, 100, 10, 1] as const;
/** The most whole digits that are a safe integer of millionths whatever they are. */
const WHOLE_DIGITS_MAX = 9;

/** "0.5" to "0.9999" in basis points; -1 for anything else. Stops before what is no digit. */
function priceAt(cursor: Cursor): number {
  if (!passesOne(cursor, ZERO) || !passesOne(cursor, POINT)) return -1;
  const from = cursor.at;
  const digits = digitsAt(cursor);
  const unit = PRICE_UNITS[cursor.at - from] ?? 0;
  return unit === 0 || digits === 0 ? -1 : digits * unit;
}

/** Whole digits, and up to six behind a point, in millionths; -1 for anything else. */
function sizeAt(cursor: Cursor): number {
  let from = cursor.at;
  const whole = digitsAt(cursor);
  const count = cursor.at - from;
  if (count === 0 || count > WHOLE_DIGITS_MAX) return -1;
  if (!passesOne(cursor, POINT)) return whole * MICRO;
  from = cursor.at;
  const fraction = digitsAt(cursor);
  const unit = SIZE_UNITS[cursor.at - from] ?? 0;
  return unit === 0 ? -1 : whole * MICRO + fraction * unit;
}

/** Imprecise beyond what callers accept. */
function digitsAt(cursor: Cursor): number {
  const { text } = cursor;
  let value = 0;
  let at = cursor.at;
  for (; ; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  cursor.at = at;
  return value;
}
