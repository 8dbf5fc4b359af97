/**
 * Virtual time on a heap. rxjs's own `VirtualTimeScheduler` sorts every waiting action at every
 * schedule, which a run of thousands of timers cannot afford.
 */
import { type SchedulerAction, type SchedulerLike, Subscription } from "rxjs";
import TinyQueue from "tinyqueue";
import { type Clock, epochMs, monotonicMs } from "../../types/index.ts";

export interface VirtualScheduler extends SchedulerLike {
  /** Runs every action due up to and including `untilMs`; the time is then `untilMs`. */
  readonly runUntil: (untilMs: number) => void;
}

/**
 * Runs actions by due time, then by when they were scheduled. An action scheduled with an infinite
 * delay never runs; a negative delay is none. What an action throws leaves `runUntil`, and the
 * actions after it stay scheduled.
 */
export function virtualScheduler(): VirtualScheduler {
  let nowMs = 0;
  let scheduled = 0;
  const queue = new TinyQueue<Due>([], (a, b) => a.at - b.at || a.order - b.order);
  const enqueue: Enqueue = (delayMs, run) => {
    if (!Number.isFinite(delayMs)) return;
    queue.push({ at: nowMs + Math.max(0, delayMs), order: scheduled++, run });
  };
  const schedule = <State>(work: Work<State>, delayMs = 0, state?: State): Subscription =>
    new HeapAction(enqueue, work).schedule(state, delayMs);
  return {
    now: () => nowMs,
    schedule,
    runUntil: (untilMs) => {
      for (let due = queue.peek(); due && due.at <= untilMs; due = queue.peek()) {
        queue.pop();
        nowMs = due.at;
        due.run();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}

/** A clock that runs with the scheduler; its wall time begins at `epochStartMs`. */
export const virtualClock = (scheduler: SchedulerLike, epochStartMs: number): Clock => ({
  now: () => ({
    epochMs: epochMs(Math.floor(epochStartMs + scheduler.now())),
    monotonicMs: monotonicMs(scheduler.now()),
  }),
});

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

type Enqueue = (delayMs: number, run: () => void) => void;
type Work<State> = (this: SchedulerAction<State>, state?: State) => void;

class HeapAction<State> extends Subscription implements SchedulerAction<State> {
  private readonly enqueue: Enqueue;
  private readonly work: Work<State>;
  // Only the latest schedule counts: operators push a pending action back by scheduling it again.
  private turn = 0;

  constructor(enqueue: Enqueue, work: Work<State>) {
    super();
    this.enqueue = enqueue;
    this.work = work;
  }

  schedule(state?: State, delayMs = 0): Subscription {
    if (this.closed) return this;
    const turn = ++this.turn;
    this.enqueue(delayMs, () => {
      if (!this.closed && turn === this.turn) this.work(state);
    });
    return this;
  }
}
