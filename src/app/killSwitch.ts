import {
  type Observable,
  type SchedulerLike,
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
import type { CancelAnswer, Log, Venue } from "../types/index.ts";

/** A request of the last resort is given up on after this. */
const REQUEST_MS = 1_500;
const RETRY_MS = 500;
const GIVE_UP_MS = 30_000;

/**
 * The end of the graph. Nothing is ever sent again but cancel-alls, by the shortest path, until the
 * venue shows nothing of ours or 30 s have passed; then the cause goes to the host.
 */
export function killSwitch(
  cause: unknown,
  { venue, fence, log }: { readonly venue: Venue; readonly fence: Fence; readonly log: Log },
  scheduler: SchedulerLike,
): Observable<never> {
  fence.close();
  log.error({ cause: String(cause) }, "kill switch: cancelling everything");
  const attempt$ = defer(() => venue.cancelAll(null)).pipe(
    take(1),
    timeout({ first: REQUEST_MS, with: () => of<CancelAnswer>(lost), scheduler }),
    concatMap(() =>
      venue
        .openOrders(null)
        .pipe(take(1), timeout({ first: REQUEST_MS, with: () => of(lost), scheduler })),
    ),
    map((answer) => answer.type === "answered" && answer.value.length === 0),
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

const lost = { type: "lost", detail: "no answer in time" } as const;
