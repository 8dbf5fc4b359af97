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
 * executor must lose its quotes. Emits when a beat was taken, and once when the switch may fire.
 */
export function heartbeat(
  venue: Pick<Venue, "heartbeat">,
  isAlive: () => boolean,
  deadlineMs: number,
  scheduler: SchedulerLike,
): Observable<HeartbeatEvent> {
  const taken$ = defer(() => {
    // The venue may have counted the beat as early as this.
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
      (state: HeartbeatState, beat): HeartbeatState => {
        if (beat !== "check") return { beatenAt: beat, isLapsed: false, change: "beaten" };
        const sinceMs = state.beatenAt === null ? 0 : scheduler.now() - state.beatenAt;
        const isLapsed = sinceMs >= HEARTBEAT_LAPSE_MS;
        return { ...state, isLapsed, change: isLapsed && !state.isLapsed ? "lapsed" : null };
      },
      { beatenAt: null, isLapsed: false, change: null },
    ),
    concatMap(({ change }) => {
      if (change === "beaten") return of<HeartbeatEvent>({ type: "heartbeat.beaten" });
      if (change === "lapsed") {
        const detail = `no heartbeat taken for ${HEARTBEAT_LAPSE_MS} ms`;
        return of<HeartbeatEvent>({ type: "heartbeat.lapsed", detail });
      }
      return EMPTY;
    }),
  );
}

const HEARTBEAT_CHECK_MS = 1_000;

interface HeartbeatState {
  readonly beatenAt: number | null;
  readonly isLapsed: boolean;
  readonly change: "beaten" | "lapsed" | null;
}
