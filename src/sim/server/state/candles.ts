/** The reference in candles of a minute, from which longer candles are merged. */
import { type EpochMs, epochMs, type ReferencePrice } from "../../../types/index.ts";
import { CANDLES_MAX } from "./bounds.ts";

export interface Candle {
  readonly opensAt: EpochMs;
  readonly open: ReferencePrice;
  readonly high: ReferencePrice;
  readonly low: ReferencePrice;
  readonly close: ReferencePrice;
  /** Moves of the price. */
  readonly ticks: number;
}

/** Of a minute each, oldest first; the last is still open. */
export type Candles = readonly Candle[];

export const MINUTE_MS = 60_000;

export function withPrice(candles: Candles, price: ReferencePrice, now: EpochMs): Candles {
  const opensAt = startOf(now, MINUTE_MS);
  const last = candles.at(-1);
  const first = { opensAt, open: price, high: price, low: price, close: price, ticks: 1 };
  if (last?.opensAt !== opensAt) return [...candles, first].slice(-CANDLES_MAX);
  return [...candles.slice(0, -1), merged(last, first)];
}

/** Merged into candles of `spanMs`, a multiple of a minute. */
export function candlesOf(candles: Candles, spanMs: number): Candles {
  const spans: Candle[] = [];
  for (const candle of candles) {
    const opensAt = startOf(candle.opensAt, spanMs);
    const last = spans.at(-1);
    if (last?.opensAt === opensAt) spans[spans.length - 1] = merged(last, candle);
    else spans.push({ ...candle, opensAt });
  }
  return spans;
}

function merged(one: Candle, next: Candle): Candle {
  return {
    ...one,
    high: next.high > one.high ? next.high : one.high,
    low: next.low < one.low ? next.low : one.low,
    close: next.close,
    ticks: one.ticks + next.ticks,
  };
}

const startOf = (at: EpochMs, spanMs: number): EpochMs => epochMs(Math.floor(at / spanMs) * spanMs);
