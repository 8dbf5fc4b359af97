/**
 * A world is the production app on the venue in process, in virtual time, with faults, operator commands and
 * crashes all drawn from one seed. Checkers look for anything unsafe while faults last, and afterwards for
 * a market maker that rests what it plans.
 */
import { type MonoTypeOperatorFunction, NEVER, defer, tap } from "rxjs";
import { type App, app } from "../../src/app/app.ts";
import { appConfig } from "../../src/app/config.ts";
import type { Runtime } from "../../src/app/runtime.ts";
import { reducer } from "../../src/executor/index.ts";
import type { ExecutorConfig, ExecutorState } from "../../src/executor/index.ts";
import {
  type MemoryJournal,
  decode,
  memoryJournal,
  memoryAccount,
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
import { LIMIT_ACTIONS, MICRO, microUsdc, referencePrice } from "../../src/types/index.ts";
import type {
  CancelAnswer,
  Clock,
  Connections,
  Link,
  Log,
  LogLevel,
  Market,
  MarketId,
  MarketItem,
  MicroUsdc,
  OperatorCommand,
  OrderId,
  ReadAnswer,
  ReferenceItem,
  Venue,
} from "../../src/types/index.ts";
import { type Checker, checkers, ignoreAll } from "./checkers/index.ts";
import { crashingRuntime } from "./crashing.ts";
import type { Summary } from "../../src/observers/index.ts";
import { simulatedVenue } from "../../src/runtimes/index.ts";
import { SILENT_LOG } from "../support/builders.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

export interface WorldOptions {
  readonly seed: number;
  /** How long the market maker trades; no fault begins in the last minute of it. */
  readonly tradingMs?: number;
  /** Makes a log from the clock of the world, so that lines have virtual times. */
  readonly log?: (clock: Clock) => Log;
}

/** One run of the app, from its start to its end or its crash. */
interface Run {
  readonly tandem: App;
  readonly isCrashed: () => boolean;
  readonly ended: Promise<void>;
}

export interface WorldResult {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Of the last run. */
  readonly summary: Summary;
  /** How many runs crashed. */
  readonly deaths: number;
  /** One for each market and run, in the order they were opened. */
  readonly journals: readonly (readonly string[])[];
}

const TRADING_MS = 300_000;
/** The last part of the trading time: no fault begins, and everything must converge. */
const CALM_MS = 60_000;
/** The last part of the calm time, in which everything must have converged at least once. */
const CONVERGED_WITHIN_MS = 20_000;
const SAMPLE_MS = 100;
/** After the trading time nothing is quoted for so long, and the account must tie out. */
const QUIET_MS = 90_000;
/** In that time the balance is read this often. */
const READ_EVERY_MS = 10_000;
const EPOCH_START_MS = 1_795_305_600_000;
/** Windows of this length are settled by a mean. */
const SETTLED_BY_MEAN_MS = 300_000;
const WINDOWS_MS = [75_000, 120_000, SETTLED_BY_MEAN_MS] as const;

export async function world({
  seed,
  tradingMs = TRADING_MS,
  log = () => SILENT_LOG,
}: WorldOptions): Promise<WorldResult> {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, EPOCH_START_MS);
  const draws = random(seed).fork("world");
  const endMs = tradingMs + QUIET_MS;
  const ofAccount = draws.fork("account");
  const config = appConfig(
    { strategy: FIXED_SPREAD, executor: drawnLimits(draws), limits: drawnAccount(ofAccount) },
    endMs,
  );
  const transfers = drawnTransfers(ofAccount, tradingMs - CALM_MS);
  const allCheckers: readonly Checker[] = checkers(config.executor);
  // Most checkers ignore most of what happens, and it happens a thousand times a second.
  const thatHear = (name: keyof Checker): readonly Checker[] =>
    allCheckers.filter((checker) => checker[name] !== ignoreAll[name]);
  const [ofVenue, ofHearing, ofTransitions, ofReceipts, ofCash] = [
    thatHear("venue"),
    thatHear("hears"),
    thatHear("transition"),
    thatHear("receipt"),
    thatHear("cash"),
  ] as const;
  const windowMs = draws.pick(WINDOWS_MS);
  const simulated = simulatedVenue(
    {
      seed,
      windowMs,
      faults: drawnFaults(draws, tradingMs - CALM_MS),
      audit: (fact) => {
        for (const checker of ofVenue) checker.venue(fact);
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
    { scheduler, clock, macrotask: scheduler },
  );
  const sim = {
    ...simulated.runtime({}, SILENT_LOG),
    truth: simulated.truth,
    transfer: simulated.transfer,
  };
  const attempted = (source: string, cause: string | null): void => {
    for (const checker of allCheckers) checker.attempts(source, cause, clock.now().monotonicMs);
  };
  const causeIn = (answer: CancelAnswer | ReadAnswer<unknown>): string | null => {
    if (answer.type === "refused") return answer.refusal.text;
    return answer.type === "lost" ? answer.detail : null;
  };
  const answering = <Answer extends CancelAnswer | ReadAnswer<unknown>>(
    source: string,
  ): MonoTypeOperatorFunction<Answer> => tap((answer) => attempted(source, causeIn(answer)));
  /** One of the reads of a survey: it fails with any of them, and works once the last page is read. */
  const surveying = <Answer extends ReadAnswer<unknown>>(
    market: MarketId | null,
    isLastRead = false,
  ): MonoTypeOperatorFunction<Answer> =>
    tap((answer) => {
      const cause = causeIn(answer);
      const isWhole = isLastRead && answer.type === "answered" && answer.isPart !== true;
      if (cause !== null || isWhole) attempted(`survey of ${market}`, cause);
    });
  const marketOf = new Map<OrderId, MarketId>();
  /** Each connection fails that ends before it has carried what proves it. */
  const connecting =
    <Item>(source: string, proof: Link<Item>["type"]): MonoTypeOperatorFunction<Link<Item>> =>
    (link$) =>
      defer(() => {
        let isProven = false;
        const ends = (cause: string): void => {
          if (!isProven) attempted(source, cause);
        };
        return link$.pipe(
          tap({
            next: ({ type }) => {
              if (isProven || type !== proof) return;
              isProven = true;
              attempted(source, null);
            },
            error: (cause: unknown) => ends(cause instanceof Error ? cause.message : String(cause)),
            complete: () => ends("the link ended"),
          }),
        );
      });
  const checkedVenue: Venue = {
    ...sim.venue,
    place: (legs, mayLeave) =>
      sim.venue.place(legs, () => {
        for (const { orderId, ticket } of legs) marketOf.set(orderId, ticket.market);
        if (!mayLeave()) return false;
        for (const checker of allCheckers) checker.leaves(legs, clock.now().monotonicMs);
        return true;
      }),
    heartbeat: () =>
      defer(() => {
        for (const checker of allCheckers) checker.beats(clock.now().monotonicMs);
        return sim.venue.heartbeat().pipe(answering("heartbeat"));
      }),
    cancelAll: (of) => sim.venue.cancelAll(of).pipe(answering(`cancel-all of ${of}`)),
    openOrders: (of) => sim.venue.openOrders(of).pipe(surveying(of)),
    order: (id) => sim.venue.order(id).pipe(surveying(marketOf.get(id) ?? null)),
    trades: (of, since) => sim.venue.trades(of, since).pipe(surveying(of, true)),
    balances: (of, isRefreshed) => sim.venue.balances(of, isRefreshed).pipe(surveying(of)),
  };
  const told = <Item extends MarketItem | ReferenceItem>(
    market: Market | null,
  ): MonoTypeOperatorFunction<Link<Item>> =>
    tap((link) => {
      if (link.type !== "item") return;
      for (const checker of ofHearing) checker.hears(market && market.id, link.item);
    });
  const { settlement } = sim.connections;
  const checkedConnections: Connections = {
    ...sim.connections,
    market: (market) =>
      sim.connections.market(market).pipe(told(market), connecting(`market ${market.id}`, "item")),
    user: (market) => sim.connections.user(market).pipe(connecting(`user ${market.id}`, "opened")),
    reference: () => sim.connections.reference().pipe(told(null), connecting("reference", "item")),
    // What nobody needs is nobody's to say.
    settlement:
      settlement && windowMs === SETTLED_BY_MEAN_MS
        ? () => settlement().pipe(connecting("settlement", "opened"))
        : settlement,
  };
  /** What a person reads: every line but those for debugging. */
  const heard = (written: Log): Log => {
    const heardAt =
      (name: LogLevel): Log["info"] =>
      (facts, text) => {
        const line = [text, ...Object.values(facts).map(String)].join(" ");
        for (const checker of allCheckers) checker.says(line, clock.now().monotonicMs);
        written[name](facts, text);
      };
    return {
      debug: written.debug,
      info: heardAt("info"),
      warn: heardAt("warn"),
      error: heardAt("error"),
      writes: (heardLevel) => heardLevel !== "debug" || (written.writes?.(heardLevel) ?? true),
    };
  };
  const level = memoryLevel();
  const account = memoryAccount();
  const journals: { readonly market: Market; readonly nonce: string; journal: MemoryJournal }[] =
    [];
  const failures: string[] = [];
  const crashes = drawnCrashes(draws);
  const runs: Run[] = [];
  const begin = (): void => {
    const nonce = `world-${seed}-${runs.length}`;
    const steadyRuntime: Runtime = {
      mode: "sim",
      clock,
      scheduler,
      macrotask: scheduler,
      chance: () => 0.5,
      nonce,
      log: heard(log(clock)),
      venue: checkedVenue,
      connections: checkedConnections,
      market$: sim.market$,
      background$: NEVER,
      history: (market) => {
        const last = journals.findLast((kept) => kept.market.id === market.id);
        const segment = last && decode(last.journal.lines());
        return segment?.type === "segment"
          ? { state: segment.header.state as ExecutorState, steps: segment.steps }
          : null;
      },
      level,
      account,
      journal: (origin) => {
        const journal = memoryJournal(origin);
        journals.push({ market: origin.market, nonce, journal });
        return journal;
      },
    };
    const { runtime, isCrashed } = crashingRuntime(
      steadyRuntime,
      { moment: crashes[runs.length]?.moment ?? Infinity, untilMs: tradingMs - CALM_MS },
      () => {
        scheduler.schedule(
          () => {
            // Scheduled, so that the checkers have seen everything the run did before it crashed.
            for (const checker of allCheckers) checker.crashed();
            begin();
          },
          crashes[runs.length - 1]?.downMs,
        );
      },
    );
    const leftMs = endMs - scheduler.now();
    const tandem = app({ ...config, forMs: leftMs }, runtime);
    // What a dead run's queue brings after the next one has begun is not of the next one.
    const runsBefore = runs.length;
    const isLast = (): boolean => runs.length <= runsBefore + 1;
    tandem.transition$.subscribe((transition) => {
      if (!isLast()) return;
      for (const checker of ofTransitions) checker.transition(transition);
    });
    tandem.receipt$.subscribe((receipt) => {
      if (!isLast()) return;
      for (const checker of ofReceipts) checker.receipt(receipt);
    });
    const ended = tandem.start().then(
      () => undefined,
      (cause: unknown) => {
        failures.push(`kill switch: ${String(cause)}`);
      },
    );
    runs.push({ tandem, isCrashed, ended });
  };

  /** All that happens until then, with a look at the account's cash in between. */
  const runUntil = (untilMs: number): void => {
    for (let at = lookedAtMs + SAMPLE_MS; at <= untilMs; at += SAMPLE_MS) {
      scheduler.runUntil(at);
      lookedAtMs = at;
      const run = runs.at(-1);
      if (run === undefined || run.isCrashed()) continue;
      const [believed, truth] = [run.tandem.cash(), sim.truth()];
      for (const checker of ofCash) checker.cash(believed, truth, at);
    }
    scheduler.runUntil(untilMs);
  };
  let lookedAtMs = 0;

  sim.background$.subscribe();
  begin();
  const command = (given: OperatorCommand, reason: string): void => {
    const run = runs.at(-1);
    if (run?.isCrashed() === false) run.tandem.command(given, reason);
    else if (given !== "resync") level.write({ level: given, reason });
  };
  const drills = [
    ...drawnCommands(draws, tradingMs - CALM_MS).map(({ atMs, command: given }) => ({
      atMs,
      run: () => command(given, "a drill"),
    })),
    ...transfers.map(({ atMs, change }) => ({ atMs, run: () => sim.transfer(change) })),
  ];
  for (const drill of drills.toSorted((a, b) => a.atMs - b.atMs)) {
    runUntil(drill.atMs);
    drill.run();
  }
  const convergedFrom = tradingMs - CONVERGED_WITHIN_MS;
  // As an operator would: a refusal for good that is over is found out at once, not in ten minutes.
  runUntil(tradingMs - CALM_MS);
  if (runs.at(-1)?.isCrashed() === false) command("resync", "the faults are over");
  runUntil(convergedFrom);
  for (let at = convergedFrom; at < tradingMs; at += SAMPLE_MS) {
    runUntil(at);
    for (const checker of allCheckers) checker.sample(sim.truth());
  }
  runUntil(tradingMs);
  command("halt", "the books are closed");
  for (let at = tradingMs; at < endMs; at += READ_EVERY_MS) {
    runUntil(at);
    command("resync", "is the cash as it should be?");
  }
  runUntil(endMs);
  scheduler.runUntil(endMs + config.shutdownMs + SHUTDOWN_SLACK_MS);
  const last = runs.at(-1);
  if (last === undefined) throw new Error("no run was started");
  const { tandem } = last;
  await last.ended;

  const summary = tandem.summary();
  const truth = sim.truth();
  return {
    seed,
    violations: [
      ...failures,
      ...allCheckers.flatMap((checker) => checker.verdict(truth)),
      ...(truth.orders.length > 0 ? [`${truth.orders.length} orders rest after the end`] : []),
      ...(summary.openAtVenue === 0 ? [] : ["the end was not verified"]),
      // After a kill switch the refold would only break the same law again.
      ...(failures.length > 0 ? [] : journals).flatMap(({ journal, nonce }) =>
        refoldProblems(journal.lines(), config.executor, nonce, sim.venue.orderId),
      ),
    ],
    summary,
    deaths: runs.length - 1,
    journals: journals.map(({ journal }) => journal.lines()),
  };
}

/** Proving an empty book takes two surveys and the deadline for late bookings. */
const SHUTDOWN_SLACK_MS = 5_000;

/**
 * Which faults a seed has, and how often: a world with all of them at once hides some. None begins
 * later than `forMs`; only the limits stay.
 */
function drawnFaults(draws: ReturnType<typeof random>, forMs: number): readonly InProcessFault[] {
  const ratio = ratioOf(draws);
  const [answersLost, requestsLost] = [ratio(8), ratio(8)];
  // At the latest, with the way to the venue, the deadline of a place and the latest booking after it.
  const bookLate = { ratio: ratio(8), minMs: 0, maxMs: 7_900 };
  // Up to a venue that refuses most requests.
  const refused = ratio(draws.pick([10, 10, 80]));
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
      perMinute: draws.integer(0, 3),
      minMs: 200,
      // Longer than a trade takes to confirm, so that no frame tells of some fills.
      maxMs: draws.pick([2_000, 8_000, 25_000]),
      forMs,
    },
    {
      do: "mode",
      perMinute: draws.pick([0, 0, 1, 2]),
      minMs: 500,
      maxMs: draws.pick([3_000, 40_000]),
      // The longest of them, and then our longest pause between two tries, end before the calm does.
      forMs: Math.max(0, forMs - 15_000),
    },
    ...(draws.chance({ numerator: 1, denominator: 2 })
      ? [{ do: "limits", enforcement: "enforced", tier: "standard" } as const]
      : []),
    { do: "drainTokens", perMinute: draws.pick([0, 1, 4]), minMs: 1, maxMs: 1_000, forMs },
    {
      do: "outage",
      perMinute: draws.pick([0, 0, 1]),
      minMs: 500,
      // Longer than a heartbeat lasts, so that the venue cancels every order by itself.
      maxMs: draws.pick([3_000, 25_000]),
      forMs,
    },
    ...drawnLies(draws.fork("lies"), forMs),
  ];
}

/** Each fault is in two of three worlds. */
const ratioOf =
  (draws: ReturnType<typeof random>) =>
  (mostPercent: number): number => {
    const isPresent = draws.chance({ numerator: 2, denominator: 3 });
    return (isPresent ? draws.integer(0, mostPercent) : 0) / 100;
  };

/** Inputs that are wrong, and answers that contradict what was said: from a stream of their own. */
function drawnLies(draws: ReturnType<typeof random>, forMs: number): readonly InProcessFault[] {
  const ratio = ratioOf(draws);
  return [
    { do: "freeze", perMinute: draws.pick([0, 1, 2]), minMs: 500, maxMs: 40_000, forMs },
    { do: "mute", perMinute: draws.pick([0, 0, 1]), minMs: 500, maxMs: 40_000, forMs },
    { do: "oddPrices", ratio: ratio(2), forMs },
    { do: "lagBooks", ratio: ratio(50), minMs: 1, maxMs: 5_000, forMs },
    { do: "endPartlyMatched", ratio: ratio(60), forMs },
    { do: "reverseTrades", ratio: ratio(20), forMs },
    // Such a trade is compared two minutes after its match.
    { do: "contradictTrades", ratio: ratio(20), forMs: forMs - 90_000 },
    {
      do: "refuseAll",
      perMinute: draws.pick([0, 0, 1]),
      minMs: 500,
      maxMs: 60_000,
      forMs: forMs - 60_000,
    },
    {
      do: "rotateKeys",
      perMinute: draws.pick([0, 0, 1]),
      minMs: 500,
      maxMs: 40_000,
      forMs: forMs - 60_000,
    },
    { do: "oddIds", ratio: ratio(2), forMs },
    { do: "oddTicks", ratio: ratio(2), forMs },
  ];
}

/** In half of the worlds the process crashes, up to three times, and is started again. */
function drawnCrashes(
  draws: ReturnType<typeof random>,
): readonly { readonly moment: number; readonly downMs: number }[] {
  const count = draws.pick([0, 0, 0, 1, 2, 3]);
  return Array.from({ length: count }, () => ({
    moment: draws.integer(1, draws.pick([50, 500, 5_000])),
    downMs: draws.integer(0, draws.pick([100, 10_000])),
  }));
}

/** Limits that some worlds reach, and every policy for the venue's minimum size. */
const drawnLimits = (draws: ReturnType<typeof random>): object => ({
  netMaxShares: draws.pick([25, 60, 200]),
  grossMaxShares: draws.pick([80, 1_000]),
  budgetUsdc: draws.pick([25, 500]),
  minSizePolicy: draws.pick(["passiveFirst", "aggregate", "complete"]),
  orderType: draws.pick(["GTD", "GTC"]),
});

/** What some worlds allow all markets together; of a hit the stricter actions last until the end of the world. */
function drawnAccount(draws: ReturnType<typeof random>): object {
  const limit = (most: number): object => ({
    max: draws.integer(1, most),
    action: draws.pick(LIMIT_ACTIONS),
  });
  const [isShort, isLimited] = [0, 1].map(() => draws.chance({ numerator: 1, denominator: 3 }));
  return {
    ...(isShort && { capitalUsdc: draws.pick([12, 20, 60]) }),
    ...(isLimited && {
      lossPerWindowUsd: limit(4),
      lossPerDayUsd: limit(6),
      drawdownUsd: limit(6),
      worstLossUsd: limit(20),
    }),
  };
}

/** In a third of the worlds money comes from outside, or goes there. */
function drawnTransfers(
  draws: ReturnType<typeof random>,
  untilMs: number,
): readonly { readonly atMs: number; readonly change: MicroUsdc }[] {
  if (draws.chance({ numerator: 2, denominator: 3 })) return [];
  return Array.from({ length: draws.integer(1, 4) }, () => ({
    atMs: draws.integer(0, untilMs),
    change: microUsdc(draws.integer(-400 * MICRO, 200 * MICRO)),
  }));
}

/** In half of the worlds an operator gives commands; before the calm time the level is normal again. */
function drawnCommands(
  draws: ReturnType<typeof random>,
  untilMs: number,
): readonly { readonly atMs: number; readonly command: OperatorCommand }[] {
  if (draws.chance({ numerator: 1, denominator: 2 })) return [];
  const span = Math.floor(untilMs / 4);
  return [0, 1, 2, 3].flatMap((quarter) => {
    const [begins, ends] = [draws.integer(0, span - 1), draws.integer(0, span - 1)];
    const command = draws.pick<OperatorCommand>(["reduceOnly", "flatten", "halt", "resync"]);
    return [
      { atMs: quarter * span + Math.min(begins, ends), command },
      { atMs: quarter * span + Math.max(begins, ends), command: "normal" as const },
    ];
  });
}

/** What differs when a journal is refolded: each step must give the same effects, byte for byte. */
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
