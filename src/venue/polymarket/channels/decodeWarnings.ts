/** What was odd about the venue's words, or seen of its channels: counted always, said seldom. */
import type { Log } from "../../../types/index.ts";
import type { DecodeWarning } from "../decode/index.ts";
import type { WatchdogReport } from "./bookWatchdog.ts";

export interface DecodeWarnings {
  /** Logs the first of a source and kind, and every tenfold of it, with its beginning. */
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  /** The same, of what a watched channel was seen to do; that it was quiet is no warning. */
  readonly onWatchdogReport: (source: string, sighting: WatchdogReport) => void;
  /** By source and kind, as in `market garbled`. */
  readonly read: () => ReadonlyMap<string, number>;
}

export function decodeWarnings(log: Pick<Log, "warn" | "debug">): DecodeWarnings {
  const counts = new Map<string, number>();
  /** How many there are now, where that is worth a line. */
  const counted = (name: string): number | null => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return /^10*$/.test(String(count)) ? count : null;
  };
  return {
    onDecodeWarning: (source, { type, sample }) => {
      const count = counted(`${source} ${type}`);
      if (count !== null) log.warn({ source, type, count, sample }, "odd words");
    },
    onWatchdogReport: (source, { type, about }) => {
      const count = counted(`${source} ${type}`);
      const tell = type === "quiet" ? log.debug : log.warn;
      if (count !== null) tell({ source, type, count, about }, "a channel watched");
    },
    read: () => counts,
  };
}
