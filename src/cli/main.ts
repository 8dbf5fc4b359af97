#!/usr/bin/env node
/** The daemon: configuration, runtime, app, exit code. */
import {
  type Observable,
  concatMap,
  defer,
  firstValueFrom,
  fromEvent,
  lastValueFrom,
  merge,
  map,
  of,
  takeUntil,
  tap,
  toArray,
} from "rxjs";
import { levelFile, prepareDirectory } from "../journal/index.ts";
import { type Endpoints, endpointsAt } from "../sim/server/index.ts";
import { ConfigError, type Log } from "../types/index.ts";
import { SERIES, type Signer, chooseSigner } from "../venue/polymarket/index.ts";
import { type App, app, type Runtime } from "../app/index.ts";
import { type Finding, VERDICTS, doctor, doctorInputOf } from "./doctor.ts";
import {
  dryRun,
  referenceSource,
  simulatedRuntime,
  type PolymarketRuntimeOptions,
  servedVenue,
  simulatedIdentity,
  servedVenueOptions,
  polymarketRuntime,
  systemClock,
  systemLog,
  systemProcesses,
  systemScheduler,
} from "../runtimes/index.ts";
import { type LiveConfig, liveIdentity, riskText } from "./liveGuards.ts";
import { accountLock } from "./accountLock.ts";
import { SECRET_VARIABLES, withoutKeys } from "./secrets.ts";
import { VENUE_USAGE, venueAlone, venueConfig } from "./venueCommand.ts";
import {
  type DaemonConfig,
  type DoctorConfig,
  USAGE,
  daemonConfig,
  doctorConfig,
} from "./flags.ts";

const EXIT_CLEAN = 0;
const EXIT_UNSAFE = 1;
const EXIT_CONFIG = 2;
/** Ctrl-C reaches a child of npm twice, once from the terminal and once from npm. */
const SAME_SIGNAL_MS = 500;

async function main(args: readonly string[]): Promise<number> {
  const environment = { ...process.env };
  // What is read is not for a crash report, or for a program that we start.
  for (const name of SECRET_VARIABLES) Reflect.deleteProperty(process.env, name);
  if (args[0] === "venue") return venueRun(args.slice(1));
  if (args[0] === "doctor") return runDoctor(doctorConfig(args.slice(1), environment));
  const config = daemonConfig(args, environment);
  if (config === null) {
    process.stdout.write(USAGE);
    return EXIT_CLEAN;
  }
  const runtime$ = opened(config, systemLog({ level: config.logLevel }));
  const code$ = runtime$.pipe(concatMap((runtime) => daemon(config, runtime)));
  return firstValueFrom(code$, { defaultValue: EXIT_UNSAFE }); // tidy-ok: holds the venue open around the graph, whose one subscribe is in app.ts
}

/** Exit code 0, 1 or 2: all is well, something is odd, something is wrong. */
async function runDoctor(config: DoctorConfig | null): Promise<number> {
  if (config === null) {
    process.stdout.write(USAGE);
    return EXIT_CLEAN;
  }
  const signer = await chooseSigner(systemLog({ level: "silent" }));
  const say = ({ name, verdict, text, fix }: Finding): void => {
    if (config.isJson) return;
    process.stdout.write(`${verdict.padEnd(5)} ${name}: ${text}\n`);
    if (fix !== null) process.stdout.write(`      to mend it: ${fix}\n`);
  };
  const finding$ = doctor(doctorInputOf(config, signer, process.version), {
    clock: systemClock,
    scheduler: systemScheduler,
  });
  const findings = await firstValueFrom(finding$.pipe(tap(say), toArray())); // tidy-ok: questions one after the other, outside of the graph
  const worst = Math.max(...findings.map(({ verdict }) => VERDICTS.indexOf(verdict)));
  if (config.isJson) {
    process.stdout.write(`${JSON.stringify({ version: 1, verdict: VERDICTS[worst], findings })}\n`);
  }
  return worst;
}

/** One line says where it is; then it runs until it is told to end. */
async function venueRun(args: readonly string[]): Promise<number> {
  const config = venueConfig(args);
  if (config === null) {
    process.stdout.write(VENUE_USAGE);
    return EXIT_CLEAN;
  }
  const running$ = venueAlone(config, systemLog({ level: config.logLevel })).pipe(
    tap((endpoints) => process.stdout.write(`${JSON.stringify(endpoints)}\n`)),
    takeUntil(merge(fromEvent(process, "SIGINT"), fromEvent(process, "SIGTERM"))),
  );
  await lastValueFrom(running$, { defaultValue: null }); // tidy-ok: no graph runs beside it, whose one subscribe is in app.ts
  return EXIT_CLEAN;
}

async function daemon(config: DaemonConfig, runtime: Runtime): Promise<number> {
  const { log } = runtime;
  const tandem = app(config.app, runtime);
  stopOnSignals(tandem, runtime, config);
  process.on("uncaughtException", tandem.fail);
  process.on("unhandledRejection", tandem.fail);
  try {
    await tandem.start();
  } catch (cause) {
    const text = cause instanceof Error ? cause.stack : String(cause);
    log.error({ cause: text }, "stopped by the kill switch");
  }
  const summary = tandem.summary();
  log.info({ ...summary, markets: summary.markets.length }, "summary");
  if (config.isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
  return summary.lawsBroken === 0 && summary.openAtVenue === 0 ? EXIT_CLEAN : EXIT_UNSAFE;
}

/**
 * One runtime; the venue it is for is open as long as it is subscribed to.
 * @throws ConfigError with everything that is wrong with the files that were named.
 */
function opened(config: DaemonConfig, log: Log): Observable<Runtime> {
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
  const runtime$ = attempt(() => runtimeFor(config, log));
  const levels = levelFile(journalDirectory);
  if (level === null) attempt(() => levels.read());
  if (runtime$ === null || problems.length > 0) throw new ConfigError(problems);
  return runtime$.pipe(
    // Who is refused has not said anything.
    tap(() => {
      if (level !== null) levels.write({ level, reason: "--level" });
    }),
    map((runtime) => (mode === "dryRun" ? dryRun(runtime) : runtime)),
  );
}

/** @throws ConfigError if the recording is of no use. */
function runtimeFor(config: DaemonConfig, log: Log): Observable<Runtime> {
  const { simulation, venue, live, journalDirectory, logLevel } = config;
  if (live !== null) return liveRuntimeFor(config, live, log);
  if (venue === "in-process") {
    return of(simulatedRuntime({ ...simulation, journalDirectory, logLevel }));
  }
  const endpointsBy = venue instanceof URL ? remoteEndpoints(venue, log) : served(config, log);
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) => {
      // A venue of our own is nobody else's.
      if (venue instanceof URL) lock(config, simulatedIdentity(signer), log);
      return endpointsBy(signer).pipe(
        map((endpoints) => servedVenueOptions(endpoints, simulation.windowMs, signer)),
        concatMap((wiring) => polymarketRuntime({ ...wiring, journalDirectory }, log)),
      );
    }),
  );
}

/** Errors with ConfigError unless what is at risk has been agreed to, and nobody else trades the account. */
function liveRuntimeFor(config: DaemonConfig, live: LiveConfig, log: Log): Observable<Runtime> {
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
      log.warn({}, mode === "live" ? "LIVE, with real money" : "dry run: nothing is sent");
      for (const text of risk) log.warn({}, text);
      lock(config, identity, log);
      const series = SERIES[live.series];
      return polymarketRuntime(
        { mode, journalDirectory, addresses, series, identity, credentials },
        log,
      );
    }),
  );
}

/** @throws ConfigError where another instance trades the account. */
function lock(
  { journalDirectory }: DaemonConfig,
  { account }: PolymarketRuntimeOptions["identity"],
  log: Log,
): void {
  process.on("exit", accountLock(journalDirectory, account.maker, systemProcesses, log));
}

type EndpointsBy = (signer: Signer) => Observable<Endpoints>;

function remoteEndpoints({ host }: URL, log: Log): EndpointsBy {
  log.info({}, `simulated market at ${host}, no real orders`);
  return () => of(endpointsAt(host));
}

/** @throws ConfigError if the recording is of no use. */
function served({ simulation }: DaemonConfig, log: Log): EndpointsBy {
  const { seed, windowMs } = simulation;
  const { reference$, facts } = referenceSource(simulation, { scheduler: systemScheduler });
  log.info(facts, "simulated market, no real orders");
  return (signer) => servedVenue({ seed, windowMs, reference$ }, signer, log);
}

function stopOnSignals(
  tandem: App,
  { log, clock }: Runtime,
  { isJson, app: { executor } }: DaemonConfig,
): void {
  const seconds = Math.round((executor.lateBookingMs + executor.surveyGapMs) / 1_000);
  let firstAt: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      const now = clock.now().monotonicMs;
      if (firstAt === null) {
        firstAt = now;
        log.info(
          {},
          `${signal}: cancelling, then verifying (${seconds} s or so); again ends at once`,
        );
        tandem.stop(signal);
      } else if (now - firstAt >= SAME_SIGNAL_MS) {
        log.warn({}, `${signal}: ending at once, nothing was verified`);
        const summary = tandem.abandon();
        if (isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
        process.exit(EXIT_UNSAFE);
      }
    });
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isConfig = error instanceof ConfigError;
    process.stderr.write(`${withoutKeys(isConfig ? error.message : String(error))}\n`);
    process.exit(isConfig ? EXIT_CONFIG : EXIT_UNSAFE);
  },
);
