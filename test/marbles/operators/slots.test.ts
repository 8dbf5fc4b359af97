import { NEVER, type Observable, map, mergeMap, of, range, timeout } from "rxjs";
import { describe, expect, it } from "vitest";
import { slots } from "../../../src/operators/slots.ts";
import { marbles } from "../../support/marbles.ts";

describe("slots", () => {
  it(
    "lets so many run at once, first come first served, each from when a slot is free",
    marbles((m) => {
      const asked$ = m.hot("(abcd)----------|");
      const work$ = m.cold<string>("---x|");
      const expected = "   ---(ab)(cd)-----|";
      const inSlot = slots(2);
      const done$ = asked$.pipe(
        mergeMap((letter) =>
          work$.pipe(
            inSlot(),
            map(() => letter),
          ),
        ),
      );

      m.expect(done$).toBeObservable(expected);
      m.expect(work$).toHaveSubscriptions(["^---!", "^---!", "----^---!", "----^---!"]);
    }),
  );

  it(
    "one that waits can be timed out from when it began to wait, and is never begun then",
    marbles((m) => {
      const asked$ = m.hot(" ab--------");
      const work$ = m.cold<string>("----x|");
      const expected = "   ---ba----";
      const inSlot = slots(1);
      const done$ = asked$.pipe(
        mergeMap((letter) =>
          work$.pipe(
            inSlot(),
            map(() => letter),
            timeout({
              first: letter === "b" ? 2 : 9,
              with: () => of(letter),
              scheduler: m.scheduler,
            }),
          ),
        ),
      );

      m.expect(done$).toBeObservable(expected);
      m.expect(work$).toHaveSubscriptions(["^----!"]);
    }),
  );

  it(
    "a slot is freed by completion, error and unsubscription",
    marbles((m) => {
      const inSlot = slots(1);
      const run = (text: string, unsubscribedAt?: string): Observable<string> => {
        const source$ = m.cold<string>(text).pipe(inSlot());
        m.expect(source$, unsubscribedAt).toBeObservable(EXPECTED[text] ?? "");
        return source$;
      };
      const EXPECTED: Readonly<Record<string, string>> = {
        "-a|": "-a|",
        "-b#": "---b#",
        "-c-": "-----c",
        "-d|": "--------d|",
      };
      run("-a|");
      run("-b#");
      run("-c-", "^------!");
      run("-d|");
    }),
  );

  it("10,000 that end at once nest no calls", () => {
    const inSlot = slots(1);
    let done = 0;
    const held = NEVER.pipe(inSlot()).subscribe();
    range(10_000)
      .pipe(mergeMap((index) => of(index).pipe(inSlot())))
      .subscribe(() => {
        done += 1;
      });
    expect(done).toBe(0);
    held.unsubscribe();
    expect(done).toBe(10_000);
  });
});
