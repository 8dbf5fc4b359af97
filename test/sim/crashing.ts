/**
 * A process that can die between any two of the things it does: after that nothing it had scheduled
 * runs, nothing it asks for leaves, and it hears nothing. What it had sent goes on at the venue.
 */
import { NEVER, type Observable, type SchedulerAction, type SchedulerLike, takeWhile } from "rxjs";
import type { Runtime } from "../../src/app/runtime.ts";
import type { Journal, Log, Venue } from "../../src/types/index.ts";

export interface Mortal {
  readonly runtime: Runtime;
  readonly isDead: () => boolean;
}

/** Before or after a line is written, or before a request leaves: the so manieth of all. */
export interface Death {
  readonly moment: number;
  /** Not later than this. */
  readonly untilMs: number;
}

export function mortal(runtime: Runtime, death: Death, onDeath: () => void): Mortal {
  let moments = 0;
  let isAlive = true;

  const moment = (): void => {
    moments += 1;
    const isFatal = moments === death.moment && runtime.scheduler.now() < death.untilMs;
    if (!isAlive || !isFatal) return;
    isAlive = false;
    onDeath();
    // Whoever is on the stack must not go on; nothing that catches this can reach the outside.
    throw new Error("the process has died");
  };
  const heard = <T>(outside$: Observable<T>): Observable<T> =>
    outside$.pipe(takeWhile(() => isAlive));
  const asked = <T>(ask: () => Observable<T>): Observable<T> => {
    if (!isAlive) return NEVER;
    moment();
    const answer$ = ask();
    return heard(answer$);
  };

  const { venue, connections, log } = runtime;
  const said =
    (say: Log["info"]): Log["info"] =>
    (facts, text) => {
      if (isAlive) say(facts, text);
    };
  return {
    isDead: () => !isAlive,
    runtime: {
      ...runtime,
      log: {
        debug: said(log.debug),
        info: said(log.info),
        warn: said(log.warn),
        error: said(log.error),
      },
      scheduler: whileAlive(runtime.scheduler, () => isAlive),
      // Whoever looks on may still see what happened before.
      macrotask: runtime.macrotask,
      venue: {
        orderId: venue.orderId,
        place: (legs, mayLeave) => asked(() => venue.place(legs, () => isAlive && mayLeave())),
        cancel: (ids) => asked(() => venue.cancel(ids)),
        cancelAll: (market) => asked(() => venue.cancelAll(market)),
        openOrders: (market) => asked(() => venue.openOrders(market)),
        order: (id) => asked(() => venue.order(id)),
        trades: (market, since) => asked(() => venue.trades(market, since)),
        balances: (market) => asked(() => venue.balances(market)),
        heartbeat: () => asked(() => venue.heartbeat()),
      } satisfies Venue,
      connections: {
        market: (market) => heard(connections.market(market)),
        user: (market) => heard(connections.user(market)),
        reference: () => heard(connections.reference()),
      },
      market$: heard(runtime.market$),
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
