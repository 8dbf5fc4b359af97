/** The order of writing, the same on every medium: an event, its effects, the next event. */
import { type Effect, type Journal, type Stamped, assert } from "../types/index.ts";
import { assertKept } from "./codec.ts";

/** Gets values that are known to be kept; whether it encodes them at once is its own matter. */
export interface Medium {
  /** `stepBefore` has been decided and written completely. */
  readonly writeEvent: (input: Stamped, stepBefore: number) => void;
  readonly writeEffects: (seq: number, effects: readonly Effect[]) => void;
  readonly close: () => void;
}

/** A journal over `medium`, after step `step`. */
export function orderedJournal(step: number, medium: Medium): Journal {
  let last = step;
  let mayDecide = false;
  let isOver = false;

  // A failed write may have left half a line; anything after it could not be read back.
  const write = (writing: () => void): void => {
    assert(!isOver, "A", "the journal is closed or has failed", { step: last });
    isOver = true;
    writing();
    isOver = false;
  };

  return {
    append: (input) => {
      assert(input.seq === last + 1, "A", "a step is missing", { seq: input.seq, last });
      assertKept(input);
      write(() => {
        medium.writeEvent(input, last);
      });
      last = input.seq;
      mayDecide = true;
      return [input];
    },

    decided: (seq, effects) => {
      assert(mayDecide && seq === last, "A", "effects of another step", { seq, last });
      mayDecide = false;
      if (effects.length === 0) return;
      assertKept(effects);
      write(() => {
        medium.writeEffects(seq, effects);
      });
    },

    close: () => {
      isOver = true;
      medium.close();
    },
  };
}
