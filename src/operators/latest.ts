import { BehaviorSubject, type MonoTypeOperatorFunction, type Observable, tap } from "rxjs";

export interface Latest<T> {
  /** Passes values through; each is readable before anyone downstream hears of it. */
  readonly keep: MonoTypeOperatorFunction<T>;
  readonly read: () => T;
  /** The current value, then every later one. Never ends, whatever the sources of `keep` do. */
  readonly snapshot$: Observable<T>;
}

/**
 * The last value of a stream, kept in passing: it needs no subscription of its own, and writes
 * only where `keep` stands.
 */
export function latest<T>(initial: T): Latest<T> {
  const kept$ = new BehaviorSubject(initial);
  return {
    keep: tap((value) => {
      kept$.next(value);
    }),
    read: () => kept$.value,
    snapshot$: kept$.asObservable(),
  };
}
