import type { SchedulerLike, Subscription } from "rxjs";
import type { Log } from "../../../types/index.ts";
import { LATE_MAX } from "./bounds.ts";

export interface Delayed {
  /** Does it after so long; at once where that is no time, or where too much is waiting already. */
  readonly in: (ms: number, todo: () => void) => void;
  /** Forgets what is waiting. */
  readonly forget: () => void;
}

export function delayed(scheduler: SchedulerLike, log: Log): Delayed {
  const waiting = new Set<Subscription>();
  return {
    in: (ms, todo) => {
      if (ms <= 0 || waiting.size >= LATE_MAX) {
        todo();
        return;
      }
      const job = scheduler.schedule(() => {
        waiting.delete(job);
        try {
          todo();
        } catch (error) {
          // A bug of ours must not take the venue from everybody else.
          const text = error instanceof Error ? error.message : String(error);
          log.error({ error: text }, "something that waited was not done");
        }
      }, ms);
      waiting.add(job);
    },
    forget: () => {
      for (const job of waiting) job.unsubscribe();
      waiting.clear();
    },
  };
}
