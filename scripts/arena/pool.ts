/** Plays windows in several processes, each with a bounded time. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { causeOf } from "../../src/types/index.ts";
import type { WindowEntry, WindowFailure } from "./window.ts";
import type { WindowFigures } from "./windowFigures.ts";

export interface Answer {
  readonly result: WindowFigures | WindowFailure;
  /** CPU time of the window alone, in milliseconds. */
  readonly cpuMs: number;
}

export interface Pool {
  /** Resolves once every window has been answered for, or once `stop` was called. */
  readonly done: Promise<void>;
  /** Ends the processes; what they are playing is lost. */
  readonly stop: () => void;
}

export interface PoolOptions {
  /** How many processes there are at most. */
  readonly workers: number;
  /** The module that each of them runs. */
  readonly module?: string;
  /** How long a window may take, in milliseconds of real time. */
  readonly patienceMs?: (entry: WindowEntry) => number;
}

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
/** What takes longer than in real time, and a minute for a busy machine, will not come to an end. */
const inRealTime = ({ lengthMs }: WindowEntry): number => lengthMs + 60_000;

/** `answered` is called once for each of `entries`, in the order in which they end. */
export function pool<Entry extends WindowEntry>(
  entries: readonly Entry[],
  { workers, module = WORKER, patienceMs = inRealTime }: PoolOptions,
  answered: (entry: Entry, answer: Answer) => void,
): Pool {
  const waiting = entries.toReversed();
  const children = new Set<ChildProcess>();
  let isStopped = false;

  /** One process after the other, until no window is left: a new one where one has died. */
  const lane = async (): Promise<void> => {
    while (waiting.length > 0 && !isStopped) await life();
  };
  const life = (): Promise<void> =>
    new Promise((resolve) => {
      const child = fork(module);
      children.add(child);
      let playing: Entry | undefined;
      let timer: NodeJS.Timeout | undefined;
      let isLate = false;
      let hasEnded = false;
      const next = (): void => {
        clearTimeout(timer);
        playing = isStopped ? undefined : waiting.pop();
        if (playing === undefined) {
          if (child.connected) child.disconnect();
          return;
        }
        timer = setTimeout(() => {
          isLate = true;
          child.kill("SIGKILL");
        }, patienceMs(playing));
        child.send(playing);
      };
      child.on("message", (answer: Answer) => {
        if (playing === undefined || isStopped) return;
        answered(playing, answer);
        next();
      });
      const ends = (why: string): void => {
        if (hasEnded) return;
        hasEnded = true;
        clearTimeout(timer);
        children.delete(child);
        if (playing !== undefined && !isStopped) {
          const failure = isLate ? `took longer than ${patienceMs(playing) / 1_000} s` : why;
          answered(playing, { result: { failure }, cpuMs: 0 });
        }
        resolve();
      };
      // A process that cannot be started does not exit either.
      child.on("error", (cause) => ends(`no process: ${causeOf(cause)}`));
      child.on("exit", (code, signal) =>
        ends(`its process ended with ${signal ?? `exit code ${code}`}`),
      );
      next();
    });

  const lanes = Math.min(workers, entries.length);
  return {
    done: Promise.all(Array.from({ length: lanes }, lane)).then(() => undefined),
    stop: () => {
      isStopped = true;
      for (const child of children) child.kill("SIGKILL");
    },
  };
}
