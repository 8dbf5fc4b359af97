/** One market session on its own: what it tells the parts that the markets of an account share. */
import { NEVER, Subject } from "rxjs";
import { expect, it } from "vitest";
import { accountBook } from "../../src/app/accountBook.ts";
import { appConfig } from "../../src/app/index.ts";
import { type AccountContext, loopOf, marketSession } from "../../src/app/marketSession.ts";
import type { Runtime } from "../../src/app/runtime.ts";
import { type Transition, nextDeadline } from "../../src/executor/index.ts";
import { buckets, createFence } from "../../src/gateway/index.ts";
import { memoryAccount, memoryJournal, memoryLevel } from "../../src/journal/index.ts";
import type { AppOutput } from "../../src/observers/index.ts";
import { virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import { referenceCache, settlementCache } from "../../src/streams/caches/index.ts";
import { loadMeter } from "../../src/streams/feeds/index.ts";
import { volatilityOptions } from "../../src/streams/strategy/index.ts";
import { type MonotonicMs, type Venue, type MarketId, marketId } from "../../src/types/index.ts";
import { market, quote, trading } from "../support/builders.ts";

const OTHER = marketId("other");
const START = market().opensAt;
const NO_LOG = () => undefined;
const SILENT = { debug: NO_LOG, info: NO_LOG, warn: NO_LOG, error: NO_LOG };

/** A session that takes over what a run before has left, on a venue and feeds that say nothing. */
function session(history: Runtime["history"]): {
  readonly account: AccountContext;
  readonly output$: Subject<AppOutput>;
  readonly runUntil: (atMs: number) => void;
  readonly transitions: () => readonly Transition[];
  readonly ended: () => void;
} {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, START);
  const silent = (): typeof NEVER => NEVER;
  const venue: Venue = {
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
  const output$ = new Subject<AppOutput>();
  const config = appConfig();
  const { level } = memoryLevel().read();
  const account: AccountContext = {
    loop: loopOf(output$),
    operator: () => ({ level, reason: "", accountEpoch: 0, isShuttingDown: false }),
    book: accountBook(null, config.account, clock),
    settings: () => config.strategies,
    pricesOf: () => ({
      reference: referenceCache(volatilityOptions(config.strategy)),
      referenceLink$: NEVER,
      settlement: settlementCache(() => null),
      settlementLink$: NEVER,
    }),
    heartbeat$: NEVER,
    rateLimitWarning$: NEVER,
    load: loadMeter(scheduler),
    loadChange$: NEVER,
    tickedAt: new Map<MarketId, MonotonicMs>(),
    gateway: {
      venue,
      fence: createFence(),
      permits: buckets(scheduler),
      deadlines: config.deadlines,
      onWaveSent: () => undefined,
    },
  };
  const runtime: Runtime = {
    mode: "sim",
    clock,
    scheduler,
    macrotask: scheduler,
    chance: () => 0.5,
    nonce: "session",
    log: SILENT,
    venue,
    connections: { market: silent, user: silent, reference: silent, settlement: null },
    market$: NEVER,
    background$: NEVER,
    history,
    level: memoryLevel(),
    account: memoryAccount(),
    journal: (origin) => memoryJournal(origin),
  };
  const transitions: Transition[] = [];
  const running = marketSession(market(), account, config, runtime).subscribe((output) => {
    if (output.type === "transition.made") transitions.push(output.transition);
    output$.next(output);
  });
  return {
    account,
    output$,
    runUntil: (atMs) => {
      scheduler.runUntil(atMs);
    },
    transitions: () => transitions,
    ended: () => {
      running.unsubscribe();
    },
  };
}

/** A run before, with two orders of ours that nobody has heard of since. */
const before = trading({ YES: 10 });
before.intends({ bid: quote(10, 45), ask: quote(5, 55) });
const HISTORY = before.history();
const IDS = before.legs().map(({ orderId }) => orderId);

it("[C] the cancel reserve knows what may rest of a market that places nothing any more", () => {
  const { account, output$, runUntil } = session(() => HISTORY);
  const { reserve } = account.gateway.permits;
  // One for a cancel-all of the other market, one for one of this, and one for each order.
  expect(reserve.costWith(OTHER, 0)).toBe(1 + 1 + 2);
  runUntil(100);
  expect(reserve.costWith(OTHER, 0)).toBe(1 + 1 + 2);
  for (const orderId of IDS) {
    const receipt = { type: "cancel.acked", orderId } as const;
    output$.next({ type: "receipt.received", market: market().id, receipt });
  }
  runUntil(200);
  expect(reserve.costWith(OTHER, 0)).toBe(1 + 1);
});

it("[K] every deadline of the executor is met by a tick, not only every 250 ms", () => {
  const { output$, runUntil, transitions } = session(() => HISTORY);
  runUntil(110);
  const command = { command: "halt", reason: "said so", accountEpoch: 1 } as const;
  output$.next({ type: "operator.commanded", ...command });
  runUntil(10_000);

  const taken = transitions();
  const late = taken.slice(1).filter(({ input }, index) => {
    const state = taken[index]?.state;
    const due = state ? nextDeadline(state, appConfig().executor) : null;
    return due !== null && input.at.monotonicMs > Math.ceil(due);
  });
  expect(late.map(({ input }) => input.at.monotonicMs)).toEqual([]);
  const ticks = taken.filter(({ input }) => input.event.type === "clock.ticked");
  expect(ticks.some(({ input }) => input.at.monotonicMs % 250 !== 0)).toBe(true);
});

it("[C] the fence lets nothing of a market through that has ended, and all of the others", () => {
  const { account, ended } = session(() => null);
  const { fence } = account.gateway;
  const newest = { account: 9, market: 9 };
  expect(fence.admits(market().id, newest)).toBe(true);
  ended();
  expect(fence.admits(market().id, newest)).toBe(false);
  expect(fence.admits(OTHER, newest)).toBe(true);
});

it("[C] a market that has ended takes nothing of the cancel reserve any more", () => {
  const { account, ended } = session(() => HISTORY);
  const { reserve } = account.gateway.permits;
  expect(reserve.costWith(OTHER, 0)).toBe(1 + 1 + 2);
  ended();
  expect(reserve.costWith(OTHER, 0)).toBe(1);
});

it("[K] a market counts as alive from its opening, and not for having taken no tick yet", () => {
  const { account, runUntil } = session(() => null);
  const { tickedAt } = account;
  const openedAt = tickedAt.get(market().id);
  expect(openedAt).toBe(0);
  runUntil(2_000);
  expect(tickedAt.get(market().id)).toBeGreaterThan(1_700);
});
