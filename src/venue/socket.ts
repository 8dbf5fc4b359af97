/** One WebSocket as a stream, whosever venue it is: what is said on it, when, and why it ended. */
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
  /** We ping so often, and once at the beginning. */
  readonly pingEveryMs: number;
  /** Nothing heard for so long, not even an answer to a ping: it is open, and dead. */
  readonly silentMs: number;
  /** From the beginning to the first sign that all is well. */
  readonly openMs: number;
}

export interface SocketOptions {
  readonly url: string;
  /** A text that the venue answers with a text; null pings by frames that its library answers. */
  readonly pingText: string | null;
  readonly timing: SocketTiming;
}

/** What a connection is timed and stamped by. */
export interface Time {
  readonly clock: Clock;
  readonly scheduler: SchedulerLike;
}

export type SocketEvent =
  | { readonly type: "opened"; readonly send: (text: string) => void }
  | { readonly type: "text"; readonly text: string; readonly at: Instant };

/**
 * Kept alive by pings. Errors with its cause when the connection ends, whoever ends it; never
 * completes.
 */
export function socket(
  { url, pingText, timing: { pingEveryMs, silentMs, openMs } }: SocketOptions,
  { clock, scheduler }: Time,
): Observable<SocketEvent> {
  return opened(url, pingText === null, { clock, scheduler }).pipe(
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
        event$.pipe(filter((event) => event.type !== "sign of life")),
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

/** How the end of a link is told, and why it came (`types/feed.ts`). */
export const broken = (cause: string): Observable<never> => throwError(() => brokenBy(cause));
const brokenBy = (cause: string): Error => new Error(cause); // tidy-ok: the end of a connection is its error notification, with the cause

type RawEvent =
  | {
      readonly type: "opened";
      readonly send: (text: string) => void;
      readonly ping: () => void;
    }
  | Extract<SocketEvent, { type: "text" }>
  | { readonly type: "sign of life" };

const FRAME_BYTES_MAX = 4 * 1024 * 1024;
/** How long the other side has to say goodbye. */
const CLOSE_MS = 1_000;
const REASON_LENGTH = 100;

/** Where text is the proof of life, a pong of the venue's library proves nothing. */
function opened(
  url: string,
  livesByFrames: boolean,
  { clock, scheduler }: Time,
): Observable<RawEvent> {
  return new Observable((subscriber) => {
    const ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX });
    const live = (): void => {
      if (livesByFrames) subscriber.next({ type: "sign of life" });
    };
    ws.on("open", () =>
      subscriber.next({ type: "opened", send: (text) => ws.send(text), ping: () => ws.ping() }),
    );
    ws.on("message", (frame) => {
      const at = clock.now();
      subscriber.next({ type: "text", text: textOf(frame), at });
    });
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
