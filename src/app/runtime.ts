import type { Observable, SchedulerLike } from "rxjs";
import type {
  Clock,
  Coin,
  Connections,
  Journal,
  Log,
  Market,
  RunMode,
  SourceReport,
  Venue,
} from "../types/index.ts";
import type { History } from "../executor/index.ts";
import type { AccountRecord, LevelRecord, Origin } from "../journal/index.ts";

/** Everything the graph is given instead of reaching for it: time, randomness, network, disk. */
export interface Runtime {
  readonly mode: RunMode;
  readonly clock: Clock;
  /** Its `now` is monotonic: a wall clock that is set back would freeze a debounce. */
  readonly scheduler: SchedulerLike;
  /** Runs work after the sockets and timers that are due. */
  readonly macrotask: SchedulerLike;
  /** Random, in [0, 1); for jitter, never for anything that is journalled. */
  readonly chance: () => number;
  /** Different in every run of this account. */
  readonly nonce: string;
  readonly log: Log;
  readonly venue: Venue;
  readonly connections: Connections;
  /** Whose prices are read from the start on; the first alone where it is left out. */
  readonly coins?: readonly Coin[];
  readonly market$: Observable<Market>;
  /** Work that the ports need while the graph runs, and what it says of sources of no market. */
  readonly background$: Observable<SourceReport>;
  readonly journal: (origin: Origin, snapshot: () => unknown) => Journal;
  /** What the last run of this market has left in its journal; null where there is none. */
  readonly history: (market: Market) => History | "unread" | null;
  /** The level that the operator set last, in this run or an earlier one. */
  readonly level: LevelRecord;
  /** What the account must not forget when the process ends. */
  readonly account: AccountRecord;
}
