/** The part of a runtime that does not depend on the venue: clock, schedulers, log, journal, level. */
import {
  type AccountAt,
  accountFile,
  fileJournal,
  levelFile,
  memoryAccount,
  memoryJournal,
  memoryLevel,
} from "../journal/index.ts";
import type { Log } from "../types/index.ts";
import { checkHistories, previousRun } from "./previousRun.ts";
import type { Runtime } from "../app/index.ts";
import { systemChance, systemNonce, systemTime } from "./system.ts";

export interface HostOptions {
  /** Null, the default, keeps journal and level in memory: enough for hours, not for days. */
  readonly journalDirectory?: string | null;
}

/** Of all journals together; the oldest are deleted first. */
const JOURNAL_BYTES_MAX = 1024 * 1024 * 1024;

/** @throws ConfigError where the history of an earlier run is needed and cannot be read. */
export function host(
  { journalDirectory = null }: HostOptions,
  accountAt: AccountAt,
  log: Log,
): Omit<Runtime, "mode" | "venue" | "connections" | "market$" | "background$"> {
  const common = {
    ...systemTime,
    chance: systemChance,
    nonce: systemNonce(),
    log,
  };
  if (journalDirectory === null) {
    return {
      ...common,
      level: memoryLevel(),
      account: memoryAccount(),
      history: () => null,
      journal: (header) => memoryJournal(header),
    };
  }
  checkHistories(journalDirectory, accountAt, systemTime.clock.now().epochMs);
  return {
    ...common,
    level: levelFile(journalDirectory),
    account: accountFile(journalDirectory),
    history: (market) => previousRun(journalDirectory, market, accountAt, log),
    journal: (header, snapshot) =>
      fileJournal({
        directory: journalDirectory,
        name: `${header.market.slug}-${header.nonce.slice(0, 8)}`,
        totalBytesMax: JOURNAL_BYTES_MAX,
        header: { ...header, accountAt },
        snapshot,
      }),
  };
}
