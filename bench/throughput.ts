/** How many public frames the whole graph takes, how long they hold the event loop, and what they leave behind. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  EMPTY,
  NEVER,
  type Observable,
  Subject,
  type Subscription,
  concatMap,
  of,
  shareReplay,
} from "rxjs";
import { appConfig } from "../src/app/config.ts";
import { accountBook } from "../src/app/accountBook.ts";
import { type AccountContext, loopOf, marketSession } from "../src/app/marketSession.ts";
import type { Runtime } from "../src/app/runtime.ts";
import { buckets, createFence } from "../src/gateway/index.ts";
import { memoryAccount, memoryLevel } from "../src/journal/index.ts";
import type { AppOutput } from "../src/observers/index.ts";
import { systemClock, systemMacrotask, systemScheduler } from "../src/runtimes/system.ts";
import { referenceCache, settlementCache } from "../src/streams/caches/index.ts";
import { loadChanges, loadMeter } from "../src/streams/feeds/index.ts";
import { volatilityOptions } from "../src/streams/strategy/index.ts";
import {
  type Continuity,
  type Journal,
  type Link,
  MICRO,
  type Market,
  type MarketId,
  type MonotonicMs,
  type ReferenceItem,
  type Venue,
  after,
  formatMicro,
  marketId,
  referencePrice,
  tokenId,
} from "../src/types/index.ts";
import { FULL_TRUST } from "../src/venue/polymarket/channels/bookSuspicion.ts";
import {
  CHECK_MS,
  WATCHDOG_TIMING,
  withBookWatchdog,
} from "../src/venue/polymarket/channels/bookWatchdog.ts";
import { withoutRepeatedFrames } from "../src/venue/polymarket/channels/repeats.ts";
import {
  type DecodedMarketMessage,
  UNREAD,
  readMarketFrame,
} from "../src/venue/polymarket/decode/index.ts";
import { MARKET } from "./account.ts";
import { type Figure, figure } from "./figure.ts";
import { framesOf } from "./marketDay.ts";

const MARKETS = [1, 20, 200];
/** So many frames, then a turn of the event loop, as `paced` gives one. */
const FRAMES_PER_TURN = 500;
const CPU_MS = 2_000;
const PER_SECOND = 10_000;
const PUSH_MS = 10;
const DELAY_MARKETS = 20;

export interface ThroughputOptions {
  /** A minute at 10,000 frames a second and ten million frames, instead of 5 s and one million. */
  readonly isLong: boolean;
}

export async function* throughputFigures({ isLong }: ThroughputOptions): AsyncGenerator<Figure> {
  for (const count of MARKETS) yield await rate(count);
  yield await delay(isLong ? 60_000 : 5_000);
  yield await heap(isLong ? 10_000_000 : 1_000_000);
}

/** Per second of this process's processor time: other load on the machine takes none of it. */
async function rate(count: number): Promise<Figure> {
  const traded = tradedMarkets(count);
  await warm(traded);
  const frames = await cpuOf(traded, Infinity, CPU_MS);
  const texts = traded.slice(0, 20).flatMap((market) => market.frames);
  for (const text of texts) JSON.parse(text);
  const start = process.cpuUsage();
  for (const text of texts) JSON.parse(text);
  const parsing = texts.length / cpuSeconds(start);
  for (const { running } of traded) running.unsubscribe();
  return figure(`throughput.markets.${count}`, "perSecond", frames, {
    "floor: JSON.parse of the same frames": parsing,
  });
}

/** The loop's delay while frames come evenly, beside that of the same graph without a frame. */
async function delay(lastsMs: number): Promise<Figure> {
  const traded = tradedMarkets(DELAY_MARKETS);
  await warm(traded);
  const idle = await delayOf(() => undefined, Math.min(lastsMs, 5_000));
  const busy = await delayOf((share) => {
    pushed(traded, share);
  }, lastsMs);
  for (const { running } of traded) running.unsubscribe();
  return figure(`throughput.delay.p99.${PER_SECOND}`, "us", busy, { "no frames": idle });
}

async function delayOf(push: (count: number) => void, lastsMs: number): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const startedAt = performance.now();
  let sent = 0;
  histogram.enable();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = ((performance.now() - startedAt) * PER_SECOND) / 1_000;
      // What the machine has kept us from does not come all at once: that would be another load.
      push(Math.min(Math.round(due - sent), (2 * PER_SECOND * PUSH_MS) / 1_000));
      sent = due;
      if (performance.now() - startedAt < lastsMs) return;
      clearInterval(timer);
      resolve();
    }, PUSH_MS);
  });
  histogram.disable();
  return histogram.percentile(99);
}

/** After so many frames, beside a quarter and a half of them. */
async function heap(frames: number): Promise<Figure> {
  const traded = tradedMarkets(DELAY_MARKETS);
  await warm(traded);
  const at: Record<string, number> = {};
  for (const part of [0.25, 0.5, 1]) {
    const before = part === 1 ? 0.5 : part === 0.5 ? 0.25 : 0;
    await cpuOf(traded, Math.round(frames * (part - before)));
    collectGarbage();
    at[`after ${frames * part}`] = process.memoryUsage().heapUsed / 2 ** 20;
  }
  for (const { running } of traded) running.unsubscribe();
  const { [`after ${frames}`]: last = NaN, ...earlier } = at;
  return figure(`throughput.heap.${frames}`, "MB", last, earlier);
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Compiled, and both books of every market are there. */
const warm = (traded: readonly Traded[]): Promise<number> =>
  cpuOf(traded, Math.max(20_000, traded.length * 4), 2 * CPU_MS);

/** Frames per second of processor time; of so many frames, or of so much time. */
async function cpuOf(
  traded: readonly Traded[],
  framesMax: number,
  cpuMsMax = Infinity,
): Promise<number> {
  const start = process.cpuUsage();
  let frames = 0;
  while (frames < framesMax && cpuSeconds(start) * 1_000 < cpuMsMax) {
    pushed(traded, FRAMES_PER_TURN);
    frames += FRAMES_PER_TURN;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return frames / cpuSeconds(start);
}

function cpuSeconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

let turn = 0;

/** The next frame of one market after the other. */
function pushed(traded: readonly Traded[], count: number): void {
  for (let n = 0; n < count; n += 1) {
    traded[turn % traded.length]?.next();
    turn += 1;
  }
}

interface Traded {
  readonly frames: readonly string[];
  /** Its next frame; after the last one the first again. */
  readonly next: () => void;
  readonly running: Subscription;
}

/** Market sessions of one account, with a price: they quote, and their gate lets no order leave. */
function tradedMarkets(count: number): readonly Traded[] {
  const config = appConfig();
  const reference = referenceCache(volatilityOptions(config.strategy));
  const now = systemClock.now();
  of<readonly Continuity<ReferenceItem>[]>(
    { type: "restored", session: 1, at: now },
    { type: "item", session: 1, at: now, item: { price: referencePrice(60_000 * MICRO) } },
  )
    .pipe(reference.keep)
    .subscribe();
  const settlement = settlementCache(() => null);
  const output$ = new Subject<AppOutput>();
  const load = loadMeter(systemScheduler);
  const account: AccountContext = {
    loop: loopOf(output$),
    operator: () => ({ level: "normal", reason: "", accountEpoch: 0, isShuttingDown: false }),
    book: accountBook(null, config.account, systemClock),
    settings: () => config.strategies,
    pricesOf: () => ({ reference, referenceLink$: NEVER, settlement, settlementLink$: NEVER }),
    heartbeat$: NEVER,
    rateLimitWarning$: NEVER,
    load,
    loadChange$: loadChanges(load.measured$).pipe(shareReplay({ bufferSize: 1, refCount: true })),
    tickedAt: new Map<MarketId, MonotonicMs>(),
    gateway: {
      venue: SILENT_VENUE,
      fence: createFence(),
      permits: buckets(systemScheduler),
      deadlines: config.deadlines,
      onWaveSent: () => undefined,
    },
  };
  return Array.from({ length: count }, (_, index): Traded => {
    const market = marketNumber(index);
    const frames = framesOf(market, index);
    const text$ = new Subject<string>();
    const runtime = { ...RUNTIME, connections: { ...SILENT, market: () => linkOf(text$, market) } };
    const running = marketSession(market, account, config, runtime).subscribe((output) =>
      output$.next(output),
    );
    let at = 0;
    const next = (): void => {
      text$.next(frames[at] ?? "");
      at = (at + 1) % frames.length;
    };
    return { frames, next, running };
  });
}

/** A market channel as `channels.ts` makes it, without its socket. */
function linkOf(text$: Observable<string>, market: Market): ReturnType<typeof withBookWatchdog> {
  const decode = withoutRepeatedFrames(
    (text) => {
      const { items, warnings } = readMarketFrame(text, market);
      return { items: warnings.length > 0 ? [...items, UNREAD] : items, warnings };
    },
    () => true,
  );
  const link$ = text$.pipe(
    concatMap((text): readonly Link<DecodedMarketMessage>[] => {
      const at = systemClock.now();
      return decode(text).items.map((item) => ({ type: "item", item, at }));
    }),
  );
  return withBookWatchdog(
    link$,
    {
      market,
      restOnly: { min_order_size: formatMicro(market.rules.orderSizeMin), neg_risk: false },
      readBooks: () => EMPTY,
      suspicion$: NEVER,
      trust: { read: () => FULL_TRUST, keep: () => undefined },
      // A wrong or unchecked sum would be another measurement.
      onReport: ({ type, about }) => {
        if (type === "wrong" || type === "unchecked") throw new Error(`${type}: ${about}`);
      },
      timing: WATCHDOG_TIMING,
      checkMs: CHECK_MS,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
}

/** Ids as long as the venue's. */
function marketNumber(index: number): Market {
  const digits = String(index).padStart(3, "0");
  const { epochMs } = systemClock.now();
  return {
    ...MARKET,
    id: marketId(`0x${"3f".repeat(30)}1${digits}`),
    tokenIds: {
      YES: tokenId(`${MARKET.tokenIds.YES.slice(0, -3)}${digits}`),
      NO: tokenId(`${MARKET.tokenIds.NO.slice(0, -3)}${digits}`),
    },
    opensAt: after(epochMs, -60_000),
    endsAt: after(epochMs, 3_600_000),
  };
}

const silent = (): typeof NEVER => NEVER;
const SILENT = { market: silent, user: silent, reference: silent, settlement: null };
const noLog = (): void => undefined;
const SILENT_VENUE: Venue = {
  orderId: () => {
    throw new Error("nothing is placed here");
  },
  place: silent,
  cancel: silent,
  cancelAll: silent,
  openOrders: silent,
  order: silent,
  trades: silent,
  balances: silent,
  heartbeat: silent,
};
/** Keeps nothing: what it kept would be counted as the graph's. */
const FORGETFUL: Journal = {
  append: (input) => of(input),
  decided: () => undefined,
  close: () => undefined,
};
const RUNTIME: Runtime = {
  mode: "sim",
  clock: systemClock,
  scheduler: systemScheduler,
  macrotask: systemMacrotask,
  chance: () => 0.5,
  nonce: "throughput",
  log: { debug: noLog, info: noLog, warn: noLog, error: noLog },
  venue: SILENT_VENUE,
  connections: SILENT,
  market$: NEVER,
  background$: NEVER,
  history: () => null,
  level: memoryLevel(),
  account: memoryAccount(),
  journal: () => FORGETFUL,
};
