import { NEVER, type Observable, type SchedulerLike, map, of, throwError, timer } from "rxjs";
import { describe, it } from "vitest";
import { type SecondSourceOptions, withSecondSource } from "../../../src/streams/feeds/index.ts";
import type { Link } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";

/** `o` the link opens, `c` the second source agrees, any other letter is a price. */
const LINKS: Record<string, Link<string>> = {
  o: { type: "opened" },
  c: { type: "confirmed" },
  a: { type: "item", item: "a" },
  j: { type: "item", item: "j" },
  k: { type: "item", item: "k" },
};
const HELD = { h: true, b: false };
const TIMING = { askEveryMs: 4, heldMs: 12 };

/** The second source has this price, a frame after it is asked; "failure" and "silence" have none. */
function watched(
  link$: Observable<Link<string>>,
  isHeld$: Observable<boolean>,
  second: string,
  scheduler: SchedulerLike,
): Observable<Link<string>> {
  const ask = (): ReturnType<SecondSourceOptions<string>["ask"]> => {
    if (second === "unanswered") return of({ unanswered: "GET /ticker: HTTP 451" });
    if (second === "silence") return NEVER;
    if (second === "failure") return throwError(() => new Error("HTTP 500"));
    return timer(1, scheduler).pipe(map(() => (newest) => newest === second));
  };
  return link$.pipe(
    withSecondSource(
      { ...TIMING, isHeld$, ask, broken: (cause) => throwError(() => new Error(cause)) },
      scheduler,
    ),
  );
}

const OVERDUE = "held: nothing agreed with the price for 12 ms";

describe("[D] withSecondSource", () => {
  it(
    "nobody is asked while the price is believed",
    marbles((m) => {
      const link$ = m.hot(" -oa-j-a-", LINKS);
      const expected = "   -oa-j-a-";
      const until = "      ^-------!";
      m.expect(watched(link$, NEVER, "a", m.scheduler), until).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "a price that is held is asked about at once, and confirmed where the second source has it",
    marbles((m) => {
      const link$ = m.hot(" -oa--j------", LINKS);
      const isHeld$ = m.hot("b----h-b----", HELD);
      const expected = "   -oa--jc-----";
      const until = "      ^----------!";
      m.expect(watched(link$, isHeld$, "j", m.scheduler), until).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "an answer counts for the price that is the newest when it comes, not for the one asked about",
    marbles((m) => {
      const link$ = m.hot(" -oa--jk----j--", LINKS);
      const isHeld$ = m.hot("b----h------b-", HELD);
      // Asked at 5 and at 9, answered a frame later, while `k` is the newest.
      const expected = "   -oa--jk----j--";
      const until = "      ^------------!";
      m.expect(watched(link$, isHeld$, "j", m.scheduler), until).toBeObservable(expected, LINKS);
    }),
  );

  it.each([
    ["a", OVERDUE],
    ["silence", OVERDUE],
    ["failure", `${OVERDUE}; the second source: HTTP 500`],
    ["unanswered", `${OVERDUE}; the second source: GET /ticker: HTTP 451`],
  ])(
    "a price that is held for long without agreement ends the link (the second source: %s)",
    (second, cause) =>
      marbles((m) => {
        const link$ = m.hot(" -oa--j--jj-------------", LINKS);
        const isHeld$ = m.hot("b----h-----------------", HELD);
        const expected = "   -oa--j--jj-------#";
        m.expect(watched(link$, isHeld$, second, m.scheduler)).toBeObservable(
          expected,
          LINKS,
          new Error(cause),
        );
      })(),
  );

  it(
    "each hold has its own time, and the end of the link is its own",
    marbles((m) => {
      const link$ = m.hot(" -oa--j-----a--j-----a|", LINKS);
      const isHeld$ = m.hot("b----h-----b--h-----b-", HELD);
      const expected = "   -oa--j-----a--j-----a|";
      m.expect(watched(link$, isHeld$, "silence", m.scheduler)).toBeObservable(expected, LINKS);
    }),
  );
});
