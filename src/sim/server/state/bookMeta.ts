/** What a market's book says beside its levels: when it changed, and the last trade. */
import { type EpochMs, formatPriceBp, type Side } from "../../../types/index.ts";
import type { Trade } from "../../exchange/index.ts";

export interface BookMeta {
  /** The last change of the book. */
  readonly changedAt: EpochMs;
  /** Of the market: printed in the books of both tokens. "" before the first trade. */
  readonly lastPrice: string;
  readonly lastSide: Side | "";
}

export const emptyBookMeta = (now: EpochMs): BookMeta => ({
  changedAt: now,
  lastPrice: "",
  lastSide: "",
});

export function withTrade(meta: BookMeta, { legs }: Trade): BookMeta {
  const taker = legs[0]?.fill;
  return taker ? { ...meta, lastPrice: formatPriceBp(taker.price), lastSide: taker.side } : meta;
}
