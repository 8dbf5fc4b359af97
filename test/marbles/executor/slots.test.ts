/** One wave per slot at a time; what is wanted meanwhile waits, and the newest of it is done. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

describe("a slot", () => {
  it(
    "[I] is released by the answer to the last order of its wave, not to the first",
    marbles((m) => {
      const event$ = m.hot("a---b---s---m----", EVENTS);
      const expected = "    (sm)--------(SMn)";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[I] that is cancelling holds up the next place; at its end the newest intent is placed",
    marbles((m) => {
      const event$ = m.hot("i-p-o-j-k-P--", EVENTS);
      const expected = "    p---P-----r--";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[I] wants that came and went while it was placing leave no trace",
    marbles((m) => {
      const event$ = m.hot("i-j-k-i-p----", EVENTS);
      const expected = "    p------------";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[K] a pull does not wait: each order of the wave is cancelled as soon as it can be",
    marbles((m) => {
      const event$ = m.hot("a---s---o---m---", EVENTS);
      const expected = "    (sm)----S---M---";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[J] is released by silence too: the old order is cancelled and looked for beside the new one",
    marbles((m) => {
      const event$ = m.hot("i-j-k 2994ms c----", EVENTS);
      const expected = "    p---- 2994ms (Prl)";

      m.expect(event$.pipe(drawn(m.scheduler, 3_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[I] is released by what was never sent: nothing rests, and the newest intent is placed",
    marbles((m) => {
      const event$ = m.hot("i-j-d--", EVENTS);
      const expected = "    p---q--";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );
});
