import {
  EMPTY,
  type Observable,
  type SchedulerLike,
  catchError,
  concatMap,
  defer,
  filter,
  map,
  merge,
  of,
  repeat,
  scan,
  switchMap,
  take,
  timeout,
  timer,
} from "rxjs";
import type { HeartbeatEvent, Venue } from "../types/index.ts";
import { HEARTBEAT_EVERY_MS, HEARTBEAT_LAPSE_MS, HEARTBEAT_RETRY_MS } from "./limits.ts";

/**
 * Keeps the venue's dead-man switch from firing, but only while the executor is alive: a wedged
 * executor must lose its quotes. Says when a beat was taken, and once when the switch may fire.
 */
export function heartbeat(
  venue: Pick<Venue, "heartbeat">,
  isAlive: () => boolean,
  deadlineMs: number,
  scheduler: SchedulerLike,
): Observable<HeartbeatEvent> {
  const taken$ = defer(() => {
    // The venue may have counted it as early as this.
    const askedAt = scheduler.now();
    const answer$ = isAlive() ? venue.heartbeat() : EMPTY;
    return answer$.pipe(map((answer) => ({ answer, askedAt })));
  }).pipe(
    timeout({ first: deadlineMs, with: () => EMPTY, scheduler }),
    catchError(() => EMPTY),
    take(1),
    repeat({ delay: () => timer(HEARTBEAT_RETRY_MS, scheduler) }),
    filter(({ answer }) => answer.type === "answered"),
    take(1),
    map(({ askedAt }) => askedAt),
  );
  const beat$ = timer(0, HEARTBEAT_EVERY_MS, scheduler).pipe(switchMap(() => taken$));
  return merge(
    beat$,
    timer(0, HEARTBEAT_CHECK_MS, scheduler).pipe(map(() => "check" as const)),
  ).pipe(
    scan(
      (known: Known, what): Known => {
        if (what !== "check") return { beatenAt: what, isLapsed: false, says: "beaten" };
        const sinceMs = known.beatenAt === null ? 0 : scheduler.now() - known.beatenAt;
        const isLapsed = sinceMs >= HEARTBEAT_LAPSE_MS;
        return { ...known, isLapsed, says: isLapsed && !known.isLapsed ? "lapsed" : null };
      },
      { beatenAt: null, isLapsed: false, says: null },
    ),
    concatMap(({ says }) => {
      if (says === "beaten") return of<HeartbeatEvent>({ type: "heartbeat.beaten" });
      if (says === "lapsed") {
        const detail = `no heartbeat taken for ${HEARTBEAT_LAPSE_MS} ms`;
        return of<HeartbeatEvent>({ type: "heartbeat.lapsed", detail });
      }
      return EMPTY;
    }),
  );
}

const HEARTBEAT_CHECK_MS = 1_000;

interface Known {
  readonly beatenAt: number | null;
  readonly isLapsed: boolean;
  readonly says: "beaten" | "lapsed" | null;
}
