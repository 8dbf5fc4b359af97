import { type Latest, latest } from "../../operators/index.ts";

/** Filled in passing, before anyone downstream hears of the event. */
export type Cache<Event, View> = Latest<View, Event>;

/** The latest of a feed, folded. Others judge whether it is stale. */
export const cache = <Event, View>(
  fold: (view: View, event: Event) => View,
  initial: View,
): Cache<Event, View> => latest(initial, fold);
