#!/usr/bin/env node
/** The program: which command, the process it runs in, and its exit code. */
import { closeSync } from "node:fs";
import { fromEvent, lastValueFrom, merge, takeUntil, tap } from "rxjs";
import { systemLog } from "../runtimes/index.ts";
import { ConfigError } from "../types/index.ts";
import { type CommandHost, EXIT_CLEAN, EXIT_CONFIG, EXIT_UNSAFE, STOP_SIGNALS } from "./command.ts";
import { doctorCommand } from "./doctorCommand.ts";
import { USAGE, daemonConfig, doctorConfig } from "./flags.ts";
import { SECRET_VARIABLES, withoutKeys } from "./secrets.ts";
import { startCommand } from "./startCommand.ts";
import { VENUE_USAGE, venueAlone, venueConfig } from "./venueCommand.ts";

const host: CommandHost = {
  write: (text) => void process.stdout.write(text),
  secretVariables: SECRET_VARIABLES.filter((name) => process.env[name] !== undefined),
  onSignal: (act) => {
    for (const signal of STOP_SIGNALS) process.on(signal, () => act(signal));
    process.once("SIGHUP", () => process.on("exit", leaveTerminal));
  },
  onFailure: (act) => {
    process.on("uncaughtException", act);
    process.on("unhandledRejection", act);
  },
  onExit: (act) => void process.on("exit", act),
  exit: (code) => process.exit(code),
};

/** Node aborts, with a core dump, where it cannot restore a terminal that is gone. */
function leaveTerminal(): void {
  for (const descriptor of [0, 1, 2]) closeSync(descriptor);
}

async function main(args: readonly string[]): Promise<number> {
  const environment = { ...process.env };
  // Neither a crash report nor a program that we start may find a secret there.
  for (const name of SECRET_VARIABLES) Reflect.deleteProperty(process.env, name);
  const [command, ...rest] = args;
  switch (command) {
    case "venue": {
      const config = venueConfig(rest);
      return config === null ? explained(VENUE_USAGE) : venueCommand(config);
    }
    case "doctor": {
      const config = doctorConfig(rest, environment);
      return config === null ? explained(USAGE) : doctorCommand(config, process.version, host);
    }
    default: {
      const config = daemonConfig(args, environment);
      return config === null ? explained(USAGE) : startCommand(config, host);
    }
  }
}

function explained(usage: string): number {
  host.write(usage);
  return EXIT_CLEAN;
}

/** One line of JSON says where the venue answers; then it runs until a signal. */
async function venueCommand(config: NonNullable<ReturnType<typeof venueConfig>>): Promise<number> {
  const running$ = venueAlone(config, systemLog({ level: config.logLevel })).pipe(
    tap((endpoints) => host.write(`${JSON.stringify(endpoints)}\n`)),
    takeUntil(merge(...STOP_SIGNALS.map((signal) => fromEvent(process, signal)))),
  );
  await lastValueFrom(running$, { defaultValue: null }); // tidy-ok: no graph runs beside it, whose one subscribe is in app.ts
  return EXIT_CLEAN;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isConfig = error instanceof ConfigError;
    process.stderr.write(`${withoutKeys(isConfig ? error.message : String(error))}\n`);
    process.exit(isConfig ? EXIT_CONFIG : EXIT_UNSAFE);
  },
);
