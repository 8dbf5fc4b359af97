import { ignoreElements, Observable, share, type Subscriber, tap } from "rxjs";

/**
 * Each value to the subscribers of its key alone, and to nobody without one: what a value costs
 * does not grow with the number of keys. The source is subscribed to once while anybody is there, and its end is everybody's.
 *
 * Why not a `filter` for each subscriber: every value visits all of them. Why not `groupBy`: a group
 * begins with its first value, and a subscriber has to be there before that.
 */
export function routed<T, Key>(
  source$: Observable<T>,
  keyOf: (value: T) => Key | null,
): (key: Key) => Observable<T> {
  const subscribers = new Map<Key | null, ReadonlySet<Subscriber<T>>>();
  const delivery$ = source$.pipe(
    tap((value) => {
      for (const subscriber of subscribers.get(keyOf(value)) ?? []) subscriber.next(value);
    }),
    ignoreElements(),
    share(),
  );
  // Sets are replaced, so that whoever comes or goes during a delivery does not change it.
  const enter = (key: Key, subscriber: Subscriber<T>): void => {
    subscribers.set(key, new Set([...(subscribers.get(key) ?? []), subscriber]));
  };
  const leave = (key: Key, subscriber: Subscriber<T>): void => {
    const others = [...(subscribers.get(key) ?? [])].filter((other) => other !== subscriber);
    if (others.length > 0) subscribers.set(key, new Set(others));
    else subscribers.delete(key);
  };
  return (key) =>
    new Observable<T>((subscriber) => {
      enter(key, subscriber);
      subscriber.add(() => {
        leave(key, subscriber);
      });
      delivery$.subscribe(subscriber);
    });
}
