/**
 * Frames with errors in them, through the decoders and into the caches. A frame with a warning
 * changes nothing; a frame without one was understood, by an independent reading of the same text.
 * 100,000 frames: 100 for each of TANDEM_RUNS.
 */
import { describe, expect, it } from "vitest";
import { random } from "../../src/sim/index.ts";
import { bookCache, foldMarket } from "../../src/streams/caches/bookCache.ts";
import {
  type Book,
  type Instant,
  type MarketItem,
  TOKENS,
  type Token,
  type UserItem,
  epochMs,
  monotonicMs,
} from "../../src/types/index.ts";
import { decodeBinance } from "../../src/venue/binance/index.ts";
import { readMarketFrame } from "../../src/venue/polymarket/decode/decodeMarket.ts";
import { decodeUserFrame } from "../../src/venue/polymarket/index.ts";
import {
  type WireBook,
  levelsShown,
  applyMessage,
  initialWireBook,
} from "../../src/venue/polymarket/channels/wireBook.ts";
import { RUNS } from "../support/builders.ts";
import { mutated, textsOf } from "./mutated.ts";
import { ACCOUNT, DOWN, MARKET, UP } from "./polymarket/support.ts";

/** For each of the three streams. */
const FRAMES = Math.ceil((RUNS * 100) / 3);
const AT: Instant = { epochMs: epochMs(0), monotonicMs: monotonicMs(0) };

/** A decimal times ten to `decimals`, exactly; null for another text. Independent of `units.ts`. */
function parts(text: unknown, decimals: number): bigint | null {
  const [, whole, fraction = ""] =
    typeof text === "string" || typeof text === "number"
      ? (/^(\d*)\.?(\d*)$/.exec(String(text)) ?? [])
      : [];
  if (whole === undefined || whole + fraction === "") return null;
  const kept = fraction.replace(/0+$/, "");
  return kept.length > decimals ? null : BigInt(whole + kept.padEnd(decimals, "0"));
}

type Sides = Readonly<Record<"BUY" | "SELL", Map<string, string>>>;
const sidesOf = (book: Book): Sides => ({
  BUY: new Map(book.bids.map(({ price, size }) => [String(price), String(size)])),
  SELL: new Map(book.asks.map(({ price, size }) => [String(price), String(size)])),
});
const tokenOf = (asset: unknown): Token | null =>
  asset === UP ? "YES" : asset === DOWN ? "NO" : null;

interface Level {
  readonly asset_id?: unknown;
  readonly price: unknown;
  readonly size: unknown;
  readonly side?: unknown;
}
interface Message {
  readonly event_type?: unknown;
  readonly market?: unknown;
  readonly asset_id?: unknown;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly price_changes: readonly Level[];
}

/** A level of more is one of so many. */
const COUNTED_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** The independent reading of the market channel: prices and sizes as text. */
function plainly(books: Map<Token, Sides>, message: Message): void {
  const { market } = message;
  if (typeof market === "string" && market.toLowerCase() !== MARKET.id) return;
  const set = (side: Map<string, string>, { price, size }: Level): void => {
    const [bp, micro] = [parts(price, 4), parts(size, 6)];
    if (bp === null || micro === null) expect([bp, micro]).not.toContain(null);
    if (micro === 0n) side.delete(String(bp));
    else side.set(String(bp), String(micro !== null && micro > COUNTED_MAX ? COUNTED_MAX : micro));
  };
  if (message.event_type === "book") {
    const sides: Sides = { BUY: new Map(), SELL: new Map() };
    for (const level of message.bids) set(sides.BUY, level);
    for (const level of message.asks) set(sides.SELL, level);
    const token = tokenOf(message.asset_id);
    expect(token).not.toBeNull();
    if (token) books.set(token, sides);
  }
  if (message.event_type === "price_change")
    for (const level of message.price_changes) {
      const token = tokenOf(level.asset_id);
      expect(token).not.toBeNull();
      const sides = token && books.get(token);
      if (sides) set(sides[level.side === "BUY" ? "BUY" : "SELL"], level);
    }
}

describe("frames with errors in them", () => {
  it(`market channel: ${FRAMES} frames, into the book and into the wire book`, () => {
    const chance = random(1).fork("market");
    const texts = textsOf("polymarket/market");
    const plain = new Map<Token, Sides>();
    let folded = foldMarket(bookCache().read(), { type: "restored", session: 1, at: AT });
    let wireBook: WireBook = initialWireBook({ min_order_size: "5", neg_risk: false });
    let understood = 0;
    let warned = 0;
    for (let n = 0; n < FRAMES; n += 1) {
      const text = mutated(chance.pick(texts), chance);
      const { items, warnings } = readMarketFrame(text, MARKET);
      const marketItems = items.flatMap((message) => message.items);
      if (warnings.length > 0) warned += 1;
      // One message of an array may be garbled; each of the others counts alone.
      const json = warnings.length > 0 && items.length === 0 ? null : parsed(text);
      if (warnings.length > 0 && !Array.isArray(json)) {
        if (items.length > 0) expect([text, items]).toEqual([text, []]);
        continue;
      }
      for (const message of items)
        if (message.wire !== null && message.wire !== "unread")
          ({ wireBook } = applyMessage(wireBook, message.wire, MARKET));
      for (const item of marketItems)
        folded = foldMarket(folded, { type: "item", session: 1, at: AT, item });
      const messages = (Array.isArray(json) ? json : [json]) as readonly Message[];
      for (const message of messages) {
        if (
          warnings.length > 0 &&
          readMarketFrame(JSON.stringify(message), MARKET).warnings.length > 0
        )
          continue;
        if (typeof message === "object" && message !== null) plainly(plain, message);
      }
      if (marketItems.length === 0) continue;
      understood += 1;
      checkItems(marketItems);
      for (const token of TOKENS) {
        const book = folded[token];
        expect([text, book && sidesOf(book)]).toEqual([text, plain.get(token) ?? null]);
        const reflected = wireBook.books[token];
        expect(reflected && levelsShown(reflected)).toEqual(book && JSON.stringify(book));
      }
    }
    // The test proves nothing if everything is rejected, or everything accepted.
    expect(understood).toBeGreaterThan(FRAMES / 20);
    expect(warned).toBeGreaterThan(FRAMES / 5);
  });

  it(`user channel: ${FRAMES} frames`, () => {
    const chance = random(1).fork("user");
    const texts = textsOf("polymarket/user");
    let understood = 0;
    let warned = 0;
    for (let n = 0; n < FRAMES; n += 1) {
      const text = mutated(chance.pick(texts), chance);
      const decoded = decodeUserFrame(text, MARKET, ACCOUNT);
      const { warnings } = decoded;
      // That a record cannot be read is all that is said of it.
      const items = decoded.items.filter((item) => !isUnreadable(item));
      if (warnings.length > 0) warned += 1;
      const json = warnings.length > 0 && items.length === 0 ? null : parsed(text);
      if (Array.isArray(json)) continue;
      if (warnings.length > 0) {
        if (items.length > 0) expect([text, items]).toEqual([text, []]);
        continue;
      }
      if (items.length === 0) continue;
      understood += 1;
      expect(items).toHaveLength(1);
      for (const item of items) checkReport(item, json as Readonly<Record<string, unknown>>, text);
    }
    expect(understood).toBeGreaterThan(FRAMES / 20);
    expect(warned).toBeGreaterThan(FRAMES / 5);
  });

  it(`Binance: ${FRAMES} frames, into the price`, () => {
    const chance = random(1).fork("binance");
    const texts = textsOf("binance");
    let understood = 0;
    let warned = 0;
    for (let n = 0; n < FRAMES; n += 1) {
      const text = mutated(chance.pick(texts), chance);
      const { items, warning } = decodeBinance(text);
      if (warning !== null) {
        warned += 1;
        if (items.length > 0) expect([text, items]).toEqual([text, []]);
        continue;
      }
      if (items.length === 0) continue;
      understood += 1;
      const frame = parsed(text) as { readonly data?: unknown; readonly stream?: unknown };
      const { b, a } = ("stream" in frame ? frame.data : frame) as Record<string, unknown>;
      const [bid, ask] = [parts(b, 6), parts(a, 6)];
      same(text, bid === null || ask === null, false);
      same(text, (bid ?? 0n) <= (ask ?? 0n), true);
      same(text, String(items[0]?.price), String(((bid ?? 0n) + (ask ?? 0n)) / 2n));
    }
    expect(understood).toBeGreaterThan(FRAMES / 100);
    expect(warned).toBeGreaterThan(FRAMES / 5);
  });
});

/** Every price is in range and every size a safe integer. */
function checkItems(items: readonly MarketItem[]): void {
  for (const item of items) {
    const levels =
      item.type === "book"
        ? [...item.book.bids, ...item.book.asks]
        : item.type === "level"
          ? [item.level]
          : [];
    for (const { price, size } of levels) {
      const isOnGrid = Number.isInteger(price) && price > 0 && price < 10_000;
      if (!isOnGrid) expect.unreachable(`price ${price}`);
      if (!(Number.isSafeInteger(size) && size >= 0)) expect.unreachable(`size ${size}`);
    }
  }
}

const isUnreadable = ({ report }: UserItem): boolean =>
  "status" in report && (report.status === "unreadable" || "unreadable" in report);

/** The report has the ids and numbers of the message, digit by digit. */
function checkReport(item: UserItem, json: Readonly<Record<string, unknown>>, text: string): void {
  if (item.type === "order") {
    const { orderId, token, side, size, sizeMatched } = item.report;
    same(text, orderId, json["id"]);
    same(text, token, tokenOf(json["asset_id"]));
    same(text, side, json["side"]);
    const isInDollars = side === "BUY" && /^(FAK|FOK)$/.test(String(json["order_type"]));
    same(text, String(size), String(isInDollars ? 0n : parts(json["original_size"], 6)));
    const matched = json["size_matched"] === "" ? 0n : parts(json["size_matched"], 6);
    same(text, String(sizeMatched), String(matched));
    return;
  }
  const { id, fills } = item.report;
  same(text, id, json["id"]);
  same(text, fills.length > 0, true);
  for (const fill of fills) {
    same(text, text.includes(JSON.stringify(fill.orderId)), true);
    same(text, Number.isSafeInteger(fill.size) && fill.size > 0, true);
    same(text, fill.price > 0 && fill.price < 1_000_000, true);
  }
}

/** `expect` costs more than what it compares, so it is called only where it fails. */
function same(text: string, found: unknown, expected: unknown): void {
  if (!Object.is(found, expected)) expect([text, found]).toEqual([text, expected]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
