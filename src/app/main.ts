#!/usr/bin/env node
/** The daemon: configuration, runtime, app, exit code. */
import { prepareDirectory } from "../journal/index.ts";
import { ConfigError } from "../types/index.ts";
import { type App, app } from "./app.ts";
import { type DaemonConfig, USAGE, daemonConfig } from "./config.ts";
import type { Runtime } from "./runtime.ts";
import { simulatedRuntime } from "./simulated.ts";

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
  const runtime = usableRuntime(config);
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

/** @throws ConfigError with everything that is wrong with the files that were named. */
function usableRuntime(config: DaemonConfig): Runtime {
  const { simulation, journalDirectory, logLevel, level } = config;
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
  const runtime = attempt(() => simulatedRuntime({ ...simulation, journalDirectory, logLevel }));
  if (level !== null) attempt(() => runtime?.level.write({ level, reason: "--level" }));
  attempt(() => runtime?.level.read());
  if (runtime === null || problems.length > 0) throw new ConfigError(problems);
  return runtime;
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
