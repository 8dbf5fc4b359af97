import {
  type Observable,
  type SchedulerLike,
  catchError,
  concat,
  concatMap,
  defer,
  filter,
  ignoreElements,
  map,
  of,
  repeat,
  take,
  takeUntil,
  tap,
  throwError,
  timeout,
  timer,
} from "rxjs";
import type { Fence } from "../gateway/index.ts";
import type { Log, Venue } from "../types/index.ts";

/** The whole attempt, cancel-all and look, is given up on after this. */
const ATTEMPT_MS = 3_000;
const RETRY_MS = 500;
export const GIVE_UP_MS = 30_000;

export interface KillSwitchDependencies {
  readonly venue: Venue;
  readonly fence: Fence;
  readonly log: Log;
  readonly placeDeadlineMs: number;
  /** How late after its deadline a place that has left may still be booked. */
  readonly lateBookingMs: number;
}

/**
 * The end of the graph. Nothing is ever sent again but cancel-alls, by the shortest path, until a
 * look at the venue, begun when nothing that had left can still be booked, shows nothing of ours;
 * or 30 s have passed. Then the cause goes to the host. Whatever the venue does, it is asked again.
 */
export function killSwitch(
  cause: unknown,
  { venue, fence, log, placeDeadlineMs, lateBookingMs }: KillSwitchDependencies,
  scheduler: SchedulerLike,
): Observable<never> {
  fence.close();
  log.error({ cause: String(cause) }, "kill switch: cancelling everything");
  const countsFrom = scheduler.now() + placeDeadlineMs + lateBookingMs;
  const attempt$ = defer(() => venue.cancelAll(null)).pipe(
    take(1),
    concatMap(() => {
      const beganAt = scheduler.now();
      return venue.openOrders(null).pipe(
        take(1),
        map((answer) => answer.type === "answered" && answer.value.length === 0),
        map((isEmpty) => isEmpty && beganAt >= countsFrom),
      );
    }),
    timeout({ each: ATTEMPT_MS, with: () => of(false), scheduler }),
    catchError(() => of(false)),
  );
  const verified$ = attempt$.pipe(
    repeat({ delay: () => timer(RETRY_MS, scheduler) }),
    filter((isEmpty) => isEmpty),
    take(1),
    tap(() => log.warn({}, "kill switch: the venue shows no order of ours")),
    ignoreElements(),
    takeUntil(timer(GIVE_UP_MS, scheduler)),
  );
  return concat(
    verified$,
    throwError(() => cause),
  );
}
