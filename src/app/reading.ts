/** A reader on the outputs of the graph, out of its way: what the reader does reaches nothing else. */
import {
  EMPTY,
  type Observable,
  type SchedulerLike,
  catchError,
  defer,
  filter,
  ignoreElements,
  tap,
} from "rxjs";
import { observeInSlices } from "../operators/index.ts";
import type { AppOutput, Reader } from "../observers/index.ts";
import type { Log } from "../types/index.ts";

/** Seconds of the busiest run; each output may hold a state of its own. */
export const READER_QUEUE_MAX = 10_000;
/** Several times the steps of one turn, which cause more outputs: a quick reader never falls behind. */
export const READER_SLICE_MAX = 256;
/** A slow reader gives the thread back after this, or after its first output. */
const READER_SLICE_MS = 1;
/** Different errors of one reader that are logged and counted one by one. */
const CAUSES_MAX = 20;

/**
 * Reads every output on turns of its own and completes after the last one. An output on which the
 * reader throws is lost to it, and so are the oldest when its queue is full: both are logged at
 * the first time, counted, and told to the reader.
 */
export function reading(
  reader: Reader,
  output$: Observable<AppOutput>,
  log: Log,
  macrotask: SchedulerLike,
): Observable<never> {
  return defer(() => {
    const thrown = new Map<string, number>();
    let dropped = 0;

    const attempt = (act: () => void): boolean => {
      try {
        act();
        return true;
      } catch (error) {
        const text = textOf(error);
        const cause = thrown.has(text) || thrown.size < CAUSES_MAX ? text : "other causes";
        const count = (thrown.get(cause) ?? 0) + 1;
        thrown.set(cause, count);
        if (count === 1) quietly(() => log.error({ reader: reader.name, cause }, "reader failed"));
        return false;
      }
    };
    const miss = (count: number): unknown => attempt(() => reader.missed(count));
    const end = (): void => {
      attempt(() => reader.end());
      const { name } = reader;
      for (const [cause, count] of thrown) {
        quietly(() => log.error({ reader: name, cause, count }, "reader failed in this run"));
      }
      if (dropped === 0) return;
      quietly(() => log.warn({ reader: name, dropped }, "reader missed outputs in this run"));
    };

    return output$.pipe(
      observeInSlices(
        {
          queueMax: READER_QUEUE_MAX,
          sliceMax: READER_SLICE_MAX,
          sliceMs: READER_SLICE_MS,
          // The process ends in this very turn.
          flush$: output$.pipe(filter(({ type }) => type === "run.abandoned")),
        },
        macrotask,
      ),
      tap({
        next: (delivered) => {
          if (delivered.type === "item") {
            if (!attempt(() => reader.read(delivered.value))) miss(1);
            return;
          }
          if (dropped === 0) {
            const facts = { reader: reader.name, dropped: delivered.count };
            quietly(() => log.warn(facts, "reader fell behind: its oldest outputs are dropped"));
          }
          dropped += delivered.count;
          miss(delivered.count);
        },
        complete: end,
      }),
      ignoreElements(),
      // Nothing here throws; but an error on this path would end the graph without its kill switch.
      catchError(() => EMPTY),
    );
  });
}

/** What is thrown need not have a text. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "an error without a text";
  }
}

/** A log that cannot be written is no reason to fail. */
function quietly(write: () => void): void {
  try {
    write();
  } catch {
    return;
  }
}
