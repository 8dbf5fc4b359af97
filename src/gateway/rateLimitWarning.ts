import { type Observable, type SchedulerLike, concatMap, of, scan, timer } from "rxjs";
import type { PermitsEvent } from "../types/index.ts";
import type { Bucket } from "./buckets.ts";
import { AMPLE_FROM, SHORT_BELOW, SHORTAGE_CHECK_MS } from "./limits.ts";

/**
 * Emits when permits to place run short, and when there are enough again; the two bounds are so far
 * apart that not every wave crosses one. A bucket on hold after a refusal counts as short.
 */
export const rateLimitWarning = (
  orders: Pick<Bucket, "available" | "waitMs">,
  scheduler: SchedulerLike,
): Observable<PermitsEvent> =>
  timer(0, SHORTAGE_CHECK_MS, scheduler).pipe(
    scan(
      ({ areShort }) => {
        const enough = areShort ? AMPLE_FROM : SHORT_BELOW;
        const isShort = orders.available() < enough || orders.waitMs(1) > 0;
        return { areShort: isShort, isNews: isShort !== areShort };
      },
      { areShort: false, isNews: false },
    ),
    concatMap(({ areShort, isNews }) =>
      isNews ? of<PermitsEvent>({ type: "permits.changed", areShort }) : [],
    ),
  );
