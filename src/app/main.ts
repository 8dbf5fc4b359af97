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
  of,
  takeUntil,
  tap,
} from "rxjs";
import { levelFile, prepareDirectory } from "../journal/index.ts";
import { type Endpoints, endpointsAt } from "../sim/server/index.ts";
import { ConfigError, type Log } from "../types/index.ts";
import { type Signer, chooseSigner } from "../venue/polymarket/index.ts";
import { type App, app } from "./app.ts";
import { type DaemonConfig, USAGE, daemonConfig } from "./config.ts";
import { type Runtime, systemLog, systemScheduler } from "./runtime.ts";
import { referenceSource, simulatedRuntime } from "./simulated.ts";
import { VENUE_USAGE, venueAlone, venueConfig } from "./venue.ts";
import { servedVenue, wiredRuntime } from "./wired.ts";

const EXIT_CLEAN = 0;
const EXIT_UNSAFE = 1;
const EXIT_CONFIG = 2;
/** Ctrl-C reaches a child of npm twice, once from the terminal and once from npm. */
const SAME_SIGNAL_MS = 500;

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === "venue") return venueRun(args.slice(1));
  const config = daemonConfig(args);
  if (config === null) {
    process.stdout.write(USAGE);
    return EXIT_CLEAN;
  }
  const runtime$ = opened(config, systemLog({ level: config.logLevel }));
  const code$ = runtime$.pipe(concatMap((runtime) => daemon(config, runtime)));
  return firstValueFrom(code$, { defaultValue: EXIT_UNSAFE }); // tidy-ok: holds the venue open around the graph, whose one subscribe is in app.ts
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
  const { journalDirectory, level } = config;
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
  const runtime$ = attempt(() => onVenue(config, log));
  const levels = levelFile(journalDirectory);
  if (level !== null) attempt(() => levels.write({ level, reason: "--level" }));
  attempt(() => levels.read());
  if (runtime$ === null || problems.length > 0) throw new ConfigError(problems);
  return runtime$;
}

/** @throws ConfigError if the recording is of no use. */
function onVenue(config: DaemonConfig, log: Log): Observable<Runtime> {
  const { simulation, venue, journalDirectory, logLevel } = config;
  if (venue === "in-process") {
    return of(simulatedRuntime({ ...simulation, journalDirectory, logLevel }));
  }
  const { windowMs } = simulation;
  const endpointsBy = venue instanceof URL ? elsewhere(venue, log) : served(config, log);
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) =>
      endpointsBy(signer).pipe(
        concatMap((endpoints) =>
          wiredRuntime({ endpoints, windowMs, signer, journalDirectory }, log),
        ),
      ),
    ),
  );
}

type EndpointsBy = (signer: Signer) => Observable<Endpoints>;

function elsewhere({ host }: URL, log: Log): EndpointsBy {
  log.info({}, `simulated market at ${host}, no real orders`);
  return () => of(endpointsAt(host));
}

/** @throws ConfigError if the recording is of no use. */
function served({ simulation }: DaemonConfig, log: Log): EndpointsBy {
  const { seed, windowMs } = simulation;
  const { reference$, text } = referenceSource(simulation, { scheduler: systemScheduler });
  log.info({}, `simulated market, no real orders; price: ${text}`);
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
    process.stderr.write(`${isConfig ? error.message : String(error)}\n`);
    process.exit(isConfig ? EXIT_CONFIG : EXIT_UNSAFE);
  },
);
