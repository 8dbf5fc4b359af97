/** The sockets: HTTP and WebSocket on one port, each message handed to the desk. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { merge, NEVER, Observable, type SchedulerLike } from "rxjs";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import {
  type Clock,
  ConfigError,
  type Log,
  type MicroUsdc,
  type ReferenceItem,
} from "../../types/index.ts";
import type { Signer } from "../../venue/polymarket/sign/index.ts";
import { core } from "../core.ts";
import { faultDraws, noFaults } from "../faults.ts";
import { life } from "../life.ts";
import { random } from "../random.ts";
import { seededSettlement } from "../settlement.ts";
import { emptyExchange, type ExchangeState, type VenueFact } from "../state.ts";
import { TRADERS } from "../traders.ts";
import { type Answer, type Asked, failure } from "./asked.ts";
import { referenceFrames, type Streams, streamsAsked, streamsAt } from "./binance.ts";
import {
  BODY_BYTES_MAX,
  CONNECTIONS_MAX,
  FRAME_BYTES_MAX,
  HEADER_BYTES_MAX,
  REQUEST_MS_MAX,
  UNSENT_BYTES_MAX,
} from "./bounds.ts";
import { type Desk, desk } from "./desk.ts";
import type { Frame } from "./frames.ts";
import { heard, INVALID, isFor, NOTHING_YET, parsed, type Subscription } from "./subscriptions.ts";
import { type WindowOptions, windowAt } from "./windows.ts";

export interface VenueServerOptions extends WindowOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** Lets it listen where other machines can reach it. Nothing here is safe from them. */
  readonly isPublic: boolean;
  /** What every account has at first sight. */
  readonly cash: MicroUsdc;
  /** How far the other traders expect the reference to move. */
  readonly volatilityPerSqrtSecond: number;
}

/** Where it answers, for a client's configuration. */
export interface Endpoints {
  readonly rest: string;
  readonly gamma: string;
  readonly marketSocket: string;
  readonly userSocket: string;
  readonly binanceRest: string;
  readonly binanceSocket: string;
  readonly port: number;
}

export interface VenueServer {
  /** Runs while subscribed, once; says where as soon as the first window is open. */
  readonly endpoints$: Observable<Endpoints>;
  /** What is really so. */
  readonly state: () => ExchangeState;
}

/** @throws ConfigError for an address that others can reach, unless that is wanted. */
export function venueServer(
  options: VenueServerOptions,
  world: {
    readonly scheduler: SchedulerLike;
    readonly clock: Clock;
    readonly reference$: Observable<ReferenceItem>;
    readonly signer: Signer;
    readonly log: Log;
    /** Hears every fact at the moment it becomes true. */
    readonly audit?: (fact: VenueFact) => void;
  },
): VenueServer {
  const { seed, host, port, volatilityPerSqrtSecond } = options;
  const { scheduler, clock, reference$, signer, log } = world;
  if (!options.isPublic && !isLoopback(host))
    throw new ConfigError([`host: ${host} is not a loopback address`]);

  const rules = { ...options, signer };
  const chance = random(seed).fork("venue");
  const inner = core(emptyExchange(TRADERS), clock, {
    audit: world.audit ?? (() => undefined),
    settlement: seededSettlement(chance.fork("settlement")),
    window: (opensAt, strike) => windowAt(rules, opensAt, strike),
  });
  const clients = new Set<Client>();
  let isOpen = false;
  let updates = 0;
  let onOpened = (): void => undefined;
  const held: Desk = desk(inner, clock, rules, {
    frame: (frame) => spread(clients, frame),
    price: (price) => {
      updates += 1;
      const { candles, now } = held.sight();
      for (const { socket, follows } of clients) {
        if (!("names" in follows)) continue;
        for (const text of referenceFrames(follows, { price, now, updates, candles }))
          send(socket, text);
      }
    },
    opened: () => {
      isOpen = true;
      onOpened();
    },
  });
  const { life$ } = life(
    held.core,
    {
      reference$,
      volatilityPerSqrtSecond,
      faults: faultDraws(noFaults, chance.fork("faults"), scheduler),
      loss$: NEVER,
      clock,
      random: chance,
    },
    scheduler,
  );

  const listening$ = new Observable<Endpoints>((subscriber) => {
    const server = httpServer((asked) => answered(held, asked, log));
    const sockets = new WebSocketServer({
      noServer: true,
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false,
    });
    server.on("upgrade", (request, socket, head) => {
      const follows = followedAt(request);
      if (!follows) {
        refuseUpgrade(socket);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        welcome({ socket: opened, follows }, clients, held);
      });
    });
    const tellWhere = (): void => {
      if (isOpen && server.listening) subscriber.next(endpointsOf(host, server.address()));
    };
    onOpened = () => {
      onOpened = () => undefined;
      tellWhere();
    };
    server.on("error", (error) => subscriber.error(error));
    server.listen(port, host, tellWhere);
    return () => {
      for (const { socket } of clients) socket.terminate();
      sockets.close();
      server.close();
      server.closeAllConnections();
    };
  });
  return { endpoints$: merge(listening$, life$), state: inner.state };
}

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

interface Client {
  readonly socket: WebSocket;
  follows: Subscription | Streams;
}

function answered({ answer }: Desk, asked: Asked, log: Log): Answer {
  try {
    return answer(asked);
  } catch (error) {
    // A bug of ours must not take the venue from everybody else.
    const text = error instanceof Error ? error.message : String(error);
    log.error(
      { method: asked.method, path: asked.path, error: text },
      "a request was not answered",
    );
    return failure(500, "Internal server error");
  }
}

function httpServer(answer: (asked: Asked) => Answer): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: REQUEST_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: 60_000,
    },
    (request, response) => receive(request, response, answer),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on("clientError", (_, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
  return server;
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (asked: Asked) => Answer,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_BYTES_MAX) chunks.push(chunk);
    else if (!response.headersSent) {
      response.setHeader("connection", "close");
      respond(response, failure(413, "Request body too large"));
    }
  });
  request.on("end", () => {
    if (response.headersSent) return;
    const asked = askedOf(request, Buffer.concat(chunks).toString("utf8"));
    respond(response, asked ? answer(asked) : failure(400, "Bad request"));
  });
}

function respond(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** Null for an address that is none. */
function askedOf({ method = "", url = "", headers }: IncomingMessage, body: string): Asked | null {
  const address = addressOf(url);
  if (!address) return null;
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return {
    method,
    path: address.pathname,
    query: new Map(address.searchParams),
    headers: new Map(texts),
    body,
  };
}

function addressOf(url: string): URL | null {
  const text = `http://venue${url}`;
  return url.startsWith("/") && URL.canParse(text) ? new URL(text) : null;
}

function followedAt({ url = "" }: IncomingMessage): Subscription | Streams | null {
  const address = addressOf(url);
  if (!address) return null;
  const { pathname, searchParams } = address;
  if (pathname === "/ws/market") return NOTHING_YET.market;
  if (pathname === "/ws/user") return NOTHING_YET.user;
  if (pathname !== "/stream" && !/^\/ws(\/|$)/.test(pathname)) return null;
  return streamsAt(pathname.replaceAll("%40", "@"), new Map(searchParams));
}

function refuseUpgrade(socket: Duplex): void {
  socket.on("error", () => undefined);
  socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
}

function welcome(client: Client, clients: Set<Client>, held: Desk): void {
  const { socket } = client;
  clients.add(client);
  socket.on("close", () => clients.delete(client));
  // A frame beyond the bounds is an error, after which it closes.
  socket.on("error", () => undefined);
  socket.on("message", (message, isBinary) => {
    if (isBinary) {
      send(socket, INVALID);
      return;
    }
    const text = textOf(message);
    const { follows } = client;
    if ("names" in follows) {
      const [next, reply] = streamsAsked(follows, parsed(text));
      client.follows = next;
      send(socket, reply);
      return;
    }
    const { subscription, replies, isOver } = heard(follows, text, held.sight());
    client.follows = subscription;
    for (const reply of replies) send(socket, reply);
    if (isOver) socket.close(UNPROVEN);
  });
}

/** What a policy violation is called among WebSockets. */
const UNPROVEN = 1008;

function spread(clients: ReadonlySet<Client>, frame: Frame): void {
  let text: string | undefined;
  for (const { socket, follows } of clients) {
    if ("names" in follows || !isFor(follows, frame)) continue;
    text ??= JSON.stringify(frame.payload);
    send(socket, text);
  }
}

/** A reader that falls too far behind is cut off: it has to begin anew anyway. */
function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > UNSENT_BYTES_MAX) socket.terminate();
  else socket.send(text);
}

const textOf = (message: RawData): string =>
  (Array.isArray(message) ? Buffer.concat(message) : Buffer.from(new Uint8Array(message))).toString(
    "utf8",
  );

function endpointsOf(host: string, address: string | AddressInfo | null): Endpoints {
  const port = typeof address === "object" && address ? address.port : 0;
  return endpointsAt(`${host.includes(":") ? `[${host}]` : host}:${port}`);
}

/** Everything is on one port. `at` is a host and a port, as a URL has them. */
export function endpointsAt(at: string): Endpoints {
  return {
    rest: `http://${at}`,
    gamma: `http://${at}/gamma`,
    marketSocket: `ws://${at}/ws/market`,
    userSocket: `ws://${at}/ws/user`,
    binanceRest: `http://${at}`,
    binanceSocket: `ws://${at}`,
    port: Number(at.slice(at.lastIndexOf(":") + 1)),
  };
}
