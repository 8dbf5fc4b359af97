import {
  type MonoTypeOperatorFunction,
  NEVER,
  Observable,
  type SchedulerLike,
  type Subscription,
  ignoreElements,
  merge,
  tap,
} from "rxjs";
import { Fifo } from "./fifo.ts";

export interface PaceOptions<T> {
  /** A turn is over after so many values or milliseconds, whichever comes first. */
  readonly turnMax: number;
  readonly turnMs: number;
  /** What may wait, in values and in the sum of their sizes; more is an error. */
  readonly waitingMax: number;
  readonly sizeMax: number;
  readonly sizeOf: (value: T) => number;
  /** The error, from how many are waiting. */
  readonly outrun: (waiting: number) => unknown;
}

/**
 * Hands values on at once, in the turn of the source, until the turn is over; the others wait, in
 * order, for the next turns, which a timer begins: so a source that never pauses starves no timer.
 * Where more wait than may, an error ends it and drops them.
 *
 * Why not `observeInSlices`: it is for readers, which may be late and may miss something.
 *
 * An error of the source passes at once, ahead of what waits; a completion comes after it.
 */
export function paced<T>(
  { turnMax, turnMs, waitingMax, sizeMax, sizeOf, outrun }: PaceOptions<T>,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T> {
  return (source$) =>
    new Observable<T>((subscriber) => {
      const waiting = new Fifo<T>();
      let waitingSize = 0;
      let spentMs = 0;
      let handed = 0;
      let isHanding = false;
      let isEnded = false;
      let turn: Subscription | undefined;

      const isTurnOver = (): boolean => handed >= turnMax || spentMs >= turnMs;

      const hand = (value: T): void => {
        const begunAt = scheduler.now();
        isHanding = true;
        handed += 1;
        subscriber.next(value);
        isHanding = false;
        spentMs += scheduler.now() - begunAt;
      };

      const scheduleTurn = (): void => {
        if (!subscriber.closed) turn ??= scheduler.schedule(takeTurn, 0);
      };

      const takeTurn = (): void => {
        turn?.unsubscribe(); // or the scheduler's interval would go on
        turn = undefined;
        handed = 0;
        spentMs = 0;
        while (!subscriber.closed && !isTurnOver()) {
          const taken = waiting.shift();
          if (taken === undefined) break;
          waitingSize -= sizeOf(taken.value);
          hand(taken.value);
        }
        completeIfDone();
        if (handed > 0) scheduleTurn();
      };

      const completeIfDone = (): void => {
        if (isEnded && waiting.size === 0) subscriber.complete();
      };

      const arrive = (value: T): void => {
        // A value that comes while another is handed on waits, or it would overtake.
        if (waiting.size === 0 && !isHanding && !isTurnOver()) hand(value);
        else {
          waiting.push(value);
          waitingSize += sizeOf(value);
          if (waiting.size > waitingMax || waitingSize > sizeMax) {
            subscriber.error(outrun(waiting.size));
          }
        }
        scheduleTurn();
      };

      const end = (): void => {
        isEnded = true;
        completeIfDone();
      };

      subscriber.add(() => turn?.unsubscribe());
      // The source may complete while values are waiting.
      merge(source$.pipe(tap({ next: arrive, complete: end })), NEVER)
        .pipe(ignoreElements())
        .subscribe(subscriber);
    });
}
