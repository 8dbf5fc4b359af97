/** The venue's check sum of a whole book. */
import { createHash } from "node:crypto";
import type { BookSummaryWire } from "../wire/index.ts";

/**
 * SHA-1 of the book as compact JSON, its own hash empty: these keys in this order, the levels as
 * sent, and `version` last in v2 markets only. [protocol 6.3]
 */
export function bookHash(book: HashedBook): string {
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
  return createHash("sha1").update(text).digest("hex");
}

/**
 * A book with every field that its hash covers; null for a field that the venue has not sent yet.
 */
export type HashedBook = Omit<BookSummaryWire, "hash">;

/** Whether a book has this hash; null where the hash or a field that it covers is missing. */
export function isWhole(book: HashedBook, hash: string): boolean | null {
  const isKnown = hash !== "" && book.timestamp !== "" && !Object.values(book).includes(null);
  return isKnown ? bookHash(book) === hash : null;
}
