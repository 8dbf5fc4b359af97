/** The venue's check sum of a whole book. */
import { createHash } from "node:crypto";
import type { BookSummaryWire, LevelWire } from "../wire/index.ts";

/**
 * SHA-1 of the book as compact JSON, its own hash empty: these keys in this order, the levels as
 * sent, and `version` last in v2 markets only. [protocol 6.3]
 */
export const bookHash = (book: HashedBook): string =>
  textHash(book, levelsText(book.bids), levelsText(book.asks));

/** The same of levels that are JSON already. */
function textHash(fields: HashedFields, bids: string, asks: string): string {
  const { market, asset_id, timestamp, min_order_size, tick_size, neg_risk, version } = fields;
  const head = JSON.stringify({ market, asset_id, timestamp, hash: "" });
  const { last_trade_price } = fields;
  const tail = JSON.stringify({ min_order_size, tick_size, neg_risk, last_trade_price, version });
  const text = `${head.slice(0, -1)},"bids":${bids},"asks":${asks},${tail.slice(1)}`;
  return createHash("sha1").update(text).digest("hex");
}

/** Levels as the hash covers them. */
export const levelsText = (levels: readonly LevelWire[]): string =>
  JSON.stringify(levels.map(({ price, size }) => ({ price, size })));

/**
 * A book with every field that its hash covers; null for a field that the venue has not sent yet.
 */
export type HashedBook = Omit<BookSummaryWire, "hash">;
export type HashedFields = Omit<HashedBook, "bids" | "asks">;

/** Whether a book has this hash; null where the hash or a field that it covers is missing. */
export const isWhole = (book: HashedBook, hash: string): boolean | null =>
  isTextWhole(book, levelsText(book.bids), levelsText(book.asks), hash);

export function isTextWhole(
  fields: HashedFields,
  bids: string,
  asks: string,
  hash: string,
): boolean | null {
  const { market, timestamp, min_order_size, tick_size, neg_risk, last_trade_price } = fields;
  const covered = [market, min_order_size, tick_size, neg_risk, last_trade_price];
  const isKnown = hash !== "" && timestamp !== "" && !covered.includes(null);
  return isKnown ? textHash(fields, bids, asks) === hash : null;
}
