import {
  EMPTY,
  type Observable,
  type SchedulerLike,
  catchError,
  concatMap,
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
import type { HeartbeatEvent, Lost, NotSent, Venue } from "../types/index.ts";
import { HEARTBEAT_EVERY_MS, HEARTBEAT_LAPSE_MS, HEARTBEAT_RETRY_MS } from "./limits.ts";

/**
 * Keeps the venue's dead-man switch from firing, but only while the executor is alive: a wedged
 * executor must lose its quotes. Emits when a beat was taken, when the venue refuses one, and once
 * when the switch may fire.
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
        const event = isLapsed && !state.isLapsed ? lapsed(state.failure) : null;
        return { ...state, isLapsed, event };
      }
      const { answer, askedAt } = beat;
      if (answer.type === "answered") {
        return { ...NOT_BEATEN, beatenAt: askedAt, event: { type: "heartbeat.beaten" } };
      }
      const failed = { ...state, failure: textOf(answer), event: null };
      const refusal = answer.type === "lost" ? answer.refusal : undefined;
      const isTold = state.toldAt !== null && now - state.toldAt < HEARTBEAT_EVERY_MS;
      return refusal === undefined || isTold
        ? failed
        : { ...failed, toldAt: now, event: { type: "heartbeat.refused", refusal } };
    }, NOT_BEATEN),
    concatMap(({ event }) => (event === null ? EMPTY : of(event))),
  );
}

const lapsed = (failure: string | null): HeartbeatEvent => ({
  type: "heartbeat.lapsed",
  detail: `no heartbeat taken for ${HEARTBEAT_LAPSE_MS} ms${failure === null ? "" : `: ${failure}`}`,
});

const textOf = (answer: Lost | NotSent): string =>
  answer.type === "lost" ? answer.detail : `not sent: ${answer.cause}`;

const HEARTBEAT_CHECK_MS = 1_000;

interface HeartbeatState {
  readonly beatenAt: number | null;
  readonly isLapsed: boolean;
  /** Why the last one was not taken, since one was. */
  readonly failure: string | null;
  /** When a refusal was last told of, since one was taken. */
  readonly toldAt: number | null;
  readonly event: HeartbeatEvent | null;
}

const NOT_BEATEN: HeartbeatState = {
  beatenAt: null,
  isLapsed: false,
  failure: null,
  toldAt: null,
  event: null,
};
