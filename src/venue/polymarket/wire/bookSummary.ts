import { z } from "zod";
import { levelWire } from "./level.ts";
import { flagOrNull, marketWire, textOrBlank, textOrNull } from "./read.ts";
import { unreadText } from "./unread.ts";

/**
 * GET /book, and each entry of POST /books: exactly the fields that the book's hash covers.
 * [protocol 3.8, 6.3]
 */
export const bookSummaryWire = z.object({
  market: marketWire,
  asset_id: z.string(),
  /** Milliseconds. */
  timestamp: textOrBlank,
  hash: unreadText,
  bids: z.array(levelWire),
  asks: z.array(levelWire),
  min_order_size: textOrNull,
  tick_size: textOrNull,
  neg_risk: flagOrNull,
  /** Last trade of the market, possibly on the other token; in a spelling of its own: "0.040". */
  last_trade_price: textOrNull,
  /** "v2" in Protocol V2 markets, else absent; part of the hash. */
  version: z.string().optional().catch(undefined),
});

export const bookSummariesWire = z.array(bookSummaryWire);

/** The body of POST /books. */
export const booksQueryWire = z.array(z.object({ token_id: z.string() }));

export type BookSummaryWire = z.infer<typeof bookSummaryWire>;
export type BookSummariesWire = z.infer<typeof bookSummariesWire>;
export type BooksQueryWire = z.infer<typeof booksQueryWire>;
