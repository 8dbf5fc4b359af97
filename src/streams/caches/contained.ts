import { type MonoTypeOperatorFunction, tap } from "rxjs";
import { causeOf } from "../../types/index.ts";

/** What the events of several streams add up to, and what has gone wrong with that. */
export interface Contained<View> {
  /** Passes events through; each is folded in before anyone downstream hears of it. */
  readonly keep: <Event>(
    fold: (view: View, event: Event) => View,
  ) => MonoTypeOperatorFunction<Event>;
  /** As far as it went well. */
  readonly read: () => View;
  /** What a fold has thrown first, in one line; null while none has. */
  readonly fault: () => string | null;
}

/**
 * For what only a strategy wants to know: a fold that throws is a bug, but no reason to end the graph. Its
 * events go on, nothing is folded in any more, and whoever asks the strategy is told.
 */
export function contained<View>(name: string, initial: View): Contained<View> {
  let view = initial;
  let fault: string | null = null;
  return {
    keep: (fold) =>
      tap((event) => {
        if (fault !== null) return;
        try {
          view = fold(view, event);
        } catch (error) {
          fault = `${name}: ${causeOf(error)}`;
        }
      }),
    read: () => view,
    fault: () => fault,
  };
}
