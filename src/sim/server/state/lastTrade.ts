/** What a market's book says beside its levels: when it changed, and the last trade. */
import { type EpochMs, formatPriceBp, type Side } from "../../../types/index.ts";
import type { Trade } from "../../exchange/index.ts";

export interface LastTrade {
  /** The last change of the book. */
  readonly changedAt: EpochMs;
  /** Of the market: printed in the books of both tokens. "" before the first trade. */
  readonly lastPrice: string;
  readonly lastSide: Side | "";
}

export const noTradeYet = (now: EpochMs): LastTrade => ({
  changedAt: now,
  lastPrice: "",
  lastSide: "",
});

export function withTrade(tape: LastTrade, { legs }: Trade): LastTrade {
  const taker = legs[0]?.fill;
  return taker ? { ...tape, lastPrice: formatPriceBp(taker.price), lastSide: taker.side } : tape;
}
