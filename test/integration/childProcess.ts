/** A program of ours in a process of its own: started, its output read, sent signals. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { oncePerRun } from "../support/oncePerRun.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  /** Of stdout. */
  readonly firstLine: Promise<string>;
  /** When the log first matches. */
  readonly logged: (pattern: RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** As a terminal sends it: to the process and to those it has started. */
  readonly killGroup: (signal: NodeJS.Signals) => void;
  /** Whether the process, or any that it has started, is alive. */
  readonly isGroupAlive: () => boolean;
  /** The process has exited; one that it has started may still hold its output open. */
  readonly exited: Promise<void>;
  /** The process has exited, and its output is closed. */
  readonly ended: Promise<Ended>;
}

const running = new Set<Running>();

/** In a process group of its own, so that the test can end all of it. */
export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child: ChildProcess = spawn(command, args, {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  const firstLine = new Promise<string>((resolve) => {
    child.stdout?.on("data", (bytes: Buffer) => {
      stdout += bytes.toString();
      if (stdout.includes("\n")) resolve(stdout.split("\n")[0] ?? "");
    });
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    stderr += bytes.toString();
    for (const watch of watchers) watch();
  });
  const killGroup = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(-pid, signal);
    } catch {
      return false; // the group is empty
    }
  };
  const exited = once(child, "exit").then(() => undefined);
  const ended = once(child, "close").then(([code, signal]): Ended => {
    for (const watch of watchers) watch();
    return {
      code: typeof code === "number" ? code : null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
    };
  });
  const it: Running = {
    pid,
    firstLine,
    logged: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (pattern.test(stderr)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null) {
            reject(new Error(`it ended before it logged ${String(pattern)}:\n${stderr}`));
          }
        };
        watchers.add(watch);
        watch();
      }),
    kill: (signal) => child.kill(signal),
    killGroup,
    isGroupAlive: () => killGroup(0),
    exited,
    ended,
  };
  running.add(it);
  return it;
}

/** Ends what a failed test has left running. */
export function killAll(): void {
  for (const it of running) it.killGroup("SIGKILL");
  running.clear();
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Writes parameters to a folder: with these flags a stop waits for no more than a venue of this machine can do. */
export function quickStop(folder: string): readonly string[] {
  const parameters = join(folder, "quick-stop.json");
  writeFileSync(
    parameters,
    JSON.stringify({ executor: { lateBookingMs: 1_000, surveyGapMs: 500 } }),
  );
  return ["--config", parameters];
}

/** Builds the program, once for all test files of a run: a second build would write what others read. */
export const build = (): Promise<string> => oncePerRun(inject("runFolder"), "build", built);

const built = async (): Promise<string> =>
  (await promisify(execFile)("npm", ["run", "build"])).stdout;
