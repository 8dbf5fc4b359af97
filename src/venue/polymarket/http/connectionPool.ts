/**
 * HTTP over connections that stay open. `notSent` is a proof: not a byte of the request has left.
 */
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
import { type Lost, type NotSent, type NotSentCause, causeOf } from "../../../types/index.ts";
import { answerBytesMax, tooLong } from "../../index.ts";
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

/** A complete answer of any status, or why there is none. */
export type HttpAnswer = HttpResponse | Lost | NotSent;

export interface HttpResponse extends Reply {
  readonly type: "answered";
  /** Unparsed rate limit headers; null where all of them are missing. */
  readonly rateLimit: RateLimitHeaders | null;
  /** The header Date, unparsed; null where there was none. */
  readonly date: string | null;
}

export interface ConnectionPoolOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** One request on each at a time. Nothing queues: a request is not sent while all are busy. */
  readonly connectionsMax: number;
  /** A request that is not on the wire by then is given up. */
  readonly leaveMs: number;
  /** Deadline of the answer; the connection is then closed. */
  readonly answerMs: number;
}

/** Connections for one kind of request, so that no other kind can delay it. */
export interface ConnectionPool {
  /**
   * Each subscription is a request: one answer, then completion. Unsubscribing does not cancel it.
   * `mayLeave` is called at the last synchronous line before the socket is written to.
   */
  readonly send: (request: HttpRequest, mayLeave?: () => boolean) => Observable<HttpAnswer>;
  /**
   * Keeps connections open by sending on each in turn, so that at most one is busy with it.
   * Subscribe once; never errors or completes.
   */
  readonly keepWarm: (request: HttpRequest, options: KeepWarmOptions) => Observable<never>;
}

export interface KeepWarmOptions {
  readonly connections: number;
  /** Each is used every `connections × everyMs`; a server may close one that is idle for 5 s. */
  readonly everyMs: number;
}

interface Connection {
  readonly client: Client;
  isBusy: boolean;
}

/** Longer than any server's keep-alive hint, which undici obeys first. */
const KEEP_ALIVE_MS = 60_000;

export function connectionPool(
  { origin, connectionsMax, leaveMs, answerMs }: ConnectionPoolOptions,
  scheduler: SchedulerLike,
): ConnectionPool {
  const connections: Connection[] = [];

  const openOne = (): Connection | undefined => {
    if (connections.length >= connectionsMax) return undefined;
    const client = new Client(origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Deadlines run on the scheduler, not on undici's timers.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const connection = { client, isBusy: false };
    connections.push(connection);
    return connection;
  };
  const free = (): Connection | undefined =>
    connections.find(({ isBusy, client }) => !isBusy && client.stats.connected) ??
    connections.find(({ isBusy }) => !isBusy) ??
    openOne();

  /** No teardown: a request that has left cannot be undone, and its answer is still a fact. */
  const exchange = (
    choose: () => Connection | undefined,
    { method, path, headers, body }: HttpRequest,
    mayLeave: () => boolean,
  ): Observable<HttpAnswer> =>
    new Observable((subscriber) => {
      const connection = choose();
      if (connection === undefined) {
        subscriber.next(notSent("unreachable", `all ${connectionsMax} connections are busy`));
        subscriber.complete();
        return;
      }
      connection.isBusy = true;
      let stage: "waiting" | "sent" | "over" = "waiting";
      const deadline = new Subscription();
      /** By when the request must have left, then by when it must be answered. */
      let dueAt = scheduler.now() + leaveMs;
      let abort = (): void => undefined;
      /** What is only asked of the answer is worked out once the request has left. */
      let bytesMax = 0;
      const chunks: Buffer[] = [];
      let length = 0;
      let status = 0;
      let retryAfter: string | null = null;
      let date: string | null = null;
      let rateLimit: RateLimitHeaders | null = null;

      const settle = (answer: HttpAnswer): void => {
        if (stage === "over") return;
        stage = "over";
        deadline.unsubscribe();
        subscriber.next(answer);
        subscriber.complete();
        // Freed last: a subscriber that sends again at once must take another connection. undici is
        // still inside a callback of this one, and on an error throws if it finds a request queued.
        connection.isBusy = false;
      };

      /** One timer for both deadlines: a second one would be set between the decision and its bytes. */
      const lookIn = (ms: number): void => {
        deadline.add(scheduler.schedule(look, ms));
      };
      const look = (): void => {
        const leftMs = dueAt - scheduler.now();
        if (leftMs > 0) lookIn(stage === "waiting" ? Math.min(leftMs, answerMs) : leftMs);
        else if (stage === "waiting")
          settle(notSent("unreachable", `no connection in ${leaveMs} ms`));
        else {
          settle(lost(`no answer in ${answerMs} ms`));
          abort();
        }
      };
      // No later than an answer can be overdue.
      lookIn(Math.min(leaveMs, answerMs));
      // `reset: false`: undici otherwise closes a connection after a DELETE with a body, so after
      // every cancel and stop.
      const dispatched = { method, path, headers: headers.reveal(), body, reset: false };
      connection.client.dispatch(dispatched, {
        // undici calls this right before it writes, possibly long after `dispatch`: it first
        // connects, or checks that the connection is still open.
        onRequestStart: (controller) => {
          if (stage === "waiting" && !mayLeave()) settle(notSent("epoch"));
          // A second start would send the same request twice.
          if (stage !== "waiting") throw new errors.RequestAbortedError(); // tidy-ok: how undici drops a request and keeps the connection
          stage = "sent";
          dueAt = scheduler.now() + answerMs;
          abort = () => controller.abort(new errors.RequestAbortedError());
        },
        onResponseStart: (_controller, statusCode, responseHeaders) => {
          bytesMax = answerBytesMax(path);
          const { "retry-after": header, date: sentAt } = responseHeaders;
          status = statusCode;
          retryAfter = typeof header === "string" ? header : null;
          date = typeof sentAt === "string" ? sentAt : null;
          rateLimit = rateLimitHeaders(responseHeaders);
        },
        onResponseData: (controller, chunk) => {
          length += chunk.length;
          if (length <= bytesMax) {
            chunks.push(chunk);
            return;
          }
          settle(lost(tooLong("an answer", bytesMax)));
          controller.abort(new errors.RequestAbortedError());
        },
        onResponseEnd: () => {
          const text = Buffer.concat(chunks).toString("utf8");
          settle({ type: "answered", status, text, retryAfter, rateLimit, date });
        },
        onResponseError: (_controller, error) => {
          // Only of the error, never of the request: its headers are secrets.
          const cause = causeOf(error);
          settle(stage === "waiting" ? notSent("unreachable", cause) : lost(cause));
        },
      } satisfies Dispatcher.DispatchHandler);
    });

  return {
    send: (request, mayLeave = always) => exchange(free, request, mayLeave),
    keepWarm: (request, { connections: count, everyMs }) =>
      timer(0, everyMs, scheduler).pipe(
        mergeMap((turn) => {
          const connection = connections[turn % count] ?? openOne();
          if (connection === undefined || connection.isBusy) return EMPTY;
          return exchange(() => connection, request, always);
        }),
        ignoreElements(),
      ),
  };
}

const always = (): boolean => true;

/** The HTTP request of a venue request. `before` is a path prefix. */
export function outgoing(
  { method, path, query, body }: VenueRequest,
  headers: HttpRequest["headers"] = PUBLIC,
  before = "",
): HttpRequest {
  return { method, path: `${before}${path}${searchOf(query)}`, headers, body };
}

function searchOf(query: VenueRequest["query"]): string {
  const search = new URLSearchParams(query).toString();
  return search === "" ? "" : `?${search}`;
}

/** Public requests carry no headers of ours. */
const PUBLIC: HttpRequest["headers"] = new Secret({});

const notSent = (cause: NotSentCause, detail?: string): NotSent => ({
  type: "notSent",
  cause,
  retryAfterMs: null,
  ...(detail !== undefined && { detail }),
});
