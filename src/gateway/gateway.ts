import {
  type Observable,
  type SchedulerLike,
  catchError,
  concatMap,
  connect,
  defaultIfEmpty,
  defer,
  filter,
  from,
  map,
  merge,
  mergeMap,
  of,
  take,
  tap,
  timeout,
} from "rxjs";
import { type Permits, concatMapPreemptible } from "../operators/index.ts";
import type {
  CancelAllEffect,
  CancelAnswer,
  CancelEffect,
  Effect,
  LateAnswerEvent,
  Lost,
  NotSent,
  PlaceEffect,
  PlaceLeg,
  ReceiptEvent,
  SurveyEffect,
  Venue,
} from "../types/index.ts";
import type { Fence } from "./fence.ts";
import { CANCELS_RUNNING_MAX, DETACHED_MAX, type Deadlines, PLACE_WAIT_MAX_MS } from "./limits.ts";
import {
  cancelReceipts,
  displacedReceipts,
  lateAnswers,
  liveAfter,
  type PlaceReceipt,
  notSent,
  placeReceipts,
} from "./receipts.ts";
import { survey } from "./survey.ts";

export interface GatewayDependencies {
  readonly venue: Venue;
  readonly fence: Fence;
  /** The account's token buckets, shared by its markets. */
  readonly permits: { readonly orders: Permits; readonly cancels: Permits };
  readonly deadlines: Deadlines;
  /** Hears of a wave at the last line before its first byte leaves. */
  readonly hearLeaving: (legs: readonly PlaceLeg[]) => void;
}

export type Receipt = ReceiptEvent | LateAnswerEvent;

/**
 * One market's effects out, receipts in: I/O only. Four lanes: stop (no queue, no limit), cancel,
 * place (one wave at a time, displaced by a stop) and read. Each leg and each request is answered
 * by exactly one receipt; a place given up on that is answered later adds a late answer.
 */
export const gateway =
  (dependencies: GatewayDependencies, scheduler: SchedulerLike) =>
  (effect$: Observable<Effect>): Observable<Receipt> =>
    effect$.pipe(
      connect((shared$) => {
        const stop$ = shared$.pipe(filter((effect) => effect.type === "cancelAll"));
        return merge(
          // First: priority is subscription order, and the fence must rise before anything else.
          stop$.pipe(stopLane(dependencies, scheduler)),
          shared$.pipe(
            filter((effect) => effect.type === "cancel"),
            cancelLane(dependencies, scheduler),
          ),
          shared$.pipe(
            filter((effect) => effect.type === "place"),
            placeLane(dependencies, stop$, scheduler),
          ),
          shared$.pipe(
            filter((effect) => effect.type === "survey"),
            readLane(dependencies, scheduler),
          ),
        );
      }),
    );

const stopLane =
  ({ venue, fence, permits, deadlines }: GatewayDependencies, scheduler: SchedulerLike) =>
  (effect$: Observable<CancelAllEffect>): Observable<Receipt> =>
    effect$.pipe(
      tap(({ market, epoch }) => fence.raise(market, epoch)),
      // Never wait for another stop, never cancel one.
      mergeMap(({ market, requestId }) =>
        answered(
          defer(() => venue.cancelAll(market)),
          deadlines.stopMs,
          scheduler,
        ).pipe(
          tap((answer) => permits.cancels.spend(1 + cancelledCount(answer))),
          map((answer): Receipt => ({ type: "cancelAll.answered", requestId, answer })),
        ),
      ),
    );

const cancelLane =
  ({ venue, permits, deadlines }: GatewayDependencies, scheduler: SchedulerLike) =>
  (effect$: Observable<CancelEffect>): Observable<Receipt> =>
    effect$.pipe(
      mergeMap(
        (effect) =>
          permits.cancels.next(effect.orderIds.length).pipe(
            mergeMap(() =>
              answered(
                defer(() => venue.cancel(effect.orderIds)),
                deadlines.cancelMs,
                scheduler,
              ),
            ),
            concatMap((answer) => from(cancelReceipts(effect, answer))),
          ),
        CANCELS_RUNNING_MAX,
      ),
    );

const placeLane =
  (
    { venue, fence, permits, deadlines, hearLeaving }: GatewayDependencies,
    stop$: Observable<CancelAllEffect>,
    scheduler: SchedulerLike,
  ) =>
  (effect$: Observable<PlaceEffect>): Observable<Receipt> => {
    const mayGo = ({ legs }: PlaceEffect, since: number): NotSent | null => {
      // It was decided for a moment that has passed; what is still wanted is decided again.
      if (scheduler.now() - since > PLACE_WAIT_MAX_MS) return notSent("displaced");
      return permits.cancels.available() < 1 + liveAfter(legs)
        ? notSent("reserve", RESERVE_RETRY_MS)
        : null;
    };
    return effect$.pipe(
      map((effect): Waiting => ({ effect, since: scheduler.now() })),
      concatMapPreemptible(
        ({ effect, since }: Waiting): Observable<readonly PlaceReceipt[]> => {
          const refused = mayGo(effect, since);
          if (refused !== null) return of(placeReceipts(effect, refused));
          const mayLeave = (): boolean => {
            if (!effect.legs.every(({ epoch }) => fence.lets(effect.market, epoch))) return false;
            hearLeaving(effect.legs);
            return true;
          };
          return total(defer(() => venue.place(effect.legs, mayLeave))).pipe(
            map((answer) => placeReceipts(effect, answer)),
          );
        },
        {
          admit: ({ effect }) => permits.orders.next(effect.legs.length),
          preempt$: stop$,
          isPreempted: () => true,
          displaced: ({ effect }, stage) => displacedReceipts(effect, stage),
          late: (_waiting, receipts) => lateAnswers(receipts),
          deadlineMs: deadlines.placeMs,
          detachedMax: DETACHED_MAX,
        },
        scheduler,
      ),
      concatMap((receipts) => from(receipts)),
    );
  };

interface Waiting {
  readonly effect: PlaceEffect;
  readonly since: number;
}

const readLane =
  ({ venue, deadlines }: GatewayDependencies, scheduler: SchedulerLike) =>
  (effect$: Observable<SurveyEffect>): Observable<Receipt> =>
    effect$.pipe(
      concatMap((effect) => {
        const failed: Receipt = {
          type: "survey.failed",
          requestId: effect.requestId,
          detail: "no answer within the deadline",
        };
        return survey(venue, effect).pipe(
          timeout({ first: deadlines.surveyMs, with: () => of(failed), scheduler }),
        );
      }),
    );

/** The reserve refills by itself; asking sooner would only be refused again. */
const RESERVE_RETRY_MS = 250;

/** One answer or silence, whatever the venue does: an error and an empty end are `lost`. */
const total = <Answer>(request$: Observable<Answer>): Observable<Answer | Lost> =>
  request$.pipe(
    take(1),
    catchError((error: unknown) => of(lost(String(error)))),
    defaultIfEmpty(lost("no answer")),
  );

/** Exactly one answer: silence past the deadline is `lost` too. */
const answered = (
  request$: Observable<CancelAnswer>,
  deadlineMs: number,
  scheduler: SchedulerLike,
): Observable<CancelAnswer> =>
  total(request$).pipe(
    timeout({ first: deadlineMs, with: () => of(lost("no answer in time")), scheduler }),
  );

const lost = (detail: string): Lost => ({ type: "lost", detail });

const cancelledCount = (answer: CancelAnswer): number =>
  answer.type === "answered" ? answer.cancelled.length : 0;
