/** Counts the messages that could not be decoded and the watchdog's reports; logs few of them. */
import { isPowerOfTen, type Log } from "../../../types/index.ts";
import type { DecodeWarning } from "../decode/index.ts";
import type { WatchdogReport } from "./bookSuspicion.ts";

export interface DecodeWarnings {
  /** Logs the first, tenth, hundredth … of a source and type, with the beginning of the text. */
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  /** The same for the watchdog's reports; `quiet` is the good outcome, logged as debug. */
  readonly onWatchdogReport: (source: string, report: WatchdogReport) => void;
  /** How many so far, by source and type: `market garbled`. */
  readonly counts: () => ReadonlyMap<string, number>;
}

const REPORT_TEXTS: Readonly<Record<WatchdogReport["type"], string>> = {
  wrong: "book check sum is wrong",
  unchecked: "book check sum could not be checked",
  quiet: "quiet channel is up to date: the venue's own book is the same",
  unclear: "request for the venue's own book gave no clear answer",
  stale: "the venue's own book was older than the channel: the read is not believed",
};

export function decodeWarnings(log: Pick<Log, "warn" | "debug">): DecodeWarnings {
  const counts = new Map<string, number>();
  /** The new count, where it is a power of ten and is logged; else null. */
  const countToLog = (name: string): number | null => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return isPowerOfTen(count) ? count : null;
  };
  return {
    onDecodeWarning: (source, { type, sample }) => {
      const count = countToLog(`${source} ${type}`);
      if (count !== null) log.warn({ source, type, count, sample }, "message not understood");
    },
    onWatchdogReport: (source, { type, about }) => {
      const count = countToLog(`${source} ${type}`);
      const logAt = type === "quiet" ? log.debug : log.warn;
      if (count !== null) logAt({ source, type, count, about }, REPORT_TEXTS[type]);
    },
    counts: () => counts,
  };
}
