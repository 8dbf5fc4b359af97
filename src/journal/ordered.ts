/** The order of writing, the same on every medium: an event, its effects, the next event. */
import { defer, of } from "rxjs";
import { type Journal, assert } from "../types/index.ts";
import { encodeEffects, encodeEvent } from "./codec.ts";

export interface Medium {
  /** `stepBefore` has been decided and written completely. */
  readonly writeEvent: (line: string, stepBefore: number) => void;
  readonly writeEffects: (line: string) => void;
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
    append: (input) =>
      defer(() => {
        assert(input.seq === last + 1, "A", "a step is missing", { seq: input.seq, last });
        const line = encodeEvent(input);
        write(() => {
          medium.writeEvent(line, last);
        });
        last = input.seq;
        mayDecide = true;
        return of(input);
      }),

    decided: (seq, effects) => {
      assert(mayDecide && seq === last, "A", "effects of another step", { seq, last });
      mayDecide = false;
      if (effects.length === 0) return;
      const line = encodeEffects(seq, effects);
      write(() => {
        medium.writeEffects(line);
      });
    },

    close: () => {
      isOver = true;
      medium.close();
    },
  };
}
