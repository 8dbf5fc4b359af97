/** Everything the graph is given instead of reaching for it: time, chance, network, disk. */
import type { Observable, SchedulerLike } from "rxjs";
import type { Clock, Connections, Journal, Log, Market, RunMode, Venue } from "../types/index.ts";
import type { History } from "../executor/index.ts";
import type { LevelRecord, Origin } from "../journal/index.ts";

/** Everything the program is given instead of reaching for it. */
export interface Runtime {
  readonly mode: RunMode;
  readonly clock: Clock;
  /** Its own `now` is monotonic: a wall clock that steps must not freeze a debounce. */
  readonly scheduler: SchedulerLike;
  /** Runs after the sockets and timers that are waiting have had their turn. */
  readonly macrotask: SchedulerLike;
  /** In [0, 1); for jitter, never for anything that is journalled. */
  readonly chance: () => number;
  /** Unlike that of any other session of this account. */
  readonly nonce: string;
  readonly log: Log;
  readonly venue: Venue;
  readonly connections: Connections;
  readonly market$: Observable<Market>;
  /** What must run for the ports to live, as a simulated venue does. */
  readonly background$: Observable<never>;
  readonly journal: (origin: Origin, snapshot: () => unknown) => Journal;
  /** What the last session of this market has left; null where nothing is known of one. */
  readonly history: (market: Market) => History | null;
  /** What the operator said last, in this run or in one before. */
  readonly level: LevelRecord;
}
