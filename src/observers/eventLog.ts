/** The log a person follows: what we want quoted, what was done about it, and why nothing is quoted. */
import type { ExecutorConfig } from "../executor/index.ts";
import type { Log } from "../types/index.ts";
import type { LogLine } from "./logLine.ts";
import { lastLines, linesOf } from "./logLines.ts";
import { EMPTY_MEMORY, remembered } from "./logMemory.ts";
import { lineBudget } from "./lineBudget.ts";
import type { Reader } from "./reader.ts";
import type { Summary } from "./summary.ts";

/** Writes the lines; all that decides about them is in `logLines.ts`. */
export function eventLog(
  log: Log,
  executor: ExecutorConfig,
  summary: () => Summary,
  nowMs: () => number,
): Reader {
  let memory = EMPTY_MEMORY;
  let hasMissed = false;
  const budget = lineBudget();
  const context = { executor, summary, hidesDebug: log.writes?.("debug") === false };
  const write = (lines: readonly LogLine[]): void => {
    for (const { level, facts, text } of lines) log[level](facts, text);
  };
  return {
    name: "event log",
    read: (output) => {
      const before = memory;
      // First: a line that cannot be written must not leave an old state behind.
      memory = remembered(before, output, executor);
      const at = nowMs();
      const lines = linesOf(output, before, memory, context);
      write(lines.flatMap((line) => budget(line, at)));
    },
    missed: () => {
      hasMissed = true;
    },
    end: () => {
      // What is remembered may be old; the summary says whether it has heard of the proof.
      const isProvenEmpty = memory.isProvenEmpty || (hasMissed && summary().openAtVenue === 0);
      write(lastLines({ ...memory, isProvenEmpty }, executor));
    },
  };
}
