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
  /** Takes `cost` tokens unasked, for a cost known only afterwards. May leave a debt. */
  readonly spend: (cost: number) => void;
}

/**
 * A token bucket: it holds `burst` tokens, begins full, and regains `perSecond` of them in a
 * second. Both numbers, and every cost, are whole.
 *
 * The level is kept in thousandths of a token, because whole milliseconds bring in whole ones: no
 * float, no drift. It is worked out when someone looks, so a timer runs only while someone waits.
 */
export function permits(
  { perSecond, burst }: { perSecond: number; burst: number },
  scheduler: SchedulerLike,
): Permits {
  const waiting = new Map<Subscriber<void>, number>();
  let level = burst * 1_000;
  let levelAt = Math.floor(scheduler.now());
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

  /** Loops: whoever asks again while he is served joins the end of the line. */
  const serve = (): void => {
    if (isServing) return;
    isServing = true;
    wake?.unsubscribe();
    for (const [subscriber, cost] of waiting) {
      const missing = cost * 1_000 - refill();
      if (missing > 0) {
        wake = scheduler.schedule(serve, Math.ceil(missing / perSecond));
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
    if (waiting.size > 0 || refill() < cost * 1_000) return false;
    spend(cost);
    return true;
  };

  const available = (): number => Math.floor(refill() / 1_000);

  return { next, take, available, spend };
}
