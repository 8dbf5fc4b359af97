/** A served venue in virtual time, and a client that signs its requests as a real one does. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { map, merge } from "rxjs";
import { expect, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { syntheticReference, virtualClock, virtualScheduler } from "../../../src/sim/index.ts";
import {
  type ControlSent,
  type Generation,
  type Endpoints,
  rollingWindows,
  venueServer,
  type VenueServerOptions,
} from "../../../src/sim/server/index.ts";
import type { ExchangeState, MarketState, VenueFact } from "../../../src/sim/exchange/state.ts";
import {
  type Coin,
  after,
  type EpochMs,
  epochMs,
  microShares,
  MICRO,
  microUsdc,
  type OrderTicket,
  priceBp,
  referencePrice,
  type Side,
  type Token,
  tokenId,
} from "../../../src/types/index.ts";
import {
  addressOf,
  type Address,
  chooseSigner,
  type Credentials,
  exchangeOf,
  l1Headers,
  l2Headers,
  orderHasher,
  orderOf,
  parseCredentials,
  parsePrivateKey,
  type PrivateKey,
  type Signer,
  signOrder,
  type SigningAccount,
} from "../../../src/venue/polymarket/sign/index.ts";
import { until } from "../../support/patience.ts";

/** 2026-11-22T00:00:00Z: a window begins. */
export const START = epochMs(1_795_305_600_000);
const VOLATILITY = 8e-5;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export const signer: Signer = await chooseSigner({ ...silent, error: () => undefined });

export interface Served {
  readonly at: Endpoints;
  readonly now: () => EpochMs;
  /** Advances the venue's time. */
  readonly run: (ms: number) => void;
  readonly state: () => ExchangeState;
  /** The latest window. */
  readonly market: () => MarketState;
  /** Requests that have reached the venue, whole. */
  readonly requestCount: () => number;
  /** The facts of every error that the server logged. */
  readonly bugs: readonly unknown[];
}

export async function served({
  windowMs = 300_000,
  audit = () => undefined,
  coins = ["btc"],
  ...options
}: Partial<VenueServerOptions> & {
  readonly windowMs?: number;
  readonly audit?: (fact: VenueFact) => void;
  /** Those with a price: each begins at a tenth of the one before, at 60000 dollars. */
  readonly coins?: readonly Coin[];
} = {}): Promise<Served> {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, START);
  const bugs: unknown[] = [];
  const seed = options.seed ?? 1;
  const server = venueServer(
    {
      port: 0,
      host: "127.0.0.1",
      isPublic: false,
      seed,
      series: [rollingWindows(windowMs)],
      generation: "v1",
      cash: microUsdc(1_000 * MICRO),
      volatilityPerSqrtSecond: VOLATILITY,
      ...options,
    },
    {
      scheduler,
      clock,
      signer,
      audit,
      log: { ...silent, error: (facts) => bugs.push(facts) },
      reference$: merge(
        ...coins.map((coin, index) =>
          syntheticReference(
            {
              seed: seed + index,
              startPrice: referencePrice(Math.round((60_000 * MICRO) / 10 ** index)),
              volatilityPerSqrtSecond: VOLATILITY,
              tickMs: 80,
            },
            scheduler,
          ).pipe(map((item) => ({ ...item, coin }))),
        ),
      ),
    },
  );
  let [elapsed, requests] = [0, 0];
  const run = (ms: number): void => {
    elapsed += ms;
    scheduler.runUntil(elapsed);
  };
  const at = await new Promise<Endpoints>((resolve, reject) => {
    const running = server.endpoints$.subscribe({ next: resolve, error: reject });
    onTestFinished(() => {
      running.unsubscribe();
      expect(bugs).toEqual([]);
    });
    // The first window opens with the first tick.
    run(100);
  });
  const count = (message: unknown): void => {
    const { request: incoming } = message as { readonly request: IncomingMessage };
    if (incoming.socket.localPort === at.port) incoming.once("end", () => (requests += 1));
  };
  subscribe("http.server.request.start", count);
  onTestFinished(() => void unsubscribe("http.server.request.start", count));
  return {
    at,
    run,
    bugs,
    requestCount: () => requests,
    state: server.state,
    now: () => clock.now().epochMs,
    market: () => [...server.state().markets.values()].at(-1) ?? expect.unreachable("no window"),
  };
}

export interface Reply {
  readonly status: number;
  // Untyped, for the assertions of each test are its type.
  readonly body: any;
}

interface Sent {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function response(
  { at }: Served,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Reply & { readonly headers: Headers }> {
  const answer = await fetch(`${at.rest}${path}`, { method, ...sent });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text), headers: answer.headers };
}

export async function request(
  venue: Served,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Reply> {
  const { status, body } = await response(venue, method, path, sent);
  return { status, body };
}

/** Sends a control command. */
export async function control(venue: Served, command: ControlSent): Promise<void> {
  const answer = await request(venue, "POST", "/control", { body: JSON.stringify(command) });
  expect(answer.status).toBe(200);
}

export const get = (venue: Served, path: string): Promise<Reply> => request(venue, "GET", path);

/** An order: side, token, price in basis points, shares. */
export type What = readonly [side: Side, token: Token, price: number, size: number];

/** The terms of an order that its body holds beside the signed struct. */
export interface Terms {
  readonly orderType: "GTC" | "GTD" | "FAK" | "FOK";
  readonly postOnly: boolean;
  readonly expiresAt: EpochMs | null;
  readonly apiKey: string;
}

export interface Client {
  readonly owner: Address;
  readonly key: PrivateKey;
  readonly credentials: Credentials;
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Reply>;
  /** As `ask`, with the headers of the answer. */
  readonly heard: (...line: Parameters<Client["ask"]>) => ReturnType<typeof response>;
  /** The body of an order, and its id. */
  readonly signed: (
    what: What,
    terms?: Partial<Terms> & {
      readonly by?: PrivateKey;
      readonly account?: Partial<SigningAccount>;
      readonly token?: string;
      readonly generation?: Generation;
      /** In place of those that price and size make. */
      readonly amounts?: { readonly makerAmount: string; readonly takerAmount: string };
    },
  ) => { readonly body: string; readonly id: string };
  readonly place: (what: What, terms?: Partial<Terms>) => Promise<Reply>;
}

let salts = 1;

/** A client with the private key `wallet`, and the API key of this nonce. */
export async function client(venue: Served, wallet = 1, nonce = 0): Promise<Client> {
  const key = parsePrivateKey(String(wallet).padStart(64, "0")) ?? expect.unreachable("no key");
  const owner = addressOf(signer, key);
  const made = await request(venue, "GET", "/auth/derive-api-key", {
    headers: l1Headers(signer, key, { now: venue.now(), nonce, chainId: 137 }).reveal(),
  });
  expect(made.status).toBe(200);
  const { apiKey, secret, passphrase } = made.body;
  const credentials =
    parseCredentials({ key: apiKey, secret, passphrase }) ?? expect.unreachable("no credentials");

  const heard: Client["heard"] = (method, path, body) => {
    const text =
      body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const bare = path.split("?")[0] ?? "";
    const line = { method, path: bare, body: text ?? null };
    const headers = l2Headers(owner, credentials, line, venue.now()).reveal();
    return response(venue, method, path, { headers, ...(text !== undefined && { body: text }) });
  };
  const ask: Client["ask"] = async (...line) => {
    const { status, body } = await heard(...line);
    return { status, body };
  };
  const hashers = {
    v1: orderHasher(signer.keccak256, exchangeOf("2", false)),
    v2: orderHasher(signer.keccak256, exchangeOf("3", false)),
  };
  const signed: Client["signed"] = ([side, which, price, size], more = {}) => {
    const { by = key, account, token, generation = "v1", amounts, ...terms } = more;
    const hasher = hashers[generation];
    const { market } = venue.market();
    const ticket: OrderTicket = {
      market: market.id,
      tokenId: token === undefined ? market.tokenIds[which] : tokenId(token),
      side,
      price: priceBp(price),
      size: microShares(Math.round(size * MICRO)),
      salt: salts++,
      createdAt: venue.now(),
      expiresAt: null,
      orderType: "GTC",
      postOnly: false,
    };
    const priced = orderOf({ owner, wallet: "key", maker: owner, ...account }, ticket);
    const order = { ...priced, ...amounts };
    const { expiresAt = null, apiKey: named = apiKey } = terms;
    const body = JSON.stringify({
      deferExec: false,
      postOnly: terms.postOnly ?? false,
      order: {
        ...signOrder(signer, hasher, by, order),
        expiration: String(expiresAt === null ? 0 : Math.floor(expiresAt / 1_000)),
      },
      owner: named,
      orderType: terms.orderType ?? "GTC",
    });
    return { body, id: hasher.orderId(order) };
  };
  return {
    owner,
    key,
    credentials,
    ask,
    heard,
    signed,
    place: (what, terms) => ask("POST", "/order", signed(what, terms).body),
  };
}

export interface Socket {
  readonly socket: WebSocket;
  readonly texts: readonly string[];
  readonly send: (message: unknown) => void;
  /** Every JSON frame so far, arrays flattened. */
  readonly events: () => any[];
}

export async function connected(url: string): Promise<Socket> {
  const socket = new WebSocket(url);
  const texts: string[] = [];
  socket.on("message", (message: Buffer) => texts.push(message.toString("utf8")));
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return {
    socket,
    texts,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    events: () =>
      texts.filter((text) => /^[[{]/.test(text)).flatMap((text) => JSON.parse(text) as unknown),
  };
}

/** The user channel of this client, authenticated. */
export async function following(venue: Served, us: Client): Promise<Socket> {
  const socket = await connected(venue.at.userSocket);
  const { apiKey, secret, passphrase } = us.credentials;
  const auth = { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() };
  socket.send({ auth, type: "user" });
  await settled(socket);
  return socket;
}

/** Waits until every frame sent so far has arrived: the PONG comes after them. */
export async function settled(socket: Socket): Promise<void> {
  const known = socket.texts.filter((text) => text === "PONG").length;
  socket.send("PING");
  await until(() => socket.texts.filter((text) => text === "PONG").length > known);
}

export const inMinutes = (venue: Served, minutes: number): EpochMs =>
  after(venue.now(), minutes * 60_000);
