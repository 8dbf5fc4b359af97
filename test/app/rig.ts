/**
 * The production app in virtual time on the simulated venue, where a test can replace every port:
 * for tests that break one thing and check all the others.
 */
import type { SchedulerLike } from "rxjs";
import { type App, type AppConfig, type Runtime, app, appConfig } from "../../src/app/index.ts";
import {
  type AccountRecord,
  type LevelRecord,
  type MemoryJournal,
  memoryJournal,
  memoryAccount,
  memoryLevel,
} from "../../src/journal/index.ts";
import {
  OUR_ACCOUNT,
  type Simulation,
  type VenueFact,
  type VirtualScheduler,
  syntheticReference,
  virtualClock,
  virtualScheduler,
} from "../../src/sim/index.ts";
import {
  type Connections,
  type Journal,
  MICRO,
  type Venue,
  referencePrice,
} from "../../src/types/index.ts";
import { type Summary, readersOf } from "../../src/observers/index.ts";
import { simulatedVenue } from "../../src/runtimes/index.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

export interface RigOptions {
  readonly seed?: number;
  readonly windowMs?: number | readonly number[];
  readonly config?: AppConfig;
  /** Replaces the venue; the others likewise. */
  readonly venue?: (venue: Venue, scheduler: VirtualScheduler) => Venue;
  readonly journal?: (journal: Journal, scheduler: VirtualScheduler) => Journal;
  readonly connections?: (connections: Connections) => Connections;
  readonly level?: LevelRecord;
  readonly account?: AccountRecord;
  readonly observe?: typeof readersOf;
  readonly macrotask?: (scheduler: VirtualScheduler) => SchedulerLike;
  /** Makes another runtime of the one that is made of all these. */
  readonly remade?: (runtime: Runtime) => Runtime;
}

export type Outcome =
  | { readonly type: "resolved"; readonly summary: Summary; readonly atMs: number }
  | { readonly type: "rejected"; readonly cause: unknown; readonly atMs: number };

/** A request that reached the venue, and when. */
export interface Asked {
  readonly what: "place" | "cancel" | "cancelAll" | "heartbeat" | "openOrders";
  readonly atMs: number;
  /** Of a place: whether it was sent. */
  readonly hasLeft?: boolean;
}

export interface Rig {
  readonly app: App;
  readonly scheduler: VirtualScheduler;
  readonly sim: Pick<Simulation, "truth" | "venue">;
  readonly config: AppConfig;
  /** Starts the app if it has not been, and lets time pass. */
  readonly runUntil: (atMs: number) => Promise<void>;
  readonly start: () => void;
  /** Null while it runs. */
  readonly outcome: () => Outcome | null;
  readonly asked: () => readonly Asked[];
  /** When the venue accepted an order of ours. */
  readonly acceptedAt: () => readonly number[];
  readonly facts: () => readonly { readonly atMs: number; readonly fact: VenueFact }[];
  readonly journals: () => readonly MemoryJournal[];
  readonly log: () => readonly string[];
}

const EPOCH_START_MS = 1_795_305_600_000;
export const NONCE = "rig";

export function rig({
  seed = 1,
  windowMs = 300_000,
  config = appConfig({ strategy: FIXED_SPREAD }),
  venue = (it) => it,
  journal = (it) => it,
  connections = (it) => it,
  level = memoryLevel(),
  account = memoryAccount(),
  observe = readersOf,
  macrotask = (it) => it,
  remade = (it) => it,
}: RigOptions = {}): Rig {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, EPOCH_START_MS);
  const facts: { readonly atMs: number; readonly fact: VenueFact }[] = [];
  const asked: Asked[] = [];
  const journals: MemoryJournal[] = [];
  const log: string[] = [];
  let outcome: Outcome | null = null;
  let isStarted = false;

  const simulated = simulatedVenue(
    { seed, windowMs, audit: (fact) => facts.push({ atMs: scheduler.now(), fact }) },
    syntheticReference(
      {
        seed,
        startPrice: referencePrice(60_000 * MICRO),
        volatilityPerSqrtSecond: 0.00009,
        tickMs: 100,
      },
      scheduler,
    ),
    { scheduler, clock, macrotask: macrotask(scheduler) },
  );
  const note = (what: Asked["what"], more: Partial<Asked> = {}): void => {
    asked.push({ what, atMs: scheduler.now(), ...more });
  };
  const observed = (it: Venue): Venue => ({
    ...it,
    place: (legs, mayLeave) =>
      it.place(legs, () => {
        const hasLeft = mayLeave();
        note("place", { hasLeft });
        return hasLeft;
      }),
    cancel: (ids) => {
      note("cancel");
      return it.cancel(ids);
    },
    cancelAll: (market) => {
      note("cancelAll");
      return it.cancelAll(market);
    },
    openOrders: (market) => {
      note("openOrders");
      return it.openOrders(market);
    },
    heartbeat: () => {
      note("heartbeat");
      return it.heartbeat();
    },
  });
  const said =
    (severity: string) =>
    (known: unknown, text: string): void => {
      log.push(`${severity}: ${text} ${JSON.stringify(known)}`);
    };
  const steady = simulated.runtime(
    {},
    { debug: said("debug"), info: said("info"), warn: said("warn"), error: said("error") },
  );
  const runtime: Runtime = {
    ...steady,
    chance: () => 0.5,
    nonce: NONCE,
    venue: observed(venue(steady.venue, scheduler)),
    connections: connections(steady.connections),
    level,
    account,
    journal: (origin) => {
      const kept = memoryJournal(origin);
      journals.push(kept);
      return journal(kept, scheduler);
    },
  };
  const tandem = app(config, remade(runtime), observe);
  const start = (): void => {
    isStarted = true;
    void settled(tandem.start());
  };
  const settled = async (ended: Promise<Summary>): Promise<void> => {
    try {
      const summary = await ended;
      outcome = { type: "resolved", summary, atMs: scheduler.now() };
    } catch (cause) {
      outcome = { type: "rejected", cause, atMs: scheduler.now() };
    }
  };
  return {
    app: tandem,
    scheduler,
    sim: { truth: simulated.truth, venue: steady.venue },
    config,
    start,
    runUntil: async (atMs) => {
      if (!isStarted) start();
      // In small steps, so that the time at which `start` settles is noted to the millisecond.
      for (let at = scheduler.now(); at < atMs && outcome === null;) {
        at = Math.min(atMs, at + STEP_MS);
        scheduler.runUntil(at);
        await Promise.resolve();
        await Promise.resolve();
      }
      scheduler.runUntil(atMs);
      await Promise.resolve();
    },
    outcome: () => outcome,
    asked: () => asked,
    acceptedAt: () =>
      facts.flatMap(({ atMs, fact }) =>
        fact.type === "order.changed" &&
        fact.cause === "placed" &&
        fact.order.account === OUR_ACCOUNT
          ? [atMs]
          : [],
      ),
    facts: () => facts,
    journals: () => journals,
    log: () => log,
  };
}

const STEP_MS = 1;
