/** Candles of Binance's REST: hourly windows take strike and settlement from them. */
import type { z } from "zod";
import {
  type EpochMs,
  type ReferencePrice,
  after,
  parseEpochMs,
  parseReferencePrice,
} from "../../types/index.ts";
import { type BinanceDecodeWarning, decodeWarning, parsed } from "./decode.ts";
import { klinesWire } from "./wire/klines.ts";

export interface Kline {
  readonly opensAt: EpochMs;
  /** The first moment after the candle. Until then its close is only the last price so far. */
  readonly endsAt: EpochMs;
  readonly open: ReferencePrice;
  readonly close: ReferencePrice;
}

export interface BinanceKlines {
  /** Oldest first; empty where one of them is malformed. */
  readonly klines: readonly Kline[];
  readonly warning: BinanceDecodeWarning | null;
}

export function decodeKlines(text: string): BinanceKlines {
  const rows = klinesWire.safeParse(parsed(text)).data ?? null;
  const klines = rows?.map(kline) ?? [null];
  const known = klines.filter((each) => each !== null);
  return known.length < klines.length
    ? { klines: [], warning: decodeWarning("garbled", text) }
    : { klines: known, warning: null };
}

type Row = z.output<typeof klinesWire>[number];

function kline([opensAt, open, , , close, , lastAt]: Row): Kline | null {
  const opened = parseReferencePrice(open);
  const closed = parseReferencePrice(close);
  const [from, to] = [parseEpochMs(opensAt), parseEpochMs(lastAt)];
  if (opened === null || closed === null || from === null || to === null || to < from) return null;
  return { opensAt: from, endsAt: after(to, 1), open: opened, close: closed };
}

/** The path and query of GET /api/v3/klines; times are milliseconds. */
export const klinesPath = (
  symbol: string,
  interval: string,
  from: EpochMs,
  limit: number,
): string =>
  `/api/v3/klines?symbol=${symbol}&interval=${interval}&startTime=${from}&limit=${limit}`;
