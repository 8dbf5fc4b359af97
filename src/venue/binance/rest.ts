/** Candles and the present price over HTTP. */
import { type Observable, type SchedulerLike, catchError, defer, from, of, timeout } from "rxjs";
import { Client } from "undici";
import {
  type EpochMs,
  type Lost,
  type ReadAnswer,
  type ReferencePrice,
  causeOf,
} from "../../types/index.ts";
import { answerBytesMax, tooLong } from "../index.ts";
import { type Kline, decodeKlines, klinesPath } from "./klines.ts";
import { decodeTicker, tickerPath } from "./ticker.ts";

export interface BinanceRestOptions {
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

/**
 * Each subscription is a request: one answer, then completion. The last candle may still be
 * growing: its close is then the last price so far.
 */
export function klines(
  options: BinanceRestOptions,
  scheduler: SchedulerLike,
): (request: KlinesRequest) => Observable<ReadAnswer<readonly Kline[]>> {
  const get = reader(options, scheduler);
  return ({ symbol, interval, since, limit }) =>
    get(klinesPath(symbol, interval, since, limit), (text) => {
      const { klines: value, warning } = decodeKlines(text);
      return warning === null ? value : null;
    });
}

/** The mid of best bid and ask of a symbol in upper case; one answer, then completion. */
export function tickerPrice(
  options: BinanceRestOptions,
  scheduler: SchedulerLike,
): (symbol: string) => Observable<ReadAnswer<ReferencePrice>> {
  const get = reader(options, scheduler);
  return (symbol) => get(tickerPath(symbol), decodeTicker);
}

/** `decode` returns null for a text that makes no sense. */
function reader({ origin, answerMs }: BinanceRestOptions, scheduler: SchedulerLike) {
  const client = new Client(origin, {
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
  });
  const request = async <Value>(
    path: string,
    decode: (text: string) => Value | null,
  ): Promise<ReadAnswer<Value>> => {
    const { statusCode, body } = await client.request({ method: "GET", path });
    const bytesMax = answerBytesMax(path);
    const chunks: Buffer[] = [];
    let length = 0;
    // To leave the loop closes the connection.
    for await (const chunk of body) {
      length += chunk.length;
      if (length > bytesMax) return lost(path, tooLong("an answer", bytesMax));
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    const value = statusCode === 200 ? decode(text) : null;
    return value === null ? lost(path, `HTTP ${statusCode}`, text) : { type: "answered", value };
  };
  return <Value>(
    path: string,
    decode: (text: string) => Value | null,
  ): Observable<ReadAnswer<Value>> =>
    defer(() => from(request(path, decode))).pipe(
      timeout({
        first: answerMs,
        with: () => of(lost(path, `no answer in ${answerMs} ms`)),
        scheduler,
      }),
      catchError((error: unknown) => of(lost(path, error))),
    );
}

const lost = (path: string, ...problem: readonly unknown[]): Lost => ({
  type: "lost",
  detail: causeOf(`GET ${path.replace(/\?.*$/, "")}`, ...problem),
});
