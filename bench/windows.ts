/** Simulated windows and worlds as workloads, for figures and for profiles; each repeats exactly by its seed. */
import { NEVER } from "rxjs";
import { type App, app } from "../src/app/app.ts";
import { appConfig } from "../src/app/config.ts";
import type { Transition } from "../src/executor/index.ts";
import { type MemoryJournal, memoryJournal, memoryLevel } from "../src/journal/index.ts";
import { SYNTHETIC_VOLATILITY, simulatedVenue } from "../src/runtimes/inProcess.ts";
import {
  type TradersName,
  syntheticReference,
  virtualClock,
  virtualScheduler,
} from "../src/sim/index.ts";
import type { VenueFact } from "../src/sim/exchange/index.ts";
import { MICRO, referencePrice } from "../src/types/index.ts";
import { SILENT_LOG } from "../test/support/builders.ts";

export interface WindowWatch {
  readonly transition?: (transition: Transition) => void;
  readonly fact?: (fact: VenueFact) => void;
}

export interface WindowOptions {
  readonly seed: number;
  readonly traders: TradersName;
  readonly lengthMs: number;
  /** As in a parameter file; by default the program's own. */
  readonly parameters?: unknown;
}

export interface WindowResult {
  readonly fills: number;
  /** Dollars: realised, and what is left at the best bid. */
  readonly pnlUsdc: number;
  readonly steps: number;
  /** One for each market. */
  readonly journals: readonly MemoryJournal[];
}

const EPOCH_START_MS = 1_795_305_600_000;
const TICK_MS = 80;
const SHUTDOWN_SLACK_MS = 10_000;

/** The whole program on the venue in process for one window in virtual time, without faults or checkers. */
export async function simulatedWindow(
  { seed, traders, lengthMs, parameters = {} }: WindowOptions,
  watch: WindowWatch = {},
): Promise<WindowResult> {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, EPOCH_START_MS);
  const config = appConfig(parameters, lengthMs);
  const reference$ = syntheticReference(
    {
      seed,
      startPrice: referencePrice(60_000 * MICRO),
      volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
      tickMs: TICK_MS,
    },
    scheduler,
  );
  const time = { scheduler, clock, macrotask: scheduler };
  const venue = simulatedVenue(
    { seed, traders, windowMs: lengthMs, ...(watch.fact && { audit: watch.fact }) },
    reference$,
    time,
  );
  const sim = venue.runtime({}, SILENT_LOG);
  sim.background$.subscribe();
  const journals: MemoryJournal[] = [];
  const tandem: App = app(config, {
    ...sim,
    background$: NEVER,
    chance: () => 0.5,
    nonce: `window-${seed}`,
    log: SILENT_LOG,
    level: memoryLevel(),
    history: () => null,
    journal: (origin) => {
      const journal = memoryJournal(origin);
      journals.push(journal);
      return journal;
    },
  });
  let steps = 0;
  tandem.transition$.subscribe((transition) => {
    steps += 1;
    watch.transition?.(transition);
  });
  const ended = tandem.start();
  scheduler.runUntil(lengthMs + config.shutdownMs + SHUTDOWN_SLACK_MS);
  await ended;
  const { fills, pnlUsdc } = tandem.summary();
  return { fills, pnlUsdc: pnlUsdc.realised + pnlUsdc.unrealised, steps, journals };
}
