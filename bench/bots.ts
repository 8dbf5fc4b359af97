/** Four ways to turn a frame into an order: the floor, ours twice, and the venue's own client. */
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
import { type Reduce, executor, reducer } from "../src/executor/index.ts";
import { DEADLINES, bucket, createFence, gateway, cancelReserve } from "../src/gateway/index.ts";
import { fileJournal } from "../src/journal/index.ts";
import { permits } from "../src/operators/index.ts";
import { type BookCache, bookCache } from "../src/streams/caches/index.ts";
import { feed } from "../src/streams/feeds/index.ts";
import { digital, intents } from "../src/streams/strategy/index.ts";
import { type Arrival, DOLLAR_BP, priceBp, referencePrice } from "../src/types/index.ts";
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
import { trading } from "../test/support/builders.ts";
import { LISTING, MARKET, buyYes, identityOf } from "./account.ts";
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

/** Sends bytes that were prepared before the frame: the cost of the sockets alone. */
export const floorBot: Bot = ({ port, signer }) => {
  const client = new Client(origin(port), { pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS });
  const { ready } = orderStepsOf(signer);
  // The two prices alternate; the first message has the books.
  const requests = [4_990, 5_990].map((price) => ready(buyYes(priceBp(price), 1)));
  let frames = -1;
  const ws = new WebSocket(channel(port, "floor"));
  ws.on("open", () => ws.send(subscription));
  ws.on("message", () => {
    const request = requests[frames % 2];
    frames += 1;
    if (request) client.dispatch(request, UNREAD);
  });
  return () => {
    ws.terminate();
    void client.destroy();
  };
};

/** The obvious bot on the venue's own client; it uses the frame's best ask. */
export const peerBot: Bot = ({ port, watch }) => {
  const client = new OfficialClient(origin(port), () => {
    watch.ends("ready");
    return true;
  });
  const ws = new WebSocket(channel(port, "peer"));
  const quote = async (text: string): Promise<void> => {
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
  ws.on("message", (frame: Buffer) => void quote(frame.toString()));
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
 * The graph of `src/app/marketSession.ts`, with the market feed only. The strategy has no debounce:
 * it runs in the turn of the event loop after the frame's. It would bid 97 cents, so the best ask
 * decides the price. The state is reset after each step: every frame finds no resting order and
 * places one.
 */
export const executorBot: Bot = (place) => {
  const { watch } = place;
  const { venue, background$ } = venueOf(place);
  const { strategy: parameters, executor: rules } = appConfig({
    strategy: { quietMs: 0, maxWaitMs: 1 },
  });
  const day = trading({}, { market: MARKET, config: rules });
  // The builders freeze what they return, and frozen objects are copied more slowly.
  const state = structuredClone(day.state());
  const now = structuredClone(day.now());
  const step = reducer(rules, { nonce: "a session", orderId: venue.orderId });
  const stepOnce: Reduce = (_, input) => {
    const [, effects] = step(state, { ...input, seq: state.step + 1 });
    if (effects.some(({ type }) => type !== "place")) fail(JSON.stringify(effects));
    return [state, effects];
  };

  const directory = mkdtempSync(join(tmpdir(), "tandem-bench-"));
  const journal = fileJournal({
    directory,
    name: "bench",
    totalBytesMax: JOURNAL_BYTES_MAX,
    header: {
      version: "bench",
      market: MARKET,
      config: { executor: rules, strategy: parameters },
      nonce: "a session",
      state,
      step: state.step,
    },
    snapshot: () => state,
  });
  const book = bookCache();
  const market$ = marketOf(place, "executor", book).pipe(share());
  const price = { value: referencePrice((MARKET.strike * 11) / 10), receivedAt: now };
  const intent$ = intents(
    digital,
    {
      trigger$: book.snapshot$,
      reference$: NEVER,
      view: () => ({
        now,
        market: MARKET,
        book: book.read().view,
        reference: { price, variancePerSecond: 0, isHeld: false },
        inventory: state.inventory,
        inventoryStep: state.inventoryStep,
      }),
    },
    parameters,
    systemMacrotask,
  );
  const receipt$ = intent$.pipe(
    tap(() => watch.ends("intent")),
    filter(({ mode }) => mode !== "stop"), // before the books have come
    map((intent): Arrival => ({ at: now, event: { type: "intent.published", intent } })),
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
  );
  const running = merge(background$, market$, receipt$).subscribe();
  return () => {
    running.unsubscribe();
    journal.close();
    rmSync(directory, { recursive: true });
  };
};

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
    { confirmedBy: "item", reconnect: { minMs: 250, maxMs: 30_000, jitter: () => 0 } },
    systemClock,
    systemScheduler,
  ).pipe(book.keep);
}

/** Ends the run: a measurement of a failure measures nothing. */
function fail(why: string): never {
  throw new Error(why);
}
