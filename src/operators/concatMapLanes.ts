import {
  finalize,
  from,
  ignoreElements,
  merge,
  mergeAll,
  NEVER,
  Observable,
  type ObservableInput,
  type OperatorFunction,
  type SchedulerLike,
  type Subscriber,
  type Subscription,
  tap,
} from "rxjs";
import { Fifo } from "./fifo.ts";

export type Lane = "urgent" | "newest" | "queued";

/**
 * A `concatMap` with a waiting room. One inner at a time; whenever none is running the next value
 * is taken: urgent ones first, in order; then the newest; then queued ones, in order. A value of
 * the `newest` lane replaces the one still waiting there, and nothing else is dropped. `project`
 * gets a value, and its number, when it is taken. An array is finished as it comes: it costs no
 * subscription, which would be most of a step's way through here.
 *
 * Why not `concatMap`: a consumer that feeds its own source makes it call itself once per value,
 * and with synchronous inners the stack ends near 800. This one loops. So that such a loop shuts
 * nobody out, it lets a `macrotask` pass after every `queuedPerTurn` queued values; urgent and
 * newest ones do not wait for that.
 *
 * More than `queueMax` values waiting, the newest aside, is an error. Errors, also those thrown by
 * `laneOf` and `project`, pass at once. Completion waits for the room to drain. Unsubscribing
 * drops everything.
 */
export function concatMapLanes<T, R>(
  laneOf: (value: T) => Lane,
  project: (value: T, order: number) => ObservableInput<R>,
  { queuedPerTurn, queueMax }: { queuedPerTurn: number; queueMax: number },
  macrotask: SchedulerLike,
): OperatorFunction<T, R> {
  /** Of the projections that are not finished as they come; what is finished goes to `subscriber`. */
  const waiting = (source$: Observable<T>, subscriber: Subscriber<R>): Observable<Observable<R>> =>
    new Observable((inners) => {
      const urgent = new Fifo<T>();
      const queued = new Fifo<T>();
      let newest: { readonly value: T } | undefined;
      let order = 0;
      let leftInTurn = queuedPerTurn;
      let rest: Subscription | undefined;
      let isBusy = false;
      let isLooping = false;
      let isEnded = false;

      const arrive = (value: T): void => {
        const lane = laneOf(value);
        if (lane === "newest") newest = { value };
        else (lane === "urgent" ? urgent : queued).push(value);
        run();
        if (urgent.size + queued.size > queueMax) {
          const text = `concatMapLanes: more than queueMax (${queueMax}) values are waiting`;
          inners.error(new RangeError(text)); // tidy-ok: a notification; nothing is thrown
        }
      };

      const takeNewest = (): typeof newest => {
        const taken = newest;
        newest = undefined;
        return taken;
      };

      const takeQueued = (): typeof newest => {
        if (leftInTurn === 0) return undefined;
        leftInTurn -= 1;
        return queued.shift();
      };

      const run = (): void => {
        if (isLooping) return;
        isLooping = true;
        while (!isBusy && !inners.closed) {
          const taken = urgent.shift() ?? takeNewest() ?? takeQueued();
          if (taken === undefined) break;
          isBusy = true;
          begin(taken.value);
        }
        isLooping = false;
        if (queued.size === 0) leftInTurn = queuedPerTurn;
        else if (!isBusy && rest === undefined) {
          rest = macrotask.schedule(resume, 0);
          inners.add(rest);
        }
        if (isEnded && newest === undefined && urgent.size + queued.size === 0) inners.complete();
      };

      const begin = (value: T): void => {
        let projected: ObservableInput<R>;
        try {
          projected = project(value, order++);
        } catch (error) {
          inners.error(error);
          return;
        }
        if (!isFinished(projected)) {
          inners.next(from(projected).pipe(finalize(free)));
          return;
        }
        for (const each of projected) subscriber.next(each);
        isBusy = false;
      };

      const free = (): void => {
        isBusy = false;
        run();
      };

      const resume = (): void => {
        rest?.unsubscribe(); // or `inners` would collect every action that has run
        rest = undefined;
        leftInTurn = queuedPerTurn;
        run();
      };

      const end = (): void => {
        isEnded = true;
        run();
      };

      // The source may complete while values are waiting.
      merge(source$.pipe(tap({ next: arrive, complete: end })), NEVER)
        .pipe(ignoreElements())
        .subscribe(inners);
    });
  return (source$) =>
    new Observable((subscriber) => {
      waiting(source$, subscriber).pipe(mergeAll()).subscribe(subscriber);
    });
}

const isFinished = <R>(
  projected: ObservableInput<R>,
): projected is readonly R[] & ObservableInput<R> => Array.isArray(projected);
