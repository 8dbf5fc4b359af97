import { BehaviorSubject, type MonoTypeOperatorFunction, type Observable, tap } from "rxjs";

export interface Latest<T, Event = T> {
  /** Passes events through; what becomes of each is readable before anyone downstream hears of it. */
  readonly keep: MonoTypeOperatorFunction<Event>;
  readonly read: () => T;
  /** The current value, then every later one. Never ends, whatever the sources of `keep` do. */
  readonly snapshot$: Observable<T>;
}

/**
 * The last value of a stream, or what its events add up to, kept in passing: it needs no
 * subscription of its own, and writes only where `keep` stands.
 */
export function latest<T>(initial: T): Latest<T>;
export function latest<T, Event>(initial: T, fold: (value: T, event: Event) => T): Latest<T, Event>;
export function latest<T>(initial: T, fold = (_: T, next: T): T => next): Latest<T> {
  const kept$ = new BehaviorSubject(initial);
  return {
    keep: tap((event) => {
      kept$.next(fold(kept$.value, event));
    }),
    read: () => kept$.value,
    snapshot$: kept$.asObservable(),
  };
}
