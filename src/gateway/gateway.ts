import {
  type Observable,
  type SchedulerLike,
  catchError,
  concat,
  concatMap,
  connect,
  defaultIfEmpty,
  defer,
  filter,
  finalize,
  from,
  map,
  merge,
  mergeMap,
  of,
  take,
  tap,
  timeout,
} from "rxjs";
import { concatMapPreemptible, slots } from "../operators/index.ts";
import {
  type CancelAllEffect,
  type CancelAnswer,
  type CancelEffect,
  type Counted,
  type Effect,
  type LateAnswerEvent,
  type Lost,
  type NotSent,
  type PlaceEffect,
  type PlaceLeg,
  type ReceiptEvent,
  type SurveyEffect,
  type Venue,
  causeOf,
} from "../types/index.ts";
import type { Bucket, Buckets } from "./buckets.ts";
import type { Fence } from "./fence.ts";
import {
  CANCELS_RUNNING_MAX,
  CANCEL_WAIT_MAX_MS,
  DETACHED_MAX,
  type Deadlines,
  PLACE_WAIT_MAX_MS,
  READS_PER_REFRESH,
  READS_PER_SURVEY,
} from "./limits.ts";
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
  readonly permits: Buckets;
  readonly deadlines: Deadlines;
  /** Called with the legs of a wave at the last line before its first byte leaves. */
  readonly onWaveSent: (legs: readonly PlaceLeg[]) => void;
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
          // First: subscribers are served in order, and the fence must rise before anything else.
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
      mergeMap(({ market, requestId }) => {
        const end = permits.cancels.begin(0);
        return answered(
          defer(() => venue.cancelAll(market)),
          deadlines.stopMs,
          scheduler,
        ).pipe(
          map(({ allowance, ...answer }): Receipt => {
            // The cost of a cancel-all is known only now.
            end(allowance, 1 + cancelledCount(answer));
            return { type: "cancelAll.answered", requestId, answer };
          }),
          finalize(() => end()),
        );
      }),
    );

const cancelLane =
  ({ venue, permits, deadlines }: GatewayDependencies, scheduler: SchedulerLike) =>
  (effect$: Observable<CancelEffect>): Observable<Receipt> =>
    defer(() => {
      const inSlot = slots(CANCELS_RUNNING_MAX);
      return effect$.pipe(
        mergeMap((effect) =>
          permits.cancels.next(effect.orderIds.length).pipe(
            concatMap(() => {
              const answer$ = answered(
                defer(() => venue.cancel(effect.orderIds)),
                deadlines.cancelMs,
                scheduler,
              );
              // Null is the end of the wait, for its turn and for the permit.
              return concat(
                of(null),
                answer$.pipe(counted(permits.cancels, effect.orderIds.length)),
              );
            }),
            inSlot<CancelAnswer | null>(),
            timeout({
              first: CANCEL_WAIT_MAX_MS,
              with: () => of(notSent("limited")),
              scheduler,
            }),
            concatMap((answer) => (answer === null ? [] : cancelReceipts(effect, answer))),
          ),
        ),
      );
    });

const placeLane =
  (
    { venue, fence, permits, deadlines, onWaveSent }: GatewayDependencies,
    stop$: Observable<CancelAllEffect>,
    scheduler: SchedulerLike,
  ) =>
  (effect$: Observable<PlaceEffect>): Observable<Receipt> => {
    const mayGo = ({ market, legs }: PlaceEffect, since: number): NotSent | null => {
      // The wave has waited too long to be right still; the executor decides again.
      if (scheduler.now() - since > PLACE_WAIT_MAX_MS) {
        const waitMs = permits.orders.waitMs(legs.length);
        return waitMs > 0 ? notSent("limited", waitMs) : notSent("displaced");
      }
      const { cancels, reserve } = permits;
      const isCovered = cancels.available() >= reserve.costWith(market, liveAfter(legs));
      // While the venue takes no cancel, an order could not be taken back.
      return isCovered && cancels.waitMs(1) === 0 ? null : notSent("reserve", RESERVE_RETRY_MS);
    };
    /** Waits until just after the wave's patience has ended, so that `mayGo` then refuses the wave. */
    const permitted = ({ effect, since }: Waiting): Observable<unknown> => {
      const patienceMs = Math.max(0, since + PLACE_WAIT_MAX_MS + 1 - scheduler.now());
      return permits.orders
        .next(effect.legs.length)
        .pipe(timeout({ first: patienceMs, with: () => of(null), scheduler }));
    };
    return effect$.pipe(
      map((effect): Waiting => ({ effect, since: scheduler.now() })),
      concatMapPreemptible(
        ({ effect, since }: Waiting): Observable<readonly PlaceReceipt[]> => {
          const refused = mayGo(effect, since);
          if (refused !== null) return of(placeReceipts(effect, refused));
          permits.reserve.note(effect.market, liveAfter(effect.legs));
          let leftAt: number | null = null;
          const mayLeave = (): boolean => {
            if (!effect.legs.every(({ epoch }) => fence.admits(effect.market, epoch))) return false;
            leftAt = scheduler.now();
            onWaveSent(effect.legs);
            return true;
          };
          return total(defer(() => venue.place(effect.legs, mayLeave))).pipe(
            tap(({ type }) => {
              if (type !== "answered" || leftAt === null) return;
              permits.orders.took(effect.legs.length, scheduler.now() - leftAt);
            }),
            counted(permits.orders, effect.legs.length),
            map((answer) => placeReceipts(effect, answer)),
          );
        },
        {
          admit: permitted,
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
  ({ venue, permits, deadlines }: GatewayDependencies, scheduler: SchedulerLike) =>
  (effect$: Observable<SurveyEffect>): Observable<Receipt> =>
    effect$.pipe(
      concatMap((effect) => {
        const refreshing = effect.isRefreshed === true ? READS_PER_REFRESH : 0;
        const cost = READS_PER_SURVEY + refreshing + effect.orderIds.length;
        return survey(venue, effect, permits.reads.next(cost), deadlines.surveyMs, scheduler);
      }),
    );

/** The reserve refills by itself; an earlier retry would only be refused again. */
const RESERVE_RETRY_MS = 250;

/** Tells the bucket when the request begins, and how it ends. */
const counted =
  <Answer>(bucket: Bucket, cost: number) =>
  (request$: Observable<Counted<Answer>>): Observable<Counted<Answer>> =>
    defer(() => {
      const end = bucket.begin(cost);
      return request$.pipe(
        tap(({ allowance }) => end(allowance)),
        finalize(() => end()),
      );
    });

/** One answer or silence, whatever the venue does: an error and an empty end are `lost`. */
const total = <Answer>(request$: Observable<Answer>): Observable<Answer | Lost> =>
  request$.pipe(
    take(1),
    catchError((error: unknown) => of(lost(causeOf(error)))),
    defaultIfEmpty(lost("no answer")),
  );

/** Exactly one answer: silence past the deadline is `lost` too. */
const answered = (
  request$: Observable<Counted<CancelAnswer>>,
  deadlineMs: number,
  scheduler: SchedulerLike,
): Observable<Counted<CancelAnswer>> =>
  total(request$).pipe(
    timeout({ first: deadlineMs, with: () => of(lost("no answer in time")), scheduler }),
  );

const lost = (detail: string): Lost => ({ type: "lost", detail });

const cancelledCount = (answer: CancelAnswer): number =>
  answer.type === "answered" ? answer.cancelled.length : 0;
