import type { SchedulerLike, Subscription } from "rxjs";
import { type Log, causeOf } from "../../../types/index.ts";
import { TIMERS_MAX } from "./bounds.ts";

export interface Timers {
  /** Runs the action after `ms`; at once where that is 0 or less, or where too many timers wait. */
  readonly after: (ms: number, action: () => void) => void;
  /** Drops every waiting action. */
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
          // A bug in one action must not end the venue for every client.
          const text = causeOf(error);
          log.error({ error: text }, "a delayed action failed");
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
