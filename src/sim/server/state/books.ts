/** Books as the venue writes them, each with its hash (protocol 6.3). */
import { hash } from "node:crypto";
import type { z } from "zod";
import {
  type Book,
  type BookLevel,
  formatMicro,
  formatPriceBp,
  type Market,
  type Token,
} from "../../../types/index.ts";
import type { bookSummaryWire, levelWire } from "../../../venue/polymarket/wire/index.ts";
import { levels, type MarketState } from "../../exchange/index.ts";
import type { BookMeta } from "./bookMeta.ts";
import { generationOf } from "./windows.ts";

export type BookSummary = z.infer<typeof bookSummaryWire>;

export interface BookHeader {
  readonly market: Market;
  readonly token: Token;
  readonly meta: BookMeta;
}

export const summaryOf = (
  { market, book }: MarketState,
  token: Token,
  meta: BookMeta,
): BookSummary => bookSummary({ market, token, meta }, levels(book, token));

/** The best level comes last on both sides. */
export function bookSummary(
  { market, token, meta }: BookHeader,
  { bids, asks }: Book,
): BookSummary {
  const unhashed = {
    market: market.id,
    asset_id: market.tokenIds[token],
    timestamp: String(meta.changedAt),
    hash: "",
    bids: bids.map(level).toReversed(),
    asks: asks.map(level).toReversed(),
    min_order_size: formatMicro(market.rules.orderSizeMin),
    tick_size: formatPriceBp(market.rules.tick),
    neg_risk: false,
    last_trade_price: meta.lastPrice,
    ...(generationOf(market) === "v2" && { version: "v2" as const }),
  };
  return { ...unhashed, hash: bookHash(unhashed) };
}

/** SHA-1 of the book's JSON with `hash` empty and its keys in the venue's order. */
export const bookHash = (book: BookSummary): string =>
  hash("sha1", JSON.stringify({ ...book, hash: "" }));

const level = ({ price, size }: BookLevel): z.infer<typeof levelWire> => ({
  price: formatPriceBp(price),
  size: formatMicro(size),
});
