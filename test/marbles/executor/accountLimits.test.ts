/** What the account allows, against what rests, waits or is under way when it comes. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

describe("limits of the account", () => {
  it(
    "[M] a bid that is larger than they allow is replaced by what they allow, at once",
    marbles((m) => {
      const event$ = m.hot("i-p-H-P2---", EVENTS);
      // What it holds is free once its count of matches is known.
      const expected = "    p---P--h---";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[M] a halt cancels everything, and nothing goes out until they let go and nothing rests",
    marbles((m) => {
      const event$ = m.hot("i-p-W-x--i-------", EVENTS);
      const expected = "    p---X------------";

      m.expect(event$.pipe(drawn(m.scheduler, 100))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[M] a halt and the operator's own, in one frame, are one stop",
    marbles((m) => {
      const event$ = m.hot("i-p-(WX)--x--", EVENTS);
      const expected = "    p---X--------";

      m.expect(event$.pipe(drawn(m.scheduler, 100))).toBeObservable(expected, EFFECTS);
    }),
  );
});
