/** What was odd about the venue's words, or seen of its channels: counted always, said seldom. */
import type { Log } from "../../types/index.ts";
import type { Oddity } from "./decode.ts";
import type { Sighting } from "./watch.ts";

export interface OddityCounts {
  /** Logs the first of a source and kind, and every tenfold of it, with its beginning. */
  readonly hear: (source: string, oddity: Oddity) => void;
  /** The same, of what a watched channel was seen to do; that it was quiet is no warning. */
  readonly see: (source: string, sighting: Sighting) => void;
  /** By source and kind, as in `market garbled`. */
  readonly read: () => ReadonlyMap<string, number>;
}

export function oddityCounts(log: Pick<Log, "warn" | "debug">): OddityCounts {
  const counts = new Map<string, number>();
  /** How many there are now, where that is worth a line. */
  const counted = (name: string): number | null => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return /^10*$/.test(String(count)) ? count : null;
  };
  return {
    hear: (source, { type, sample }) => {
      const count = counted(`${source} ${type}`);
      if (count !== null) log.warn({ source, type, count, sample }, "odd words");
    },
    see: (source, { type, about }) => {
      const count = counted(`${source} ${type}`);
      const tell = type === "quiet" ? log.debug : log.warn;
      if (count !== null) tell({ source, type, count, about }, "a channel watched");
    },
    read: () => counts,
  };
}
