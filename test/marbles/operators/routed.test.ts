import { EMPTY, merge, Subject, take, tap } from "rxjs";
import { describe, expect, it } from "vitest";
import { routed } from "../../../src/operators/routed.ts";
import { marbles } from "../../support/marbles.ts";

/** The key of a small letter is its capital; a digit has none. */
const keyOf = (value: string): string | null => (/[a-z]/.test(value) ? value.toUpperCase() : null);

describe("routed", () => {
  it(
    "each value goes to the subscribers of its key alone, in its frame and in order",
    marbles((m) => {
      const source$ = m.hot<string>("-a-b-1-(abc)-|");
      const sourceSubs = "           ^------------!";
      const ofA = "                  -a-----a-----|";
      const ofB = "                  ---b---b-----|";
      const to = routed(source$, keyOf);

      m.expect(to("A")).toBeObservable(ofA);
      m.expect(to("A")).toBeObservable(ofA);
      m.expect(to("B")).toBeObservable(ofB);
      m.expect(source$).toHaveSubscriptions(sourceSubs);
    }),
  );

  it(
    "one subscription to the source while anybody is there, and none before or after",
    marbles((m) => {
      const source$ = m.hot<string>("-a-b-a-b-a-b");
      const subA = "                 --^---!-----";
      const subB = "                 ----^-----!-";
      const sourceSubs = "           --^-------!-";
      const ofA = "                  -----a------";
      const ofB = "                  -------b---";
      const to = routed(source$, keyOf);

      m.expect(to("A"), subA).toBeObservable(ofA);
      m.expect(to("B"), subB).toBeObservable(ofB);
      m.expect(source$).toHaveSubscriptions(sourceSubs);
    }),
  );

  it(
    "an error is everybody's, and what `keyOf` throws is one",
    marbles((m) => {
      const failing$ = m.hot<string>("-a--#");
      const throwing$ = m.hot<string>("-a--x--");
      const ofA = "                   -a--#";
      const ofB = "                   ----#";
      const strict = (value: string): string | null => {
        if (value === "x") throw new Error("no");
        return keyOf(value);
      };
      const failed = routed(failing$, keyOf);
      const thrown = routed(throwing$, strict);

      m.expect(failed("A")).toBeObservable(ofA);
      m.expect(failed("B")).toBeObservable(ofB);
      m.expect(thrown("A")).toBeObservable(ofA, undefined, new Error("no"));
      m.expect(thrown("B")).toBeObservable(ofB, undefined, new Error("no"));
    }),
  );

  it(
    "who comes during a delivery hears the next one",
    marbles((m) => {
      const source$ = m.hot<string>("-a-a-");
      const early = "                -a-a-";
      const late = "                 ---a-";
      const to = routed(source$, keyOf);
      const late$ = new Subject<string>();
      let isThere = false;
      const bringsAnother$ = to("A").pipe(
        tap(() => {
          if (isThere) return;
          isThere = true;
          to("A").subscribe(late$);
        }),
      );

      m.expect(bringsAnother$).toBeObservable(early);
      m.expect(late$).toBeObservable(late);
    }),
  );

  it(
    "who goes during a delivery takes it from nobody else",
    marbles((m) => {
      const source$ = m.hot<string>("-a-a-");
      const first = "                -(a|)";
      const second = "               -a-a-";
      const to = routed(source$, keyOf);

      m.expect(to("A").pipe(take(1))).toBeObservable(first);
      m.expect(to("A")).toBeObservable(second);
    }),
  );

  it("a value fed back is delivered where it comes, as with a `filter` for each", () => {
    const source$ = new Subject<string>();
    const received: string[] = [];
    const to = routed(source$, keyOf);
    const feedsBack$ = to("A").pipe(tap(() => source$.next("b")));
    merge(feedsBack$, to("A"), to("B")).subscribe((value) => received.push(value));

    source$.next("a");

    expect(received).toEqual(["b", "a", "a"]);
  });

  it("what a source says at once reaches the first subscriber, and its end too", () => {
    const received: string[] = [];
    const ends: string[] = [];
    const to = routed(merge(["a", "b"], EMPTY), keyOf);

    to("A").subscribe({ next: (value) => received.push(value), complete: () => ends.push("A") });

    expect([received, ends]).toEqual([["a"], ["A"]]);
  });

  it("a value is matched with its key once, however many keys there are", () => {
    const source$ = new Subject<string>();
    let asked = 0;
    const to = routed(source$, (value) => {
      asked += 1;
      return keyOf(value);
    });
    merge(..."ABCDEFGH".split("").map(to)).subscribe();

    source$.next("a");

    expect(asked).toBe(1);
  });
});
