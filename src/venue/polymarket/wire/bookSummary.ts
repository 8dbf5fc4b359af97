import { z } from "zod";
import { levelWire } from "./level.ts";

/** GET /book, and each of POST /books: exactly what the hash of the book covers. [protocol 3.8, 6.3] */
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
  /** Of the market, so perhaps printed on the other token, and in its own form: "0.040". */
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
