/** Capacity of the simulated venue: orders in process and over loopback, and memory over time. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { interval, merge, NEVER, type Observable, type SchedulerLike, tap } from "rxjs";
import { Client } from "undici";
import { type ExchangeStore, exchangeStore } from "../src/sim/exchange/exchangeStore.ts";
import { step } from "../src/sim/exchange/exchange.ts";
import { random, syntheticReference, virtualClock, virtualScheduler } from "../src/sim/index.ts";
import { marketActivity } from "../src/sim/traders/marketActivity.ts";
import { EMPTY_BOOK } from "../src/sim/exchange/matching.ts";
import { PRESETS, TAKER, TRADERS } from "../src/sim/traders/presets.ts";
import {
  rollingWindows,
  venueServer,
  type VenueServer,
  type VenueServerOptions,
} from "../src/sim/server/index.ts";
import { windowAt } from "../src/sim/server/state/windows.ts";
import { seededSettlement } from "../src/sim/exchange/settlement.ts";
import {
  type StepInputs,
  type Command,
  currentMarket,
  emptyExchange,
  type ExchangeState,
  type MarketState,
  PLAIN_POLICY,
  runningMarkets,
} from "../src/sim/exchange/state.ts";
import {
  type Clock,
  MICRO,
  type OrderTicket,
  type ReferenceItem,
  epochMs,
  microShares,
  microUsdc,
  orderId,
  priceBp,
  referencePrice,
} from "../src/types/index.ts";
import {
  type Signer,
  type VenueRequest,
  POLYGON,
  addressOf,
  cancelRequest,
  decodeApiKey,
  deriveApiKeyRequest,
  exchangeOf,
  l1Headers,
  l2Headers,
  orderHasher,
  orderOf,
  parseCredentials,
  parsePrivateKey,
  placeRequest,
  signOrder,
} from "../src/venue/polymarket/index.ts";
import { type Figure, figure, timed } from "./figure.ts";
import { fastest } from "./sign.ts";
import { systemClock, systemLog, systemScheduler } from "../src/runtimes/system.ts";
import { venueOrderId } from "../src/sim/exchange/orderId.ts";

const ORDERS = 200;
/** In turns with the floor; the fastest counts, and the first ones are not compiled yet. */
const SERVED_ROUNDS = 12;
/** So short that the number of kept windows soon reaches its bound. */
const SHORT_WINDOW_MS = 3_000;
/** A series of short windows beside one of a whole day. */
const SERIES = [rollingWindows(SHORT_WINDOW_MS), rollingWindows(86_400_000)];
const SLICE_MS = 1_000;
/** How many times memory is measured. */
const POINTS = 8;
/** Enough for the orders of every client at once, and for their accounts. */
const MUCH = microUsdc(1e6 * MICRO);
const BOT = "bot";
const BOT_MS = 10;

export async function* venueFigures(): AsyncGenerator<Figure> {
  const signer = await fastest();
  yield* coreFigures(signer);
  yield* servedFigures(signer);
  yield* memoryFigures("core", { factsMax: 1_000_000, msMax: 60_000 }, inProcess);
  yield* memoryFigures("served", { factsMax: 40_000, msMax: 30_000 }, (onFact) =>
    served(signer, onFact, SERIES),
  );
}

/** One step each, always from the same book of the busy traders, so that no state accumulates. */
async function* coreFigures(signer: Signer): AsyncGenerator<Figure> {
  const { state, runUntil, end } = served(signer, () => undefined);
  runUntil(SHORT_WINDOW_MS / 2);
  end();
  const before = state();
  const known = openMarket(before);
  const { market } = known;
  const inputs: StepInputs = {
    now: epochMs(market.opensAt + SHORT_WINDOW_MS / 2),
    settlement: seededSettlement(random(1)),
    policy: PLAIN_POLICY,
    series: [{ name: known.series, settledBy: "spot", window: () => market }],
  };
  const order = (of: Pick<OrderTicket, "price" | "orderType" | "postOnly">): Command => ({
    type: "place",
    account: TAKER,
    id: orderId("0x01"),
    ticket: {
      market: market.id,
      tokenId: market.tokenIds.YES,
      side: "BUY",
      size: microShares(5 * MICRO),
      salt: 1,
      createdAt: inputs.now,
      expiresAt: null,
      ...of,
    },
  });
  const done = (from: ExchangeState, command: Command, fact: string): ExchangeState => {
    const [after, facts] = step(from, command, inputs);
    if (!facts.some(({ type }) => type === fact))
      throw new Error(`${command.type} caused no ${fact}`);
    return after;
  };
  const resting = order({ price: priceBp(market.rules.tick), orderType: "GTC", postOnly: true });
  const taking = order({ price: priceBp(9_900), orderType: "FAK", postOnly: false });
  const cancelling: Command = { type: "cancel", account: TAKER, ids: [orderId("0x01")] };
  const rested = done(before, resting, "order.changed");
  done(before, taking, "trade.changed");
  done(rested, cancelling, "order.changed");

  const alone: ExchangeState = {
    ...before,
    markets: new Map(before.markets).set(market.id, { ...known, book: EMPTY_BOOK }),
  };

  const { place, take, cancel, floor } = await timed({
    place: () => step(before, resting, inputs),
    take: () => step(before, taking, inputs),
    cancel: () => step(rested, cancelling, inputs),
    floor: () => step(alone, resting, inputs),
  });
  const beside = { "floor: the same place into an empty book": 1e9 / floor };
  yield figure("venue.core.place", "perSecond", 1e9 / place, beside);
  yield figure("venue.core.take", "perSecond", 1e9 / take, beside);
  yield figure("venue.core.cancel", "perSecond", 1e9 / cancel, beside);
}

/** A request that is ready to be sent. */
interface Ready extends Pick<VenueRequest, "method" | "path" | "body"> {
  readonly headers: Readonly<Record<string, string>>;
}

/** Each order is placed and cancelled, one request at a time for each client, and was signed before. */
async function* servedFigures(signer: Signer): AsyncGenerator<Figure> {
  const server = venueServer(
    { ...OPTIONS, series: [rollingWindows(86_400_000)], cash: MUCH, traders: "empty" },
    {
      clock: systemClock,
      scheduler: systemScheduler,
      reference$: reference(systemScheduler),
      signer,
      log: LOG,
    },
  );
  const { port, end } = await listening(server);
  try {
    yield await servedOrders("venue.served.orders", { signer, server, port, clients: 1 });
    yield await servedOrders("venue.served.orders.20", { signer, server, port, clients: 20 });
  } finally {
    end();
  }
}

interface Asked {
  readonly signer: Signer;
  readonly server: VenueServer;
  readonly port: number;
  readonly clients: number;
}

/** The floor answers with the same headers, and with bodies of the same bytes but for the order's id. */
async function servedOrders(
  name: string,
  { signer, server, port, clients }: Asked,
): Promise<Figure> {
  const bare = createServer((request, response) => {
    request.resume().on("end", () => {
      const text = BARE_ANSWERS[request.method ?? ""] ?? "";
      const length = Buffer.byteLength(text);
      response.writeHead(200, { "content-type": "application/json", "content-length": length });
      response.end(text);
    });
  }).listen(0, OPTIONS.host);
  await once(bare, "listening");
  const traders = await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      const client = clientAt(port);
      const ready = await trader(signer, index + 1, openMarket(server.state()), client);
      return { client, ready, floor: clientAt((bare.address() as AddressInfo).port) };
    }),
  );
  const each = ORDERS / clients;
  try {
    let [best, least] = [Infinity, Infinity];
    for (let round = 0; round < SERVED_ROUNDS; round += 1) {
      // Signed anew for each round: a signature's time is taken for half a minute only.
      const sent = traders.map(({ ready, ...at }) => ({ ...at, some: ready(round * each, each) }));
      const seconds = async (of: (one: (typeof sent)[number]) => Client): Promise<number> => {
        const startedAt = performance.now();
        await Promise.all(sent.map((one) => sendEach(of(one), one.some)));
        return (performance.now() - startedAt) / 1_000;
      };
      best = Math.min(best, await seconds(({ client }) => client));
      least = Math.min(least, await seconds(({ floor }) => floor));
    }
    return figure(name, "perSecond", ORDERS / best, {
      "floor: node:http, the same requests and answers": ORDERS / least,
    });
  } finally {
    await Promise.all(traders.flatMap(({ client, floor }) => [client.close(), floor.close()]));
    bare.close();
  }
}

async function sendEach(client: Client, requests: readonly (readonly Ready[])[]): Promise<void> {
  for (const ready of requests.flat()) {
    // `reset: false`, as tandem sends: undici otherwise ends a connection after a DELETE with a body.
    const { statusCode, body } = await client.request({ ...ready, reset: false });
    const text = await body.text();
    if (statusCode !== 200 || /"not_canceled":\{"|"success":false/.test(text))
      throw new Error(`${ready.method} ${ready.path}: ${statusCode} ${text}`);
  }
}

/** For each of so many orders the request that places it and the request that cancels it. */
type OrdersOf = (first: number, count: number) => readonly (readonly Ready[])[];

/** A client with a key and an account of its own. */
async function trader(
  signer: Signer,
  index: number,
  { market }: MarketState,
  client: Client,
): Promise<OrdersOf> {
  const key = parsePrivateKey(String(index).padStart(64, "0"));
  if (key === null) throw new Error(`${index} makes no key`);
  const owner = addressOf(signer, key);
  const account = { owner, wallet: "key", maker: owner } as const;
  const now = () => systemClock.now().epochMs;
  const { method, path } = deriveApiKeyRequest();
  const headers = l1Headers(signer, key, { now: now(), nonce: 0, chainId: POLYGON }).reveal();
  const derived = await client.request({ method, path, headers: { ...headers } });
  const reply = { status: derived.statusCode, text: await derived.body.text(), retryAfter: null };
  const { answer } = decodeApiKey(reply);
  const credentials = answer.type === "answered" ? parseCredentials(answer.value) : null;
  if (credentials === null) throw new Error(`no API key: ${reply.text}`);
  const hasher = orderHasher(signer.keccak256, exchangeOf("2", false));
  const ready = (asked: VenueRequest): Ready => ({
    method: asked.method,
    path: asked.path,
    body: asked.body,
    headers: {
      ...l2Headers(owner, credentials, asked, now()).reveal(),
      "content-type": "application/json",
    },
  });
  return (first, count) =>
    Array.from({ length: count }, (_, nth) => {
      const ticket: OrderTicket = {
        market: market.id,
        tokenId: market.tokenIds.YES,
        side: "BUY",
        price: priceBp(4_900),
        size: microShares(20 * MICRO),
        salt: first + nth,
        createdAt: now(),
        expiresAt: null,
        orderType: "GTC",
        postOnly: true,
      };
      const order = orderOf(account, ticket);
      const id = hasher.orderId(order);
      const leg = { orderId: id, ticket, epoch: { account: 0, market: 0 }, liveAfter: 1 };
      const signed = signOrder(signer, hasher, key, order);
      return [
        ready(placeRequest([{ leg, signed }], credentials.apiKey)),
        ready(cancelRequest([id])),
      ];
    });
}

/** A venue in virtual time. */
interface Venue {
  readonly runUntil: (ms: number) => void;
  readonly end: () => void;
}

/** Heap in use after this many facts, beside earlier values. */
function* memoryFigures(
  name: string,
  { factsMax, msMax }: { readonly factsMax: number; readonly msMax: number },
  begin: (onFact: () => void) => Venue,
): Generator<Figure> {
  let facts = 0;
  const { runUntil, end } = begin(() => (facts += 1));
  const startedAt = performance.now();
  const points: { readonly facts: number; readonly bytes: number }[] = [];
  let elapsedMs = 0;
  for (let at = SLICE_MS; facts < factsMax && elapsedMs < msMax; at += SLICE_MS) {
    runUntil(at);
    elapsedMs = performance.now() - startedAt;
    if (facts >= ((points.length + 1) * factsMax) / POINTS)
      points.push({ facts, bytes: heapUsed() });
  }
  end();
  const last = points.at(-1);
  if (last === undefined) throw new Error(`${name}: only ${facts} facts in ${msMax} ms`);
  const before = points.slice(0, -1).map((one) => [`after ${one.facts} facts`, one.bytes / 1e6]);
  yield figure(`venue.${name}.heap`, "MB", last.bytes / 1e6, Object.fromEntries(before));
  yield figure(`venue.${name}.facts`, "perSecond", facts / (elapsedMs / 1_000));
}

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Busy traders, and a bot with many orders and trades in every window, which the venue must keep. */
function inProcess(onFact: () => void): Venue {
  const { scheduler, clock, reference$ } = virtually();
  const chance = random(OPTIONS.seed);
  const cash = microUsdc(1e9 * MICRO);
  const store = exchangeStore(
    emptyExchange(new Map(TRADERS).set(BOT, { cash, keepsClosed: true, beatAt: null })),
    clock,
    {
      audit: onFact,
      policy: PLAIN_POLICY,
      settlement: seededSettlement(chance.fork("settlement")),
      series: SERIES.map((one) => ({
        name: one.slug,
        settledBy: one.settledBy,
        window: (now, strike) => windowAt(OPTIONS, one, now, strike),
      })),
    },
  );
  const { activity$ } = marketActivity(
    store,
    {
      traders: PRESETS.busy,
      reference$,
      volatilityPerSqrtSecond: OPTIONS.volatilityPerSqrtSecond,
      background$: NEVER,
      clock,
      random: chance,
    },
    scheduler,
  );
  const running = merge(activity$, bot(store, clock, scheduler)).subscribe();
  return { runUntil: scheduler.runUntil, end: () => running.unsubscribe() };
}

/** Cancels its orders and places new ones a hundred times a second; takes once a second. */
const bot = ({ state, apply }: ExchangeStore, { now }: Clock, scheduler: SchedulerLike) =>
  interval(BOT_MS, scheduler).pipe(
    tap((turn) => {
      for (const { market } of runningMarkets(state())) {
        apply({ type: "cancelAll", account: BOT, market: market.id });
        const isTaking = turn % 100 === 0;
        const ticket: OrderTicket = {
          market: market.id,
          tokenId: market.tokenIds[turn % 200 < 100 ? "YES" : "NO"],
          side: "BUY",
          price: priceBp(isTaking ? 9_900 : 100),
          size: microShares(5 * MICRO),
          salt: turn,
          createdAt: now().epochMs,
          expiresAt: null,
          orderType: isTaking ? "FAK" : "GTC",
          postOnly: !isTaking,
        };
        apply({ type: "place", account: BOT, id: venueOrderId(BOT, ticket), ticket });
      }
    }),
  );

function served(
  signer: Signer,
  onFact: () => void,
  series = OPTIONS.series,
): Venue & Pick<VenueServer, "state"> {
  const { scheduler, ...world } = virtually();
  const { endpoints$, state } = venueServer(
    { ...OPTIONS, series },
    { scheduler, ...world, signer, log: LOG, audit: onFact },
  );
  const running = endpoints$.subscribe();
  return { state, runUntil: scheduler.runUntil, end: () => running.unsubscribe() };
}

const OPTIONS: VenueServerOptions = {
  port: 0,
  host: "127.0.0.1",
  isPublic: false,
  seed: 1,
  generation: "v1",
  series: [rollingWindows(SHORT_WINDOW_MS)],
  cash: microUsdc(1_000 * MICRO),
  volatilityPerSqrtSecond: 0.00009,
  traders: "busy",
};
const LOG = systemLog({ level: "warn" });
/** By method: what the venue answers to an order that rests, and to its cancel. */
const BARE_ANSWERS: Readonly<Record<string, string>> = {
  POST: JSON.stringify({
    success: true,
    errorMsg: "",
    orderID: `0x${"a1".repeat(32)}`,
    status: "live",
    makingAmount: "",
    takingAmount: "",
    transactionsHashes: [],
    tradeIDs: [],
  }),
  DELETE: JSON.stringify({ canceled: [`0x${"a1".repeat(32)}`], not_canceled: {} }),
};
/** Epoch milliseconds at which a window begins. */
const START = 1_795_305_600_000;

const reference = (scheduler: SchedulerLike): Observable<ReferenceItem> =>
  syntheticReference(
    {
      seed: OPTIONS.seed,
      startPrice: referencePrice(60_000 * MICRO),
      volatilityPerSqrtSecond: OPTIONS.volatilityPerSqrtSecond,
      tickMs: 80,
    },
    scheduler,
  );

function virtually() {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, START);
  return { scheduler, clock, reference$: reference(scheduler) };
}

/** Resolves as soon as the first window is open. */
const listening = ({ endpoints$ }: VenueServer) =>
  new Promise<{ readonly port: number; readonly end: () => void }>((resolve, reject) => {
    const running = endpoints$.subscribe({
      next: ({ port }) => resolve({ port, end: () => running.unsubscribe() }),
      error: reject,
    });
  });

const clientAt = (port: number): Client =>
  new Client(`http://${OPTIONS.host}:${port}`, { pipelining: 1 });

function openMarket(state: ExchangeState): MarketState {
  const market = currentMarket(state);
  if (market === undefined) throw new Error("no window is open");
  return market;
}
