/** Ways to turn a frame into an order or a cancel: the floors, ours, and the venue's own client. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  NEVER,
  type Observable,
  concatMap,
  distinctUntilChanged,
  filter,
  map,
  merge,
  mergeMap,
  of,
  share,
  tap,
} from "rxjs";
import { Client, type Dispatcher } from "undici";
import { WebSocket } from "ws";
import { appConfig } from "../src/app/index.ts";
import { type ExecutorState, type Reduce, executor, reducer } from "../src/executor/index.ts";
import { DEADLINES, bucket, createFence, gateway, cancelReserve } from "../src/gateway/index.ts";
import { fileJournal } from "../src/journal/index.ts";
import { permits } from "../src/operators/index.ts";
import {
  type BookCache,
  type ReferenceCache,
  bookCache,
  referenceCache,
} from "../src/streams/caches/index.ts";
import { feed } from "../src/streams/feeds/index.ts";
import { type View, chosenIntents, volatilityOptions } from "../src/streams/strategy/index.ts";
import {
  type Arrival,
  DOLLAR_BP,
  type Instant,
  type Intent,
  type Link,
  type ReferenceItem,
  priceBp,
  referencePrice,
} from "../src/types/index.ts";
import { STREAM_TIMING, referenceStream } from "../src/venue/binance/index.ts";
import { cancelRequest } from "../src/venue/polymarket/http/encode.ts";
import {
  CHANNEL_TIMING,
  type PolymarketVenue,
  type Signer,
  VENUE_TIMING,
  WATCHDOG_TIMING,
  marketSubscription,
  polymarketChannels,
  polymarketVenue,
} from "../src/venue/polymarket/index.ts";
import { FOREVER, quote, trading } from "../test/support/builders.ts";
import { FIXED_SPREAD, NOTHING_RECENT } from "../test/support/quoting.ts";
import { LISTING, MARKET, RESTING, buyYes, identityOf } from "./account.ts";
import { OfficialClient } from "./official.ts";
import { orderStepsOf } from "./sign.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { systemClock, systemMacrotask, systemScheduler } from "../src/runtimes/system.ts";

/** What each bot is given. */
export interface Place {
  readonly port: number;
  readonly watch: Stopwatch;
  readonly signer: Signer;
}

/** Connects to the path of its name and trades until it is stopped. */
export type Bot = (place: Place) => () => void;

const KEEP_ALIVE_MS = 60_000;
/** Rate limits are not part of the measurement. */
const UNLIMITED = { perSecond: 1_000_000, burst: 1_000_000 };
const JOURNAL_BYTES_MAX = 256 * 1024 * 1024;
const RECONNECT = { minMs: 250, maxMs: 30_000, jitter: () => 0 };
const TICK = MARKET.rules.tick;

const origin = (port: number): string => `http://127.0.0.1:${port}`;
const channel = (port: number, name: string): string => `ws://127.0.0.1:${port}/${name}`;
const subscription = marketSubscription([MARKET.tokenIds.YES, MARKET.tokenIds.NO]);

/** Ignores the answer. */
const UNREAD: Dispatcher.DispatchHandler = {
  onRequestStart: () => undefined,
  onResponseStart: () => undefined,
  onResponseData: () => undefined,
  onResponseEnd: () => undefined,
  onResponseError: (_, error) => fail(String(error)),
};

/** Sends orders that were prepared before the frame: the cost of the sockets alone. */
export const floorBot: Bot = (place) => {
  const { ready } = orderStepsOf(place.signer);
  // The two prices alternate.
  const prices = [4_990, 5_990];
  return prepared(
    place,
    "floor",
    prices.map((price) => ready(buyYes(priceBp(price), 1))),
  );
};

/** The same with a cancel. */
export const cancelFloorBot: Bot = (place) => {
  const { headers } = orderStepsOf(place.signer);
  const request = cancelRequest([RESTING]);
  const { method, path, body } = request;
  // As in `connectionPool`: undici otherwise closes a connection after a DELETE with a body.
  return prepared(place, "cancelFloor", [
    { method, path, body, headers: headers(request), reset: false },
  ]);
};

function prepared(
  { port }: Place,
  name: string,
  requests: readonly Dispatcher.DispatchOptions[],
): () => void {
  const client = new Client(origin(port), { pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS });
  let frames = -1; // the first message has the books
  const ws = new WebSocket(channel(port, name));
  ws.on("open", () => ws.send(subscription));
  ws.on("message", () => {
    const request = requests[frames % requests.length];
    frames += 1;
    if (request) client.dispatch(request, UNREAD);
  });
  return () => {
    ws.terminate();
    void client.destroy();
  };
}

/** The obvious bot on the venue's own client; it uses the frame's best ask. */
export const peerBot: Bot = ({ port, watch }) => {
  const client = new OfficialClient(origin(port), () => {
    watch.ends("ready");
    return true;
  });
  const ws = new WebSocket(channel(port, "peer"));
  const trade = async (text: string): Promise<void> => {
    const { price_changes: changes }: MarketMessage = JSON.parse(text);
    const best = changes?.find(({ asset_id: token }) => token === MARKET.tokenIds.YES)?.best_ask;
    watch.ends("decode");
    if (best === undefined) return;
    const price = Number(best) - TICK / DOLLAR_BP;
    watch.ends("decide");
    const order = await client.buyYes(price);
    watch.ends("sign");
    await client.send(order);
  };
  ws.on("open", () => ws.send(subscription));
  ws.on("message", (frame: Buffer) => void trade(frame.toString()));
  return () => ws.terminate();
};

/** The part of a message of the market channel that this bot reads. */
interface MarketMessage {
  readonly price_changes?: readonly { readonly asset_id: string; readonly best_ask: string }[];
}

/** Feed, book and venue; the order is one tick below the best ask. */
export const directBot: Bot = (place) => {
  const { venue, background$ } = venueOf(place);
  const book = bookCache();
  let salt = 0;
  const placed$ = marketOf(place, "direct", book).pipe(
    map(() => book.read().view?.value.YES.asks[0]?.price),
    distinctUntilChanged(),
    filter((ask) => ask !== undefined),
    mergeMap((ask) => {
      salt += 1;
      const ticket = buyYes(priceBp(ask - TICK), salt);
      const epoch = { account: 0, market: 0 };
      const leg = { orderId: venue.orderId(ticket), ticket, epoch, liveAfter: 1 };
      place.watch.ends("decide");
      return venue.place([leg], () => true);
    }),
  );
  const running = merge(background$, placed$).subscribe();
  return () => running.unsubscribe();
};

/**
 * The graph of `src/app/marketSession.ts`, without the user feed. The strategy has no debounce: it runs in
 * the turn of the event loop after the frame's. The reference is so far above the strike that it
 * would bid 97 cents, so the best ask decides the price. The state is reset after each step: every
 * frame finds no resting order and places one.
 */
export const executorBot: Bot = (place) =>
  graphBot(place, {
    name: "executor",
    state: trading(
      {},
      { market: MARKET, config: appConfig({ executor: UNHELD }).executor },
    ).state(),
    reference: steady,
    isMeasured: ({ mode }) => mode !== "stop", // before the books have come
    sent: "place",
  });

/** The same where an order rests at a third price: every frame cancels it. What replaces it is not sent. */
export const cancelBot: Bot = (place) =>
  graphBot(place, {
    name: "cancel",
    state: resting(),
    reference: steady,
    isMeasured: ({ mode }) => mode !== "stop",
    sent: "cancel",
  });

/** The reference feed moves, the quote is pulled, and shown again in the next turn of the event loop. */
export const pullBot: Bot = (place) => {
  const cached = referenceCache(volatilityOptions(appConfig().strategy));
  return graphBot(place, {
    name: "pullBooks",
    state: resting(),
    reference: () => ({
      reference$: referenceOf(place, cached),
      read: () => {
        const { price, volatility, filter: known } = cached.read();
        const { variancePerSecond } = volatility;
        return { price, variancePerSecond, isHeld: known.held !== null };
      },
    }),
    isMeasured: ({ reason }) => reason.startsWith("pulled"),
    sent: "cancel",
  });
};

/** No reference feed. */
const steady: Graph["reference"] = (now) => ({
  reference$: NEVER,
  read: () => ({
    price: { value: referencePrice((MARKET.strike * 11) / 10), receivedAt: now },
    variancePerSecond: 0,
    isHeld: false,
  }),
});

/** One order rests, by the id that the stub answers with. */
function resting(): ExecutorState {
  const day = trading({}, { market: MARKET, config: appConfig({ executor: UNHELD }).executor });
  const text = "BUY YES 20 @ 0.45";
  day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
  day.acks(text);
  const order = { ...day.order(text), venueId: RESTING };
  const state = day.state();
  return { ...state, working: { ...state.working, [order.id]: order } };
}

/** Each frame has to cause its order or its cancel. */
const UNHELD = {
  holdBehindTicks: 0,
  holdAheadTicks: 0,
  holdSizePercent: 0,
  holdComplement: false,
  topUpsMax: 0,
};

interface Graph {
  /** The path of its market channel. */
  readonly name: string;
  /** At each step. */
  readonly state: ExecutorState;
  readonly reference: (now: Instant) => {
    readonly reference$: Observable<unknown>;
    readonly read: () => View["reference"];
  };
  /** Other intents do not reach the executor. */
  readonly isMeasured: (intent: Intent) => boolean;
  readonly sent: "place" | "cancel";
}

function graphBot(
  place: Place,
  { name, state: kept, reference, isMeasured, sent }: Graph,
): () => void {
  const { watch } = place;
  const { venue, background$ } = venueOf(place);
  const { strategies, executor: rules } = appConfig({
    strategy: { ...FIXED_SPREAD, quietMs: 0, maxWaitMs: 1 },
    executor: UNHELD,
  });
  // The builders freeze what they return, and frozen objects are copied more slowly.
  const state = structuredClone(kept);
  const { now } = state;
  const step = reducer(rules, { nonce: "a session", orderId: venue.orderId });
  const stepOnce: Reduce = (_, input) => {
    const [, effects] = step(state, { ...input, seq: state.step + 1 });
    return [state, effects.filter(({ type }) => type === sent)];
  };

  const directory = mkdtempSync(join(tmpdir(), "tandem-bench-"));
  const journal = fileJournal({
    directory,
    name: "bench",
    totalBytesMax: JOURNAL_BYTES_MAX,
    header: {
      version: "bench",
      market: MARKET,
      config: { executor: rules, strategy: strategies.standard.parameters },
      nonce: "a session",
      state,
      step: state.step,
    },
    snapshot: () => state,
  });
  const book = bookCache();
  const market$ = marketOf(place, name, book).pipe(share());
  const { reference$, read } = reference(now);
  const tick$ = reference$.pipe(share());
  const intent$ = chosenIntents(
    of(strategies.standard),
    {
      trigger$: merge(book.snapshot$, tick$),
      reference$: tick$,
      view: () => ({
        now,
        market: MARKET,
        book: book.read().view,
        reference: read(),
        inventory: state.inventory,
        inventoryStep: state.inventoryStep,
        settlement: null,
        marketOffset: null,
        orders: [],
        ended: [],
        ...NOTHING_RECENT,
      }),
    },
    systemMacrotask,
  );
  const receipt$ = intent$.pipe(
    filter(isMeasured),
    tap(() => watch.ends("intent")),
    map(({ seq, ...intent }): Arrival => {
      // Newer than the one of the state.
      const event = { type: "intent.published", intent: { ...intent, seq: seq + 1_000 } } as const;
      return { at: now, event };
    }),
    executor(state, stepOnce, journal, systemMacrotask),
    concatMap(({ effects }) => of(...effects)),
    gateway(
      {
        venue: {
          ...venue,
          place: (legs, mayLeave) => {
            watch.ends("decide");
            return venue.place(legs, mayLeave);
          },
          cancel: (ids) => {
            watch.ends("decide");
            return venue.cancel(ids);
          },
        },
        fence: createFence(),
        permits: {
          orders: bucket(UNLIMITED, systemScheduler, UNLIMITED),
          cancels: bucket(UNLIMITED, systemScheduler, UNLIMITED),
          reads: permits(UNLIMITED, systemScheduler),
          reserve: cancelReserve(),
        },
        deadlines: DEADLINES,
        onWaveSent: () => undefined,
      },
      systemScheduler,
    ),
    tap(({ type }) => {
      if (type !== "order.acked" && type !== "cancel.acked") fail(`${name}: ${type}`);
    }),
  );
  const running = merge(background$, market$, receipt$).subscribe();
  return () => {
    running.unsubscribe();
    journal.close();
    rmSync(directory, { recursive: true });
  };
}

/** The reference feed, kept in its cache. */
function referenceOf({ port, watch }: Place, cached: ReferenceCache): Observable<unknown> {
  const stream = {
    origin: channel(port, "pull"),
    symbol: "btcusdt",
    onDecodeWarning: ({ sample }: { readonly sample: string }) => fail(sample),
    timing: STREAM_TIMING,
  };
  const link$ = referenceStream(stream, { clock: systemClock, scheduler: systemScheduler }).pipe(
    filter((link): link is Link<ReferenceItem> => link.type !== "leaving"),
    tap(() => watch.ends("decode")),
  );
  return feed(
    () => link$,
    { confirmedBy: "item", reconnect: RECONNECT },
    systemClock,
    systemScheduler,
  ).pipe(cached.keep);
}

/** The client over HTTP, with warm connections as in production. */
function venueOf({ port, watch, signer }: Place): PolymarketVenue {
  const timed: Signer = {
    ...signer,
    sign: (digest, key) => {
      const signature = signer.sign(digest, key);
      watch.ends("sign");
      return signature;
    },
  };
  return polymarketVenue(
    {
      origin: origin(port),
      identity: identityOf(timed),
      listings: new Map([[MARKET.id, LISTING]]),
      onDecodeWarning: (source, { sample }) => fail(`${source}: ${sample}`),
      timing: VENUE_TIMING,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
}

/** The market feed, kept in the book cache. */
function marketOf(
  { port, watch, signer }: Place,
  name: string,
  book: BookCache,
): Observable<unknown> {
  const { account, credentials } = identityOf(signer);
  const channels = polymarketChannels(
    {
      marketUrl: channel(port, name),
      userUrl: channel(port, name),
      origin: origin(port),
      credentials,
      wallet: account.maker,
      listings: new Map([[MARKET.id, LISTING]]),
      onDecodeWarning: (source, { sample }) => fail(`${source}: ${sample}`),
      onWatchdogReport: () => undefined,
      timing: CHANNEL_TIMING,
      watchTiming: WATCHDOG_TIMING,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
  const link$ = channels.market(MARKET).pipe(tap(() => watch.ends("decode")));
  return feed(
    () => link$,
    { confirmedBy: "item", reconnect: RECONNECT },
    systemClock,
    systemScheduler,
  ).pipe(book.keep);
}

/** Ends the run: a measurement of a failure measures nothing. */
function fail(why: string): never {
  throw new Error(why);
}
