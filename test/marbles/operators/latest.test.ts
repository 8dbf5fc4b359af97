import { map, merge, Subject, tap } from "rxjs";
import { describe, expect, it } from "vitest";
import { latest } from "../../../src/operators/latest.ts";
import { marbles } from "../../support/marbles.ts";

describe("latest", () => {
  it(
    "values pass through unchanged, to their end",
    marbles((m) => {
      const source$ = m.hot<string>("-a-(bc)-|");
      const sourceSubs = "           ^-------!";
      const expected = "             -a-(bc)-|";

      m.expect(source$.pipe(latest("o").keep)).toBeObservable(expected);
      m.expect(source$).toHaveSubscriptions(sourceSubs);
    }),
  );

  it(
    "a value is readable before anyone downstream hears of it",
    marbles((m) => {
      const source$ = m.hot<string>("-a-(bc)-|");
      const expected = "             -a-(bc)-|";
      const { keep, read } = latest("o");

      m.expect(source$.pipe(keep, map(read))).toBeObservable(expected);
    }),
  );

  it(
    "what is read never goes back, even while an older value is still being passed on",
    marbles((m) => {
      const source$ = m.hot<string>("-a----");
      const expected = "             -(bb)-";
      const snapshots = "            o(ab)-";
      const reentered$ = new Subject<string>();
      const { keep, read, snapshot$ } = latest("o");

      const output$ = merge(source$, reentered$).pipe(
        keep,
        tap((value) => {
          if (value === "a") reentered$.next("b");
        }),
        map(read),
      );

      m.expect(snapshot$).toBeObservable(snapshots);
      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a reader hears the current value first, then every later one",
    marbles((m) => {
      const source$ = m.hot<string>("-a-b-c-|");
      const early = "                oa-b-c--";
      const late = "                 ----bc--";
      const lateSub = "              ----^---";
      const { keep, snapshot$ } = latest("o");

      m.expect(source$.pipe(keep)).toBeObservable("-a-b-c-|");
      m.expect(snapshot$).toBeObservable(early);
      m.expect(snapshot$, lateSub).toBeObservable(late);
    }),
  );

  it(
    "the end of a source, by error or completion, does not end the snapshots",
    marbles((m) => {
      const failing$ = m.hot<string>("-a-#");
      const ending$ = m.hot<string>(" ----b-|");
      const lasting$ = m.hot<string>("--------c-");
      const expected = "              oa--b---c-";
      const { keep, snapshot$ } = latest("o");

      m.expect(failing$.pipe(keep)).toBeObservable("-a-#");
      m.expect(ending$.pipe(keep)).toBeObservable("----b-|");
      m.expect(lasting$.pipe(keep)).toBeObservable("--------c-");
      m.expect(snapshot$).toBeObservable(expected);
    }),
  );

  it(
    "unsubscribing from the output leaves the value readable",
    marbles((m) => {
      const source$ = m.hot<string>("-a-b");
      const unsub = "                ^-!";
      const { keep, read, snapshot$ } = latest("o");

      m.expect(source$.pipe(keep), unsub).toBeObservable("-a");
      m.expect(source$).toHaveSubscriptions(unsub);
      m.expect(snapshot$).toBeObservable("oa");
      m.flush();
      expect(read()).toBe("a");
    }),
  );

  it("the initial value is readable before any other", () => {
    expect(latest("o").read()).toBe("o");
  });

  it("nobody else can write: the snapshots are not a subject", () => {
    expect(latest("o").snapshot$).not.toBeInstanceOf(Subject);
  });
});
