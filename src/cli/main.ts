#!/usr/bin/env node
/** The program: which command, the process it runs in, and its exit code. */
import { closeSync } from "node:fs";
import { ConfigError, nearest } from "../types/index.ts";
import { hintOf, questionIn } from "./commandLine.ts";
import { type CommandHost, EXIT_CLEAN, EXIT_CONFIG, EXIT_UNSAFE, STOP_SIGNALS } from "./command.ts";
import { SECRET_VARIABLES, withoutKeys } from "./secretVariables.ts";
import { USAGE, USAGES } from "./usage.ts";

let outputProblem: Error | null = null;
const written = (error?: Error | null): void => {
  outputProblem ??= error ?? null;
};
process.stdout.on("error", written);

const host: CommandHost = {
  write: (text) => void process.stdout.write(text, written),
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
  umask: (mask) => process.umask(mask),
};

/** Node aborts, with a core dump, where it cannot restore a terminal that is gone. */
function leaveTerminal(): void {
  for (const descriptor of [0, 1, 2]) closeSync(descriptor);
}

async function main(args: readonly string[]): Promise<number> {
  const environment = { ...process.env };
  // Neither a crash report nor a program that we start may find a secret there.
  for (const name of SECRET_VARIABLES) Reflect.deleteProperty(process.env, name);
  const [first = "", ...rest] = args;
  const command = first.startsWith("-") || first === "" ? "start" : first;
  switch (questionIn(args)) {
    case "version": {
      const { VERSION } = await import("../app/index.ts");
      return answered(`tandem ${VERSION}\n`);
    }
    case "help":
      return answered(USAGES.get(command) ?? USAGE);
    case null:
  }
  // Each command loads its own code, since loading takes longer than most of what is then done.
  switch (command) {
    case "start": {
      const [{ daemonConfig, strategyFilesIn }, { loadStrategies }, { startCommand }] =
        await Promise.all([
          import("./flags.ts"),
          import("./strategyFiles.ts"),
          import("./startCommand.ts"),
        ]);
      const given = first === "start" ? rest : args;
      const loaded = await loadStrategies(strategyFilesIn(given));
      return startCommand(daemonConfig(given, environment, loaded), host);
    }
    case "venue": {
      const { venueCommand, venueConfig } = await import("./venueCommand.ts");
      return venueCommand(venueConfig(rest), host);
    }
    case "doctor": {
      const [{ doctorConfig, strategyFilesIn }, { loadStrategies }, { doctorCommand }] =
        await Promise.all([
          import("./flags.ts"),
          import("./strategyFiles.ts"),
          import("./doctorCommand.ts"),
        ]);
      const loaded = await loadStrategies(strategyFilesIn(rest));
      return doctorCommand(doctorConfig(rest, environment, loaded), process.version, host);
    }
    case "set": {
      const { setCommand, setConfig } = await import("./setCommand.ts");
      return setCommand(setConfig(rest), host);
    }
    case "limits": {
      const { limitsCommand, limitsConfig } = await import("./limitsCommand.ts");
      return limitsCommand(limitsConfig(rest), host);
    }
    case "strategies": {
      const { strategiesCommand } = await import("./strategiesCommand.ts");
      return strategiesCommand(rest, host);
    }
    default: {
      const meant = nearest(command, ["start", "venue", "doctor", "set", "limits", "strategies"]);
      throw new ConfigError([`${command}: not a command; ${hintOf(meant)}`]);
    }
  }
}

function answered(text: string): number {
  host.write(text);
  return EXIT_CLEAN;
}

const OUTPUT_PROBLEMS = new Map([
  ["EPIPE", "its reader has gone"],
  ["ENOSPC", "the disk is full"],
]);

/** Ends the process once everything is written; a result that nobody can read is no clean end. */
function end(code: number): void {
  process.stdout.write("", () => {
    if (outputProblem === null) process.exit(code);
    const why = "code" in outputProblem ? String(outputProblem.code) : outputProblem.message;
    process.stderr.write(`stdout could not be written: ${OUTPUT_PROBLEMS.get(why) ?? why}\n`);
    process.exit(code === EXIT_CLEAN ? EXIT_UNSAFE : code);
  });
}

main(process.argv.slice(2)).then(end, (error: unknown) => {
  const isConfig = error instanceof ConfigError;
  process.stderr.write(`${withoutKeys(isConfig ? error.message : String(error))}\n`);
  process.exit(isConfig ? EXIT_CONFIG : EXIT_UNSAFE);
});
