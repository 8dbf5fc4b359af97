/** A runtime on any venue that sends nothing that would change anything there. */
import { type Observable, type SchedulerLike, scheduled } from "rxjs";
import type { NotSent, Venue } from "../types/index.ts";
import type { Runtime } from "../app/index.ts";

export const dryRun = (runtime: Runtime): Runtime => ({
  ...runtime,
  mode: "dryRun",
  venue: unsent(runtime.venue, runtime.scheduler),
});

/** Reads pass. What would act is answered here, on the scheduler, as asynchronously as a venue would. */
export function unsent(venue: Venue, scheduler: SchedulerLike): Venue {
  const answered = <Answer>(answer: Answer): Observable<Answer> => scheduled([answer], scheduler);
  return {
    ...venue,
    place: () => answered(NOT_SENT),
    cancel: () => answered(NOT_SENT),
    // A cancel-all concerns our orders, of which there are none; surveys show those of others.
    cancelAll: () => answered({ type: "answered", cancelled: [], refused: [] }),
    // A heartbeat would arm the venue's dead-man switch, which then cancels the orders of others.
    heartbeat: () => answered({ type: "answered", value: null }),
  };
}

const NOT_SENT: NotSent = { type: "notSent", cause: "dryRun", retryAfterMs: null };
