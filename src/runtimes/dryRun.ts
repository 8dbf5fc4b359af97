/** The whole program on a venue, but for what would change anything there. */
import { type Observable, type SchedulerLike, scheduled } from "rxjs";
import type { NotSent, Venue } from "../types/index.ts";
import type { Runtime } from "../app/index.ts";

export const dryRun = (runtime: Runtime): Runtime => ({
  ...runtime,
  mode: "dryRun",
  venue: unsent(runtime.venue, runtime.scheduler),
});

/** Reads go through. What would act is answered here, later as from any venue. */
export function unsent(venue: Venue, scheduler: SchedulerLike): Venue {
  const says = <Answer>(answer: Answer): Observable<Answer> => scheduled([answer], scheduler);
  return {
    ...venue,
    place: () => says(NOT_SENT),
    cancel: () => says(NOT_SENT),
    // It covers what we have placed, which is nothing; what rests is another's, and looks show it.
    cancelAll: () => says({ type: "answered", cancelled: [], refused: [] }),
    // Armed at the venue, the switch would take that other's orders when we leave.
    heartbeat: () => says({ type: "answered", value: null }),
  };
}

const NOT_SENT: NotSent = { type: "notSent", cause: "dryRun", retryAfterMs: null };
