import { merge, mergeMap, type OperatorFunction, range, Subject, take, tap } from "rxjs";
import { describe, expect, it } from "vitest";
import { spread } from "../../../src/operators/spread.ts";
import { marbles } from "../../support/marbles.ts";

/** A digit n as the first n letters; 0 stands for nothing. */
const letters = (digit: string): readonly string[] => "abcdefghi".slice(0, Number(digit)).split("");

describe("spread", () => {
  it(
    "a value is none, one or several, in its frame and in order",
    marbles((m) => {
      const source$ = m.hot<string>("-1-0-3------|");
      const sourceSubs = "           ^-----------!";
      const expected = "             -a---(abc)--|";

      m.expect(source$.pipe(spread(letters))).toBeObservable(expected);
      m.expect(source$).toHaveSubscriptions(sourceSubs);
    }),
  );

  it(
    "an error passes at once, and what `project` throws is one",
    marbles((m) => {
      const failing$ = m.hot<string>("-2---#");
      const failed = "                -(ab)#";
      const source$ = m.hot<string>(" -2---x--");
      const sourceSubs = "            ^----!";
      const thrown = "                -(ab)#";
      const project = (digit: string): readonly string[] => {
        if (digit === "x") throw new Error("no");
        return letters(digit);
      };

      m.expect(failing$.pipe(spread(letters))).toBeObservable(failed);
      m.expect(source$.pipe(spread(project))).toBeObservable(thrown, undefined, new Error("no"));
      m.expect(source$).toHaveSubscriptions(sourceSubs);
    }),
  );

  it(
    "unsubscribing reaches the source, in the middle of a value too",
    marbles((m) => {
      const source$ = m.hot<string>("-1---3---1");
      const sourceSubs = "           ^----!";
      const expected = "             -a---(a|)";

      m.expect(source$.pipe(spread(letters), take(2))).toBeObservable(expected);
      m.expect(source$).toHaveSubscriptions(sourceSubs);
    }),
  );

  it("a consumer that leaves stops an endless source", () => {
    const received: number[] = [];

    range(0, Infinity)
      .pipe(
        spread((value) => [value, value]),
        take(3),
      )
      .subscribe((value) => received.push(value));

    expect(received).toEqual([0, 0, 1]);
  });

  it(
    "a value fed back is spread where it comes, as with `mergeMap`",
    marbles((m) => {
      const expected = "-(abab)-";
      const spreads: readonly OperatorFunction<string, string>[] = [
        spread(letters),
        mergeMap((digit) => letters(digit)),
      ];

      for (const spreading of spreads) {
        const source$ = m.hot<string>("-2------");
        const back$ = new Subject<string>();
        let isFedBack = false;
        const output$ = merge(source$, back$).pipe(
          spreading,
          tap(() => {
            if (isFedBack) return;
            isFedBack = true;
            back$.next("2");
          }),
        );

        m.expect(output$).toBeObservable(expected);
      }
    }),
  );
});
