/** HTTP over connections that stay open. What is called `notSent` here has never left. */
import {
  EMPTY,
  Observable,
  type SchedulerLike,
  Subscription,
  ignoreElements,
  mergeMap,
  timer,
} from "rxjs";
import { Client, type Dispatcher, errors } from "undici";
import type { Lost, NotSent, NotSentCause } from "../../../types/index.ts";
import { type Reply, type RateLimitHeaders, rateLimitHeaders, lost } from "../decode/index.ts";
import type { VenueRequest } from "./encode.ts";
import { Secret } from "../sign/index.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly headers: Secret<Readonly<Record<string, string>>>;
  readonly body: string | null;
}

/** A whole answer, whatever its status; or why there is none. */
export type HttpAnswer = HttpResponse | Lost | NotSent;

export interface HttpResponse extends Reply {
  readonly type: "answered";
  /** What its headers say of our rate limits, as it was; null where none of them came. */
  readonly rateLimit: RateLimitHeaders | null;
}

export interface ConnectionPoolOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** With one request on each at a time. Nothing queues: where all are busy, nothing is sent. */
  readonly connectionsMax: number;
  /** What is not on the wire by then is not sent any more. */
  readonly leaveMs: number;
  /** After this an answer is not waited for any more, and its connection is closed. */
  readonly answerMs: number;
}

/** Requests of one kind, on connections of their own: no other kind can stand in their way. */
export interface ConnectionPool {
  /**
   * Each subscription is a request; one answer, then the end. Unsubscribing undoes nothing.
   * `mayLeave` is asked at the last synchronous line before the socket is written to.
   */
  readonly send: (request: HttpRequest, mayLeave?: () => boolean) => Observable<HttpAnswer>;
  /**
   * Keeps connections open by asking on them in turn, so that never more than one is busy with it.
   * To be subscribed to once; never errors or completes.
   */
  readonly warm: (request: HttpRequest, options: WarmOptions) => Observable<never>;
}

export interface WarmOptions {
  readonly connections: number;
  /** A server may close what is idle for 5 s, so twice `everyMs` must be well below. */
  readonly everyMs: number;
}

interface Connection {
  readonly client: Client;
  isBusy: boolean;
}

/** Longer than any server's hint, which goes first. */
const KEEP_ALIVE_MS = 60_000;
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;

export function connectionPool(
  { origin, connectionsMax, leaveMs, answerMs }: ConnectionPoolOptions,
  scheduler: SchedulerLike,
): ConnectionPool {
  const connections: Connection[] = [];

  const opened = (): Connection | undefined => {
    if (connections.length >= connectionsMax) return undefined;
    const client = new Client(origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: RESPONSE_BYTES_MAX,
      // The deadlines are the scheduler's.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const connection = { client, isBusy: false };
    connections.push(connection);
    return connection;
  };
  const free = (): Connection | undefined => {
    const idle = connections.filter(({ isBusy }) => !isBusy);
    return idle.find(({ client }) => client.stats.connected) ?? idle[0] ?? opened();
  };

  /** No teardown: what has left can not be called back, and its answer is somebody's proof. */
  const exchange = (
    choose: () => Connection | undefined,
    { method, path, headers, body }: HttpRequest,
    mayLeave: () => boolean,
  ): Observable<HttpAnswer> =>
    new Observable((subscriber) => {
      const connection = choose();
      if (connection === undefined) {
        subscriber.next(notSent("unreachable"));
        subscriber.complete();
        return;
      }
      connection.isBusy = true;
      let stage: "waiting" | "sent" | "over" = "waiting";
      const deadline = new Subscription();
      const chunks: Buffer[] = [];
      let status = 0;
      let retryAfter: string | null = null;
      let rateLimit: RateLimitHeaders | null = null;

      const settle = (answer: HttpAnswer): void => {
        if (stage === "over") return;
        stage = "over";
        deadline.unsubscribe();
        subscriber.next(answer);
        subscriber.complete();
        // Only now: who asks again at once goes by another connection, for undici is in the midst of
        // this one, and throws, uncaught, where that is an error and it finds another request queued.
        connection.isBusy = false;
      };

      deadline.add(
        scheduler.schedule(() => {
          if (stage === "waiting") settle(notSent("unreachable"));
        }, leaveMs),
      );
      // Unasked, undici ends a connection after a DELETE with a body: after each cancel and stop.
      const kept = { method, path, headers: headers.reveal(), body, reset: false };
      connection.client.dispatch(kept, {
        // undici calls this right before it writes, which may be long after `dispatch`: it first
        // connects, or looks whether the connection is still there.
        onRequestStart: (controller) => {
          if (stage === "waiting" && !mayLeave()) settle(notSent("epoch"));
          // A second start would be the same request once more.
          if (stage !== "waiting") throw new errors.RequestAbortedError(); // tidy-ok: how undici takes a request back without losing the connection
          stage = "sent";
          deadline.add(
            scheduler.schedule(() => {
              settle(lost(`no answer in ${answerMs} ms`));
              controller.abort(new errors.RequestAbortedError());
            }, answerMs),
          );
        },
        onResponseStart: (_controller, statusCode, responseHeaders) => {
          const { "retry-after": header } = responseHeaders;
          status = statusCode;
          retryAfter = typeof header === "string" ? header : null;
          rateLimit = rateLimitHeaders(responseHeaders);
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          const text = Buffer.concat(chunks).toString("utf8");
          settle({ type: "answered", status, text, retryAfter, rateLimit });
        },
        onResponseError: (_controller, error) => {
          settle(stage === "waiting" ? notSent("unreachable") : lost(textOf(error)));
        },
      } satisfies Dispatcher.DispatchHandler);
    });

  return {
    send: (request, mayLeave = always) => exchange(free, request, mayLeave),
    warm: (request, { connections: count, everyMs }) =>
      timer(0, everyMs, scheduler).pipe(
        mergeMap((turn) => {
          const connection = connections[turn % count] ?? opened();
          if (connection === undefined || connection.isBusy) return EMPTY;
          return exchange(() => connection, request, always);
        }),
        ignoreElements(),
      ),
  };
}

const always = (): boolean => true;

/** A request of the venue as it goes out: its path with its query, after `before`. */
export function outgoing(
  { method, path, query, body }: VenueRequest,
  headers: HttpRequest["headers"] = PUBLIC,
  before = "",
): HttpRequest {
  const search = new URLSearchParams(query).toString();
  return { method, path: `${before}${path}${search === "" ? "" : `?${search}`}`, headers, body };
}

/** What anyone may ask says nothing of who does. */
const PUBLIC: HttpRequest["headers"] = new Secret({});

const notSent = (cause: NotSentCause): NotSent => ({ type: "notSent", cause, retryAfterMs: null });

/** Never of the request: its headers are secrets. */
const textOf = (error: Error): string =>
  "code" in error ? `${String(error.code)}: ${error.message}` : error.message;
