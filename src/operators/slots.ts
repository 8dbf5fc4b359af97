import { type MonoTypeOperatorFunction, Observable, finalize } from "rxjs";

/**
 * Lets `max` sources run at once, over all uses of what it returns: each is subscribed to when a
 * slot is free, first come first served, and frees it at its end. Unsubscribing gives up the slot,
 * or the place in the queue.
 *
 * Why not the concurrency of `mergeMap`: a source that waits there cannot be timed out.
 */
export function slots(max: number): <T>() => MonoTypeOperatorFunction<T> {
  const waiting = new Set<() => void>();
  let running = 0;
  let isServing = false;

  /** Loops: a source that ends at once does not call for the next one. */
  const serve = (): void => {
    if (isServing) return;
    isServing = true;
    for (const begin of waiting) {
      if (running >= max) break;
      waiting.delete(begin);
      running += 1;
      begin();
    }
    isServing = false;
  };

  const release = (): void => {
    running -= 1;
    serve();
  };

  return () => (source$) =>
    new Observable((subscriber) => {
      const begin = (): void => {
        source$.pipe(finalize(release)).subscribe(subscriber);
      };
      waiting.add(begin);
      serve();
      return () => {
        waiting.delete(begin);
      };
    });
}
