import { z } from "zod";
import { levelWire } from "./level.ts";

/**
 * GET /book, and each entry of POST /books: exactly the fields that the book's hash covers.
 * [protocol 3.8, 6.3]
 */
export const bookSummaryWire = z.object({
  market: z.string(),
  asset_id: z.string(),
  /** Milliseconds. */
  timestamp: z.string(),
  hash: z.string(),
  bids: z.array(levelWire),
  asks: z.array(levelWire),
  min_order_size: z.string(),
  tick_size: z.string(),
  neg_risk: z.boolean(),
  /** Last trade of the market, possibly on the other token; in a spelling of its own: "0.040". */
  last_trade_price: z.string(),
  /** "v2" in Protocol V2 markets, else absent; part of the hash. */
  version: z.string().optional(),
});

export const bookSummariesWire = z.array(bookSummaryWire);

/** The body of POST /books. */
export const booksQueryWire = z.array(z.object({ token_id: z.string() }));

export type BookSummaryWire = z.infer<typeof bookSummaryWire>;
export type BookSummariesWire = z.infer<typeof bookSummariesWire>;
export type BooksQueryWire = z.infer<typeof booksQueryWire>;
