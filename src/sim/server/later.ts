import type { SchedulerLike, Subscription } from "rxjs";
import { LATE_MAX } from "./bounds.ts";

export interface Later {
  /** Does it after so long; at once where that is no time, or where too much is waiting already. */
  readonly in: (ms: number, todo: () => void) => void;
  /** Forgets what is waiting. */
  readonly forget: () => void;
}

export function later(scheduler: SchedulerLike): Later {
  const waiting = new Set<Subscription>();
  return {
    in: (ms, todo) => {
      if (ms <= 0 || waiting.size >= LATE_MAX) {
        todo();
        return;
      }
      const job = scheduler.schedule(() => {
        waiting.delete(job);
        todo();
      }, ms);
      waiting.add(job);
    },
    forget: () => {
      for (const job of waiting) job.unsubscribe();
      waiting.clear();
    },
  };
}
