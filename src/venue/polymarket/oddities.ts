/** What was odd about the venue's words: counted always, said seldom. */
import type { Log } from "../../types/index.ts";
import type { Oddity } from "./decode.ts";

export interface OddityCounts {
  /** Logs the first of a source and kind, and every tenfold of it, with its beginning. */
  readonly hear: (source: string, oddity: Oddity) => void;
  /** By source and kind, as in `market garbled`. */
  readonly read: () => ReadonlyMap<string, number>;
}

export function oddityCounts(log: Pick<Log, "warn">): OddityCounts {
  const counts = new Map<string, number>();
  return {
    hear: (source, { type, sample }) => {
      const name = `${source} ${type}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      if (/^10*$/.test(String(count))) log.warn({ source, type, count, sample }, "odd words");
    },
    read: () => counts,
  };
}
