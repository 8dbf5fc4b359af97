/** Candles of Binance's REST: hourly windows take strike and settlement from them. */
import {
  type EpochMs,
  type ReferencePrice,
  epochMs,
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

type Row = readonly [number, string, string, string, string, string, number, ...unknown[]];

function kline([opensAt, open, , , close, , lastAt]: Row): Kline | null {
  const opened = parseReferencePrice(open);
  const closed = parseReferencePrice(close);
  if (opened === null || closed === null) return null;
  if (!Number.isSafeInteger(opensAt) || !Number.isSafeInteger(lastAt) || lastAt < opensAt) {
    return null;
  }
  return { opensAt: epochMs(opensAt), endsAt: epochMs(lastAt + 1), open: opened, close: closed };
}

/** The path and query of GET /api/v3/klines; times are milliseconds. */
export const klinesPath = (
  symbol: string,
  interval: string,
  from: EpochMs,
  limit: number,
): string =>
  `/api/v3/klines?symbol=${symbol}&interval=${interval}&startTime=${from}&limit=${limit}`;
