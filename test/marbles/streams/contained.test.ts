/** What only a strategy wants to know: a bug in its fold goes no further. */
import { map, share } from "rxjs";
import { describe, it } from "vitest";
import { contained } from "../../../src/streams/caches/index.ts";
import { marbles } from "../../support/marbles.ts";

describe("contained", () => {
  it(
    "[D] is filled by several streams, before anyone downstream of either hears of the event",
    marbles((m) => {
      const more$ = m.hot(" -a---b--", { a: 1, b: 2 });
      const less$ = m.hot(" ---a---b", { a: 1, b: 2 });
      const expectedMore = "-p---q--";
      const expectedLess = "---r---r";
      const sum = contained("sum", 0);
      const readAfter = map(() => sum.read());

      const plus$ = more$.pipe(
        sum.keep((total, next: number) => total + next),
        readAfter,
      );
      const minus$ = less$.pipe(
        sum.keep((total, next: number) => total - next),
        readAfter,
      );

      m.expect(plus$).toBeObservable(expectedMore, { p: 1, q: 2 });
      m.expect(minus$).toBeObservable(expectedLess, { r: 0 });
    }),
  );

  it(
    "[B] a fold that throws costs no event: it is told once in words, and nothing is folded in any more",
    marbles((m) => {
      const number$ = m.hot(" -a-b-c-d|", { a: 1, b: 2, c: 3, d: 4 });
      const expected = "      -a-b-c-d|";
      const expectedSeen = "  -p-q-r-r|";
      const sum = contained("sum", 0);
      const passed$ = number$.pipe(
        sum.keep((total, next: number) => {
          if (next === 3) throw new Error("three is a bug");
          return total + next;
        }),
        share(),
      );

      m.expect(passed$).toBeObservable(expected, { a: 1, b: 2, c: 3, d: 4 });
      m.expect(passed$.pipe(map(() => `${sum.read()} ${sum.fault()}`))).toBeObservable(
        expectedSeen,
        { p: "1 null", q: "3 null", r: "3 sum: three is a bug" },
      );
    }),
  );
});
