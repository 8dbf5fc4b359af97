import {
  type Observable,
  type SchedulerLike,
  catchError,
  concat,
  concatMap,
  defer,
  filter,
  map,
  of,
  repeat,
  take,
  takeUntil,
  throwError,
  timeout,
  timer,
} from "rxjs";
import type { Fence } from "../gateway/index.ts";
import type { AppOutput } from "../observers/index.ts";
import { type Venue, mayRest } from "../types/index.ts";

/** An attempt, which is a cancel-all and a read of what is open, is given up on after this. */
const ATTEMPT_MS = 3_000;
const RETRY_MS = 500;
export const GIVE_UP_MS = 30_000;

export interface KillSwitchDependencies {
  readonly venue: Venue;
  readonly fence: Fence;
  readonly placeDeadlineMs: number;
  /** How late after its deadline a place that has left may still be booked. */
  readonly lateBookingMs: number;
}

/**
 * The end of the graph. The fence closes when this is called; from then on only cancel-alls are
 * sent, straight to the venue, until it shows no order of ours, or for 30 s. An empty answer counts
 * if it was asked for after the last moment at which a sent order may still be booked. Whatever the
 * venue answers, or does not, the next attempt follows. Says that it has tripped, then whether the
 * venue was verified empty, then errors with `cause`.
 */
export function killSwitch(
  cause: unknown,
  { venue, fence, placeDeadlineMs, lateBookingMs }: KillSwitchDependencies,
  scheduler: SchedulerLike,
): Observable<AppOutput> {
  fence.close();
  const countsFrom = scheduler.now() + placeDeadlineMs + lateBookingMs;
  const attempt$ = defer(() => venue.cancelAll(null)).pipe(
    take(1),
    concatMap(() => {
      const beganAt = scheduler.now();
      return venue.openOrders(null).pipe(
        take(1),
        map((answer) => answer.type === "answered" && !answer.value.some(mayRest)),
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
    map((): AppOutput => ({ type: "killSwitch.verified" })),
    takeUntil(timer(GIVE_UP_MS, scheduler)),
  );
  return concat(
    of<AppOutput>({ type: "killSwitch.tripped", cause }),
    verified$,
    throwError(() => cause),
  );
}
