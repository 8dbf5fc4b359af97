/** The list of readers: whoever adds one adds it here. */
import type { ExecutorConfig } from "../executor/index.ts";
import type { Log, RunMode } from "../types/index.ts";
import { eventLog } from "./eventLog.ts";
import type { Reader } from "./reader.ts";
import { type Summary, summaryCounter } from "./summary.ts";

export interface ReaderDependencies {
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  readonly mode: RunMode;
  readonly log: Log;
  readonly executor: ExecutorConfig;
}

export interface Readers {
  readonly all: readonly Reader[];
  /** As far as the summary's reader has read. */
  readonly summary: () => Summary;
}

/** The readers of one run. */
export function readersOf({ nowMs, mode, log, executor }: ReaderDependencies): Readers {
  const counter = summaryCounter(nowMs, mode);
  return {
    all: [counter, eventLog(log, executor, counter.summary, nowMs)],
    summary: counter.summary,
  };
}
