/**
 * The production app in a simulated world, from one seed: virtual time, the embedded venue, faults.
 * The process may die, and be begun again.
 * First the world is cruel and the checkers ask whether anything unsafe happened; then the faults
 * stop and they ask whether everything converged.
 */
import { NEVER, defer } from "rxjs";
import { type App, app } from "../../src/app/app.ts";
import { appConfig } from "../../src/app/config.ts";
import type { Runtime } from "../../src/app/runtime.ts";
import { reducer } from "../../src/executor/index.ts";
import type { ExecutorConfig, ExecutorState } from "../../src/executor/index.ts";
import {
  type MemoryJournal,
  decode,
  memoryJournal,
  memoryLevel,
  refold,
} from "../../src/journal/index.ts";
import {
  type InProcessFault,
  random,
  syntheticReference,
  virtualClock,
  virtualScheduler,
} from "../../src/sim/index.ts";
import { MICRO, referencePrice } from "../../src/types/index.ts";
import type { Clock, Log, Market, OperatorCommand, Venue } from "../../src/types/index.ts";
import { type Checker, checkers } from "./checkers/index.ts";
import { mortal } from "./crashing.ts";
import type { Summary } from "../../src/observers/index.ts";
import { simulatedVenue } from "../../src/runtimes/index.ts";

export interface WorldOptions {
  readonly seed: number;
  /** How long the market maker trades; the last part of it is kind. */
  readonly tradingMs?: number;
  /** Given the clock of the world, so that a story is told in its own time. */
  readonly log?: (clock: Clock) => Log;
}

/** One process, from its start to its end or its death. */
interface Life {
  readonly tandem: App;
  readonly isDead: () => boolean;
  readonly ended: Promise<void>;
}

export interface WorldResult {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Of the last process. */
  readonly summary: Summary;
  readonly deaths: number;
  /** One per market and process, in the order they opened. */
  readonly journals: readonly (readonly string[])[];
}

const TRADING_MS = 300_000;
/** Of the trading time: after it no fault begins, and everything must converge. */
const KIND_MS = 60_000;
/** The last word of the kind phase: by now everything must have converged once. */
const CONVERGED_WITHIN_MS = 20_000;
const SAMPLE_MS = 100;
const EPOCH_START_MS = 1_795_305_600_000;
const WINDOWS_MS = [75_000, 120_000, 300_000] as const;

export async function world({
  seed,
  tradingMs = TRADING_MS,
  log = () => SILENT,
}: WorldOptions): Promise<WorldResult> {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, EPOCH_START_MS);
  const swarm = random(seed).fork("world");
  const config = appConfig({ executor: drawnLimits(swarm) }, tradingMs);
  const judges: readonly Checker[] = checkers(config.executor);
  const sim = simulatedVenue(
    {
      seed,
      windowMs: swarm.pick(WINDOWS_MS),
      faults: drawnFaults(swarm, tradingMs - KIND_MS),
      audit: (fact) => {
        for (const judge of judges) judge.venue(fact);
      },
    },
    syntheticReference(
      {
        seed,
        startPrice: referencePrice(60_000 * MICRO),
        volatilityPerSqrtSecond: 0.00009,
        tickMs: 100,
      },
      scheduler,
    ),
    { scheduler, clock },
  );
  const watched: Venue = {
    ...sim.venue,
    place: (legs, mayLeave) =>
      sim.venue.place(legs, () => {
        if (!mayLeave()) return false;
        for (const judge of judges) judge.leaves(legs, clock.now().monotonicMs);
        return true;
      }),
    heartbeat: () =>
      defer(() => {
        for (const judge of judges) judge.beats(clock.now().monotonicMs);
        return sim.venue.heartbeat();
      }),
  };
  const level = memoryLevel();
  const journals: { readonly market: Market; readonly nonce: string; journal: MemoryJournal }[] =
    [];
  const failures: string[] = [];
  const deaths = drawnDeaths(swarm);
  const lives: Life[] = [];
  const begin = (): void => {
    const nonce = `world-${seed}-${lives.length}`;
    const given: Runtime = {
      mode: "sim",
      clock,
      scheduler,
      macrotask: scheduler,
      chance: () => 0.5,
      nonce,
      log: log(clock),
      venue: watched,
      connections: sim.connections,
      market$: sim.markets$,
      background$: NEVER,
      history: (market) => {
        const last = journals.findLast((kept) => kept.market.id === market.id);
        const segment = last && decode(last.journal.lines());
        return segment?.type === "segment"
          ? { state: segment.header.state as ExecutorState, steps: segment.steps }
          : null;
      },
      level,
      journal: (origin) => {
        const journal = memoryJournal(origin);
        journals.push({ market: origin.market, nonce, journal });
        return journal;
      },
    };
    const { runtime, isDead } = mortal(
      given,
      { moment: deaths[lives.length]?.moment ?? Infinity, untilMs: tradingMs - KIND_MS },
      () => {
        scheduler.schedule(
          () => {
            // By now the judges have seen everything that it did.
            for (const judge of judges) judge.died();
            begin();
          },
          deaths[lives.length - 1]?.downMs,
        );
      },
    );
    const leftMs = tradingMs - scheduler.now();
    const tandem = app({ ...config, forMs: leftMs }, runtime);
    tandem.transition$.subscribe((transition) => {
      for (const judge of judges) judge.transition(transition);
    });
    tandem.receipt$.subscribe((receipt) => {
      for (const judge of judges) judge.receipt(receipt);
    });
    const ended = tandem.start().then(
      () => undefined,
      (cause: unknown) => {
        failures.push(`kill switch: ${String(cause)}`);
      },
    );
    lives.push({ tandem, isDead, ended });
  };

  sim.activity$.subscribe();
  begin();
  for (const { atMs, command } of drawnCommands(swarm, tradingMs - KIND_MS)) {
    scheduler.runUntil(atMs);
    const life = lives.at(-1);
    if (life?.isDead() === false) life.tandem.command(command, "a drill");
    else if (command !== "resync") level.write({ level: command, reason: "a drill" });
  }
  const convergedFrom = tradingMs - CONVERGED_WITHIN_MS;
  scheduler.runUntil(convergedFrom);
  for (let at = convergedFrom; at < tradingMs; at += SAMPLE_MS) {
    scheduler.runUntil(at);
    for (const judge of judges) judge.sample(sim.truth());
  }
  scheduler.runUntil(tradingMs + config.shutdownMs + SHUTDOWN_SLACK_MS);
  const last = lives.at(-1);
  if (last === undefined) throw new Error("nothing ever lived");
  const { tandem } = last;
  await last.ended;

  const summary = tandem.summary();
  const truth = sim.truth();
  return {
    seed,
    violations: [
      ...failures,
      ...judges.flatMap((judge) => judge.verdict(truth)),
      ...(truth.orders.length > 0 ? [`${truth.orders.length} orders rest after the end`] : []),
      ...(summary.openAtVenue === 0 ? [] : ["the end was not verified"]),
      // A step that broke a law breaks it again.
      ...(failures.length > 0 ? [] : journals).flatMap(({ journal, nonce }) =>
        refoldProblems(journal.lines(), config.executor, nonce, sim.venue.orderId),
      ),
    ],
    summary,
    deaths: lives.length - 1,
    journals: journals.map(({ journal }) => journal.lines()),
  };
}

/** Verifying an empty book takes two looks and the deadline of what may be late. */
const SHUTDOWN_SLACK_MS = 5_000;

/**
 * Which faults a seed has, and how often: a world with all of them at once hides some. None begins
 * later than `forMs`; only the limits stay.
 */
function drawnFaults(swarm: ReturnType<typeof random>, forMs: number): readonly InProcessFault[] {
  const ratio = (mostPercent: number): number => {
    const isPresent = swarm.chance({ numerator: 2, denominator: 3 });
    return (isPresent ? swarm.integer(0, mostPercent) : 0) / 100;
  };
  const [answersLost, requestsLost] = [ratio(8), ratio(8)];
  // At the latest, with the way to the venue, the deadline of a place and the latest booking after it.
  const bookLate = { ratio: ratio(8), minMs: 0, maxMs: 7_900 };
  // Up to a venue that has gone mad.
  const refused = ratio(swarm.pick([10, 10, 80]));
  const frame = { channel: "user", minMs: 1, maxMs: 2_000 } as const;
  return [
    { do: "loseAnswer", of: "orders", ratio: answersLost, forMs },
    { do: "loseAnswer", of: "cancels", ratio: answersLost, forMs },
    { do: "loseRequest", of: "orders", ratio: requestsLost, forMs },
    { do: "loseRequest", of: "cancels", ratio: requestsLost, forMs },
    { do: "bookLate", ...bookLate, forMs },
    { do: "refuse", of: "orders", ratio: refused, forMs },
    { do: "refuse", of: "cancels", ratio: refused, forMs },
    { do: "fillCancels", ratio: ratio(40), forMs },
    { do: "lagBalances", ratio: ratio(40), minMs: 1, maxMs: 4_000, forMs },
    { do: "lagReads", ratio: ratio(50), minMs: 1, maxMs: 1_500, forMs },
    { do: "loseAnswer", of: "reads", ratio: ratio(10), forMs },
    { do: "retryTrades", ratio: ratio(20), forMs },
    { do: "failTrades", ratio: ratio(20), forMs },
    { do: "loseFrames", channel: "user", ratio: ratio(10), forMs },
    { do: "delayFrames", ...frame, ratio: ratio(30), forMs },
    { do: "duplicateFrames", ...frame, ratio: ratio(30), forMs },
    {
      do: "drop",
      perMinute: swarm.integer(0, 3),
      minMs: 200,
      // Longer than a trade takes to confirm, so that no frame tells of some fills.
      maxMs: swarm.pick([2_000, 8_000, 25_000]),
      forMs,
    },
    {
      do: "mode",
      perMinute: swarm.pick([0, 0, 1, 2]),
      minMs: 500,
      maxMs: swarm.pick([3_000, 40_000]),
      forMs,
    },
    ...(swarm.chance({ numerator: 1, denominator: 2 })
      ? [{ do: "limits", enforcement: "enforced", tier: "standard" } as const]
      : []),
    { do: "drainTokens", perMinute: swarm.pick([0, 1, 4]), minMs: 1, maxMs: 1_000, forMs },
    {
      do: "outage",
      perMinute: swarm.pick([0, 0, 1]),
      minMs: 500,
      // Longer than a heartbeat lasts, so that the venue cancels every order by itself.
      maxMs: swarm.pick([3_000, 25_000]),
      forMs,
    },
  ];
}

/** In half of the worlds the process dies, up to three times, and another one begins. */
function drawnDeaths(
  swarm: ReturnType<typeof random>,
): readonly { readonly moment: number; readonly downMs: number }[] {
  const count = swarm.pick([0, 0, 0, 1, 2, 3]);
  return Array.from({ length: count }, () => ({
    moment: swarm.integer(1, swarm.pick([50, 500, 5_000])),
    downMs: swarm.integer(0, swarm.pick([100, 10_000])),
  }));
}

/** Limits that are reached in some worlds, and every way to deal with the venue's minimum. */
const drawnLimits = (swarm: ReturnType<typeof random>): object => ({
  netMaxShares: swarm.pick([25, 60, 200]),
  grossMaxShares: swarm.pick([80, 1_000]),
  budgetUsdc: swarm.pick([25, 500]),
  minSizePolicy: swarm.pick(["passiveFirst", "aggregate", "complete"]),
  orderType: swarm.pick(["GTD", "GTC"]),
});

/** In half of the worlds an operator intervenes, a few times; before the kind phase all is normal. */
function drawnCommands(
  swarm: ReturnType<typeof random>,
  untilMs: number,
): readonly { readonly atMs: number; readonly command: OperatorCommand }[] {
  if (swarm.chance({ numerator: 1, denominator: 2 })) return [];
  const span = Math.floor(untilMs / 4);
  return [0, 1, 2, 3].flatMap((quarter) => {
    const [begins, ends] = [swarm.integer(0, span - 1), swarm.integer(0, span - 1)];
    const command = swarm.pick<OperatorCommand>(["reduceOnly", "flatten", "halt", "resync"]);
    return [
      { atMs: quarter * span + Math.min(begins, ends), command },
      { atMs: quarter * span + Math.max(begins, ends), command: "normal" as const },
    ];
  });
}

/** The journal refolds to the same effects, byte for byte. */
function refoldProblems(
  lines: readonly string[],
  config: ExecutorConfig,
  nonce: string,
  orderId: Parameters<typeof reducer>[1]["orderId"],
): readonly string[] {
  const refolded = refold(
    lines,
    reducer(config, { nonce, orderId }),
    (state) => state as ExecutorState,
  );
  if (refolded.type === "problem") return [`journal line ${refolded.line}: ${refolded.detail}`];
  return refolded.firstDifference === null
    ? []
    : [`refold differs at step ${refolded.firstDifference.stamped.seq}`];
}

const silent = (): void => undefined;
const SILENT: Log = { debug: silent, info: silent, warn: silent, error: silent };
