/** One contestant in one window: the whole program on the venue in process, in virtual time, until the window has paid. */
import { NEVER, take } from "rxjs";
import { app, appConfig } from "../../src/app/index.ts";
import { memoryLevel } from "../../src/journal/index.ts";
import { summaryCounter } from "../../src/observers/index.ts";
import { SIMULATED_CASH, simulatedVenue, syntheticPath } from "../../src/runtimes/inProcess.ts";
import {
  CRYPTO_FEE_BP,
  type TradersName,
  type VenueFact,
  type VenueTruth,
  syntheticReference,
  virtualClock,
  virtualScheduler,
} from "../../src/sim/index.ts";
import { type Journal, type Log, causeOf } from "../../src/types/index.ts";
import { type WindowFigures, figuresOf } from "./windowFigures.ts";
import { recorder } from "./recorder.ts";
import { type StrategyFile, strategyOf } from "./strategies.ts";

export interface WindowEntry {
  readonly seed: number;
  readonly traders: TradersName;
  readonly lengthMs: number;
  /** As in a parameter file. @throws ConfigError where they are none. */
  readonly parameters: object;
  /** Where the strategy comes from a file. */
  readonly file?: StrategyFile | null;
}

/** A window that could not be played to its end, and why. */
export interface WindowFailure {
  readonly failure: string;
}

/** 2026-11-22T00:00:00Z: far from the end of a day, at which a venue pays rebates. */
const EPOCH_START_MS = 1_795_305_600_000;
/** After its end a window is decided, resolved, and its last trades are confirmed. */
const AFTER_END_MS = 60_000;
const STEP_MS = 1_000;

const silent = (): void => {};
const SILENT_LOG: Log = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  writes: () => false,
};
/** Nobody reads it: a window repeats exactly by its seed. */
const NO_JOURNAL: Journal = {
  append: (input) => [input],
  decided: () => {},
  close: () => {},
};

export interface WindowWatch {
  /** Called with each fact of the venue; what it throws fails the window. */
  readonly fact?: (fact: VenueFact) => void;
  /** In virtual time: a window that is not paid so long after its end has failed. */
  readonly afterEndMs?: number;
}

/** Rejects only for a mistake of this file; what goes wrong in the window is its failure. */
export async function playWindow(
  { seed, traders, lengthMs, parameters, file = null }: WindowEntry,
  { fact: watched, afterEndMs = AFTER_END_MS }: WindowWatch = {},
): Promise<WindowFigures | WindowFailure> {
  const own = file === null ? [] : [await strategyOf(file)];
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, EPOCH_START_MS);
  const recording = recorder();
  const time = { scheduler, clock, macrotask: scheduler };
  const simulated = simulatedVenue(
    {
      seed,
      traders,
      windowMs: lengthMs,
      feeRateBp: CRYPTO_FEE_BP,
      audit: (fact) => {
        recording.fact(fact, clock.now().epochMs);
        watched?.(fact);
      },
    },
    syntheticReference(syntheticPath(seed), scheduler),
    time,
  );
  const { market$, background$, ...runtime } = simulated.runtime({}, SILENT_LOG);
  const run: Run = { isOver: false, failure: null };
  const fails = (cause: unknown): void => {
    run.failure ??= causeOf(cause);
  };
  const running = background$.subscribe({ error: fails });
  const tandem = app(
    appConfig(parameters, null, undefined, own),
    {
      ...runtime,
      // One window, after which the run ends by itself.
      market$: market$.pipe(take(1)),
      background$: NEVER,
      chance: () => 0.5,
      nonce: `window-${seed}`,
      level: memoryLevel(),
      history: () => null,
      journal: () => NO_JOURNAL,
    },
    // What readers make of the run is not asked for here, and costs a tenth of it.
    ({ nowMs, mode }) => ({ all: [], summary: summaryCounter(nowMs, mode).summary }),
  );
  const ends = (): boolean => (run.isOver = true);
  void tandem.start().then(ends, fails);
  const isPlayed = (): boolean => run.isOver && isPaid(simulated.truth());
  try {
    const untilMs = lengthMs + afterEndMs;
    for (let at = STEP_MS; run.failure === null && !isPlayed() && at <= untilMs; at += STEP_MS) {
      scheduler.runUntil(at);
      // The run's end is a promise, which is heard of between two steps.
      await Promise.resolve();
    }
  } catch (cause) {
    fails(cause);
  } finally {
    running.unsubscribe();
  }
  if (run.failure !== null) return { failure: run.failure };
  const record = recording.record();
  const { cash, orders } = simulated.truth();
  if (record === null || !isPlayed())
    return { failure: `not over ${afterEndMs / 1_000} s after its end` };
  if (orders.length > 0) return { failure: `orders that rest after the end: ${orders.length}` };
  const figures = figuresOf(record);
  const { spread, directional, fees } = figures;
  const paid = cash - SIMULATED_CASH;
  // Rebates are paid once a day, after the window.
  return paid === spread + directional - fees
    ? figures
    : {
        failure: `the venue paid ${paid} micro-dollars, the fills say ${spread + directional - fees}`,
      };
}

interface Run {
  isOver: boolean;
  /** Of the program, or of the venue. */
  failure: string | null;
}

/** Whether the window is decided, and every trade of ours in it has come to its end. */
const isPaid = ({ markets }: VenueTruth): boolean =>
  markets[0]?.isResolved === true &&
  markets[0].trades.every(({ status }) => status === "confirmed" || status === "failed");
