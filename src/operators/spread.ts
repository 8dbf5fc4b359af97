import { ignoreElements, Observable, type OperatorFunction, tap } from "rxjs";

/**
 * Each value as the values that it stands for, at once and in order: none, one or several.
 *
 * Why not `concatMap` or `mergeMap` to an array: each makes an inner subscription for every value,
 * which costs more than most of what is done with one. A value that a consumer feeds back is spread
 * where it comes, before what is left of the one being spread, as with `mergeMap`.
 */
export function spread<T, R>(project: (value: T) => readonly R[]): OperatorFunction<T, R> {
  return (source$) =>
    new Observable<R>((subscriber) => {
      const arrive = (value: T): void => {
        for (const each of project(value)) subscriber.next(each);
      };
      source$.pipe(tap(arrive), ignoreElements()).subscribe(subscriber);
    });
}
