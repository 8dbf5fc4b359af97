#!/usr/bin/env node
/** The daemon: configuration, runtime, app, exit code. */
import { fileJournal } from "../journal/index.ts";
import { ConfigError, type Journal } from "../types/index.ts";
import { app } from "./app.ts";
import { type DaemonConfig, USAGE, daemonConfig } from "./config.ts";
import {
  type Runtime,
  systemChance,
  systemClock,
  systemLog,
  systemMacrotask,
  systemNonce,
  systemScheduler,
} from "./runtime.ts";
import { referenceSource, simulatedVenue } from "./simulated.ts";

const EXIT_CLEAN = 0;
const EXIT_UNSAFE = 1;
const EXIT_CONFIG = 2;
/** For all journals together. */
const JOURNAL_BYTES_MAX = 1024 * 1024 * 1024;

async function main(args: readonly string[]): Promise<number> {
  const config = daemonConfig(args);
  if (config === null) {
    process.stdout.write(USAGE);
    return EXIT_CLEAN;
  }
  const log = systemLog({ level: config.logLevel });
  const base = { clock: systemClock, scheduler: systemScheduler };
  const { reference$, text } = referenceSource(config.simulation, base);
  log.info({}, `simulated market, no real orders; price: ${text}`);
  const sim = simulatedVenue(config.simulation, reference$, base);
  const tandem = app(config.app, {
    ...base,
    macrotask: systemMacrotask,
    chance: systemChance,
    nonce: systemNonce(),
    log,
    venue: sim.venue,
    connections: sim.connections,
    market$: sim.markets$,
    background$: sim.life$,
    journal: journals(config),
  });

  const ended = tandem.start();
  process.on("uncaughtException", tandem.fail);
  process.on("unhandledRejection", tandem.fail);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      log.info({}, `${signal}: stopping; a second one ends at once`);
      tandem.stop(signal);
      process.once(signal, () => process.exit(EXIT_UNSAFE));
    });
  }
  try {
    await ended;
  } catch (cause) {
    log.error(
      { cause: cause instanceof Error ? cause.stack : String(cause) },
      "stopped by the kill switch",
    );
  }
  const summary = tandem.summary();
  log.info({ ...summary, markets: summary.markets.length }, "summary");
  if (config.isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
  return summary.lawsBroken === 0 && summary.openAtVenue === 0 ? EXIT_CLEAN : EXIT_UNSAFE;
}

const journals =
  ({ journalDirectory: directory }: DaemonConfig): Runtime["journal"] =>
  (header, snapshot): Journal =>
    fileJournal({
      directory,
      name: `${header.market.slug}-${header.nonce.slice(0, 8)}`,
      totalBytesMax: JOURNAL_BYTES_MAX,
      header,
      snapshot,
    });

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
    process.exit(error instanceof ConfigError ? EXIT_CONFIG : EXIT_UNSAFE);
  },
);
