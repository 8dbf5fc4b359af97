/**
 * One WebSocket as a stream, for any venue: its texts with their arrival times, and why it ended.
 */
import {
  Observable,
  type SchedulerLike,
  connect,
  filter,
  ignoreElements,
  merge,
  switchMap,
  tap,
  throwError,
  timeout,
  timer,
} from "rxjs";
import { type RawData, WebSocket } from "ws";
import type { Clock, Instant } from "../types/index.ts";

export interface SocketTiming {
  /** Interval of our pings; the first is sent on opening. */
  readonly pingEveryMs: number;
  /** After so long without any frame, not even an answer to a ping, the connection is dead. */
  readonly silentMs: number;
  /** Deadline of the handshake; channels also use it for the answer to their subscription. */
  readonly openMs: number;
}

export interface SocketOptions {
  readonly url: string;
  /** A text that the venue answers with a text; null sends ping frames instead. */
  readonly pingText: string | null;
  readonly timing: SocketTiming;
}

/** For timeouts and arrival times. */
export interface Time {
  readonly clock: Clock;
  readonly scheduler: SchedulerLike;
}

export type SocketEvent =
  | { readonly type: "opened"; readonly send: (text: string) => void }
  | { readonly type: "text"; readonly text: string; readonly at: Instant };

/**
 * Opens a connection and pings it. Errors with the cause when the connection ends, whoever ends it;
 * never completes.
 */
export function socket(
  { url, pingText, timing: { pingEveryMs, silentMs, openMs } }: SocketOptions,
  { clock, scheduler }: Time,
): Observable<SocketEvent> {
  return rawSocket(url, pingText === null, { clock, scheduler }).pipe(
    timeout({
      first: openMs,
      each: silentMs,
      with: ({ seen }) =>
        broken(
          seen === 0 ? `no connection in ${openMs} ms` : `frozen: nothing heard for ${silentMs} ms`,
        ),
      scheduler,
    }),
    connect((event$) =>
      merge(
        event$.pipe(filter((event) => event.type !== "alive")),
        event$.pipe(
          filter((event) => event.type === "opened"),
          switchMap(({ send, ping }) =>
            timer(0, pingEveryMs, scheduler).pipe(
              tap(() => (pingText === null ? ping() : send(pingText))),
            ),
          ),
          ignoreElements(),
        ),
      ),
    ),
  );
}

/** Ends a link with this cause, as `types/feed.ts` defines. */
export const broken = (cause: string): Observable<never> => throwError(() => brokenBy(cause));
const brokenBy = (cause: string): Error => new Error(cause); // tidy-ok: the end of a connection is its error notification, with the cause

type RawEvent =
  | {
      readonly type: "opened";
      readonly send: (text: string) => void;
      readonly ping: () => void;
    }
  | Extract<SocketEvent, { type: "text" }>
  | { readonly type: "alive" };

const FRAME_BYTES_MAX = 4 * 1024 * 1024;
/** How long the other side has to answer our close. */
const CLOSE_MS = 1_000;
const REASON_LENGTH = 100;

/**
 * `isFrameAlive`: ping and pong frames are signs of life. Not where `pingText` is used: a pong
 * frame then comes from the venue's WebSocket library and says nothing about its channel.
 */
function rawSocket(
  url: string,
  isFrameAlive: boolean,
  { clock, scheduler }: Time,
): Observable<RawEvent> {
  return new Observable((subscriber) => {
    const ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX });
    const alive = (): void => {
      if (isFrameAlive) subscriber.next({ type: "alive" });
    };
    ws.on("open", () =>
      subscriber.next({ type: "opened", send: (text) => ws.send(text), ping: () => ws.ping() }),
    );
    ws.on("message", (frame) => {
      const at = clock.now();
      subscriber.next({ type: "text", text: textOf(frame), at });
    });
    ws.on("ping", alive);
    ws.on("pong", alive);
    // Both handlers stay after unsubscribing: ws reports an aborted handshake as an error.
    ws.on("error", (error) => subscriber.error(error));
    ws.on("close", (code, reason) =>
      subscriber.error(brokenBy(`closed: ${code} ${textOf(reason).slice(0, REASON_LENGTH)}`)),
    );
    return () => {
      if (ws.readyState === WebSocket.CLOSED) return;
      ws.close();
      const forced = scheduler.schedule(() => ws.terminate(), CLOSE_MS);
      ws.on("close", () => forced.unsubscribe());
    };
  });
}

/** ws gives frames as one Buffer by default; "" for any other kind. */
const textOf = (frame: RawData): string => (Buffer.isBuffer(frame) ? frame.toString("utf8") : "");
