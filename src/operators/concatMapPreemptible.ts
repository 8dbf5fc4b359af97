import {
  concat,
  defer,
  EMPTY,
  ignoreElements,
  map,
  merge,
  NEVER,
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  Subscription,
  take,
  tap,
} from "rxjs";
import { Fifo } from "./fifo.ts";

/** Where a stop, or its deadline, caught a value: never sent, sent, or sent too long ago. */
export type DisplacedStage = "waiting" | "running" | "overdue";

export interface PreemptibleOptions<T, R, P, L> {
  /** The first value or the completion of this lets the head of the queue be sent. */
  readonly admit: (value: T) => Observable<unknown>;
  readonly preempt$: Observable<P>;
  /** Whether a stop concerns a value. Values it does not concern keep their place. */
  readonly isPreempted: (value: T, preempt: P) => boolean;
  /** The answer we give to a value in place of the one `send` did not give. */
  readonly displaced: (value: T, stage: DisplacedStage) => R;
  /** What to make of an answer that comes after that. */
  readonly late: (value: T, answer: R) => L;
  /** How long a sent value may hold the lane. */
  readonly deadlineMs: number;
  /** How many displaced requests to listen to; one more, and the oldest is unsubscribed. */
  readonly detachedMax: number;
}

/**
 * One at a time; a stop displaces what waits or runs; exactly one answer each.
 *
 * 1. Values queue. The head waits for `admit`, is sent, and holds the lane until it is answered.
 * 2. A stop answers at once for every value it concerns, in lane order. One that waits is never
 *    sent. One that runs frees the lane, and its request is detached, not aborted, since
 *    unsubscribing would not undo it: an answer that still comes is emitted as `late`.
 * 3. A value past its deadline is displaced like one that a stop caught running.
 * 4. A request that fails, or ends without an answer, is answered as displaced while running,
 *    because its fate is not known. One whose `admit` fails was not sent: displaced while waiting.
 *
 * Why not `concatMap` and `takeUntil`: at a stop they lose the answer of the running value and
 * then send the waiting one. As in `concatMapLanes`, synchronous answers loop and do not recurse.
 *
 * Errors of the source and of `preempt$` pass at once. Completion waits for the queue and for the
 * detached requests. Unsubscribing drops everything.
 */
export function concatMapPreemptible<T, R, P, L>(
  send: (value: T) => Observable<R>,
  options: PreemptibleOptions<T, R, P, L>,
  scheduler: SchedulerLike,
): OperatorFunction<T, R | L> {
  const { admit, preempt$, isPreempted, displaced, late, deadlineMs, detachedMax } = options;
  return (source$) => {
    const answer$ = new Observable<() => R | L>((subscriber) => {
      const queue = new Fifo<T>();
      const answers = new Fifo<() => R | L>();
      const detached = new Set<Subscription>();
      let head: Head<T> | undefined;
      let isLooping = false;
      let isEnded = false;

      const run = (): void => {
        if (isLooping) return;
        isLooping = true;
        while (!subscriber.closed) {
          // Answers first: a consumer may stop the lane at one before the next value is sent.
          const answer = answers.shift();
          const next = answer === undefined && head === undefined ? queue.shift() : undefined;
          if (answer !== undefined) subscriber.next(answer.value);
          else if (next !== undefined) start(next.value);
          else break;
        }
        isLooping = false;
        if (isEnded && head === undefined && detached.size === 0) subscriber.complete();
      };

      const start = (value: T): void => {
        const request = new Subscription();
        const mine: Head<T> = { value, stage: "waiting", request };
        head = mine;

        const permit$ = defer(() => admit(value)).pipe(take(1), ignoreElements());
        const sent$ = defer(() => {
          if (head !== mine) return EMPTY; // `admit` itself led to a stop, and then admitted
          mine.stage = "running";
          request.add(scheduler.schedule(expire, deadlineMs));
          return send(value);
        });
        const expire = (): void => {
          if (head !== mine) return;
          answerHead(() => displaced(value, "overdue"));
          letGo(mine);
          run();
        };
        const answered = (answer: R): void => {
          if (head === mine) answerHead(() => answer);
          else answers.push(() => late(value, answer));
        };
        const settled = (): void => {
          if (head === mine) answerHead(() => displaced(value, mine.stage));
          detached.delete(request);
          request.unsubscribe();
          run();
        };
        request.add(
          concat(permit$, sent$)
            .pipe(take(1))
            .subscribe({ next: answered, error: settled, complete: settled }),
        );
      };

      const answerHead = (answer: () => R): void => {
        answers.push(answer);
        head = undefined;
      };

      /** Of a displaced value: its wait for a permit ends here, its request is detached. */
      const letGo = ({ stage, request }: Head<T>): void => {
        if (stage === "waiting") {
          request.unsubscribe();
          return;
        }
        detached.add(request);
        const [oldest] = detached;
        if (oldest === undefined || detached.size <= detachedMax) return;
        detached.delete(oldest);
        oldest.unsubscribe();
      };

      const stop = (preempt: P): void => {
        const caught = head !== undefined && isPreempted(head.value, preempt) ? head : undefined;
        if (caught !== undefined) answerHead(() => displaced(caught.value, caught.stage));
        // Once round the queue: a value that stays goes in again behind those that stayed before.
        for (let left = queue.size; left > 0; left -= 1) {
          const next = queue.shift();
          if (next === undefined) break;
          const { value } = next;
          if (isPreempted(value, preempt)) answers.push(() => displaced(value, "waiting"));
          else queue.push(value);
        }
        // Last: giving up the permit may bring a new value into this lane synchronously.
        if (caught !== undefined) letGo(caught);
        run();
      };

      const arrive = (value: T): void => {
        queue.push(value);
        run();
      };

      const end = (): void => {
        isEnded = true;
        run();
      };

      subscriber.add(() => {
        head?.request.unsubscribe();
        for (const request of detached) request.unsubscribe();
      });
      // The source and the stops may complete while requests are out.
      merge(preempt$.pipe(tap(stop)), source$.pipe(tap({ next: arrive, complete: end })), NEVER)
        .pipe(ignoreElements())
        .subscribe(subscriber);
    });
    // An answer is worked out here, where what `displaced` and `late` throw is an error.
    return answer$.pipe(map((answer) => answer()));
  };
}

/** The value that holds the lane: first waiting for its permit, then running. */
interface Head<T> {
  readonly value: T;
  stage: "waiting" | "running";
  /** Its permit, then its request. Outlives the lane when detached. */
  readonly request: Subscription;
}
