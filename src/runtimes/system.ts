/** The real clock, schedulers, chance and log. The only file that names them. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type SchedulerAction, type SchedulerLike, Subscription, asyncScheduler } from "rxjs";
import { pino } from "pino";
import pretty from "pino-pretty";
import { type Clock, type Log, epochMs, monotonicMs } from "../types/index.ts";

/** What can be known of the programs of this machine. */
export interface Processes {
  readonly pid: number;
  /** Process ids mean nothing on another. */
  readonly machine: string;
  readonly isAlive: (pid: number) => boolean;
  /** Tells one process from a later one with its id; null where the machine does not tell. */
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

/** `setImmediate` as a scheduler: after the sockets and timers that wait, far before a timer. */
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

export const systemChance = (): number => Math.random();
export const systemNonce = (): string => randomBytes(16).toString("hex");

export const systemProcesses: Processes = {
  pid: process.pid,
  machine: hostname(),
  isAlive: (pid) => {
    try {
      return process.kill(pid, 0);
    } catch (error) {
      // There is one, and it is not ours to signal.
      return error instanceof Error && "code" in error && error.code === "EPERM";
    }
  },
  startOf: (pid) => {
    try {
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      // After the name, which may hold anything: field 22, in ticks since that boot.
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
 * A log for people on stderr: stdout belongs to the summary. Synchronous, so that the last words
 * of a program that ends are not lost.
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
    pretty({ destination: 2, sync: true, singleLine: true, translateTime: "HH:MM:ss.l" }),
  );
  return {
    debug: (facts, text) => log.debug(facts, text),
    info: (facts, text) => log.info(facts, text),
    warn: (facts, text) => log.warn(facts, text),
    error: (facts, text) => log.error(facts, text),
  };
}
