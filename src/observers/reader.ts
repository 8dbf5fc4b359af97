import type { AppOutput } from "./output.ts";

/**
 * Something that only looks on. It is called with copies, one at a time, after the fact; what it
 * throws costs that one output and reaches neither the graph nor another reader.
 */
export interface Reader {
  /** In the log, where the reader throws or falls behind. */
  readonly name: string;
  readonly read: (output: AppOutput) => void;
  /** So many outputs ahead of the next one were dropped, because the reader's queue was full. */
  readonly missed: (count: number) => void;
  /** After the last output of the run. */
  readonly end: () => void;
}
