import { describe, it } from "vitest";
import { whileClocksAgree } from "../../../src/venue/polymarket/http/login.ts";
import { marbles } from "../../support/marbles.ts";

/** `a` half a second, `b` at the bound, `P` and `M` beyond it: ahead and behind. */
const SKEWS = { a: 500, b: 10_000, P: 10_001, M: -42_000 };
const apart = (text: string): Error =>
  new Error(`the venue's clock is ${text} ours: set the clock`);

describe("whileClocksAgree", () => {
  it(
    "[K] ends a link whose signatures the venue would soon not take, and says by how much",
    marbles((m) => {
      const link$ = m.cold(" o-1-2-3-4-5-");
      const linkSubs = "     ^-------!   ";
      const skew$ = m.hot("  --a---b-P---", SKEWS);
      const expected = "     o-1-2-3-#   ";

      const output$ = link$.pipe(whileClocksAgree(skew$, 10_000));

      m.expect(output$).toBeObservable(expected, undefined, apart("10 s ahead of"));
      m.expect(link$).toHaveSubscriptions(linkSubs);
    }),
  );

  it(
    "the end of the link is the end, and what the clocks do afterwards nobody asks",
    marbles((m) => {
      const link$ = m.cold(" o-1-#");
      const skew$ = m.hot("  --a---M", SKEWS);
      const skewSubs = "     ^---!";
      const expected = "     o-1-#";

      const output$ = link$.pipe(whileClocksAgree(skew$, 10_000));

      m.expect(output$).toBeObservable(expected);
      m.expect(skew$).toHaveSubscriptions(skewSubs);
    }),
  );

  it(
    "behind is as far as ahead",
    marbles((m) => {
      const link$ = m.cold(" o-1-2-3");
      const skew$ = m.hot("  -----M-", SKEWS);
      const expected = "     o-1-2#";

      const output$ = link$.pipe(whileClocksAgree(skew$, 10_000));

      m.expect(output$).toBeObservable(expected, undefined, apart("42 s behind"));
    }),
  );
});
