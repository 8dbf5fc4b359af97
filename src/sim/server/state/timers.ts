import type { SchedulerLike, Subscription } from "rxjs";
import type { Log } from "../../../types/index.ts";
import { TIMERS_MAX } from "./bounds.ts";

export interface Timers {
  /** Does it after so long; at once where that is no time, or where too much is waiting already. */
  readonly after: (ms: number, action: () => void) => void;
  /** Forgets what is waiting. */
  readonly cancelAll: () => void;
}

export function createTimers(scheduler: SchedulerLike, log: Log): Timers {
  const waiting = new Set<Subscription>();
  return {
    after: (ms, action) => {
      if (ms <= 0 || waiting.size >= TIMERS_MAX) {
        action();
        return;
      }
      const job = scheduler.schedule(() => {
        waiting.delete(job);
        try {
          action();
        } catch (error) {
          // A bug of ours must not take the venue from everybody else.
          const text = error instanceof Error ? error.message : String(error);
          log.error({ error: text }, "something that waited was not done");
        }
      }, ms);
      waiting.add(job);
    },
    cancelAll: () => {
      for (const job of waiting) job.unsubscribe();
      waiting.clear();
    },
  };
}
