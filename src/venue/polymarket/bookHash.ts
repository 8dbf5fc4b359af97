/** The venue's check sum of a whole book. */
import { sha1 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { BookWire } from "./wire/book.ts";
import type { BookSummaryWire } from "./wire/bookSummary.ts";

/**
 * SHA-1 of the book as compact JSON, its own hash empty: these keys in this order, the levels as
 * sent, and `version` last in v2 markets only. [protocol 6.3]
 */
export function bookHash(book: Omit<BookSummaryWire, "hash">): string {
  const { market, asset_id, timestamp, min_order_size, tick_size, neg_risk } = book;
  const text = JSON.stringify({
    market,
    asset_id,
    timestamp,
    hash: "",
    bids: book.bids.map(({ price, size }) => ({ price, size })),
    asks: book.asks.map(({ price, size }) => ({ price, size })),
    min_order_size,
    tick_size,
    neg_risk,
    last_trade_price: book.last_trade_price,
    version: book.version,
  });
  return bytesToHex(sha1(utf8ToBytes(text)));
}

/**
 * Whether a book of the market channel is what it says; null where it cannot be told, since such a
 * frame hides two of the fields that are hashed, and may leave out two more.
 */
export function isWhole(
  book: BookWire,
  hidden: Pick<BookSummaryWire, "min_order_size" | "neg_risk">,
): boolean | null {
  const { tick_size, last_trade_price } = book;
  return tick_size === undefined || last_trade_price === undefined
    ? null
    : bookHash({ ...book, ...hidden, tick_size, last_trade_price }) === book.hash;
}
