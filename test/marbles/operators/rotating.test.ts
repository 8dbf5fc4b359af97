import { NEVER, type Observable, defer } from "rxjs";
import { describe, it } from "vitest";
import { rotating } from "../../../src/operators/rotating.ts";
import { marbles } from "../../support/marbles.ts";

/** `o` opens a connection and proves nothing; `L` says that the connection will end. */
const OPTIONS = {
  everyMs: () => 6,
  retryMs: 3,
  isProof: (value: string) => value !== "o" && value !== "L",
  isLeaving: (value: string) => value === "L",
};

const inTurn = (...connections: readonly Observable<string>[]): Observable<string> => {
  let opened = 0;
  return defer(() => connections[opened++] ?? NEVER);
};

describe("rotating", () => {
  it(
    "the next connection is made before the old one is left, and takes over when it has spoken",
    marbles((m) => {
      const first$ = m.cold(" -oa-b-c-d--e-f-          ");
      const firstSubs = "     ^---------!              ";
      const second$ = m.cold("      --o-v-w-x-y--z-    ");
      const secondSubs = "    ------^-----------!      ";
      const third$ = m.cold("                 --k-l-   ");
      const thirdSubs = "     ----------------^----!   ";
      const expected = "      -oa-b-c-d-v-w-x-y-k-l-   ";
      const until = "         ^--------------------!   ";

      const output$ = inTurn(first$, second$, third$).pipe(rotating(OPTIONS, m.scheduler));

      m.expect(output$, until).toBeObservable(expected);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(second$).toHaveSubscriptions(secondSubs);
      m.expect(third$).toHaveSubscriptions(thirdSubs);
    }),
  );

  it(
    "one that ends before it has spoken is tried again, and the old one goes on meanwhile",
    marbles((m) => {
      const first$ = m.cold(" -a-b-c-d-e-f-g-h-");
      const firstSubs = "     ^---------------!  ";
      const refused$ = m.cold("      -#");
      const refusedSubs = "   ------^!           ";
      const empty$ = m.cold("            -o|");
      const emptySubs = "     ----------^-!      ";
      const third$ = m.cold("                -x-");
      const thirdSubs = "     ---------------^--!";
      const expected = "      -a-b-c-d-e-f-g-hx-";
      const until = "         ^-----------------!";

      const output$ = inTurn(first$, refused$, empty$, third$).pipe(rotating(OPTIONS, m.scheduler));

      m.expect(output$, until).toBeObservable(expected);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(refused$).toHaveSubscriptions(refusedSubs);
      m.expect(empty$).toHaveSubscriptions(emptySubs);
      m.expect(third$).toHaveSubscriptions(thirdSubs);
    }),
  );

  it(
    "the end of the one in charge is the end, and takes its successor with it",
    marbles((m) => {
      const broken$ = m.cold("-a-b-c-#");
      const endless$ = m.cold("     -o------");
      const brokenNext = "    ------^!";
      const failed = "        -a-b-c-#";
      const ending$ = m.cold("-a-b-c-|");
      const unheard$ = m.cold("     -o------");
      const ended = "         -a-b-c-|";

      m.expect(inTurn(broken$, endless$).pipe(rotating(OPTIONS, m.scheduler))).toBeObservable(
        failed,
      );
      m.expect(inTurn(ending$, unheard$).pipe(rotating(OPTIONS, m.scheduler))).toBeObservable(
        ended,
      );
      m.expect(endless$).toHaveSubscriptions(brokenNext);
      m.expect(unheard$).toHaveSubscriptions(brokenNext);
    }),
  );

  it(
    "[K] one that is leaving is replaced at once, and stays in charge until the next has spoken",
    marbles((m) => {
      const first$ = m.cold(" -oaLb-c#          ");
      const firstSubs = "     ^----!            ";
      const second$ = m.cold("   -ov-w-x-        ");
      const secondSubs = "    ---^-------!      ";
      const third$ = m.cold("            k-l    ");
      const thirdSubs = "     -----------^--!   ";
      const expected = "      -oaLbv-w-x-k-l    ";
      const until = "         ^-------------!   ";

      const output$ = inTurn(first$, second$, third$).pipe(rotating(OPTIONS, m.scheduler));

      m.expect(output$, until).toBeObservable(expected);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(second$).toHaveSubscriptions(secondSubs);
      m.expect(third$).toHaveSubscriptions(thirdSubs);
    }),
  );

  it(
    "one that says twice that it is leaving is replaced once",
    marbles((m) => {
      const first$ = m.cold(" -aL-L-L-b-");
      const second$ = m.cold("  -o---v-w-");
      const secondSubs = "    --^-----! ";
      const expected = "      -aL-L-Lv  ";
      const until = "         ^-------! ";

      const output$ = inTurn(first$, second$).pipe(rotating(OPTIONS, m.scheduler));

      m.expect(output$, until).toBeObservable(expected);
      m.expect(second$).toHaveSubscriptions(secondSubs);
    }),
  );

  it(
    "a next one that is leaving itself, before it has spoken, is made again",
    marbles((m) => {
      const first$ = m.cold(" -aL--b---c-d-");
      const second$ = m.cold("  -oL-v-----");
      const secondSubs = "    --^-!        ";
      const third$ = m.cold("        -x----");
      const thirdSubs = "     -------^----!";
      const expected = "      -aL--b--x----";
      const until = "         ^-----------!";

      const output$ = inTurn(first$, second$, third$).pipe(rotating(OPTIONS, m.scheduler));

      m.expect(output$, until).toBeObservable(expected);
      m.expect(second$).toHaveSubscriptions(secondSubs);
      m.expect(third$).toHaveSubscriptions(thirdSubs);
    }),
  );

  it(
    "unsubscribing leaves both",
    marbles((m) => {
      const first$ = m.cold(" -a-b-c-d-e-");
      const second$ = m.cold("      -o----");
      const until = "         ^-------!  ";
      const firstSubs = "     ^-------!  ";
      const secondSubs = "    ------^-!  ";
      const expected = "      -a-b-c-d   ";

      const output$ = inTurn(first$, second$).pipe(rotating(OPTIONS, m.scheduler));

      m.expect(output$, until).toBeObservable(expected);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(second$).toHaveSubscriptions(secondSubs);
    }),
  );

  it(
    "each connection has its own time, and counts it from when it took over",
    marbles((m) => {
      const link$ = m.cold("a-----------");
      const linkSubs = [
        "                   ^--!",
        "                   ---^----!",
        "                   --------^----!",
      ];
      const expected = "    a--a----a----";
      const until = "       ^------------!";
      const times = [3, 5, 100];

      const output$ = link$.pipe(
        rotating({ ...OPTIONS, everyMs: () => times.shift() ?? 100 }, m.scheduler),
      );

      m.expect(output$, until).toBeObservable(expected);
      m.expect(link$).toHaveSubscriptions(linkSubs);
    }),
  );

  it(
    "what its functions throw is an error",
    marbles((m) => {
      const link$ = m.cold("a----");
      const timed = "       #";
      const proven = "      a-----#";
      const fail = (): never => {
        throw new Error("no");
      };

      m.expect(link$.pipe(rotating({ ...OPTIONS, everyMs: fail }, m.scheduler))).toBeObservable(
        timed,
        { a: "a" },
        new Error("no"),
      );
      m.expect(link$.pipe(rotating({ ...OPTIONS, isProof: fail }, m.scheduler))).toBeObservable(
        proven,
        { a: "a" },
        new Error("no"),
      );
    }),
  );
});
