/** The stream of one symbol: one connection for each subscription. Reconnecting is the feed's. */
import { type Observable, concatMap, defer } from "rxjs";
import type { Link, ReferenceItem } from "../../types/index.ts";
import {
  FRAME_BYTES_MAX,
  SNAPSHOT_WAITING_MAX,
  type SocketTiming,
  type Time,
  socket,
} from "../index.ts";
import { type BinanceDecodeWarning, decodeBinance } from "./decode.ts";

export const STREAM_TIMING: SocketTiming = { pingEveryMs: 5_000, silentMs: 8_000, openMs: 10_000 };

export interface StreamOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Lower case, as in `btcusdt`. */
  readonly symbol: string;
  readonly onDecodeWarning: (warning: BinanceDecodeWarning) => void;
  readonly timing: SocketTiming;
}

/** A link, and the announcement that the server will end it. */
export type ReferenceLink = Link<ReferenceItem> | { readonly type: "leaving" };

/**
 * A link, opened by the handshake, whose URL names the streams. Errors with the cause when the
 * connection ends, as Binance does after 24 hours; never completes.
 */
export function referenceStream(
  { origin, symbol, onDecodeWarning, timing }: StreamOptions,
  time: Time,
): Observable<ReferenceLink> {
  const url = `${origin}/stream?streams=${symbol}@bookTicker/${symbol}@trade`;
  return defer(() => {
    // Of the last trade; the next price tells it, because a ticker has no time of its own.
    let sent: { readonly sinceSentMs?: number } = {};
    return socket(
      {
        url,
        pingText: null,
        waitingMax: SNAPSHOT_WAITING_MAX,
        frameBytesMax: FRAME_BYTES_MAX.reference,
        timing,
      },
      time,
    ).pipe(
      concatMap((event): readonly ReferenceLink[] => {
        if (event.type === "opened") return [{ type: "opened" }];
        const { items, warning, sentAt, isLeaving } = decodeBinance(event.text);
        if (warning !== null) onDecodeWarning(warning);
        if (isLeaving) return [{ type: "leaving" }];
        if (sentAt !== undefined) sent = { sinceSentMs: event.at.monotonicMs - sentAt };
        const links = items.map((item) => ({ type: "item" as const, item, at: event.at, ...sent }));
        if (links.length > 0) sent = {};
        return links;
      }),
    );
  });
}
