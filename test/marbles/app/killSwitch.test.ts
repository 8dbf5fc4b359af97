/**
 * Cancel-alls: `a` answered, `n` never sent. Looks: `e` nothing of ours, `o` an order,
 * `m` one that is over, `l` lost.
 * Nothing that rests counts as gone before `placeMs + lateBookingMs`; here that is 3 s.
 */
import { type Observable, ignoreElements, tap, throwError } from "rxjs";
import type { Context } from "rxjs-marbles";
import { describe, expect, it } from "vitest";
import { killSwitch } from "../../../src/app/killSwitch.ts";
import type { AppOutput } from "../../../src/observers/index.ts";
import { DEADLINES, type Fence, createFence } from "../../../src/gateway/index.ts";
import type { CancelAnswer, OrderReport, ReadAnswer, Venue } from "../../../src/types/index.ts";
import { NO_SHARES, marketId, microShares, orderId, priceBp } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";

type OpenOrdersRead = ReadAnswer<readonly OrderReport[]>;

const CANCELLED: Record<string, CancelAnswer> = {
  a: { type: "answered", cancelled: [], refused: [] },
  n: { type: "notSent", cause: "unreachable", retryAfterMs: null },
};
const OURS: OrderReport = {
  orderId: orderId("ours"),
  token: "YES",
  side: "BUY",
  price: priceBp(5_000),
  size: microShares(5_000_000),
  sizeMatched: NO_SHARES,
  status: "live",
};
const LOOKS: Record<string, OpenOrdersRead> = {
  e: { type: "answered", value: [] },
  o: { type: "answered", value: [OURS] },
  m: { type: "answered", value: [{ ...OURS, sizeMatched: microShares(4), status: "matched" }] },
  l: { type: "lost", detail: "reset" },
};
const CAUSE = new Error("a law is broken");
const MARKET = marketId("market");

interface Given {
  readonly cancelAll: Venue["cancelAll"];
  readonly openOrders: Venue["openOrders"];
  readonly fence?: Fence;
  readonly hear?: (output: AppOutput) => void;
}

/** A venue that is asked nothing else: whatever else is called is a failure of the test. */
function venueOf({ cancelAll, openOrders }: Given): Venue {
  const never = (): never => {
    throw new Error("the kill switch asks for nothing but cancel-alls and looks");
  };
  return {
    orderId: never,
    place: never,
    cancel: never,
    order: never,
    trades: never,
    balances: never,
    heartbeat: never,
    cancelAll,
    openOrders,
  };
}

function tripped(m: Context, given: Given): Observable<never> {
  return killSwitch(
    CAUSE,
    {
      venue: venueOf(given),
      fence: given.fence ?? createFence(),
      placeDeadlineMs: DEADLINES.placeMs,
      lateBookingMs: 0,
    },
    m.scheduler,
  ).pipe(tap(given.hear), ignoreElements());
}

/** One after the other, the last one for ever. */
function inTurn<Value>(...values: readonly [Value, ...Value[]]): () => Value {
  let turn = 0;
  return () => values[Math.min(turn++, values.length - 1)] ?? values[0];
}

describe("the kill switch", () => {
  it(
    "[C] cancels everything at once, looks, and again every half second until a look that counts",
    marbles((m) => {
      const cancel$ = m.cold("     -(a|)", CANCELLED);
      const look$ = m.cold("        -(e|)", LOOKS);
      const cancelSubs = [0, 502, 1_004, 1_506, 2_008, 2_510, 3_012].map((at) => `${at}ms ^!`);
      const lookSubs = [1, 503, 1_005, 1_507, 2_009, 2_511, 3_013].map((at) => `${at}ms ^!`);
      const expected = "            3014ms #";
      expect(3_013).toBeGreaterThanOrEqual(DEADLINES.placeMs);
      expect(2_511).toBeLessThan(DEADLINES.placeMs);

      const end$ = tripped(m, { cancelAll: () => cancel$, openOrders: () => look$ });

      m.expect(end$).toBeObservable(expected, undefined, CAUSE);
      m.expect(cancel$).toHaveSubscriptions(cancelSubs);
      m.expect(look$).toHaveSubscriptions(lookSubs);
    }),
  );

  it(
    "[J] counts a look whose only order is over, be it in part (case D13)",
    marbles((m) => {
      const cancel$ = m.cold("     -(a|)", CANCELLED);
      const look$ = m.cold("        -(m|)", LOOKS);
      const end$ = tripped(m, { cancelAll: () => cancel$, openOrders: () => look$ });
      m.expect(end$).toBeObservable("3014ms #", undefined, CAUSE);
    }),
  );

  it(
    "[C] asks for every market of the account",
    marbles((m) => {
      const scopes: unknown[] = [];
      const noted = <Answer>(answer$: Observable<Answer>) => {
        return (scope: unknown): Observable<Answer> => {
          scopes.push(scope);
          return answer$;
        };
      };

      const end$ = tripped(m, {
        cancelAll: noted(m.cold("(a|)", CANCELLED)),
        openOrders: noted(m.cold("(e|)", LOOKS)),
      });

      m.expect(end$).toBeObservable("3s #", undefined, CAUSE);
      m.flush();
      expect(scopes.length).toBeGreaterThan(2);
      expect(new Set(scopes)).toEqual(new Set([null]));
    }),
  );

  it(
    "[C] the fence is closed before a word is said or asked",
    marbles((m) => {
      const fence = createFence();
      const epoch = { account: 9, market: 9 };
      const wasOpen: boolean[] = [];
      const note = (): void => {
        wasOpen.push(fence.admits(MARKET, epoch));
      };
      expect(fence.admits(MARKET, epoch)).toBe(true);

      const end$ = tripped(m, {
        cancelAll: () => {
          note();
          return m.cold("(a|)", CANCELLED);
        },
        openOrders: () => m.cold("(e|)", LOOKS),
        fence: fence,
        hear: note,
      });

      // Not when somebody subscribes: when it trips.
      expect(fence.admits(MARKET, epoch)).toBe(false);
      m.expect(end$).toBeObservable("3s #", undefined, CAUSE);
      m.flush();
      expect(wasOpen.length).toBeGreaterThan(2);
      expect(wasOpen).not.toContain(true);
    }),
  );

  it(
    "[J] a look that shows an order, or that failed, is no proof: it goes on until one shows nothing",
    marbles((m) => {
      const order$ = m.cold("  -(o|)", LOOKS);
      const lost$ = m.cold("   -(l|)", LOOKS);
      const empty$ = m.cold("  -(e|)", LOOKS);
      const cancel$ = m.cold(" - 1999ms (a|)", CANCELLED);
      // Looks at 2 s, 4.501 s and 7.002 s; the last one shows nothing.
      const expected = "      7003ms #";

      const end$ = tripped(m, {
        cancelAll: () => cancel$,
        openOrders: inTurn(order$, lost$, empty$),
      });

      m.expect(end$).toBeObservable(expected, undefined, CAUSE);
    }),
  );

  it(
    "[J] as long as something rests it goes on, for 30 s; then the cause goes to the host all the same",
    marbles((m) => {
      let attempts = 0;
      const cancelAll = (): Observable<CancelAnswer> => {
        attempts += 1;
        return m.cold("-(a|)", CANCELLED);
      };

      const end$ = tripped(m, { cancelAll, openOrders: () => m.cold("-(o|)", LOOKS) });

      m.expect(end$).toBeObservable("30s #", undefined, CAUSE);
      m.flush();
      // 30 s, at half a second and an answer each.
      expect(attempts).toBeGreaterThanOrEqual(50);
    }),
  );

  it(
    "[J] a cancel-all that hangs is given up on and asked again; so is a look",
    marbles((m) => {
      const hanging$ = m.cold<CancelAnswer>("-");
      const cancel$ = m.cold("              -(a|)", CANCELLED);
      const hangingLook$ = m.cold<OpenOrdersRead>("    -");
      const look$ = m.cold("                -(e|)", LOOKS);
      const hangingSubs = "                 ^ 2999ms !";
      const hangingLookSubs = "    3501ms    ^ 2998ms !";
      const expected = "           7002ms #";

      const end$ = tripped(m, {
        cancelAll: inTurn<Observable<CancelAnswer>>(hanging$, cancel$),
        openOrders: inTurn<Observable<OpenOrdersRead>>(hangingLook$, look$),
      });

      m.expect(end$).toBeObservable(expected, undefined, CAUSE);
      m.expect(hanging$).toHaveSubscriptions(hangingSubs);
      m.expect(hangingLook$).toHaveSubscriptions(hangingLookSubs);
    }),
  );

  it(
    "[J] a venue that says nothing at all holds it for 30 s and no longer",
    marbles((m) => {
      const end$ = tripped(m, {
        cancelAll: () => m.cold("-"),
        openOrders: () => m.cold("-"),
      });

      m.expect(end$).toBeObservable("30s #", undefined, CAUSE);
    }),
  );

  const thrown = (): never => {
    throw new Error("in the call");
  };
  const breaks: readonly (readonly [how: string, break_: (m: Context) => Observable<never>])[] = [
    ["errors", (m) => m.cold<never>("-#")],
    ["errors at once", () => throwError(() => new Error("at once"))],
    ["ends without a word", (m) => m.cold<never>("-|")],
    ["throws in the call", thrown],
  ];

  it.each(breaks)(
    "[J] a cancel-all that %s is asked again, and the cause stays the cause",
    (_how, break_) =>
      marbles((m) => {
        const answers = inTurn<() => Observable<CancelAnswer>>(
          () => break_(m),
          () => m.cold("(a|)", CANCELLED),
        );
        let endsAt = 0;

        const end$ = tripped(m, {
          cancelAll: () => answers()(),
          openOrders: () => m.cold("(e|)", LOOKS),
        });
        end$.subscribe({
          error: (cause: unknown) => {
            expect(cause).toBe(CAUSE);
            endsAt = m.scheduler.now();
          },
        });

        m.flush();
        expect(endsAt).toBeGreaterThanOrEqual(DEADLINES.placeMs);
        expect(endsAt).toBeLessThan(DEADLINES.placeMs + 1_000);
      })(),
  );

  it.each(breaks)(
    "[J] a look that %s is taken again, and the cause stays the cause",
    (_how, break_) =>
      marbles((m) => {
        const answers = inTurn<() => Observable<OpenOrdersRead>>(
          () => break_(m),
          () => m.cold("(e|)", LOOKS),
        );
        let endsAt = 0;

        const end$ = tripped(m, {
          cancelAll: () => m.cold("(a|)", CANCELLED),
          openOrders: () => answers()(),
        });
        end$.subscribe({
          error: (cause: unknown) => {
            expect(cause).toBe(CAUSE);
            endsAt = m.scheduler.now();
          },
        });

        m.flush();
        expect(endsAt).toBeGreaterThanOrEqual(DEADLINES.placeMs);
        expect(endsAt).toBeLessThan(DEADLINES.placeMs + 1_000);
      })(),
  );

  it(
    "says first that it has tripped and why, and of an empty venue only what it has seen",
    marbles((m) => {
      const heard = { empty: [] as AppOutput[], resting: [] as AppOutput[] };
      const cancelAll = (): Observable<CancelAnswer> => m.cold("(a|)", CANCELLED);

      const empty$ = tripped(m, {
        cancelAll,
        openOrders: () => m.cold("(e|)", LOOKS),
        hear: (output) => heard.empty.push(output),
      });
      const resting$ = tripped(m, {
        cancelAll,
        openOrders: () => m.cold("(o|)", LOOKS),
        hear: (output) => heard.resting.push(output),
      });

      m.expect(empty$).toBeObservable("3s #", undefined, CAUSE);
      m.expect(resting$).toBeObservable("30s #", undefined, CAUSE);
      m.flush();
      const saysTripped = { type: "killSwitch.tripped", cause: CAUSE };
      expect(heard.empty).toEqual([saysTripped, { type: "killSwitch.verified" }]);
      expect(heard.resting).toEqual([saysTripped]);
    }),
  );
});
