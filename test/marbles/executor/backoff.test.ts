/** How long a refused order is not asked for again; the clock alone brings it back. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

describe("a refusal", () => {
  it(
    "of one kind in a row: 250 ms, 500 ms, 1 s, 2 s",
    marbles((m) => {
      const event$ = m.hot("i4 250ms 4 500ms 4 1000ms 4---------", EVENTS);
      const expected = "    p 250ms p 500ms p 1000ms p 2000ms p-";

      m.expect(event$.pipe(drawn(m.scheduler, 5_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "of another class has a row of its own",
    marbles((m) => {
      const event$ = m.hot("i4 250ms 4 500ms 7---------", EVENTS);
      const expected = "    p 250ms p 500ms p 250ms p-";

      m.expect(event$.pipe(drawn(m.scheduler, 2_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "with a Retry-After: the longer of the venue's pause and ours",
    marbles((m) => {
      const event$ = m.hot("i6 900ms 7---------", EVENTS);
      const expected = "    p 900ms p 500ms p-";

      m.expect(event$.pipe(drawn(m.scheduler, 2_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "is forgiven when the order is taken and rests: the next one counts as the first",
    marbles((m) => {
      const event$ = m.hot("i4 250ms 4 500ms p 500ms o-P-2-i4---------", EVENTS);
      const expected = "    p 250ms p 500ms p 501ms P-----p 250ms p-";

      m.expect(event$.pipe(drawn(m.scheduler, 2_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "is what it amounts to when an order is taken, and removed unasked: 250 ms, 500 ms",
    marbles((m) => {
      const event$ = m.hot("i-p2 250ms p2----------", EVENTS);
      const expected = "    p 252ms  p 501ms p----";

      m.expect(event$.pipe(drawn(m.scheduler, 2_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "holds up the same order in another size too: what was refused is its price",
    marbles((m) => {
      const event$ = m.hot("i4---8----------", EVENTS);
      const expected = "    p 250ms z-------";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );
});
