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
import { paced } from "../operators/index.ts";
import { type Clock, type Instant, causeOf } from "../types/index.ts";
import { tooLong } from "./bytes.ts";

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
  /** Frames that may wait for us; with more the link ends, because it outran us. */
  readonly waitingMax: number;
  /** A larger frame ends the link. */
  readonly frameBytesMax: number;
  readonly timing: SocketTiming;
}

/** Where one snapshot follows a reconnect, more frames than this take longer to read than that. */
export const SNAPSHOT_WAITING_MAX = 10_000;
/** The characters of all frames that may wait for us on one link. */
const WAITING_LENGTH_MAX = 32 * 1024 * 1024;
/** Timers wait no longer than this, and one frame, for each link that floods us. */
const TURN_MS = 10;
const TURN_FRAMES_MAX = 1_000;

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
  {
    url,
    pingText,
    waitingMax,
    frameBytesMax,
    timing: { pingEveryMs, silentMs, openMs },
  }: SocketOptions,
  { clock, scheduler }: Time,
): Observable<SocketEvent> {
  return rawSocket(
    { url, isFrameAlive: pingText === null, frameBytesMax },
    { clock, scheduler },
  ).pipe(
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
        event$.pipe(
          filter((event) => event.type !== "alive"),
          paced<SocketEvent>(
            {
              turnMax: TURN_FRAMES_MAX,
              turnMs: TURN_MS,
              waitingMax,
              sizeMax: WAITING_LENGTH_MAX,
              sizeOf: (event) => (event.type === "text" ? event.text.length : 0),
              outrun: (waiting) => brokenBy(`outran us: ${waiting} frames waited`),
            },
            scheduler,
          ),
        ),
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
const brokenBy = (cause: unknown, said = ""): Error => new Error(causeOf(cause, said)); // tidy-ok: the end of a connection is its error notification, with the cause

type RawEvent =
  | {
      readonly type: "opened";
      readonly send: (text: string) => void;
      readonly ping: () => void;
    }
  | Extract<SocketEvent, { type: "text" }>
  | { readonly type: "alive" };

/** How long the other side has to answer our close, and to say why it refuses the handshake. */
const CLOSE_MS = 1_000;
/** Of a refusal; the rest of its page is not read. */
const REFUSAL_LENGTH = 500;

/**
 * `isFrameAlive`: ping and pong frames are signs of life. Not where `pingText` is used: a pong
 * frame then comes from the venue's WebSocket library and says nothing about its channel.
 */
function rawSocket(
  {
    url,
    isFrameAlive,
    frameBytesMax,
  }: Pick<SocketOptions, "url" | "frameBytesMax"> & { readonly isFrameAlive: boolean },
  { clock, scheduler }: Time,
): Observable<RawEvent> {
  return new Observable((subscriber) => {
    const ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: frameBytesMax });
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
    ws.on("unexpected-response", (_request, response) => {
      let said = "";
      const refused = (): void =>
        subscriber.error(
          brokenBy(
            `HTTP ${response.statusCode} on the upgrade`,
            said === "" ? response.statusMessage : said,
          ),
        );
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        said += text;
        if (said.length >= REFUSAL_LENGTH) refused();
      });
      // Its end, whole or broken off.
      response.on("error", refused);
      response.on("close", refused);
      subscriber.add(scheduler.schedule(refused, CLOSE_MS));
    });
    // Both handlers stay after unsubscribing: ws reports an aborted handshake as an error.
    ws.on("error", (error) =>
      subscriber.error(brokenBy(isTooLong(error) ? tooLong("a frame", frameBytesMax) : error)),
    );
    ws.on("close", (code, reason) =>
      subscriber.error(brokenBy(`closed: ${code} ${textOf(reason)}`)),
    );
    return () => {
      if (ws.readyState === WebSocket.CLOSED) return;
      // A link that floods us goes on until its close is answered.
      ws.removeAllListeners("message");
      ws.close();
      const forced = scheduler.schedule(() => ws.terminate(), CLOSE_MS);
      ws.on("close", () => forced.unsubscribe());
    };
  });
}

const isTooLong = (error: Error): boolean =>
  "code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";

/** ws gives frames as one Buffer by default; "" for any other kind. */
const textOf = (frame: RawData): string => (Buffer.isBuffer(frame) ? frame.toString("utf8") : "");
