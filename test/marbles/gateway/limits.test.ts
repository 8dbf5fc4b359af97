/** What the lanes do at the venue's limits: which requests they hold back, and which never. */
import { describe, expect, it } from "vitest";
import { bucket } from "../../../src/gateway/buckets.ts";
import { gateway } from "../../../src/gateway/index.ts";
import { type CancelAnswer, type Counted, marketId } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import { drawn } from "./drawing.ts";
import {
  CANCELLED,
  EFFECTS,
  FIRST,
  OVER,
  type PlaceLetter,
  acked,
  cancelUnknown,
  cancelled,
  dependencies,
  inTurn,
  leg,
  limitedRate,
  notSent,
  stopped,
  surveyed,
  wave,
} from "./legend.ts";

const OVER_CANCELS = {
  type: "refused",
  refusal: { reason: "rateLimited", text: "slow down", retryAfterMs: 9 },
  allowance: OVER,
} as const satisfies Counted<CancelAnswer>;

describe("a refusal for the rate", () => {
  it(
    "holds back the next wave for as long as the venue says; cancels and stops go on",
    drawn(
      `
        effects    -p-qk-X-r------
        place       -o|
          asked    -^!
          asked    -----------^!
        cancel         -c|
        stop             -x|
        receipts   --a--knx----b---
      `,
      {
        a: limitedRate("p"),
        b: limitedRate("r"),
        k: cancelled("k"),
        n: notSent("q", "displaced"),
        x: stopped("X", CANCELLED()),
      },
    ),
  );

  it(
    "of a cancel holds back cancels, and places too: what cannot be cancelled is not placed; no stop",
    drawn(
      `
        effects    -k-plX---------q
        cancel      -c|
          asked    -^!
          asked    -----------^!
        stop            -x|
        place        a|
        receipts   --kn--x-----l--q
      `,
      {
        k: cancelUnknown("k", OVER_CANCELS.refusal),
        l: cancelUnknown("l", OVER_CANCELS.refusal),
        n: notSent("p", "reserve", 250),
        x: stopped("X", CANCELLED()),
        q: notSent("q", "reserve", 250),
      },
      {
        answers: { cancel: { c: OVER_CANCELS } },
        changed: ({ fence }) => ({ fence: { ...fence, admits: () => true } }),
      },
    ),
  );

  it(
    "longer than a wave may wait: it is not sent, and its receipt says how long it would have waited",
    drawn(
      `
        effects    -p 300ms -
        receipts   - 251ms n
      `,
      { n: notSent("p", "limited", 748) },
      {
        permits: { orders: { perSecond: 1, burst: 1 } },
        before: ({ orders }) => orders.begin(0)(undefined, 1),
      },
    ),
  );

  it(
    "longer than a cancel may wait: it is unknown, and what to do instead is decided again",
    drawn(
      `
        effects    -k 1100ms -
        cancel        -
          asked    never
        receipts   - 1s u
      `,
      { u: cancelUnknown("k") },
      {
        permits: { cancels: { perSecond: 1, burst: 1 } },
        before: ({ cancels }) => cancels.begin(0)({ ...OVER, retryAfterMs: 5_000 }),
      },
    ),
  );
});

describe("an answer that took long", () => {
  it(
    "slows places down as if more had been sent, and only for a while; never cancels",
    marbles((m) => {
      // Three tokens are the whole bucket; the slow answer empties it, and each takes 10 ms.
      const effect$ = m.hot("p 19ms q 124ms (kr) 51ms p", { ...EFFECTS, r: wave(leg("r")) });
      const expected = "     10ms p 129ms q 4ms k 14ms r 49ms p";
      const trips = [
        m.cold<PlaceLetter>("10ms  a|"),
        m.cold<PlaceLetter>("120ms a|"),
        m.cold<PlaceLetter>("10ms  a|"),
        m.cold<PlaceLetter>("10ms  a|"),
      ];
      const values = { p: acked("p"), q: acked("q"), k: cancelled("k"), r: acked("r") };
      const given = dependencies(
        { sending$: inTurn(...trips), cancelling$: m.cold("c|", { c: CANCELLED("k") }) },
        m.scheduler,
        { deadlines: { placeMs: 500, cancelMs: 8, stopMs: 8, surveyMs: 8, heartbeatMs: 8 } },
      );
      const orders = bucket({ perSecond: 100, burst: 3 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, orders } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
    }),
  );
});

describe("the reserve", () => {
  it(
    "is of the account: what rests in another market has to be cancelled too",
    drawn(
      `
        effects    -o-p---q-
        place      -a|
        receipts   --on----q
      `,
      { o: acked("o"), n: notSent("p", "reserve", 250), q: acked("q") },
      {
        effects: {
          o: { ...wave(leg("o", FIRST, 2)), market: marketId("another") },
          p: wave(leg("p", FIRST, 2)),
          q: wave(leg("q", FIRST, 1)),
        },
        permits: { cancels: { perSecond: 1, burst: 5 } },
      },
    ),
  );

  it("forgets a market that has ended", () => {
    marbles((m) => {
      const { reserve } = dependencies({}, m.scheduler).permits;
      reserve.note(marketId("another"), 3);
      expect(reserve.costWith(marketId("market"), 2)).toBe(7);
      reserve.forget(marketId("another"));
      expect(reserve.costWith(marketId("market"), 2)).toBe(3);
    })();
  });
});

describe("reads", () => {
  it(
    "have a bucket of their own: many surveys wait for it, and nothing else waits for them",
    // A survey costs five, and one for each id it asks for.
    drawn(
      `
        effects    -tst-p--
        place           a|
        orders      (o|)
        order       (i|)
        balances    (b|)
        trades      (t|)
        receipts   -t---ps----t
      `,
      { t: surveyed("t"), s: surveyed("s"), p: acked("p") },
      { permits: { reads: { perSecond: 1_000, burst: 7 } } },
    ),
  );
});
