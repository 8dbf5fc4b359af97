/** The stream of one symbol: one subscription, one connection. Coming back is the feed's. */
import {
  Observable,
  type SchedulerLike,
  concatMap,
  connect,
  defer,
  ignoreElements,
  merge,
  switchMap,
  tap,
  throwError,
  timeout,
  timer,
} from "rxjs";
import { type RawData, WebSocket } from "ws";
import type { Link, ReferenceItem } from "../../types/index.ts";
import { type BinanceOddity, decodeBinance } from "./decode.ts";

export interface StreamTiming {
  /** We ping so often; the venue's own pings are answered at once, by the library. */
  readonly pingEveryMs: number;
  /** Nothing heard for so long, not even a pong: the connection is open, and dead. */
  readonly silentMs: number;
  readonly openMs: number;
}

export const STREAM_TIMING: StreamTiming = { pingEveryMs: 5_000, silentMs: 8_000, openMs: 10_000 };

export interface StreamOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Lower case, as in `btcusdt`. */
  readonly symbol: string;
  readonly hearOddity: (oddity: BinanceOddity) => void;
  readonly timing: StreamTiming;
}

/**
 * Opens with the handshake, which names the streams. Errors with its cause when the connection ends,
 * whoever ends it, as the venue does every 24 hours; never completes.
 */
export function referenceStream(
  { origin, symbol, hearOddity, timing }: StreamOptions,
  scheduler: SchedulerLike,
): Observable<Link<ReferenceItem>> {
  const { pingEveryMs, silentMs, openMs } = timing;
  const url = `${origin}/stream?streams=${symbol}@bookTicker/${symbol}@trade`;
  const read = (text: string): readonly Link<ReferenceItem>[] => {
    const { items, oddity } = decodeBinance(text);
    if (oddity !== null) hearOddity(oddity);
    return items.map((item) => ({ type: "item", item }));
  };
  return defer(() => socket(url, scheduler)).pipe(
    timeout({
      first: openMs,
      each: silentMs,
      with: ({ seen }) =>
        throwError(() =>
          brokenBy(
            seen === 0
              ? `no connection in ${openMs} ms`
              : `frozen: nothing heard for ${silentMs} ms`,
          ),
        ),
      scheduler,
    }),
    connect((event$) =>
      merge(
        event$.pipe(
          concatMap((event): readonly Link<ReferenceItem>[] => {
            if (event.type === "text") return read(event.text);
            return event.type === "opened" ? [{ type: "opened" }] : [];
          }),
        ),
        event$.pipe(
          concatMap((event) => (event.type === "opened" ? [event] : [])),
          switchMap(({ ping }) =>
            timer(pingEveryMs, pingEveryMs, scheduler).pipe(tap(() => ping())),
          ),
          ignoreElements(),
        ),
      ),
    ),
  );
}

const brokenBy = (cause: string): Error => new Error(cause); // tidy-ok: the end of a connection is its error notification, with the cause

type SocketEvent =
  | { readonly type: "opened"; readonly ping: () => void }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "sign of life" };

const FRAME_BYTES_MAX = 1024 * 1024;
/** How long the other side has to say goodbye. */
const CLOSE_MS = 1_000;
const REASON_LENGTH = 100;

function socket(url: string, scheduler: SchedulerLike): Observable<SocketEvent> {
  return new Observable((subscriber) => {
    const ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX });
    const live = (): void => subscriber.next({ type: "sign of life" });
    ws.on("open", () => subscriber.next({ type: "opened", ping: () => ws.ping() }));
    ws.on("message", (frame) => subscriber.next({ type: "text", text: textOf(frame) }));
    ws.on("ping", live);
    ws.on("pong", live);
    // Both stay when we have left: ws reports a handshake that we broke off as an error.
    ws.on("error", (error) => subscriber.error(error));
    ws.on("close", (code, reason) =>
      subscriber.error(brokenBy(`closed: ${code} ${textOf(reason).slice(0, REASON_LENGTH)}`)),
    );
    return () => {
      if (ws.readyState === WebSocket.CLOSED) return;
      ws.close();
      const patience = scheduler.schedule(() => ws.terminate(), CLOSE_MS);
      ws.on("close", () => patience.unsubscribe());
    };
  });
}

/** Frames come as one Buffer, by the default of `binaryType`; another kind would be no text. */
const textOf = (frame: RawData): string => (Buffer.isBuffer(frame) ? frame.toString("utf8") : "");
