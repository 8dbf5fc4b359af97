/** The real clock, schedulers, random numbers, processes and log; the only file that names them. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type SchedulerAction, type SchedulerLike, Subscription, asyncScheduler } from "rxjs";
import { pino } from "pino";
import pretty from "pino-pretty";
import { logText } from "./logText.ts";
import { type Clock, type Log, epochMs, monotonicMs } from "../types/index.ts";

/** The processes of this machine. */
export interface Processes {
  readonly pid: number;
  /** Whom this process acts as; null where users have no number. */
  readonly user: number | null;
  /** The host's name: a process id means nothing on another machine. */
  readonly machine: string;
  readonly isAlive: (pid: number) => boolean;
  /** Tells a process from a later one with the same id; null where the machine does not say. */
  readonly startOf: (pid: number) => string | null;
}

export const systemClock: Clock = {
  now: () => ({
    epochMs: epochMs(Date.now()),
    monotonicMs: monotonicMs(performance.now()),
  }),
};

export const systemScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: <State>(work: Work<State>, delay?: number, state?: State): Subscription =>
    asyncScheduler.schedule(work, delay, state),
};

/** `setImmediate` as a scheduler: after the sockets and timers that are due, long before a new timer. */
export const systemMacrotask: SchedulerLike = {
  now: () => performance.now(),
  schedule: <State>(work: Work<State>, delay = 0, state?: State): Subscription =>
    new ImmediateAction(work).schedule(state, delay),
};

type Work<State> = (this: SchedulerAction<State>, state?: State) => void;

class ImmediateAction<State> extends Subscription implements SchedulerAction<State> {
  private readonly work: Work<State>;

  constructor(work: Work<State>) {
    super();
    this.work = work;
  }

  schedule(state?: State, delay = 0): Subscription {
    if (this.closed) return this;
    const run = (): void => {
      if (!this.closed) this.work(state);
    };
    if (delay > 0) {
      const timeout = setTimeout(run, delay);
      this.add(() => clearTimeout(timeout));
    } else {
      const immediate = setImmediate(run);
      this.add(() => clearImmediate(immediate));
    }
    return this;
  }
}

/** The time of every runtime that is not simulated in virtual time. */
export const systemTime = {
  clock: systemClock,
  scheduler: systemScheduler,
  macrotask: systemMacrotask,
};

export const systemChance = (): number => Math.random();
export const systemNonce = (): string => randomBytes(16).toString("hex");

export const systemProcesses: Processes = {
  pid: process.pid,
  user: process.geteuid?.() ?? null,
  machine: hostname(),
  isAlive: (pid) => {
    try {
      return process.kill(pid, 0);
    } catch (error) {
      // The process exists and belongs to another user.
      return error instanceof Error && "code" in error && error.code === "EPERM";
    }
  },
  startOf: (pid) => {
    try {
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      // Field 22, in ticks since that boot. The program's name, field 2, may hold blanks.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return `${boot} ${fields[19] ?? ""}`;
    } catch {
      return null; // not Linux, or gone
    }
  },
};

/**
 * A log for people on stderr, one line each; stdout belongs to the summary. Synchronous, so that
 * the last lines of a program that exits are not lost.
 */
export function systemLog({
  level,
  clock = systemClock,
}: {
  readonly level: string;
  readonly clock?: Clock;
}): Log {
  const log = pino(
    { level, base: null, timestamp: () => `,"time":${Math.round(clock.now().epochMs)}` },
    pretty({
      destination: 2,
      sync: true,
      hideObject: true,
      translateTime: "HH:MM:ss.l",
    }),
  );
  // Text alone: a fact named as one of pino's own fields, such as "level", would replace that.
  return {
    debug: (facts, text) => log.debug(logText(text, facts)),
    info: (facts, text) => log.info(logText(text, facts)),
    warn: (facts, text) => log.warn(logText(text, facts)),
    error: (facts, text) => log.error(logText(text, facts)),
    writes: (asked) => log.isLevelEnabled(asked),
  };
}
