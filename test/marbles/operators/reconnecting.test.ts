import {
  defer,
  NEVER,
  type Observable,
  of,
  take,
  tap,
  throwError,
  VirtualTimeScheduler,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { type Loss, reconnecting } from "../../../src/operators/reconnecting.ts";
import { marbles } from "../../support/marbles.ts";

/** Half of each wait is jitter: with none of it, waits of 2, 4, 8, 16 ... frames. */
const BACKOFF = { minMs: 4, maxMs: 1_000, jitter: () => 0 };

/** One connection after the other; then silence. */
const inTurn = (...connections: readonly Observable<string>[]): Observable<string> => {
  let opened = 0;
  return defer(() => connections[opened++] ?? NEVER);
};

const attemptOf = ({ attempt }: Loss): string => String(attempt);

describe("reconnecting", () => {
  it(
    "an error and a completion are both a loss, emitted at once; then comes a new connection",
    marbles((m) => {
      const first$ = m.cold<string>(" -a-#");
      const firstSubs = "             ^--!";
      const second$ = m.cold<string>("     -b-|");
      const secondSubs = "            -----^--!";
      const third$ = m.cold<string>("           -c--");
      const thirdSubs = "             ----------^-";
      const expected = "              -a-x--b-y--c-";
      const values: Record<string, string | Loss> = {
        a: "a",
        b: "b",
        c: "c",
        x: { cause: { kind: "errored", error: "error" }, attempt: 1, delayMs: 2 },
        y: { cause: { kind: "completed" }, attempt: 1, delayMs: 2 },
      };

      const output$ = inTurn(first$, second$, third$).pipe(
        reconnecting(BACKOFF, (loss) => loss, m.scheduler),
      );

      m.expect(output$).toBeObservable(expected, values);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(second$).toHaveSubscriptions(secondSubs);
      m.expect(third$).toHaveSubscriptions(thirdSubs);
    }),
  );

  it(
    "each further loss doubles the wait up to `maxMs`; a first value starts over",
    marbles((m) => {
      const refused$ = m.cold<string>("#");
      const brief$ = m.cold<string>("  -a#");
      const expected = "               1-2---3-----4------a1-2";

      const output$ = inTurn(refused$, refused$, refused$, refused$, brief$, refused$).pipe(
        reconnecting({ ...BACKOFF, maxMs: 12 }, attemptOf, m.scheduler),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "jitter moves the upper half of a wait",
    marbles((m) => {
      const refused$ = m.cold<string>("#");
      const expected = "               1--2-----3-----------4";

      const output$ = inTurn(refused$, refused$, refused$, refused$).pipe(
        reconnecting({ ...BACKOFF, jitter: () => 0.5 }, attemptOf, m.scheduler),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "a connection is torn down before its loss is emitted",
    marbles((m) => {
      let open = 0;
      const connection$ = m.cold<string>("--#").pipe(
        tap({
          subscribe: () => (open += 1),
          finalize: () => (open -= 1),
        }),
      );
      const expected = "                          --0---(0|)";

      const output$ = connection$.pipe(
        reconnecting(BACKOFF, () => String(open), m.scheduler),
        take(2),
      );

      m.expect(output$).toBeObservable(expected);
    }),
  );

  it(
    "unsubscribing ends the connection, or the wait for the next",
    marbles((m) => {
      const connection$ = m.cold<string>("-a-#");
      const expectedConnected = "         -a---";
      const unsubConnected = "            ^-!  ";
      const connectedSubs = "             ^-!  ";
      const expectedWaiting = "           -a-1-";
      const unsubWaiting = "              ^---!";
      const waitingSubs = "               ^--! ";

      const output$ = connection$.pipe(reconnecting(BACKOFF, attemptOf, m.scheduler));

      m.expect(output$, unsubConnected).toBeObservable(expectedConnected);
      m.expect(output$, unsubWaiting).toBeObservable(expectedWaiting);
      m.expect(connection$).toHaveSubscriptions([connectedSubs, waitingSubs]);
    }),
  );

  it("each subscription counts its own losses", () => {
    const scheduler = new VirtualTimeScheduler();
    const losses: string[] = [];
    const output$ = of("a").pipe(reconnecting(BACKOFF, attemptOf, scheduler), take(2));

    output$.subscribe((value) => losses.push(value));
    output$.subscribe((value) => losses.push(value));

    expect(losses).toEqual(["a", "1", "a", "1"]);
  });

  it("a source that fails for ever is tried for ever, never later than `maxMs`", () => {
    const scheduler = new VirtualTimeScheduler();
    const delays: number[] = [];
    const count = 10_000;

    throwError(() => new Error("no"))
      .pipe(
        reconnecting(
          { minMs: 1_000, maxMs: 60_000, jitter: () => 0.999 },
          ({ delayMs }) => delays.push(delayMs),
          scheduler,
        ),
        take(count),
      )
      .subscribe();
    scheduler.flush();

    expect(delays).toHaveLength(count);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60_000);
    expect(Math.min(...delays.slice(6))).toBeGreaterThan(59_000);
  });
});
