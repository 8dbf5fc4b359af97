import { NEVER, Subject, VirtualTimeScheduler, ignoreElements, of } from "rxjs";
import { describe, expect, it } from "vitest";
import { gateway } from "../../../src/gateway/index.ts";
import { CANCELS_RUNNING_MAX, CANCEL_WAIT_MAX_MS } from "../../../src/gateway/limits.ts";
import {
  type Effect,
  type OrderReport,
  type PlaceLeg,
  type TradeReport,
  type Venue,
  epochMs,
  microShares,
  orderId,
  priceBp,
  requestId,
  tradeId,
} from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import { drawn } from "./drawing.ts";
import {
  AFTER_STOP,
  CANCELLED,
  EFFECTS,
  FIRST,
  HOLDINGS,
  NO_TRADES,
  type PlaceLetter,
  acked,
  ackedLate,
  cancel,
  cancelUnknown,
  cancelled,
  dependencies,
  failed,
  leg,
  notSent,
  notSentLate,
  rejected,
  rejectedLate,
  stopped,
  survey,
  surveyed,
  unknown,
  wave,
} from "./legend.ts";

const STOPPED = { x: CANCELLED() };

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

const NOT_OURS = { reason: "auth", text: "Invalid api key", retryAfterMs: null } as const;
const TRADE: TradeReport = {
  id: tradeId("trade"),
  status: "confirmed",
  matchedAt: epochMs(0),
  fills: [],
};
/** One page of several, and two ends of them. */
const PAGES = {
  u: { type: "answered", value: [TRADE], isPart: true },
  t: NO_TRADES,
  l: { type: "lost", detail: "connection reset" },
};

describe("the stop lane", () => {
  it(
    "[C] CANCEL_ALL goes out at once, drops the queue, and admits it does not know",
    drawn(
      `
        effects    -p-q-X------r----------
        place       ---------a|
          asked    -^--------!
          asked    ------------^--------!
        stop            ----x|
          asked    -----^---!
        receipts   -----(un)xA----------c-
      `,
      {
        u: unknown("p", "stopped"),
        n: notSent("q", "displaced"),
        x: stopped("X", CANCELLED()),
        A: ackedLate("p"),
        c: acked("r"),
      },
    ),
  );

  it("[C] cancels everything of its own market, and nothing of another", () => {
    const scheduler = new VirtualTimeScheduler();
    const given = dependencies({}, scheduler);
    const asked: unknown[] = [];
    const venue: Venue = {
      ...given.venue,
      cancelAll: (market) => {
        asked.push(market);
        return NEVER;
      },
    };
    of<Effect>(EFFECTS.X)
      .pipe(gateway({ ...given, venue }, scheduler))
      .subscribe();

    expect(asked).toEqual([EFFECTS.X.market]);
  });

  it(
    "[C] a place waiting for its permit at a stop is not sent, and gives the permit up",
    drawn(
      `
        effects    -p-q-X-r-----
        place       (a|)
          asked    -(^!)
          asked    -----------(^!)
        stop            ---x|
          asked    -----^--!
        receipts   -a---n--x--c-
      `,
      {
        a: acked("p"),
        n: notSent("q", "displaced"),
        x: stopped("X", CANCELLED()),
        c: acked("r"),
      },
      { permits: { orders: { perSecond: 100, burst: 1 } } },
    ),
  );

  it(
    "[C] a stop heard in the frame of the answer, before it: unknown, then the answer as a fact",
    drawn(
      `
        effects    -p----X-----
        place       -----a|
          asked    -^----!
        stop             ----x|
          asked    ------^---!
        receipts   ------(uA)x-
      `,
      {
        u: unknown("p", "stopped"),
        A: ackedLate("p"),
        x: stopped("X", CANCELLED()),
      },
    ),
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
    drawn(
      `
        effects    -p-(Xr)----
        place       ----a|
          asked    -^---!
          asked    ---^---!
        stop          ---x|
          asked    ---^--!
        receipts   ---u-Axc---
      `,
      {
        u: unknown("p", "stopped"),
        A: ackedLate("p"),
        x: stopped("X", CANCELLED()),
        c: acked("r"),
      },
    ),
  );

  it(
    "[C] a place of an older epoch that comes after the stop is refused by the fence",
    drawn(
      `
        effects    -p-(Xq)--
        place       -------a|
          asked    -^------!
        stop          ----x|
          asked    ---^---!
        receipts   ---(un)xA
      `,
      {
        u: unknown("p", "stopped"),
        n: notSent("q", "epoch"),
        x: stopped("X", CANCELLED()),
        A: ackedLate("p"),
      },
    ),
  );

  it(
    "[C] one leg of an older epoch keeps its whole wave back",
    drawn(
      `
        effects    -(Xw)--
        place      -a|
          asked    never
        stop       ----x|
        receipts   -(no)x-
      `,
      {
        n: notSent("w1", "epoch"),
        o: notSent("w2", "epoch"),
        x: stopped("X", CANCELLED()),
      },
      {
        effects: {
          X: EFFECTS.X,
          w: wave(leg("w1", AFTER_STOP), leg("w2", FIRST)),
        },
      },
    ),
  );

  it(
    "[C] a stop while a place is being signed: unknown at once, and the fence keeps it back",
    drawn(
      `
        effects    -p-X---
        signing     ---s|
          asked    -^--!
        place      --a|
          asked    never
        stop          --x|
          asked    ---^-!
        receipts   ---uNx-
      `,
      {
        u: unknown("p", "stopped"),
        N: notSentLate("p", "epoch"),
        x: stopped("X", CANCELLED()),
      },
    ),
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
    drawn(
      `
        effects    kX-Y------
        cancel     -
          asked    never
        stop        ----x|
          asked    -^---!
          asked    ---^---!
        receipts   -----x-y--
        until      ^--------!
      `,
      { x: stopped("X", CANCELLED()), y: stopped("Y", CANCELLED()) },
      {
        permits: { cancels: { perSecond: 1, burst: 1 } },
        before: ({ cancels }) => cancels.begin(0)(undefined, 1),
      },
    ),
  );

  it(
    "[J] a stop without an answer is lost at its deadline",
    drawn(
      `
        effects    -X----------
        stop        -
          asked    -^-------!
        receipts   ---------x--
      `,
      { x: stopped("X", { type: "lost", detail: "no answer in time" }) },
    ),
  );

  it(
    "[J] a stop that breaks or ends without a word is lost, once",
    drawn(
      `
        effects    -X--Y---
        stop        -#
          asked    -^!
        stop           -|
          asked    ----^!
        receipts   --x--y--
      `,
      {
        x: stopped("X", { type: "lost", detail: "error" }),
        y: stopped("Y", { type: "lost", detail: "no answer" }),
      },
    ),
  );

  it(
    "[C] what a stop has cancelled is paid for from the cancel bucket",
    drawn(
      `
        effects    -X--k-l-------
        cancel         -c|
          asked    ----^!
          asked    ------------^!
        stop        -x|
          asked    -^!
        receipts   --x--k-------l
      `,
      {
        x: stopped("X", CANCELLED("p")),
        k: cancelled("k"),
        l: cancelled("l"),
      },
      {
        answers: { cancel: { c: CANCELLED("k", "l") }, stop: { x: CANCELLED("p") } },
        permits: { cancels: { perSecond: 100, burst: 3 } },
      },
    ),
  );
});

describe("the place lane", () => {
  it(
    "one wave is on the wire at a time, in order",
    drawn(
      `
        effects    -pq---------
        place       ---a|
          asked    -^--!
          asked    ----^--!
        receipts   ----a--b----
      `,
      { a: acked("p"), b: acked("q") },
    ),
  );

  it(
    "[I] a wave that waited too long is not sent: what is still wanted is decided again",
    drawn(
      `
        effects    -p-q 260ms r
        place           300ms a|
          asked    -^ 299ms !
        place                     -----a|
          asked    301ms ^----!
        receipts   301ms (an)-r
      `,
      { a: acked("p"), n: notSent("q", "displaced"), r: acked("r") },
      { changed: ({ deadlines }) => ({ deadlines: { ...deadlines, placeMs: 3_000 } }) },
    ),
  );

  it(
    "[J] a place past its deadline is unknown and frees the lane; its answer is still a fact",
    drawn(
      `
        effects    -p-q------------
        place       --------------a|
          asked    -^-------------!
        place                   -a|
          asked    -------------^!
        receipts   -------------ubA
      `,
      { u: unknown("p", "deadline"), b: acked("q"), A: ackedLate("p") },
    ),
  );

  it(
    "[J] legs that an answer leaves out are unknown",
    drawn(
      `
        effects    -w------
        place       ---h|
          asked    -^--!
        receipts   ----(au)
      `,
      { a: acked("w1"), u: unknown("w2", "lost") },
    ),
  );

  it(
    "[J] a request that breaks, or ends without a word, is lost; the lane goes on",
    drawn(
      `
        effects    -p--q--r---
        place       -#
          asked    -^!
        place          -|
          asked    ----^!
        place             -a|
          asked    -------^!
        receipts   --u--v--c--
      `,
      { u: unknown("p", "lost"), v: unknown("q", "lost"), c: acked("r") },
    ),
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
    (_name, letter, [late1, late2]) => {
      drawn(
        `
          effects    -wX--------
          place       -------${letter}|
            asked    -^------!
          stop         ----x|
            asked    --^---!
          receipts   --(uv)x-(12)
        `,
        {
          u: unknown("w1", "stopped"),
          v: unknown("w2", "stopped"),
          x: stopped("X", CANCELLED()),
          1: late1,
          2: late2,
        },
      )();
    },
  );

  it(
    "[J] after a stop, a request that is lost for good is no fact: silence says nothing",
    drawn(
      `
        effects    -pX-qX-----
        place       -------l|
          asked    -^------!
        place          -----#
          asked    ----^----!
        stop       -x|
        receipts   --ux-vx----
      `,
      {
        u: unknown("p", "stopped"),
        v: unknown("q", "stopped"),
        x: stopped("X", CANCELLED()),
      },
      { changed: ({ fence }) => ({ fence: { ...fence, admits: () => true } }) },
    ),
  );

  it(
    "[C] a place is refused where it would leave too few tokens to cancel it and all others",
    drawn(
      `
        effects    -p--q--
        place       -a|
          asked    -^!
        receipts   --a-n--
      `,
      { a: acked("p"), n: notSent("q", "reserve", 250) },
      {
        effects: {
          p: wave(leg("p", FIRST, 2)),
          q: wave(leg("q", FIRST, 3)),
        },
        permits: { cancels: { perSecond: 100, burst: 3 } },
      },
    ),
  );

  it(
    "[C] the reserve counts what cancels have used, refills by itself, and takes waves whole",
    drawn(
      `
        effects    k-w---------w-
        cancel     -c|
          asked    ^!
        place                  -a|
          asked    ------------^!
        receipts   -k(no)-------(ab)
      `,
      {
        k: cancelled("k"),
        n: notSent("w1", "reserve", 250),
        o: notSent("w2", "reserve", 250),
        a: acked("w1"),
        b: acked("w2"),
      },
      {
        effects: {
          k: cancel("k"),
          w: wave(leg("w1", FIRST, 1), leg("w2", FIRST, 2)),
        },
        permits: { cancels: { perSecond: 100, burst: 3 } },
      },
    ),
  );

  it(
    "every wave pays a token per leg, and waits for them in the lane",
    drawn(
      `
        effects    -wp-----------
        place       a|
          asked    -(^!)
          asked    -----------(^!)
        receipts   -(ab)------c--
      `,
      { a: acked("w1"), b: acked("w2"), c: acked("p") },
      { permits: { orders: { perSecond: 100, burst: 2 } } },
    ),
  );

  it(
    "a refusal is a receipt like any other",
    drawn(
      `
        effects    -p---
        place       --j|
          asked    -^-!
        receipts   ---j-
      `,
      { j: rejected("p") },
    ),
  );
});

describe("the cancel lane", () => {
  it(
    "[C] cancels survive a stop, and do not queue behind places",
    drawn(
      `
        effects    -pk--X---
        place       -
          asked    -^-------
        cancel       -----c|
          asked    --^----!
        stop            ---x|
          asked    -----^--!
        receipts   -----u-kx
      `,
      {
        u: unknown("p", "stopped"),
        k: cancelled("k"),
        x: stopped("X", CANCELLED()),
      },
    ),
  );

  it(
    "[J] a hanging cancel is unknown at its deadline, and holds up no other",
    drawn(
      `
        effects    -k-l------
        cancel      -
          asked    -^-------!
        cancel        --c|
          asked    ---^-!
        receipts   -----l---k
      `,
      { l: cancelled("l"), k: cancelUnknown("k") },
      { answers: { cancel: { c: CANCELLED("l") } } },
    ),
  );

  it(
    "[J] a cancel that breaks, or whose answer leaves an id out, is unknown",
    drawn(
      `
        effects    -k--l---
        cancel     -#
        cancel     -c|
        receipts   --k--l--
      `,
      { k: cancelUnknown("k"), l: cancelUnknown("l") },
      { answers: { cancel: { c: CANCELLED("another") } } },
    ),
  );

  it(
    "one cancel more than may be on the wire at once waits for one of them to end",
    drawn(
      `
        effects    (klmno)-----------
        cancel     -
        ${Array.from({ length: CANCELS_RUNNING_MAX }, () => "  asked    ^-------!").join("\n")}
          asked    --------^-------!
        receipts   --------(klmn)--o-
      `,
      Object.fromEntries(Array.from("klmno", (id) => [id, cancelUnknown(id)])),
      { effects: Object.fromEntries(Array.from("klmno", (id) => [id, cancel(id)])) },
    ),
  );

  it("[C] one behind four that hang is given up a second after it was queued, and never sent", () => {
    const scheduler = new VirtualTimeScheduler();
    const given = dependencies({ cancelling$: NEVER }, scheduler);
    const deadlines = { ...given.deadlines, cancelMs: 10_000 };
    const effect$ = new Subject<Effect>();
    const told: string[] = [];
    const asked: string[] = [];
    const venue: Venue = {
      ...given.venue,
      cancel: (ids) => {
        asked.push(...ids);
        return NEVER;
      },
    };
    effect$.pipe(gateway({ ...given, venue, deadlines }, scheduler)).subscribe((receipt) => {
      told.push(
        `${scheduler.now()} ${"orderId" in receipt ? receipt.orderId : ""} ${receipt.type}`,
      );
    });
    Array.from("klmn").forEach((id) => {
      effect$.next(cancel(id));
    });
    scheduler.schedule(() => {
      effect$.next(cancel("late"));
    }, 500);
    scheduler.flush();

    expect(told[0]).toBe(`${500 + CANCEL_WAIT_MAX_MS} late cancel.unknown`);
    expect(asked).toEqual(Array.from("klmn"));
  });
});

describe("the read lane", () => {
  it(
    "[G] a survey reads orders, then the ids, then balances, then trades, and is one answer",
    drawn(
      `
        effects    -s-------
        orders      --o|
          asked    -^-!
        order         -i|
          asked    ---^!
          asked    ---^!
        balances       -b|
          asked    ----^!
        trades          --t|
          asked    -----^-!
        receipts   -------s-
      `,
      { s: surveyed("s") },
    ),
  );

  it(
    "a survey asks for four ids at once, and for none that the list has shown",
    drawn(
      `
        effects    -s------
        orders      l|
        order       --i|
          asked    -^-!----
          asked    -^-!----
          asked    -^-!----
          asked    -^-!----
          asked    ---^-!--
        balances      b|
        trades        t|
        receipts   -----s--
      `,
      { s: surveyed("s", LISTED) },
      {
        effects: { s: survey("s", ...Array.from("abcdef")) },
        answers: { orders: { l: { type: "answered", value: [LISTED] } } },
      },
    ),
  );

  it(
    "surveys follow one another; places, cancels and stops do not wait for them",
    drawn(
      `
        effects    tt-p-k-X------
        orders     ----o|
          asked    ^---!
          asked    ------^---!
        balances   -b|
        trades     -t|
        place         -a|
          asked    ---^!
        cancel          --c|
          asked    -----^-!
        stop              -x|
          asked    -------^!
        receipts   ----a-tkx---t-
      `,
      {
        a: acked("p"),
        k: cancelled("k"),
        x: stopped("X", CANCELLED()),
        t: surveyed("t"),
      },
    ),
  );

  it(
    "[J] one read without an answer fails the whole survey, and nothing more is asked",
    drawn(
      `
        effects    -s------
        orders     -o|
        order        -l|
          asked    --^!
          asked    --^!
        balances   -b|
          asked    never
        receipts   ---f----
      `,
      { f: failed("s", "reset") },
      { answers: { order: { l: { type: "lost", detail: "reset" } as const } } },
    ),
  );

  it(
    "[J] a survey past its deadline has failed, and the next one begins",
    drawn(
      `
        effects    -s-t--------------
        orders      -
          asked    -^-----------!
        orders                  -o|
          asked    -------------^!
        balances   -b|
        trades     -t|
        receipts   -------------f--t-
      `,
      {
        f: failed("s", "open orders: no answer within the deadline"),
        t: surveyed("t"),
      },
    ),
  );

  it(
    "[J] trades come in pages, and each has the deadline anew",
    drawn(
      `
        effects    -t---------------------
        orders     o|
        balances   b|
        trades     ----u----u---t|
        receipts   --------------s-------
      `,
      {
        s: {
          type: "survey.answered",
          requestId: requestId("t"),
          survey: { openOrders: [], byId: [], balances: HOLDINGS, trades: [TRADE, TRADE] },
        },
      },
      { answers: { trades: PAGES } },
    ),
  );

  it(
    "[J] a page that does not come fails the survey, and those before it count",
    drawn(
      `
        effects    -tt-------------------
        orders     o|
        balances   b|
        trades     ----u-
        trades     -u-l|
        receipts   -----------------r--s-
      `,
      {
        r: failed("t", "trades: no answer within the deadline", { trades: [TRADE] }),
        s: failed("t", "connection reset", { trades: [TRADE] }),
      },
      { answers: { trades: PAGES } },
    ),
  );

  it(
    "[J] a read that breaks, or ends without a word, fails its survey and nothing else",
    drawn(
      `
        effects    -t--t----
        orders     -#
        orders     -|
        receipts   --f--g---
      `,
      {
        f: failed("t", "open orders: error"),
        g: failed("t", "open orders: not answered"),
      },
    ),
  );

  it(
    "[K] a read that the venue refuses hands its reason up with the survey",
    drawn(
      `
        effects    -t-------
        orders     -o|
        balances   -l|
        trades     -t|
          asked    never
        receipts   ---f-----
      `,
      { f: failed("t", "HTTP 401", { refusal: NOT_OURS }) },
      {
        answers: {
          balances: { l: { type: "lost", detail: "HTTP 401", refusal: NOT_OURS } as const },
        },
      },
    ),
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
    drawn(
      `
        effects    -pk|
        place      ----a|
        cancel     -
        receipts   -----a----(k|)
      `,
      { a: acked("p"), k: cancelUnknown("k") },
    ),
  );

  it(
    "subscribes to the effects once, and lets go of everything with its subscriber",
    drawn(
      `
        effects    -pk-
          asked    ^---!
        place       -
          asked    -^--!
        cancel       -
          asked    --^-!
        receipts   -----
        until      ^---!
      `,
      {},
    ),
  );

  it(
    "has nothing to say to an alert",
    drawn(
      `
        effects    -a-
        receipts   ---
      `,
      {},
      {
        effects: {
          a: { type: "alert", market: EFFECTS.p.market, text: "late", facts: { at: epochMs(0) } },
        },
      },
    ),
  );
});
