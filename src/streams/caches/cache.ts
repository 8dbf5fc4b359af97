import {
  type MonoTypeOperatorFunction,
  type Observable,
  connect,
  ignoreElements,
  merge,
  scan,
} from "rxjs";
import { latest } from "../../operators/index.ts";

export interface Cache<Event, View> {
  /** Fills the cache in passing, before anyone downstream hears of the event. */
  readonly keep: MonoTypeOperatorFunction<Event>;
  readonly read: () => View;
  readonly snapshot$: Observable<View>;
}

/** The latest of a feed, folded. Others judge whether it is stale. */
export function cache<Event, View>(
  fold: (view: View, event: Event) => View,
  initial: View,
): Cache<Event, View> {
  const view = latest(initial);
  return {
    keep: connect((event$: Observable<Event>) =>
      merge(event$.pipe(scan(fold, view.read()), view.keep, ignoreElements()), event$),
    ),
    read: view.read,
    snapshot$: view.snapshot$,
  };
}
