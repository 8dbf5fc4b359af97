/** `tandem` without a command: a market maker from its start to its verified end. */
import { type Observable, concatMap, defer, firstValueFrom, map, of, tap } from "rxjs";
import { type App, type Runtime, app } from "../app/index.ts";
import type { Summary } from "../observers/index.ts";
import { levelFile, prepareDirectory } from "../journal/index.ts";
import {
  dryRun,
  polymarketRuntime,
  referenceSource,
  servedVenue,
  servedVenueOptions,
  simulatedIdentity,
  simulatedRuntime,
  systemLog,
  systemProcesses,
  systemScheduler,
} from "../runtimes/index.ts";
import { type Endpoints, endpointsAt } from "../sim/server/index.ts";
import { ConfigError, type Log } from "../types/index.ts";
import { type Address, SERIES, type Signer, chooseSigner } from "../venue/polymarket/index.ts";
import { accountLock } from "./accountLock.ts";
import { type CommandHost, EXIT_CLEAN, EXIT_REFUSED, EXIT_UNSAFE } from "./command.ts";
import type { DaemonConfig } from "./flags.ts";
import { type LiveConfig, liveIdentity, riskText } from "./liveGuards.ts";

/** Ctrl-C reaches a child of npm twice, from the terminal and from npm. */
const SAME_SIGNAL_MS = 500;

/** Takes an account for this process alone. @throws ConfigError where another process trades it. */
type TakeAccount = (maker: Address) => void;

/** @throws ConfigError before anything is traded, with everything that is wrong. */
export async function startCommand(config: DaemonConfig, host: CommandHost): Promise<number> {
  const log = systemLog({ level: config.logLevel });
  for (const warning of config.warnings) log.warn({}, `configuration: ${warning}`);
  if (config.mode === "dryRun") {
    log.warn({}, "dry run: nothing is sent; its orders rest in this program, and never fill");
  }
  const takeAccount: TakeAccount = (maker) => {
    const release = accountLock(config.journalDirectory, maker, systemProcesses, log);
    host.onExit(release);
  };
  const code$ = runtimeFor(config, log, takeAccount).pipe(
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
  try {
    await tandem.start();
  } catch (cause) {
    const text = cause instanceof Error ? cause.stack : String(cause);
    log.error({ cause: text }, "stopped by the kill switch");
  }
  const summary = tandem.summary();
  log.info({ ...summary, markets: summary.markets.length }, "summary");
  if (config.isJson) host.write(`${JSON.stringify(summary)}\n`);
  if (wasRefused(summary))
    log.error({ ...summary.refused }, "nothing was quoted: refused for good");
  return exitCode(summary);
}

const wasRefused = ({ refused, places }: Pick<Summary, "refused" | "places">): boolean =>
  refused !== null && places.acked === 0;

/** What may rest comes first. */
export const exitCode = (
  summary: Pick<Summary, "lawsBroken" | "openAtVenue" | "refused" | "places">,
): number => {
  if (summary.lawsBroken > 0 || summary.openAtVenue !== 0) return EXIT_UNSAFE;
  return wasRefused(summary) ? EXIT_REFUSED : EXIT_CLEAN;
};

function stopOnSignals(
  tandem: App,
  { log, clock }: Runtime,
  { isJson, app: { executor } }: DaemonConfig,
  host: CommandHost,
): void {
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
      log.warn({ signal }, "exiting at once: nothing was verified");
      const summary = tandem.abandon();
      if (isJson) host.write(`${JSON.stringify(summary)}\n`);
      host.exit(EXIT_UNSAFE);
    }
  });
}

/**
 * One runtime, whose venue is open for as long as it is subscribed to.
 * @throws ConfigError with every problem of the files that the configuration names.
 */
function runtimeFor(config: DaemonConfig, log: Log, takeAccount: TakeAccount): Observable<Runtime> {
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
  attempt(() => prepareDirectory(journalDirectory));
  const runtime$ = attempt(() => venueRuntime(config, log, takeAccount));
  const levels = levelFile(journalDirectory);
  if (level === null) attempt(() => levels.read());
  if (runtime$ === null || problems.length > 0) throw new ConfigError(problems);
  return runtime$.pipe(
    // Not earlier: a command line that is refused must not change the level.
    tap(() => {
      if (level !== null) levels.write({ level, reason: "--level" });
    }),
    map((runtime) => (mode === "dryRun" ? dryRun(runtime) : runtime)),
  );
}

function venueRuntime(
  config: DaemonConfig,
  log: Log,
  takeAccount: TakeAccount,
): Observable<Runtime> {
  const { simulation, venue, live, journalDirectory, logLevel } = config;
  if (live !== null) return liveRuntime(config, live, log, takeAccount);
  if (venue === "in-process") {
    return of(simulatedRuntime({ ...simulation, journalDirectory, logLevel }));
  }
  return venue instanceof URL
    ? remoteRuntime(config, venue, log, takeAccount)
    : servedRuntime(config, log);
}

/** On a venue that is served by this process, so that nobody else trades its account. */
function servedRuntime(config: DaemonConfig, log: Log): Observable<Runtime> {
  const { simulation } = config;
  const { reference$, ending } = referenceSource(simulation, { scheduler: systemScheduler, log });
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) =>
      servedVenue({ ...simulation, reference$ }, signer, log).pipe(
        concatMap((endpoints) => simulatedVenueRuntime(config, endpoints, signer, log)),
        map((runtime) => ({ ...runtime, connections: ending(runtime.connections) })),
      ),
    ),
  );
}

/** On a simulated venue of another process of this machine. */
function remoteRuntime(
  config: DaemonConfig,
  { host }: URL,
  log: Log,
  takeAccount: TakeAccount,
): Observable<Runtime> {
  log.info({ venue: host }, "simulated market, no real orders");
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) => {
      takeAccount(simulatedIdentity(signer).account.maker);
      return simulatedVenueRuntime(config, endpointsAt(host), signer, log);
    }),
  );
}

const simulatedVenueRuntime = (
  { simulation, journalDirectory }: DaemonConfig,
  endpoints: Endpoints,
  signer: Signer,
  log: Log,
): Observable<Runtime> =>
  polymarketRuntime(
    { ...servedVenueOptions(endpoints, simulation.windowMs, signer), journalDirectory },
    log,
  );

/** Errors with ConfigError unless `--yes` was given, and where another process trades the account. */
function liveRuntime(
  config: DaemonConfig,
  live: LiveConfig,
  log: Log,
  takeAccount: TakeAccount,
): Observable<Runtime> {
  const { mode, journalDirectory } = config;
  const { addresses, credentials } = live;
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
      takeAccount(identity.account.maker);
      const series = SERIES[live.series];
      return polymarketRuntime(
        { mode, journalDirectory, addresses, series, identity, credentials },
        log,
      );
    }),
  );
}
