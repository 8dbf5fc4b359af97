import { Observable, type SchedulerAction, type SchedulerLike } from "rxjs";
import { ConfigError } from "../types/index.ts";
import type { Recording } from "./recording.ts";

/** Where a pass that is not the first has to fit on to the one before it. */
export interface Join<Value> {
  /** Counted from 0; the first join is that of pass 1. */
  readonly pass: number;
  /** The recording's first value. */
  readonly first: Value;
  /** What was played last in the pass before. */
  readonly last: Value;
}

export interface ReplayOptions<Value> {
  /** How many times faster than it was recorded. */
  readonly speed: number;
  /** Whether it begins anew when it has ended, for ever; else it completes. */
  readonly isLooped: boolean;
  /** What is played for `value` after a join. Without it every pass is the recording itself. */
  readonly splice?: (value: Value, join: Join<Value>) => Value;
  readonly scheduler: SchedulerLike;
}

interface Play<Value> {
  readonly dueMs: number;
  readonly value: Value;
}

/** Values of one turn of the scheduler: what is due beyond them lets the others go first. */
const TURN_VALUES_MAX = 64;
/** A replay that is later than this goes on from there: it does not catch up in a rush. */
const LATE_MS_MAX = 1000;
/** A recording of one moment must not loop within one moment. */
const PASS_MS_MIN = 1;

/**
 * Plays the values at their recorded distances divided by `speed`, once or over and over.
 *
 * Values due in the same millisecond come in the same turn. One timer is pending at any time;
 * unsubscribing clears it. An error of `splice` is its error.
 *
 * @throws ConfigError unless there are values and `speed` is a positive number.
 */
export function replayed<Value>(
  recording: Recording<Value>,
  { speed, isLooped, splice = (value) => value, scheduler }: ReplayOptions<Value>,
): Observable<Value> {
  const [head] = recording.values;
  if (head === undefined) throw new ConfigError(["a recording without values cannot be replayed"]);
  if (!(speed > 0 && speed < Infinity)) {
    throw new ConfigError([`replay speed ${speed}: give a number above 0`]);
  }
  const passMs = Math.max(PASS_MS_MIN, Math.ceil(recording.durationMs / speed));

  function* plays(first: Value): Generator<Play<Value>, undefined> {
    let last = first;
    for (let pass = 0; pass === 0 || isLooped; pass += 1) {
      const join = { pass, first, last };
      for (const { afterMs, value } of recording.values) {
        last = pass === 0 ? value : splice(value, join);
        yield { dueMs: pass * passMs + Math.ceil(afterMs / speed), value: last };
      }
    }
    return undefined;
  }

  return new Observable((subscriber) => {
    const rest = plays(head.value);
    let startedAt = scheduler.now();
    let next: Play<Value> = rest.next().value ?? { dueMs: 0, value: head.value };

    function turn(this: SchedulerAction<void>): void {
      const now = scheduler.now();
      if (now - startedAt - next.dueMs > LATE_MS_MAX) startedAt = now - next.dueMs;
      try {
        for (let count = 0; count < TURN_VALUES_MAX && startedAt + next.dueMs <= now; count += 1) {
          subscriber.next(next.value);
          const following = rest.next().value;
          if (following === undefined) {
            subscriber.complete();
            return;
          }
          next = following;
        }
      } catch (error) {
        subscriber.error(error);
        return;
      }
      // Whole milliseconds, or a timer that rings a little early would ring twice.
      const delayMs = Math.ceil(startedAt + next.dueMs - scheduler.now());
      this.schedule(undefined, Math.max(0, delayMs));
    }
    return scheduler.schedule(turn, 0);
  });
}
