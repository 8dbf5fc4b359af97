/** Candles over HTTP. */
import { type Observable, type SchedulerLike, catchError, defer, from, of, timeout } from "rxjs";
import { Client } from "undici";
import type { EpochMs, Lost, ReadAnswer } from "../../types/index.ts";
import { type Kline, decodeKlines, klinesPath } from "./klines.ts";

export interface KlinesOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly answerMs: number;
}

export interface KlinesRequest {
  /** Upper case, as in `BTCUSDT`. */
  readonly symbol: string;
  readonly interval: "1m" | "5m" | "15m" | "1h" | "4h" | "1d";
  /** The first candle is the one that opens then or next. */
  readonly since: EpochMs;
  /** At most 1000. */
  readonly limit: number;
}

const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;
const DETAIL_LENGTH = 200;

/**
 * Each subscription is a request: one answer, then completion. The last candle may still be
 * growing: its close is then the last price so far.
 */
export function klines(
  { origin, answerMs }: KlinesOptions,
  scheduler: SchedulerLike,
): (request: KlinesRequest) => Observable<ReadAnswer<readonly Kline[]>> {
  const client = new Client(origin, {
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
    maxResponseSize: RESPONSE_BYTES_MAX,
  });
  const get = async (path: string): Promise<ReadAnswer<readonly Kline[]>> => {
    const { statusCode, body } = await client.request({ method: "GET", path });
    const text = await body.text();
    const { klines: value, warning } = decodeKlines(text);
    return statusCode === 200 && warning === null
      ? { type: "answered", value }
      : lost(`HTTP ${statusCode}: ${text.slice(0, DETAIL_LENGTH)}`);
  };
  return ({ symbol, interval, since, limit }) =>
    defer(() => from(get(klinesPath(symbol, interval, since, limit)))).pipe(
      timeout({
        first: answerMs,
        with: () => of(lost(`no answer in ${answerMs} ms`)),
        scheduler,
      }),
      catchError((error: unknown) => of(lost(String(error)))),
    );
}

const lost = (detail: string): Lost => ({ type: "lost", detail });
