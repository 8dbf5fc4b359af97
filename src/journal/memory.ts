import { type Journal, assert } from "../types/index.ts";
import { type Origin, encodeHeader } from "./codec.ts";
import { orderedJournal } from "./ordered.ts";

/** About 300 MB of events; a run that long belongs on a disk. */
const MEMORY_LINES_MAX = 500_000;

export interface MemoryJournal extends Journal {
  /** The segment so far; decodes as a file's would. */
  readonly lines: () => readonly string[];
}

/** A journal in an array. When it is full, writing fails: a history is never thinned out. */
export function memoryJournal(origin: Origin, linesMax = MEMORY_LINES_MAX): MemoryJournal {
  const lines = [encodeHeader(origin, 1)];
  const write = (line: string): void => {
    assert(lines.length < linesMax, "A", "the journal in memory is full", { linesMax });
    lines.push(line);
  };
  const journal = orderedJournal(origin.step, {
    writeEvent: write,
    writeEffects: write,
    close: () => {},
  });
  return { ...journal, lines: () => [...lines] };
}
