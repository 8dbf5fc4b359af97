import { type Effect, type Journal, type Stamped, assert } from "../types/index.ts";
import { type Origin, encodeEffects, encodeEvent, encodeHeader } from "./codec.ts";
import { orderedJournal } from "./ordered.ts";

/** About 300 MB of events; a run that long belongs on a disk. */
const MEMORY_LINES_MAX = 500_000;

export interface MemoryJournal extends Journal {
  /** The segment so far; decodes as a file's would. */
  readonly lines: () => readonly string[];
}

/** What a line is made of. */
type Entry = Stamped | { readonly seq: number; readonly effects: readonly Effect[] };

/**
 * A journal in an array. When it is full, writing fails: a history is never thinned out. A line is encoded when
 * it is first asked for, since nobody reads most runs; what it is made of does not change.
 */
export function memoryJournal(origin: Origin, linesMax = MEMORY_LINES_MAX): MemoryJournal {
  // The header at once: its state would hold on to what the executor has let go.
  const lines = [encodeHeader(origin, 1)];
  const waiting: Entry[] = [];
  const write = (entry: Entry): void => {
    const isFull = lines.length + waiting.length >= linesMax;
    assert(!isFull, "A", "the journal in memory is full", { linesMax });
    waiting.push(entry);
  };
  const journal = orderedJournal(origin.step, {
    writeEvent: write,
    writeEffects: (seq, effects) => write({ seq, effects }),
    close: () => {},
  });
  return {
    ...journal,
    lines: () => {
      // All of them before any is let go: a value that cannot be written must not leave a gap.
      for (const line of waiting.map(lineOf)) lines.push(line);
      waiting.length = 0;
      return [...lines];
    },
  };
}

const lineOf = (entry: Entry): string =>
  "event" in entry ? encodeEvent(entry) : encodeEffects(entry.seq, entry.effects);
