/** `tandem` without a command: a market maker from its start to its verified end. */
import { type Observable, concatMap, defer, firstValueFrom, map, of, tap } from "rxjs";
import { type App, type Runtime, app } from "../app/index.ts";
import { type Summary, type Verdict, endLines, verdictOf } from "../observers/index.ts";
import { levelFile, prepareDirectory } from "../journal/index.ts";
import {
  dryRun,
  liveIdentity,
  liveRuntime,
  coinsServed,
  referenceSource,
  servedRuntime,
  servedVenue,
  simulatedRuntime,
  systemLog,
  systemProcesses,
  systemScheduler,
} from "../runtimes/index.ts";
import { ConfigError, type Log, causeOf } from "../types/index.ts";
import { chooseSigner, isSeriesName } from "../venue/polymarket/index.ts";
import { type CommandHost, EXIT_CLEAN, EXIT_REFUSED, EXIT_UNSAFE } from "./command.ts";
import type { DaemonConfig } from "./flags.ts";
import { journalLock } from "./journalLock.ts";
import { type LiveConfig, riskText } from "./liveGuards.ts";
import { operatorSocket } from "./operatorSocket.ts";

/** Ctrl-C reaches a child of npm twice, from the terminal and from npm. */
const SAME_SIGNAL_MS = 500;

/** @throws ConfigError before anything is traded, with everything that is wrong. */
export async function startCommand(config: DaemonConfig, host: CommandHost): Promise<number> {
  const log = systemLog({ level: config.logLevel });
  const { secretVariables } = host;
  if (secretVariables.length > 0) {
    log.warn(
      { variables: secretVariables.join(",") },
      "secrets in the environment can be read in /proc/PID/environ: prefer --key-file",
    );
  }
  const { strategies } = config.app;
  for (const { strategy } of [strategies.standard, ...Object.values(strategies.bySeries)]) {
    // The default needs no line.
    if (strategy !== strategies.known[0]) log.info({ name: strategy.name }, "strategy chosen");
  }
  for (const warning of config.warnings) log.warn({}, `configuration: ${warning}`);
  if (config.mode === "dryRun") {
    log.warn({}, "dry run: nothing is sent; its orders rest in this program, and never fill");
  }
  const code$ = runtimeFor(config, log, host).pipe(
    concatMap((runtime) => trade(config, runtime, host)),
  );
  return firstValueFrom(code$, { defaultValue: EXIT_UNSAFE }); // tidy-ok: holds the venue open around the graph, whose one subscribe is in app.ts
}

/** One run of the graph, and its exit code. */
async function trade(config: DaemonConfig, runtime: Runtime, host: CommandHost): Promise<number> {
  const { log } = runtime;
  const tandem = app(config.app, runtime);
  stopOnSignals(tandem, runtime, config, host);
  host.onFailure(tandem.fail);
  const closeSocket = operatorSocket(config.journalDirectory, tandem, log, host.umask);
  try {
    await tandem.start();
  } catch (cause) {
    // What the system refused, such as a full disk, is no bug of ours to be traced.
    const isTraced = cause instanceof Error && !("code" in cause);
    const facts = { cause: causeOf(cause), ...(isTraced && { stack: cause.stack }) };
    log.error(facts, "stopped by the kill switch");
  } finally {
    closeSocket();
  }
  return concluded(tandem.summary(), log, config, host);
}

/** The last lines, and the exit code that they explain. */
function concluded(
  summary: Summary,
  log: Log,
  { isJson }: DaemonConfig,
  host: CommandHost,
): number {
  for (const { level, facts, text } of endLines(summary)) log[level](facts, text);
  if (isJson) host.write(`${JSON.stringify(summary)}\n`);
  return EXITS[verdictOf(summary)];
}

export const EXITS: Readonly<Record<Verdict, number>> = {
  unsafe: EXIT_UNSAFE,
  refused: EXIT_REFUSED,
  clean: EXIT_CLEAN,
};

function stopOnSignals(
  tandem: App,
  { log, clock }: Runtime,
  config: DaemonConfig,
  host: CommandHost,
): void {
  const { executor } = config.app;
  const aboutS = Math.round((executor.lateBookingMs + executor.surveyGapMs) / 1_000);
  let firstAt: number | null = null;
  host.onSignal((signal) => {
    const now = clock.now().monotonicMs;
    if (firstAt === null) {
      firstAt = now;
      log.info(
        { signal, aboutS },
        "stopping: cancelling all orders, then verifying; a second signal exits at once",
      );
      tandem.stop(signal);
    } else if (now - firstAt >= SAME_SIGNAL_MS) {
      log.warn({ signal }, "exiting at once: nothing more is verified");
      host.exit(concluded(tandem.abandon(), log, config, host));
    }
  });
}

/**
 * One runtime, whose venue is open for as long as it is subscribed to.
 * @throws ConfigError with every problem of the files that the configuration names.
 */
function runtimeFor(config: DaemonConfig, log: Log, host: CommandHost): Observable<Runtime> {
  const { journalDirectory, level, mode } = config;
  const problems: string[] = [];
  const attempt = <Value>(use: () => Value): Value | null => {
    try {
      return use();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return null;
    }
  };
  const isOurs = attempt(() => {
    prepareDirectory(journalDirectory, systemProcesses.user);
    host.onExit(journalLock(journalDirectory, systemProcesses, log));
    return true;
  });
  const runtime$ = attempt(() => venueRuntime(config, log));
  const levels = levelFile(journalDirectory);
  if (isOurs && level === null) attempt(() => levels.read());
  if (runtime$ === null || problems.length > 0) throw new ConfigError(problems);
  return runtime$.pipe(
    // Not earlier: a command line that is refused must not change the level.
    tap(() => {
      if (level !== null) levels.write({ level, reason: "--level" });
    }),
    map((runtime) => (mode === "dryRun" && runtime.mode !== mode ? dryRun(runtime) : runtime)),
  );
}

function venueRuntime(config: DaemonConfig, log: Log): Observable<Runtime> {
  const { simulation, venue, live, journalDirectory, logLevel } = config;
  if (live !== null) return guardedLiveRuntime(config, live, log);
  if (venue === "in-process") {
    return of(simulatedRuntime({ ...simulation, journalDirectory, logLevel }));
  }
  return venue instanceof URL ? remoteRuntime(config, venue, log) : ownServedRuntime(config, log);
}

/** On a venue that is served by this process, so that nobody else trades its account. */
function ownServedRuntime(
  { simulation, journalDirectory }: DaemonConfig,
  log: Log,
): Observable<Runtime> {
  const { windowMs, series } = simulation;
  const { reference$, ending } = referenceSource(simulation, coinsServed(series), {
    scheduler: systemScheduler,
    log,
  });
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) =>
      servedVenue({ ...simulation, reference$ }, signer, log).pipe(
        concatMap(({ rest }) =>
          servedRuntime(rest, { windowMs, series, signer, journalDirectory }, log),
        ),
        map((runtime) => ({ ...runtime, connections: ending(runtime.connections) })),
      ),
    ),
  );
}

/** On a simulated venue of another process of this machine. */
function remoteRuntime(
  { simulation: { windowMs, series }, journalDirectory }: DaemonConfig,
  url: URL,
  log: Log,
): Observable<Runtime> {
  log.info({ venue: url.host }, "simulated market, no real orders");
  return servedRuntime(url.href, { windowMs, series, journalDirectory }, log);
}

/** Errors with ConfigError unless `--yes` was given. */
function guardedLiveRuntime(config: DaemonConfig, live: LiveConfig, log: Log): Observable<Runtime> {
  const { journalDirectory } = config;
  const mode = config.mode === "dryRun" ? "dryRun" : "live";
  const { addresses, credentials } = live;
  const series = live.series.map(({ name }) => name).filter(isSeriesName);
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) => {
      const identity = liveIdentity(live, signer);
      const risk = riskText(live, identity.account, config.app);
      if (mode === "live" && !live.isConfirmed) {
        throw new ConfigError([
          ["--yes: not given; it would say yes to", ...risk].join("\n      "),
        ]);
      }
      if (mode === "live") log.warn({}, "LIVE, with real money");
      for (const text of risk) log.warn({}, text);
      return liveRuntime({ mode, journalDirectory, addresses, series, identity, credentials }, log);
    }),
  );
}
