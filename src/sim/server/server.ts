/** The sockets: HTTP and WebSocket on one port, each message handed to the venueState. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { merge, NEVER, Observable, type SchedulerLike } from "rxjs";
import { type RawData, WebSocketServer } from "ws";
import {
  type Clock,
  ConfigError,
  isLoopbackHost,
  type Log,
  type MicroUsdc,
  type ReferenceItem,
} from "../../types/index.ts";
import type { Signer } from "../../venue/polymarket/sign/index.ts";
import {
  exchangeStore,
  random,
  seededSettlement,
  emptyExchange,
  type ExchangeState,
  PLAIN_POLICY,
  type VenueFact,
} from "../exchange/index.ts";
import {
  type MarketActivity,
  marketActivity,
  PLAIN_TRADERS,
  PRESETS,
  TRADERS,
  type TradersName,
} from "../traders/index.ts";
import {
  type Answer,
  failure,
  BODY_BYTES_MAX,
  CONNECTIONS_MAX,
  FRAME_BYTES_MAX,
  HEADER_BYTES_MAX,
  REQUEST_MS_MAX,
  createTimers,
  type MarketPolicy,
  type WindowOptions,
  type WindowSeries,
  windowAt,
  parsed,
} from "./state/index.ts";
import {
  type ClientRequest,
  type RequestContext,
  referenceFrames,
  type Streams,
  streamsAfter,
  streamsAt,
  currentWindowOptions,
} from "./rest/index.ts";
import {
  type Clients,
  createClients,
  channelOf,
  type Client,
  send,
  NO_PRICE_SUBSCRIPTION,
  type PriceSubscription,
  priceSubscriptionAfter,
  channelSubscriptionAfter,
  INVALID,
  NO_SUBSCRIPTION,
  PONG,
  type ChannelSubscription,
} from "./channels/index.ts";
import {
  CHANNELS,
  type Control,
  isSilenced,
  drawTradeFaults,
  parseScript,
} from "./control/index.ts";
import { type VenueState, venueState } from "./venueState.ts";
import { requestPipeline, type Reply } from "./requestPipeline.ts";

export interface VenueServerOptions extends WindowOptions {
  readonly series: readonly WindowSeries[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** Lets it listen where other machines can reach it. Nothing here is safe from them. */
  readonly isPublic: boolean;
  /** What every account has at first context. */
  readonly cash: MicroUsdc;
  /** How far the other traders expect the reference to move. */
  readonly volatilityPerSqrtSecond: number;
  /** Who they are; a quoter with a wide spread and one taker unless it is said. */
  readonly traders?: TradersName;
  /** What is not as calm and plain as can be; all of it is unless it is said here. */
  readonly scenario?: Partial<Scenario>;
}

export interface Scenario extends MarketPolicy {
  /** What is asked of it, and when, one to a line: `at 12s: freeze user for 8s`. */
  readonly script: readonly string[];
}

/** Where it answers, for a client's configuration. */
export interface Endpoints {
  readonly rest: string;
  readonly gamma: string;
  readonly marketSocket: string;
  readonly userSocket: string;
  readonly binanceRest: string;
  readonly binanceSocket: string;
  readonly priceSocket: string;
  readonly port: number;
}

export interface VenueServer {
  /** Runs while subscribed, once; says where as soon as the first window is open. */
  readonly endpoints$: Observable<Endpoints>;
  /** What is really so. */
  readonly state: () => ExchangeState;
}

/** @throws ConfigError for an address that others can reach, unless that is wanted; for a script. */
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
  const scenario = { ...CALM_SCENARIO, ...options.scenario };
  const cues = parseScript(scenario.script);
  if (!options.isPublic && !isLoopbackHost(host))
    throw new ConfigError([`host: ${host} is not a loopback address`]);

  const rules = { ...options, signer, policy: scenario };
  const chance = random(seed).fork("venue");
  const calmly = seededSettlement(chance.fork("settlement"));
  const inner = exchangeStore(emptyExchange(TRADERS), clock, {
    audit: world.audit ?? (() => undefined),
    practice: scenario,
    settlement: (trade) => {
      const { conditions, now } = context();
      return drawTradeFaults(calmly(trade), conditions, now, chance.fork(`trade ${trade}`));
    },
    series: rules.series.map((one) => ({
      name: one.slug,
      settledBy: one.settledBy,
      window: (now, strike) =>
        windowAt(currentWindowOptions(rules, context().conditions), one, now, strike),
    })),
  });
  const late = createTimers(scheduler, log);
  const context = (): RequestContext => held.context();
  const connected = createClients(context, { timers: late, random: chance.fork("channels") });
  let isOpen = false;
  let updates = 0;
  let onOpened = (): void => undefined;
  const held: VenueState = venueState(
    inner,
    { clock, later: late, rules, hits: (orders) => living.hits(orders) },
    {
      frame: connected.broadcast,
      price: (price) => {
        updates += 1;
        const { candles, now } = context();
        connected.broadcastReference((streams) =>
          referenceFrames(streams, { price, now, updates, candles }),
        );
      },
      second: () => connected.broadcastPrices(),
      opened: () => {
        isOpen = true;
        onOpened();
      },
    },
  );
  const control = (command: Control): string | null => {
    const problem = held.control(command);
    if (command.do === "drop") connected.drop(command.channel);
    connected.thaw();
    if (command.do === "freeze" && command.forMs !== undefined)
      late.after(command.forMs + THAW_LATE_MS, connected.thaw);
    return problem;
  };
  const received = requestPipeline(held, control, {
    later: late,
    chance: chance.fork("requests"),
    log,
  });
  const living: MarketActivity = marketActivity(
    held.core,
    {
      traders: options.traders ? PRESETS[options.traders] : PLAIN_TRADERS,
      reference$,
      volatilityPerSqrtSecond,
      background$: NEVER,
      clock,
      random: chance,
    },
    scheduler,
  );

  const listening$ = new Observable<Endpoints>((subscriber) => {
    const server = httpServer(received);
    const sockets = new WebSocketServer({
      noServer: true,
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false,
    });
    server.on("upgrade", (request, socket, head) => {
      const subscription = followedAt(request);
      const { conditions, now } = context();
      if (!subscription || isSilenced("drop", channelOf({ subscription }), conditions, now)) {
        refuseUpgrade(socket, subscription ? "503 Service Unavailable" : "404 Not Found");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        welcome(connected.add(opened, subscription), connected, context);
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
    for (const { atMs, command } of cues)
      late.after(atMs, () => {
        const problem = control(command);
        if (problem !== null) log.warn({ command, problem }, "a cue had no effect");
      });
    return () => {
      late.cancelAll();
      for (const channel of CHANNELS) connected.drop(channel);
      sockets.close();
      server.close();
      server.closeAllConnections();
    };
  });
  return { endpoints$: merge(listening$, living.activity$), state: inner.state };
}

const CALM_SCENARIO: Scenario = {
  ...PLAIN_POLICY,
  takerDelayMs: 0,
  tellsRemovals: true,
  script: [],
};

/** A timer may come a little before the clock says so. */
const THAW_LATE_MS = 5;

type Received = (asked: ClientRequest, reply: Reply) => void;

function httpServer(received: Received): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: REQUEST_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: 60_000,
    },
    (request, response) => receive(request, response, received),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on("clientError", (_, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
  return server;
}

function receive(request: IncomingMessage, response: ServerResponse, received: Received): void {
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
    if (!asked) {
      respond(response, failure(400, "Bad request"));
      return;
    }
    received(asked, (answer) => {
      if (answer) respond(response, answer);
      else request.socket.resetAndDestroy();
    });
  });
}

function respond(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Null for an address that is none. */
function askedOf(
  { method = "", url = "", headers, socket }: IncomingMessage,
  body: string,
): ClientRequest | null {
  const address = addressOf(url);
  if (!address) return null;
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return {
    method,
    path: address.pathname,
    query: listed(address.searchParams),
    headers: new Map(texts),
    body,
    // Without one it has gone already.
    from: socket.remoteAddress ?? "",
  };
}

/** What is said more than once is a list. */
function listed(params: URLSearchParams): ReadonlyMap<string, string> {
  return new Map([...params.keys()].map((name) => [name, params.getAll(name).join(",")]));
}

function addressOf(url: string): URL | null {
  const text = `http://venue${url}`;
  return url.startsWith("/") && URL.canParse(text) ? new URL(text) : null;
}

function followedAt({
  url = "",
}: IncomingMessage): ChannelSubscription | Streams | PriceSubscription | null {
  const address = addressOf(url);
  if (!address) return null;
  const { pathname, searchParams } = address;
  if (pathname === "/ws/market") return NO_SUBSCRIPTION.market;
  if (pathname === "/ws/user") return NO_SUBSCRIPTION.user;
  if (pathname === "/prices/ws") return NO_PRICE_SUBSCRIPTION;
  if (pathname !== "/stream" && !/^\/ws(\/|$)/.test(pathname)) return null;
  return streamsAt(pathname.replaceAll("%40", "@"), new Map(searchParams));
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}

function welcome(client: Client, clients: Clients, context: () => RequestContext): void {
  const { socket } = client;
  // A frame beyond the bounds is an error, after which it closes.
  socket.on("error", () => undefined);
  socket.on("message", (message, isBinary) => {
    if (isBinary) {
      clients.reply(client, INVALID);
      return;
    }
    const text = textOf(message);
    const { subscription } = client;
    if ("names" in subscription) {
      const [next, reply] = streamsAfter(subscription, parsed(text));
      client.subscription = next;
      clients.reply(client, reply);
      return;
    }
    if (subscription.channel === "prices") {
      const {
        subscription: next,
        replies,
        isOver,
      } = priceSubscriptionAfter(subscription, parsed(text), context());
      client.subscription = next;
      for (const reply of replies) clients.reply(client, reply);
      if (isOver) socket.close(PRICES_UNPROVEN);
      return;
    }
    const {
      subscription: next,
      replies,
      isOver,
    } = channelSubscriptionAfter(subscription, text, context());
    client.subscription = next;
    for (const reply of replies)
      // A channel that is frozen answers this as ever.
      if (reply === PONG) send(socket, reply);
      else clients.reply(client, reply);
    if (isOver) socket.close(UNPROVEN);
  });
}

/** What a policy violation is called among WebSockets. */
const UNPROVEN = 1008;
/** The same in the words of the price socket. */
const PRICES_UNPROVEN = 4001;

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
    priceSocket: `ws://${at}/prices/ws`,
    binanceRest: `http://${at}`,
    binanceSocket: `ws://${at}`,
    port: Number(at.slice(at.lastIndexOf(":") + 1)),
  };
}
