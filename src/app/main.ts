#!/usr/bin/env node
/** The daemon: configuration, runtime, app, exit code. */
import { levelFile, prepareDirectory } from "../journal/index.ts";
import { endpointsAt } from "../sim/server/index.ts";
import { ConfigError, type Log } from "../types/index.ts";
import { chooseSigner } from "../venue/polymarket/index.ts";
import { type App, app } from "./app.ts";
import { type DaemonConfig, USAGE, daemonConfig } from "./config.ts";
import { type Runtime, systemLog, systemScheduler } from "./runtime.ts";
import { referenceSource, simulatedRuntime } from "./simulated.ts";
import { servedVenue, wiredRuntime } from "./wired.ts";

const EXIT_CLEAN = 0;
const EXIT_UNSAFE = 1;
const EXIT_CONFIG = 2;
/** Ctrl-C reaches a child of npm twice, once from the terminal and once from npm. */
const SAME_SIGNAL_MS = 500;

async function main(args: readonly string[]): Promise<number> {
  const config = daemonConfig(args);
  if (config === null) {
    process.stdout.write(USAGE);
    return EXIT_CLEAN;
  }
  const open = opener(config, systemLog({ level: config.logLevel }));
  return open((runtime) => daemon(config, runtime));
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

/** Opens the venue of this run, and closes it when `use` is done. */
type Open = (use: (runtime: Runtime) => Promise<number>) => Promise<number>;

/** @throws ConfigError with everything that is wrong with the files that were named. */
function opener(config: DaemonConfig, log: Log): Open {
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
  const open = attempt(() => venueOpener(config, log));
  const levels = levelFile(journalDirectory);
  if (level !== null) attempt(() => levels.write({ level, reason: "--level" }));
  attempt(() => levels.read());
  if (open === null || problems.length > 0) throw new ConfigError(problems);
  return open;
}

/** @throws ConfigError if the recording is of no use. */
function venueOpener(
  { simulation, venue, journalDirectory, logLevel }: DaemonConfig,
  log: Log,
): Open {
  const { seed, windowMs } = simulation;
  if (venue instanceof URL) {
    log.info({}, `simulated market at ${venue.host}, no real orders`);
    return async (use) => {
      const signer = await chooseSigner(log);
      const endpoints = endpointsAt(venue.host);
      return use(await wiredRuntime({ endpoints, windowMs, signer, journalDirectory }, log));
    };
  }
  if (venue === "in-process") {
    const runtime = simulatedRuntime({ ...simulation, journalDirectory, logLevel });
    return (use) => use(runtime);
  }
  const { reference$, text } = referenceSource(simulation, { scheduler: systemScheduler });
  log.info({}, `simulated market, no real orders; price: ${text}`);
  return async (use) => {
    const signer = await chooseSigner(log);
    return servedVenue({ seed, windowMs, reference$ }, signer, log, async (endpoints) =>
      use(await wiredRuntime({ endpoints, windowMs, signer, journalDirectory }, log)),
    );
  };
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
