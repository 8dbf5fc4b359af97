import { type Observable, type SchedulerLike, defer, scan, share, tap } from "rxjs";
import { type Lane, concatMapLanes } from "../operators/index.ts";
import {
  type Arrival,
  type Effect,
  type Event,
  type Journal,
  type Stamped,
  assert,
} from "../types/index.ts";
import type { Reduce } from "./reducer.ts";
import type { ExecutorState } from "./state.ts";

/** One step, for readers: the event, the state after it, and the effects. */
export interface Transition {
  readonly input: Stamped;
  readonly state: ExecutorState;
  readonly effects: readonly Effect[];
}

/** Queued events taken in one turn before a waiting stop, socket or timer gets the processor. */
const QUEUED_PER_TURN = 64;
/** With more events waiting than this we do not keep up, and it is better to end. */
const QUEUED_MAX = 200_000;

/**
 * The single writer. Each event is stamped and journalled before it is acted on, and each decision
 * is journalled before its effects leave. A stop overtakes, the newest intent comes next, all other
 * events keep their order. The stream begins once and is shared: a subscriber that comes after its
 * end must not start another with empty state.
 */
export const executor =
  (initial: ExecutorState, reduce: Reduce, journal: Journal, macrotask: SchedulerLike) =>
  (arrival$: Observable<Arrival>): Observable<Transition> => {
    let hasBegun = false;
    return defer(() => {
      assert(!hasBegun, "A", "an executor cannot begin twice");
      hasBegun = true;
      return arrival$;
    }).pipe(
      concatMapLanes(
        ({ event }) => laneOf(event),
        ({ at, event }, order) => journal.append({ seq: initial.step + order + 1, at, event }),
        { queuedPerTurn: QUEUED_PER_TURN, queueMax: QUEUED_MAX },
        macrotask,
      ),
      scan<Stamped, Transition, Pick<Transition, "state">>(
        ({ state }, input) => {
          const [next, effects] = reduce(state, input);
          return { input, state: next, effects };
        },
        { state: initial },
      ),
      tap(({ input, effects }) => {
        if (effects.length > 0) journal.decided(input.seq, effects);
      }),
      share({ resetOnComplete: false, resetOnError: false }),
    );
  };

function laneOf(event: Event): Lane {
  switch (event.type) {
    case "operator.commanded":
    // A limit that is hit acts before what else waits.
    case "account.limitsChanged":
    // Ahead of the intents that are made with the new values.
    case "parameters.changed":
    // Behind the events that it warns of, it would come too late.
    case "load.changed":
      return "urgent";
    case "intent.published":
      // A stop must be heard even if a newer intent follows at once.
      return event.intent.mode === "stop" ? "urgent" : "newest";
    default:
      return "queued";
  }
}
