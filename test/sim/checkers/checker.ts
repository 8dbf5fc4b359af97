import type { CashView } from "../../../src/account/index.ts";
import type { Transition } from "../../../src/executor/index.ts";
import type { Receipt } from "../../../src/gateway/index.ts";
import type { VenueFact, VenueTruth } from "../../../src/sim/index.ts";
import type { MarketId, MarketItem, PlaceLeg, ReferenceItem } from "../../../src/types/index.ts";

/** Gets every fact of the venue and every action of ours, and reports what broke a law. */
export interface Checker {
  readonly venue: (fact: VenueFact) => void;
  /** What a connection of ours has brought; null stands for the reference, which has no market. */
  readonly hears: (market: MarketId | null, item: MarketItem | ReferenceItem) => void;
  readonly transition: (transition: Transition) => void;
  readonly receipt: (receipt: Receipt) => void;
  /** Called just before the first byte of a wave leaves. */
  readonly leaves: (legs: readonly PlaceLeg[], atMs: number) => void;
  /** Called just before a heartbeat leaves. */
  readonly beats: (atMs: number) => void;
  /** A read, a heartbeat, a cancel-all or a connection has failed for this cause; null: it worked. */
  readonly attempts: (source: string, cause: string | null, atMs: number) => void;
  /** A line of the log at info or above, with the values of its facts. */
  readonly says: (line: string, atMs: number) => void;
  /** The process has crashed: its state and its outstanding answers are gone. */
  readonly crashed: () => void;
  /** Called every 100 ms while a process runs: what its account believes to have, and what is true then. */
  readonly cash: (believed: CashView, truth: VenueTruth, atMs: number) => void;
  /** Called every 100 ms at the end of the calm time. */
  readonly sample: (truth: VenueTruth) => void;
  /** The violations, after the end. */
  readonly verdict: (truth: VenueTruth) => readonly string[];
}

const ignore = (): void => undefined;

export const ignoreAll: Checker = {
  venue: ignore,
  hears: ignore,
  transition: ignore,
  receipt: ignore,
  leaves: ignore,
  beats: ignore,
  attempts: ignore,
  says: ignore,
  crashed: ignore,
  cash: ignore,
  sample: ignore,
  verdict: () => [],
};
