import { NEVER, Subject, VirtualTimeScheduler, ignoreElements, map } from "rxjs";
import { describe, expect, it } from "vitest";
import { gateway } from "../../../src/gateway/index.ts";
import { CANCELS_RUNNING_MAX } from "../../../src/gateway/limits.ts";
import { bucket } from "../../../src/gateway/buckets.ts";
import {
  type CancelAnswer,
  type Effect,
  type OrderReport,
  type PlaceLeg,
  type Venue,
  epochMs,
  microShares,
  orderId,
  priceBp,
} from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import {
  AFTER_STOP,
  BALANCES,
  CANCELLED,
  EFFECTS,
  FIRST,
  NOTHING_OPEN,
  NO_TRADES,
  type PlaceLetter,
  UNKNOWN_ID,
  acked,
  ackedLate,
  cancel,
  cancelUnknown,
  cancelled,
  dependencies,
  failed,
  inTurn,
  leg,
  notSent,
  notSentLate,
  rejected,
  rejectedLate,
  stopped,
  surveyed,
  unknown,
  wave,
} from "./legend.ts";

const STOPPED = { x: CANCELLED() };
const CANCELLED_K = { c: CANCELLED("k") };

/** Of ours, and live. */
const LISTED: OrderReport = {
  orderId: orderId("b"),
  token: "YES",
  side: "BUY",
  price: priceBp(5000),
  size: microShares(5_000_000),
  sizeMatched: microShares(0),
  status: "live",
};

describe("the stop lane", () => {
  it(
    "[C] CANCEL_ALL goes out at once, drops the queue, and admits it does not know",
    marbles((m) => {
      const effect$ = m.hot("              -p-q-X------r----------", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("---------a|");
      const sendingSubs = [
        "                                  -^--------!",
        "                                  ------------^--------!",
      ];
      const stopping$ = m.cold("                ----x|", STOPPED);
      const stoppingSubs = "               -----^---!";
      const expected = "                   -----(un)xA----------c-";
      const values = {
        u: unknown("p", "stopped"),
        n: notSent("q", "displaced"),
        x: stopped("X", CANCELLED()),
        A: ackedLate("p"),
        c: acked("r"),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[C] a place waiting for its permit at a stop is not sent, and gives the permit up",
    marbles((m) => {
      const effect$ = m.hot("             -p-q-X-r-----", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("(a|)");
      const sendingSubs = [
        "                                 -(^!)",
        "                                 -----------(^!)",
      ];
      const stopping$ = m.cold("               ---x|", STOPPED);
      const stoppingSubs = "              -----^--!";
      const expected = "                  -a---n--x--c-";
      const values = {
        a: acked("p"),
        n: notSent("q", "displaced"),
        x: stopped("X", CANCELLED()),
        c: acked("r"),
      };
      const given = dependencies({ sending$, stopping$ }, m.scheduler);
      const orders = bucket({ perSecond: 100, burst: 1 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, orders } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[C] a stop heard in the frame of the answer, before it: unknown, then the answer as a fact",
    marbles((m) => {
      const effect$ = m.hot("              -p----X-----", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("-----a|");
      const sendingSubs = "                -^----!";
      const stopping$ = m.cold("                 ----x|", STOPPED);
      const stoppingSubs = "               ------^---!";
      const expected = "                   ------(uA)x-";
      const values = {
        u: unknown("p", "stopped"),
        A: ackedLate("p"),
        x: stopped("X", CANCELLED()),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[C] a stop heard in the frame of the answer, after it: acked, and nothing more",
    marbles((m) => {
      // Hot and first: its frame 6 comes before that of the effects.
      const sending$ = m.hot<PlaceLetter>("------a-----");
      const effect$ = m.hot("              -p----X-----", EFFECTS);
      const sendingSubs = "                -^----!";
      const stopping$ = m.cold("                 ----x|", STOPPED);
      const stoppingSubs = "               ------^---!";
      const expected = "                   ------a---x-";
      const values = { a: acked("p"), x: stopped("X", CANCELLED()) };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[C] a place decided after the stop goes out even in the frame of the stop",
    marbles((m) => {
      const effect$ = m.hot("              -p-(Xr)----", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("----a|");
      const sendingSubs = [
        "                                  -^---!",
        "                                  ---^---!",
      ];
      const stopping$ = m.cold("              ---x|", STOPPED);
      const stoppingSubs = "               ---^--!";
      const expected = "                   ---u-Axc---";
      const values = {
        u: unknown("p", "stopped"),
        A: ackedLate("p"),
        x: stopped("X", CANCELLED()),
        c: acked("r"),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[C] a place of an older epoch that comes after the stop is refused by the fence",
    marbles((m) => {
      const effect$ = m.hot("               -p-(Xq)--", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("-------a|");
      const sendingSubs = ["-^------!"];
      const stopping$ = m.cold("               ----x|", STOPPED);
      const stoppingSubs = "                ---^---!";
      const expected = "                    ---(un)xA";
      const values = {
        u: unknown("p", "stopped"),
        n: notSent("q", "epoch"),
        x: stopped("X", CANCELLED()),
        A: ackedLate("p"),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[C] one leg of an older epoch keeps its whole wave back",
    marbles((m) => {
      const effect$ = m.hot<Effect>("       -(Xw)--", {
        X: EFFECTS.X,
        w: wave(leg("w1", AFTER_STOP), leg("w2", FIRST)),
      });
      const sending$ = m.cold<PlaceLetter>("-a|");
      const stopping$ = m.cold("            ----x|", STOPPED);
      const expected = "                    -(no)x-";
      const values = {
        n: notSent("w1", "epoch"),
        o: notSent("w2", "epoch"),
        x: stopped("X", CANCELLED()),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions([]);
    }),
  );

  it(
    "[C] a stop while a place is being signed: unknown at once, and the fence keeps it back",
    marbles((m) => {
      const effect$ = m.hot("               -p-X---", EFFECTS);
      const signing$ = m.cold("              ---s|");
      const signingSubs = "                 -^--!";
      const sending$ = m.cold<PlaceLetter>("--a|");
      const stopping$ = m.cold("               --x|", STOPPED);
      const stoppingSubs = "                ---^-!";
      const expected = "                    ---uNx-";
      const values = {
        u: unknown("p", "stopped"),
        N: notSentLate("p", "epoch"),
        x: stopped("X", CANCELLED()),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ signing$, sending$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(signing$).toHaveSubscriptions(signingSubs);
      m.expect(sending$).toHaveSubscriptions([]);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "says of a wave when it leaves: after it was signed, and never of one that was kept back",
    marbles((m) => {
      const effect$ = m.hot("p------q-X--", EFFECTS);
      const signing$ = m.cold("---s|");
      const sending$ = m.cold<PlaceLetter>("--a|");
      const leaving: string[] = [];
      const onWaveSent = (legs: readonly PlaceLeg[]): void => {
        leaving.push(`${m.scheduler.now()} ${legs.map(({ orderId: id }) => id).join(" ")}`);
      };
      const given = dependencies({ signing$, sending$ }, m.scheduler, { onWaveSent });

      m.expect(effect$.pipe(gateway(given, m.scheduler), ignoreElements())).toBeObservable("-");
      m.flush();

      const [first] = EFFECTS.p.legs;
      expect(leaving).toEqual([`3 ${first?.orderId ?? ""}`]);
    }),
  );

  it(
    "[C] a stop waits for no permit and no other stop, and does not cancel the one before it",
    marbles((m) => {
      const effect$ = m.hot("                   kX-Y------", EFFECTS);
      const until = "                           ^--------!";
      const cancelling$ = m.cold<CancelAnswer>("-");
      const stopping$ = m.cold("                 ----x|", STOPPED);
      const stoppingSubs = [
        "                                       -^---!",
        "                                       ---^---!",
      ];
      const expected = "                        -----x-y--";
      const values = { x: stopped("X", CANCELLED()), y: stopped("Y", CANCELLED()) };
      const given = dependencies({ cancelling$, stopping$ }, m.scheduler);
      const cancels = bucket({ perSecond: 1, burst: 1 }, m.scheduler);
      cancels.begin(0)(undefined, 1);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, cancels } }, m.scheduler),
      );

      m.expect(receipt$, until).toBeObservable(expected, values);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
      m.expect(cancelling$).toHaveSubscriptions([]);
    }),
  );

  it(
    "[J] a stop without an answer is lost at its deadline",
    marbles((m) => {
      const effect$ = m.hot("                -X----------", EFFECTS);
      const stopping$ = m.cold<CancelAnswer>("-");
      const stoppingSubs = "                 -^-------!";
      const expected = "                     ---------x--";
      const values = { x: stopped("X", { type: "lost", detail: "no answer in time" }) };

      const receipt$ = effect$.pipe(gateway(dependencies({ stopping$ }, m.scheduler), m.scheduler));

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[J] a stop that breaks or ends without a word is lost, once",
    marbles((m) => {
      const effect$ = m.hot("              -X--Y---", EFFECTS);
      const broken$ = m.cold<CancelAnswer>("-#");
      const brokenSubs = "                 -^!";
      const empty$ = m.cold<CancelAnswer>("    -|");
      const emptySubs = "                  ----^!";
      const expected = "                   --x--y--";
      const values = {
        x: stopped("X", { type: "lost", detail: "error" }),
        y: stopped("Y", { type: "lost", detail: "no answer" }),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ stopping$: inTurn(broken$, empty$) }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(broken$).toHaveSubscriptions(brokenSubs);
      m.expect(empty$).toHaveSubscriptions(emptySubs);
    }),
  );

  it(
    "[C] what a stop has cancelled is paid for from the cancel bucket",
    marbles((m) => {
      const effect$ = m.hot("  -X--k-l-------", EFFECTS);
      const stopping$ = m.cold("-x|", { x: CANCELLED("p") });
      const stoppingSubs = "   -^!";
      const cancelling$ = m.cold(" -c|", { c: CANCELLED("k", "l") });
      const cancellingSubs = [
        "                      ----^!",
        "                      ------------^!",
      ];
      const expected = "       --x--k-------l";
      const values = {
        x: stopped("X", CANCELLED("p")),
        k: cancelled("k"),
        l: cancelled("l"),
      };
      const given = dependencies({ cancelling$, stopping$ }, m.scheduler);
      const cancels = bucket({ perSecond: 100, burst: 3 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, cancels } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
      m.expect(cancelling$).toHaveSubscriptions(cancellingSubs);
    }),
  );
});

describe("the place lane", () => {
  it(
    "one wave is on the wire at a time, in order",
    marbles((m) => {
      const effect$ = m.hot("              -pq---------", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("---a|");
      const sendingSubs = [
        "                                  -^--!",
        "                                  ----^--!",
      ];
      const expected = "                   ----a--b----";
      const values = { a: acked("p"), b: acked("q") };

      const receipt$ = effect$.pipe(gateway(dependencies({ sending$ }, m.scheduler), m.scheduler));

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "[I] a wave that waited too long is not sent: what is still wanted is decided anew",
    marbles((m) => {
      const effect$ = m.hot("            -p-q 260ms r", EFFECTS);
      const slow$ = m.cold<PlaceLetter>("     300ms a|");
      const slowSubs = "                 -^ 299ms !";
      const quick$ = m.cold<PlaceLetter>("              -----a|");
      const quickSubs = "                301ms ^----!";
      const expected = "                 301ms (an)-r";
      const values = { a: acked("p"), n: notSent("q", "displaced"), r: acked("r") };
      const given = dependencies({ sending$: inTurn(slow$, quick$) }, m.scheduler);
      const deadlines = { ...given.deadlines, placeMs: 3_000 };

      const receipt$ = effect$.pipe(gateway({ ...given, deadlines }, m.scheduler));

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(slow$).toHaveSubscriptions(slowSubs);
      m.expect(quick$).toHaveSubscriptions(quickSubs);
    }),
  );

  it(
    "[J] a place past its deadline is unknown and frees the lane; its answer is still a fact",
    marbles((m) => {
      const effect$ = m.hot("           -p-q------------", EFFECTS);
      const slow$ = m.cold<PlaceLetter>("--------------a|");
      const slowSubs = "                -^-------------!";
      const quick$ = m.cold<PlaceLetter>("           -a|");
      const quickSubs = "               -------------^!";
      const expected = "                -------------ubA";
      const values = { u: unknown("p", "deadline"), b: acked("q"), A: ackedLate("p") };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$: inTurn(slow$, quick$) }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(slow$).toHaveSubscriptions(slowSubs);
      m.expect(quick$).toHaveSubscriptions(quickSubs);
    }),
  );

  it(
    "[J] legs that an answer leaves out are unknown",
    marbles((m) => {
      const effect$ = m.hot("              -w------", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("---h|");
      const sendingSubs = "                -^--!";
      const expected = "                   ----(au)";
      const values = { a: acked("w1"), u: unknown("w2", "lost") };

      const receipt$ = effect$.pipe(gateway(dependencies({ sending$ }, m.scheduler), m.scheduler));

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "[J] a request that breaks, or ends without a word, is lost; the lane goes on",
    marbles((m) => {
      const effect$ = m.hot("             -p--q--r---", EFFECTS);
      const broken$ = m.cold<PlaceLetter>("-#");
      const brokenSubs = "                -^!";
      const empty$ = m.cold<PlaceLetter>("    -|");
      const emptySubs = "                 ----^!";
      const quick$ = m.cold<PlaceLetter>("       -a|");
      const quickSubs = "                 -------^!";
      const expected = "                  --u--v--c--";
      const values = { u: unknown("p", "lost"), v: unknown("q", "lost"), c: acked("r") };

      const receipt$ = effect$.pipe(
        gateway(
          dependencies({ sending$: inTurn(broken$, empty$, quick$) }, m.scheduler),
          m.scheduler,
        ),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(broken$).toHaveSubscriptions(brokenSubs);
      m.expect(empty$).toHaveSubscriptions(emptySubs);
      m.expect(quick$).toHaveSubscriptions(quickSubs);
    }),
  );

  it.each([
    ["answer", "a", [ackedLate("w1"), ackedLate("w2")]],
    ["refusal", "j", [rejectedLate("w1"), rejectedLate("w2")]],
    [
      "proof that nothing left",
      "n",
      [notSentLate("w1", "unreachable"), notSentLate("w2", "unreachable")],
    ],
  ] as const)(
    "[C] after a stop, a late %s is a fact about each leg",
    (_name, letter, [late1, late2]) =>
      marbles((m) => {
        const effect$ = m.hot("              -wX--------", EFFECTS);
        const sending$ = m.cold<PlaceLetter>("-------a|", { a: letter });
        const sendingSubs = "                -^------!";
        const stopping$ = m.cold("             ----x|", STOPPED);
        const stoppingSubs = "               --^---!";
        const expected = "                   --(uv)x-(12)";
        const values = {
          u: unknown("w1", "stopped"),
          v: unknown("w2", "stopped"),
          x: stopped("X", CANCELLED()),
          1: late1,
          2: late2,
        };

        const receipt$ = effect$.pipe(
          gateway(dependencies({ sending$, stopping$ }, m.scheduler), m.scheduler),
        );

        m.expect(receipt$).toBeObservable(expected, values);
        m.expect(sending$).toHaveSubscriptions(sendingSubs);
        m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
      })(),
  );

  it(
    "[J] after a stop, a request that is lost for good is no fact: silence says nothing",
    marbles((m) => {
      const effect$ = m.hot("           -pX-qX-----", EFFECTS);
      const lost$ = m.cold<PlaceLetter>("-------l|");
      const lostSubs = "                -^------!";
      const broken$ = m.cold<PlaceLetter>(" -----#");
      const brokenSubs = "              ----^----!";
      const stopping$ = m.cold("        -x|", STOPPED);
      const expected = "                --ux-vx----";
      const values = {
        u: unknown("p", "stopped"),
        v: unknown("q", "stopped"),
        x: stopped("X", CANCELLED()),
      };
      const given = dependencies({ sending$: inTurn(lost$, broken$), stopping$ }, m.scheduler);
      const open = { ...given.fence, admits: () => true };

      const receipt$ = effect$.pipe(gateway({ ...given, fence: open }, m.scheduler));

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(lost$).toHaveSubscriptions(lostSubs);
      m.expect(broken$).toHaveSubscriptions(brokenSubs);
    }),
  );

  it(
    "[C] a place is refused where it would leave too few tokens to cancel it and all others",
    marbles((m) => {
      const effect$ = m.hot<Effect>("       -p--q--", {
        p: wave(leg("p", FIRST, 2)),
        q: wave(leg("q", FIRST, 3)),
      });
      const sending$ = m.cold<PlaceLetter>("-a|");
      const sendingSubs = ["-^!"];
      const expected = "                    --a-n--";
      const values = { a: acked("p"), n: notSent("q", "reserve", 250) };
      const given = dependencies({ sending$ }, m.scheduler);
      const cancels = bucket({ perSecond: 100, burst: 3 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, cancels } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "[C] the reserve counts what cancels have used, refills by itself, and takes waves whole",
    marbles((m) => {
      const effect$ = m.hot<Effect>("       k-w---------w-", {
        k: cancel("k"),
        w: wave(leg("w1", FIRST, 1), leg("w2", FIRST, 2)),
      });
      const cancelling$ = m.cold("          -c|", CANCELLED_K);
      const cancellingSubs = "              ^!";
      const sending$ = m.cold<PlaceLetter>("-a|");
      const sendingSubs = ["------------^!"];
      const expected = "                    -k(no)-------(ab)";
      const values = {
        k: cancelled("k"),
        n: notSent("w1", "reserve", 250),
        o: notSent("w2", "reserve", 250),
        a: acked("w1"),
        b: acked("w2"),
      };
      const given = dependencies({ cancelling$, sending$ }, m.scheduler);
      const cancels = bucket({ perSecond: 100, burst: 3 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, cancels } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(cancelling$).toHaveSubscriptions(cancellingSubs);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "every wave pays a token per leg, and waits for them in the lane",
    marbles((m) => {
      const effect$ = m.hot("             -wp-----------", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("a|");
      const sendingSubs = [
        "                                 -(^!)",
        "                                 -----------(^!)",
      ];
      const expected = "                  -(ab)------c--";
      const values = { a: acked("w1"), b: acked("w2"), c: acked("p") };
      const given = dependencies({ sending$ }, m.scheduler);
      const orders = bucket({ perSecond: 100, burst: 2 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, orders } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "a refusal is a receipt like any other",
    marbles((m) => {
      const effect$ = m.hot("              -p---", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("--j|");
      const sendingSubs = "                -^-!";
      const expected = "                   ---j-";

      const receipt$ = effect$.pipe(gateway(dependencies({ sending$ }, m.scheduler), m.scheduler));

      m.expect(receipt$).toBeObservable(expected, { j: rejected("p") });
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );
});

describe("the cancel lane", () => {
  it(
    "[C] cancels survive a stop, and do not queue behind places",
    marbles((m) => {
      const effect$ = m.hot("              -pk--X---", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("-");
      const sendingSubs = "                -^-------";
      const cancelling$ = m.cold("           -----c|", CANCELLED_K);
      const cancellingSubs = "             --^----!";
      const stopping$ = m.cold("                ---x|", STOPPED);
      const stoppingSubs = "               -----^--!";
      const expected = "                   -----u-kx";
      const values = {
        u: unknown("p", "stopped"),
        k: cancelled("k"),
        x: stopped("X", CANCELLED()),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, cancelling$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(cancelling$).toHaveSubscriptions(cancellingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[J] a hanging cancel is unknown at its deadline, and holds up no other",
    marbles((m) => {
      const effect$ = m.hot("               -k-l------", EFFECTS);
      const hanging$ = m.cold<CancelAnswer>("-");
      const hangingSubs = "                 -^-------!";
      const quick$ = m.cold("                  --c|", { c: CANCELLED("l") });
      const quickSubs = "                   ---^-!";
      const expected = "                    -----l---k";
      const values = { l: cancelled("l"), k: cancelUnknown("k") };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ cancelling$: inTurn(hanging$, quick$) }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(hanging$).toHaveSubscriptions(hangingSubs);
      m.expect(quick$).toHaveSubscriptions(quickSubs);
    }),
  );

  it(
    "[J] a cancel that breaks, or whose answer leaves an id out, is unknown",
    marbles((m) => {
      const effect$ = m.hot("               -k--l---", EFFECTS);
      const broken$ = m.cold<CancelAnswer>("-#");
      const partial$ = m.cold("             -c|", { c: CANCELLED("another") });
      const expected = "                    --k--l--";
      const values = { k: cancelUnknown("k"), l: cancelUnknown("l") };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ cancelling$: inTurn(broken$, partial$) }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
    }),
  );

  it(
    "one cancel more than may be on the wire at once waits for one of them to end",
    marbles((m) => {
      const ids = Array.from("klmno");
      const effect$ = m.hot<Effect>(
        "   (klmno)-----------",
        Object.fromEntries(ids.map((id) => [id, cancel(id)])),
      );
      const cancelling$ = m.cold<CancelAnswer>("-");
      const cancellingSubs = [
        ...Array.from({ length: CANCELS_RUNNING_MAX }, () => "^-------!"),
        "                               --------^-------!",
      ];
      const expected = "                --------(klmn)--o-";
      const values = Object.fromEntries(ids.map((id) => [id, cancelUnknown(id)]));

      const receipt$ = effect$.pipe(
        gateway(dependencies({ cancelling$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(cancelling$).toHaveSubscriptions(cancellingSubs);
    }),
  );
});

describe("the read lane", () => {
  it(
    "[G] a look reads orders, then the ids, then balances, then trades, and is one answer",
    marbles((m) => {
      const effect$ = m.hot("-s-------", EFFECTS);
      const orders$ = m.cold("--o|", { o: NOTHING_OPEN });
      const ordersSubs = "   -^-!";
      const order$ = m.cold("-i|", { i: UNKNOWN_ID });
      const orderSubs = ["                    ---^!", "                    ---^!"];
      const balances$ = m.cold(" -b|", { b: BALANCES });
      const balancesSubs = "----^!";
      const trades$ = m.cold("    --t|", { t: NO_TRADES });
      const tradesSubs = "  -----^-!";
      const expected = "    -------s-";

      const receipt$ = effect$.pipe(
        gateway(dependencies({ orders$, order$, balances$, trades$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, { s: surveyed("s") });
      m.expect(orders$).toHaveSubscriptions(ordersSubs);
      m.expect(order$).toHaveSubscriptions(orderSubs);
      m.expect(balances$).toHaveSubscriptions(balancesSubs);
      m.expect(trades$).toHaveSubscriptions(tradesSubs);
    }),
  );

  it(
    "a look asks for four ids at once, and for none that the list has shown",
    marbles((m) => {
      const ids = ["a", "b", "c", "d", "e", "f"].map(orderId);
      const effect$ = m.hot("-s------", { s: { ...EFFECTS.s, orderIds: ids } });
      const orders$ = m.cold("o|", { o: { type: "answered" as const, value: [LISTED] } });
      const order$ = m.cold("--i|", { i: UNKNOWN_ID });
      const orderSubs = [
        "                    -^-!----",
        "                    -^-!----",
        "                    -^-!----",
        "                    -^-!----",
        "                    ---^-!--",
      ];
      const balances$ = m.cold("   b|", { b: BALANCES });
      const trades$ = m.cold("     t|", { t: NO_TRADES });
      const expected = "     -----s--";

      const receipt$ = effect$.pipe(
        gateway(dependencies({ orders$, order$, balances$, trades$ }, m.scheduler), m.scheduler),
        map((receipt) => receipt.type),
      );

      m.expect(receipt$).toBeObservable(expected, { s: "survey.answered" as const });
      m.expect(order$).toHaveSubscriptions(orderSubs);
    }),
  );

  it(
    "looks follow one another; places, cancels and stops do not wait for them",
    marbles((m) => {
      const effect$ = m.hot("            tt-p-k-X------", EFFECTS);
      const orders$ = m.cold("           ----o|", { o: NOTHING_OPEN });
      const ordersSubs = [
        "                                ^---!",
        "                                ------^---!",
      ];
      const balances$ = m.cold("         -b|", { b: BALANCES });
      const trades$ = m.cold("           -t|", { t: NO_TRADES });
      const sending$ = m.cold<PlaceLetter>("-a|");
      const sendingSubs = "              ---^!";
      const cancelling$ = m.cold("            --c|", CANCELLED_K);
      const cancellingSubs = "           -----^-!";
      const stopping$ = m.cold("                -x|", STOPPED);
      const stoppingSubs = "             -------^!";
      const expected = "                 ----a-tkx---t-";
      const values = {
        a: acked("p"),
        k: cancelled("k"),
        x: stopped("X", CANCELLED()),
        t: surveyed("t"),
      };

      const receipt$ = effect$.pipe(
        gateway(
          dependencies(
            { orders$, balances$, trades$, sending$, cancelling$, stopping$ },
            m.scheduler,
          ),
          m.scheduler,
        ),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(orders$).toHaveSubscriptions(ordersSubs);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(cancelling$).toHaveSubscriptions(cancellingSubs);
      m.expect(stopping$).toHaveSubscriptions(stoppingSubs);
    }),
  );

  it(
    "[J] one read without an answer fails the whole look, and nothing more is asked",
    marbles((m) => {
      const effect$ = m.hot("   -s------", EFFECTS);
      const orders$ = m.cold("  -o|", { o: NOTHING_OPEN });
      const order$ = m.cold("     -l|", { l: { type: "lost", detail: "reset" } as const });
      const orderSubs = ["      --^!", "      --^!"];
      const balances$ = m.cold("-b|", { b: BALANCES });
      const expected = "        ---f----";

      const receipt$ = effect$.pipe(
        gateway(dependencies({ orders$, order$, balances$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, { f: failed("s", "a read was not answered") });
      m.expect(order$).toHaveSubscriptions(orderSubs);
      m.expect(balances$).toHaveSubscriptions([]);
    }),
  );

  it(
    "[J] a look past its deadline has failed, and the next one begins",
    marbles((m) => {
      const effect$ = m.hot("        -s-t--------------", EFFECTS);
      const hanging$ = m.cold<never>("-");
      const hangingSubs = "          -^-----------!";
      const quick$ = m.cold("                     -o|", { o: NOTHING_OPEN });
      const quickSubs = "            -------------^!";
      const balances$ = m.cold("     -b|", { b: BALANCES });
      const trades$ = m.cold("       -t|", { t: NO_TRADES });
      const expected = "             -------------f--t-";
      const values = {
        f: failed("s", "no answer within the deadline"),
        t: surveyed("t"),
      };

      const receipt$ = effect$.pipe(
        gateway(
          dependencies({ orders$: inTurn(hanging$, quick$), balances$, trades$ }, m.scheduler),
          m.scheduler,
        ),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(hanging$).toHaveSubscriptions(hangingSubs);
      m.expect(quick$).toHaveSubscriptions(quickSubs);
    }),
  );

  it(
    "[J] a read that breaks, or ends without a word, fails its look and nothing else",
    marbles((m) => {
      const effect$ = m.hot("        -t--t----", EFFECTS);
      const broken$ = m.cold<never>("-#");
      const empty$ = m.cold<never>(" -|");
      const expected = "             --f--f---";

      const receipt$ = effect$.pipe(
        gateway(dependencies({ orders$: inTurn(broken$, empty$) }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, { f: failed("t", "a read was not answered") });
    }),
  );
});

describe("the gateway", () => {
  it("[C] a stop is on its way, and the fence up, before anyone hears what it displaced", () => {
    const scheduler = new VirtualTimeScheduler();
    const effect$ = new Subject<Effect>();
    const trace: string[] = [];
    const given = dependencies({ sending$: NEVER }, scheduler);
    const venue: Venue = {
      ...given.venue,
      cancelAll: (market) => {
        trace.push("the stop is sent");
        return given.venue.cancelAll(market);
      },
    };

    // Whoever answers a receipt with a place of the old epoch, at once, is too late.
    effect$.pipe(gateway({ ...given, venue }, scheduler)).subscribe((receipt) => {
      trace.push(receipt.type);
      if (receipt.type === "order.unknown") effect$.next(EFFECTS.q);
    });
    effect$.next(EFFECTS.p);
    effect$.next(EFFECTS.X);

    expect(trace).toEqual(["the stop is sent", "order.unknown", "order.notSent"]);
  });

  it(
    "ends after the effects have, when the last answer is in",
    marbles((m) => {
      const effect$ = m.hot("                   -pk|", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("    ----a|");
      const cancelling$ = m.cold<CancelAnswer>("-");
      const expected = "                        -----a----(k|)";
      const values = { a: acked("p"), k: cancelUnknown("k") };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, cancelling$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
    }),
  );

  it(
    "subscribes to the effects once, and lets go of everything with its subscriber",
    marbles((m) => {
      const effect$ = m.hot("                 -pk-", EFFECTS);
      const effectSubs = "                    ^---!";
      const until = "                         ^---!";
      const sending$ = m.cold<PlaceLetter>("   -");
      const sendingSubs = "                   -^--!";
      const cancelling$ = m.cold<CancelAnswer>("-");
      const cancellingSubs = "                --^-!";

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, cancelling$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$, until).toBeObservable("-----");
      m.expect(effect$).toHaveSubscriptions(effectSubs);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
      m.expect(cancelling$).toHaveSubscriptions(cancellingSubs);
    }),
  );

  it(
    "has nothing to say to an alert",
    marbles((m) => {
      const effect$ = m.hot<Effect>("-a-", {
        a: { type: "alert", market: EFFECTS.p.market, text: "look", facts: { at: epochMs(0) } },
      });

      const receipt$ = effect$.pipe(gateway(dependencies({}, m.scheduler), m.scheduler));

      m.expect(receipt$).toBeObservable("---");
    }),
  );
});
