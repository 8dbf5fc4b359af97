import {
  EMPTY,
  type Observable,
  type SchedulerLike,
  catchError,
  concatMap,
  defaultIfEmpty,
  defer,
  map,
  merge,
  of,
  repeat,
  scan,
  switchMap,
  take,
  takeWhile,
  timeout,
  timer,
} from "rxjs";
import {
  type Failures,
  type HeartbeatEvent,
  type Lost,
  NO_FAILURES,
  type Venue,
  causeOf,
  whyNot,
  withFailure,
} from "../types/index.ts";
import { HEARTBEAT_EVERY_MS, HEARTBEAT_LAPSE_MS, HEARTBEAT_RETRY_MS } from "./limits.ts";

/**
 * Keeps the venue's dead-man switch from firing, but only while the executor is alive: a wedged
 * executor must lose its quotes. Emits when a beat was taken, when one was refused or failed, and
 * once when the switch may fire.
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
    if (!isAlive()) return EMPTY;
    return defer(() => venue.heartbeat()).pipe(
      timeout({
        first: deadlineMs,
        with: () => of(lost(`no answer in ${deadlineMs} ms`)),
        scheduler,
      }),
      catchError((error: unknown) => of(lost(causeOf(error)))),
      take(1),
      defaultIfEmpty(lost("not answered")),
      map((answer) => ({ answer, askedAt })),
    );
  }).pipe(
    repeat({ delay: () => timer(HEARTBEAT_RETRY_MS, scheduler) }),
    takeWhile(({ answer }) => answer.type !== "answered", true),
  );
  const beat$ = timer(0, HEARTBEAT_EVERY_MS, scheduler).pipe(switchMap(() => taken$));
  return merge(
    beat$,
    timer(0, HEARTBEAT_CHECK_MS, scheduler).pipe(map(() => "check" as const)),
  ).pipe(
    scan((state: HeartbeatState, beat): HeartbeatState => {
      const now = scheduler.now();
      if (beat === "check") {
        const sinceMs = state.beatenAt === null ? 0 : now - state.beatenAt;
        const isLapsed = sinceMs >= HEARTBEAT_LAPSE_MS;
        const isNews = isLapsed && !state.isLapsed;
        return { ...state, isLapsed, events: isNews ? [lapsed(state.cause)] : [] };
      }
      const { answer, askedAt } = beat;
      if (answer.type === "answered") {
        return { ...NOT_BEATEN, beatenAt: askedAt, events: [{ type: "heartbeat.beaten" }] };
      }
      const cause = whyNot(answer);
      const failures = withFailure(state.failures, cause, now);
      const { told } = failures;
      const failed: readonly HeartbeatEvent[] =
        told === null || told === state.failures.told
          ? []
          : [{ type: "heartbeat.failed", ...told }];
      const refusal = answer.type === "lost" ? answer.refusal : undefined;
      const isTold = state.toldAt !== null && now - state.toldAt < HEARTBEAT_EVERY_MS;
      return refusal === undefined || isTold
        ? { ...state, cause, failures, events: failed }
        : {
            ...state,
            cause,
            failures,
            toldAt: now,
            events: [...failed, { type: "heartbeat.refused", refusal }],
          };
    }, NOT_BEATEN),
    concatMap(({ events }) => of(...events)),
  );
}

const lapsed = (cause: string | null): HeartbeatEvent => ({
  type: "heartbeat.lapsed",
  detail: causeOf(`no heartbeat taken for ${HEARTBEAT_LAPSE_MS} ms`, cause ?? ""),
});

const lost = (detail: string): Lost => ({ type: "lost", detail });

const HEARTBEAT_CHECK_MS = 1_000;

interface HeartbeatState {
  readonly beatenAt: number | null;
  readonly isLapsed: boolean;
  /** Why the last one was not taken, since one was. */
  readonly cause: string | null;
  readonly failures: Failures;
  /** When a refusal was last told of, since one was taken. */
  readonly toldAt: number | null;
  readonly events: readonly HeartbeatEvent[];
}

const NOT_BEATEN: HeartbeatState = {
  beatenAt: null,
  isLapsed: false,
  cause: null,
  failures: NO_FAILURES,
  toldAt: null,
  events: [],
};
