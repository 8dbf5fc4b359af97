import { EMPTY, type Observable, type SchedulerLike } from "rxjs";
import { describe, it } from "vitest";
import { type SilenceInputs, silenceDetector } from "../../../src/streams/feeds/index.ts";
import { type ReferencePrice, referencePrice } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";

/** `a` and `b` are nearly the same, `c` is a tenth of a percent above `a`. */
const PRICES: Readonly<Record<string, ReferencePrice | null>> = {
  a: referencePrice(100_000_000_000),
  b: referencePrice(100_010_000_000),
  c: referencePrice(100_100_000_000),
  L: null,
};
const OPTIONS = { moveBp: 5, withinMs: 4 };
const SUSPICIONS = {
  m: "the reference has moved by 5 bp or more, and the book has not",
  t: "we have traded, and the book says nothing",
};

/** An input that is not drawn never emits. */
const suspicionsOf = (
  { scheduler }: { readonly scheduler: SchedulerLike },
  inputs: Partial<SilenceInputs>,
): Observable<string> =>
  silenceDetector(
    { bookChanged$: EMPTY, price$: EMPTY, trade$: EMPTY, ...inputs },
    OPTIONS,
    scheduler,
  );

describe("silenceDetector", () => {
  it(
    "[K] the reference moves and the book does not: a suspicion, once the book has had its time",
    marbles((m) => {
      const bookChanged$ = m.hot("    --s-----------------------");
      const price$ = m.hot("    -a---b-c------------------", PRICES);
      const expected = "        -----------m--------------";

      m.expect(suspicionsOf(m, { bookChanged$, price$ })).toBeObservable(expected, SUSPICIONS);
    }),
  );

  it(
    "a book that moves too is not suspected, before the reference or after it",
    marbles((m) => {
      const bookChanged$ = m.hot("    --s-------s----------s------");
      const price$ = m.hot("    -a-----c----a---------c-----", PRICES);
      const expected = "        ----------------m---------m-";
      const until = "           ^--------------------------!";
      // The book changes in time after the first `c`, not after `a`; a change before the move is none.

      m.expect(suspicionsOf(m, { bookChanged$, price$ }), until).toBeObservable(
        expected,
        SUSPICIONS,
      );
    }),
  );

  it(
    "a gap of the reference is no move",
    marbles((m) => {
      const bookChanged$ = m.hot("    s------------------");
      const price$ = m.hot("    -a-L-c-------------", PRICES);
      const expected = "        -------------------";

      m.expect(suspicionsOf(m, { bookChanged$, price$ })).toBeObservable(expected, SUSPICIONS);
    }),
  );

  it(
    "[K] a trade of ours shows in the book, a moment before it is reported or a moment after",
    marbles((m) => {
      const bookChanged$ = m.hot("    s------------s-----------s-----------");
      const trade$ = m.hot("    ------t--------t------t---------t----");
      const expected = "        ----------t-------------------------t";

      m.expect(suspicionsOf(m, { bookChanged$, trade$ })).toBeObservable(expected, SUSPICIONS);
    }),
  );
});
