import { EMPTY } from "rxjs";
import { describe, it } from "vitest";
import { silenceDetector } from "../../../src/streams/feeds/index.ts";
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

describe("silenceDetector", () => {
  it(
    "[K] the reference moves and the book does not: a suspicion, once the book has had its time",
    marbles((m) => {
      const bookChanged$ = m.hot("    --s-----------------------");
      const price$ = m.hot("    -a---b-c------------------", PRICES);
      const expected = "        -----------m--------------";

      const suspicion$ = silenceDetector(
        { bookChanged$, price$, trade$: EMPTY },
        OPTIONS,
        m.scheduler,
      );

      m.expect(suspicion$).toBeObservable(expected, SUSPICIONS);
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

      const suspicion$ = silenceDetector(
        { bookChanged$, price$, trade$: EMPTY },
        OPTIONS,
        m.scheduler,
      );

      m.expect(suspicion$, until).toBeObservable(expected, SUSPICIONS);
    }),
  );

  it(
    "a gap of the reference is no move",
    marbles((m) => {
      const bookChanged$ = m.hot("    s------------------");
      const price$ = m.hot("    -a-L-c-------------", PRICES);
      const expected = "        -------------------";

      const suspicion$ = silenceDetector(
        { bookChanged$, price$, trade$: EMPTY },
        OPTIONS,
        m.scheduler,
      );

      m.expect(suspicion$).toBeObservable(expected, SUSPICIONS);
    }),
  );

  it(
    "[K] a trade of ours shows in the book, a moment before it is reported or a moment after",
    marbles((m) => {
      const bookChanged$ = m.hot("    s------------s-----------s-----------");
      const trade$ = m.hot("    ------t--------t------t---------t----");
      const expected = "        ----------t-------------------------t";

      const suspicion$ = silenceDetector(
        { bookChanged$, price$: EMPTY, trade$ },
        OPTIONS,
        m.scheduler,
      );

      m.expect(suspicion$).toBeObservable(expected, SUSPICIONS);
    }),
  );
});
