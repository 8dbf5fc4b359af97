/** What a runtime has of the machine it runs on, whichever venue it trades on. */
import { fileJournal, levelFile, memoryJournal, memoryLevel } from "../journal/index.ts";
import type { Log } from "../types/index.ts";
import { previousRun } from "./previousRun.ts";
import type { Runtime } from "../app/index.ts";
import {
  systemChance,
  systemClock,
  systemMacrotask,
  systemNonce,
  systemScheduler,
} from "./system.ts";

/** For all journals together. */
const JOURNAL_BYTES_MAX = 1024 * 1024 * 1024;

/** Null keeps the journal in memory: enough for hours, not for days. */
export function host(
  journalDirectory: string | null,
  log: Log,
): Omit<Runtime, "mode" | "venue" | "connections" | "market$" | "background$"> {
  const common = {
    clock: systemClock,
    scheduler: systemScheduler,
    macrotask: systemMacrotask,
    chance: systemChance,
    nonce: systemNonce(),
    log,
  };
  if (journalDirectory === null) {
    return {
      ...common,
      level: memoryLevel(),
      history: () => null,
      journal: (header) => memoryJournal(header),
    };
  }
  return {
    ...common,
    level: levelFile(journalDirectory),
    history: (market) => previousRun(journalDirectory, market, log),
    journal: (header, snapshot) =>
      fileJournal({
        directory: journalDirectory,
        name: `${header.market.slug}-${header.nonce.slice(0, 8)}`,
        totalBytesMax: JOURNAL_BYTES_MAX,
        header,
        snapshot,
      }),
  };
}
