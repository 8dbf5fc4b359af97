/**
 * A runtime whose process crashes between any two of its actions: from then on no scheduled work runs, no
 * request leaves and no answer arrives. Requests that have left go on at the venue.
 */
import { NEVER, type Observable, type SchedulerAction, type SchedulerLike, takeWhile } from "rxjs";
import type { Runtime } from "../../src/app/runtime.ts";
import type { Journal, Log, Venue } from "../../src/types/index.ts";

export interface CrashingRuntime {
  readonly runtime: Runtime;
  readonly isCrashed: () => boolean;
}

export interface Crash {
  /** Counts the moments before and after a written line and before a request; the run ends at this one. */
  readonly moment: number;
  /** No crash at or after this time. */
  readonly untilMs: number;
}

export function crashingRuntime(
  runtime: Runtime,
  crash: Crash,
  onCrash: () => void,
): CrashingRuntime {
  let moments = 0;
  let isAlive = true;

  const moment = (): void => {
    moments += 1;
    const isFatal = moments === crash.moment && runtime.scheduler.now() < crash.untilMs;
    if (!isAlive || !isFatal) return;
    isAlive = false;
    onCrash();
    // The callers on the stack must not go on; one that catches this cannot reach the outside any more.
    throw new Error("the process has crashed");
  };
  const whileRunning = <T>(outside$: Observable<T>): Observable<T> =>
    outside$.pipe(takeWhile(() => isAlive));
  const sent = <T>(send: () => Observable<T>): Observable<T> => {
    if (!isAlive) return NEVER;
    moment();
    const answer$ = send();
    return whileRunning(answer$);
  };

  const { venue, connections, log } = runtime;
  const { settlement } = connections;
  const logged =
    (write: Log["info"]): Log["info"] =>
    (facts, text) => {
      if (isAlive) write(facts, text);
    };
  return {
    isCrashed: () => !isAlive,
    runtime: {
      ...runtime,
      log: {
        ...log,
        debug: logged(log.debug),
        info: logged(log.info),
        warn: logged(log.warn),
        error: logged(log.error),
      },
      scheduler: whileAlive(runtime.scheduler, () => isAlive),
      // Observers may still read what happened before the crash.
      macrotask: runtime.macrotask,
      venue: {
        orderId: venue.orderId,
        place: (legs, mayLeave) => sent(() => venue.place(legs, () => isAlive && mayLeave())),
        cancel: (ids) => sent(() => venue.cancel(ids)),
        cancelAll: (market) => sent(() => venue.cancelAll(market)),
        openOrders: (market) => sent(() => venue.openOrders(market)),
        order: (id) => sent(() => venue.order(id)),
        trades: (market, since) => sent(() => venue.trades(market, since)),
        balances: (market, isRefreshed) => sent(() => venue.balances(market, isRefreshed)),
        heartbeat: () => sent(() => venue.heartbeat()),
      } satisfies Venue,
      connections: {
        market: (market) => whileRunning(connections.market(market)),
        user: (market) => whileRunning(connections.user(market)),
        reference: () => whileRunning(connections.reference()),
        settlement: settlement && (() => whileRunning(settlement())),
      },
      market$: whileRunning(runtime.market$),
      journal: (origin, snapshot) => {
        const journal = runtime.journal(origin, snapshot);
        return {
          append: (input) => {
            if (!isAlive) return NEVER;
            moment();
            return journal.append(input);
          },
          decided: (seq, effects) => {
            if (!isAlive) return;
            moment();
            journal.decided(seq, effects);
            moment();
          },
          close: () => {
            if (isAlive) journal.close();
          },
        } satisfies Journal;
      },
    },
  };
}

const whileAlive = (scheduler: SchedulerLike, isAlive: () => boolean): SchedulerLike => ({
  now: () => scheduler.now(),
  schedule: <State>(
    work: (this: SchedulerAction<State>, state?: State) => void,
    delay?: number,
    state?: State,
  ) =>
    scheduler.schedule<State>(
      function (this: SchedulerAction<State>, next?: State) {
        if (isAlive()) work.call(this, next);
      },
      delay,
      state,
    ),
});
