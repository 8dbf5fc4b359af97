import {
  Observable,
  type SchedulerLike,
  type Subscriber,
  type Subscription,
  throwError,
} from "rxjs";

export interface Permits {
  /**
   * Emits once and completes when `cost` tokens (1 if left out) could be taken, first come first
   * served. Cold: each subscription is a request; unsubscribing gives up its place and takes
   * nothing. A cost above the burst is an error: it could never pass.
   */
  readonly next: (cost?: number) => Observable<void>;
  /** Takes `cost` tokens now or not at all. Never overtakes those who wait in `next`. */
  readonly take: (cost: number) => boolean;
  /** Whole tokens in the bucket now; below zero while a debt is being paid off. */
  readonly available: () => number;
  /** How long until `cost` tokens could be taken if nobody waited; zero where they can be now. */
  readonly waitMs: (cost: number) => number;
  /** Takes `cost` tokens without waiting, for a cost known only afterwards. May leave a debt. */
  readonly spend: (cost: number) => void;
  /** Sets what is in the bucket, for a count that is not ours. Never above the burst. */
  readonly correct: (tokens: number) => void;
  /** Nothing is given for so long; tokens are regained meanwhile. Never shortens a longer one. */
  readonly hold: (ms: number) => void;
  /** Another rate and burst from now on. What is above the new burst is lost. */
  readonly resize: (size: BucketSize) => void;
}

/** Whole tokens. */
export interface BucketSize {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A token bucket: it holds `burst` tokens, begins full, and regains `perSecond` of them in a
 * second. Both numbers, and every cost, are whole.
 *
 * The level is kept in thousandths of a token, because whole milliseconds bring in whole ones: no
 * float, no drift. It is computed when it is read, so a timer runs only while someone waits.
 */
export function permits(size: BucketSize, scheduler: SchedulerLike): Permits {
  const waiting = new Map<Subscriber<void>, number>();
  let { perSecond, burst } = size;
  let level = burst * 1_000;
  let levelAt = Math.floor(scheduler.now());
  let heldUntil = levelAt;
  let isServing = false;
  let wake: Subscription | undefined;

  const refill = (): number => {
    const now = Math.floor(scheduler.now());
    level = Math.min(burst * 1_000, level + (now - levelAt) * perSecond);
    levelAt = now;
    return level;
  };

  const spend = (cost: number): void => {
    level = refill() - cost * 1_000;
  };

  const waitMs = (cost: number): number => {
    // A cost from before the bucket shrank waits for a full bucket.
    const missing = Math.min(cost, burst) * 1_000 - refill();
    return Math.max(0, heldUntil - levelAt, Math.ceil(missing / perSecond));
  };

  /** Loops: a subscriber that asks again while it is served joins the end of the queue. */
  const serve = (): void => {
    if (isServing) return;
    isServing = true;
    wake?.unsubscribe();
    for (const [subscriber, cost] of waiting) {
      const delayMs = waitMs(cost);
      if (delayMs > 0) {
        wake = scheduler.schedule(serve, delayMs);
        break;
      }
      waiting.delete(subscriber);
      spend(cost);
      subscriber.next();
      subscriber.complete();
    }
    isServing = false;
  };

  const next = (cost = 1): Observable<void> => {
    const text = `permits: a cost of ${cost} never passes a burst of ${burst}`;
    if (cost > burst) return throwError(() => new RangeError(text)); // tidy-ok: nothing is thrown
    return new Observable((subscriber) => {
      waiting.set(subscriber, cost);
      serve();
      return () => {
        if (waiting.delete(subscriber)) serve();
      };
    });
  };

  const take = (cost: number): boolean => {
    if (waiting.size > 0 || waitMs(cost) > 0) return false;
    spend(cost);
    return true;
  };

  const available = (): number => Math.floor(refill() / 1_000);

  const correct = (tokens: number): void => {
    refill();
    level = Math.min(burst, tokens) * 1_000;
    serve();
  };

  const hold = (ms: number): void => {
    heldUntil = Math.max(heldUntil, Math.floor(scheduler.now()) + Math.ceil(ms));
  };

  const resize = (to: BucketSize): void => {
    refill();
    ({ perSecond, burst } = to);
    refill();
    serve();
  };

  return { next, take, available, waitMs, spend, correct, hold, resize };
}
