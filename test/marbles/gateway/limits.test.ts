/** What the lanes make of the venue's limits: whom they hold back, and whom never. */
import { describe, expect, it } from "vitest";
import { bucket } from "../../../src/gateway/buckets.ts";
import { gateway } from "../../../src/gateway/index.ts";
import { permits } from "../../../src/operators/index.ts";
import {
  type CancelAnswer,
  type Counted,
  type Effect,
  marketId,
} from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import {
  BALANCES,
  CANCELLED,
  EFFECTS,
  FIRST,
  NOTHING_OPEN,
  NO_TRADES,
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

describe("a refusal for the rate", () => {
  it(
    "holds back the next wave for as long as the venue says; cancels and stops go on",
    marbles((m) => {
      const effect$ = m.hot("             -p-qk-X-r------", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("-o|");
      const sendingSubs = [
        "                                 -^!",
        "                                 -----------^!",
      ];
      const cancelling$ = m.cold("            -c|", { c: CANCELLED("k") });
      const stopping$ = m.cold("                -x|", { x: CANCELLED() });
      const expected = "                  --a--knx----b---";
      const values = {
        a: limitedRate("p"),
        b: limitedRate("r"),
        k: cancelled("k"),
        n: notSent("q", "displaced"),
        x: stopped("X", CANCELLED()),
      };

      const receipt$ = effect$.pipe(
        gateway(dependencies({ sending$, cancelling$, stopping$ }, m.scheduler), m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(sending$).toHaveSubscriptions(sendingSubs);
    }),
  );

  it(
    "of a cancel holds back cancels, and places too: what cannot be cancelled is not placed; no stop",
    marbles((m) => {
      const effect$ = m.hot("               -k-plX---------q", EFFECTS);
      const over: Counted<CancelAnswer> = {
        type: "refused",
        refusal: { reason: "rateLimited", text: "slow down", retryAfterMs: 9 },
        allowance: OVER,
      };
      const cancelling$ = m.cold("           -c|", { c: over });
      const cancellingSubs = [
        "                                   -^!",
        "                                   -----------^!",
      ];
      const stopping$ = m.cold("                 -x|", { x: CANCELLED() });
      const sending$ = m.cold<PlaceLetter>("  a|");
      const expected = "                    --kn--x-----l--q";
      const values = {
        k: { ...cancelUnknown("k"), refusal: over.refusal },
        l: { ...cancelUnknown("l"), refusal: over.refusal },
        n: notSent("p", "reserve", 250),
        x: stopped("X", CANCELLED()),
        q: notSent("q", "reserve", 250),
      };
      const given = dependencies({ cancelling$, stopping$, sending$ }, m.scheduler);
      const open = { ...given.fence, admits: () => true };

      const receipt$ = effect$.pipe(gateway({ ...given, fence: open }, m.scheduler));

      m.expect(receipt$).toBeObservable(expected, values);
      m.expect(cancelling$).toHaveSubscriptions(cancellingSubs);
    }),
  );

  it(
    "longer than a wave may wait: it is not sent, and hears how long it would have been",
    marbles((m) => {
      const effect$ = m.hot("              -p 300ms -", EFFECTS);
      const expected = "                   - 251ms n";
      const values = { n: notSent("p", "limited", 748) };
      const given = dependencies({}, m.scheduler);
      const orders = bucket({ perSecond: 1, burst: 1 }, m.scheduler);
      orders.begin(0)(undefined, 1);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, orders } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
    }),
  );

  it(
    "longer than a cancel may wait: nobody knows, and what to do instead is decided anew",
    marbles((m) => {
      const effect$ = m.hot("  -k 1100ms -", EFFECTS);
      const cancelling$ = m.cold("-");
      const expected = "       - 1s u";
      const given = dependencies({ cancelling$ }, m.scheduler);
      const cancels = bucket({ perSecond: 1, burst: 1 }, m.scheduler);
      cancels.begin(0)({ ...OVER, retryAfterMs: 5_000 });

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, cancels } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, { u: cancelUnknown("k") });
      m.expect(cancelling$).toHaveSubscriptions([]);
    }),
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
    marbles((m) => {
      const effect$ = m.hot<Effect>("       -o-p---q-", {
        o: { ...wave(leg("o", FIRST, 2)), market: marketId("another") },
        p: wave(leg("p", FIRST, 2)),
        q: wave(leg("q", FIRST, 1)),
      });
      const sending$ = m.cold<PlaceLetter>("-a|");
      const expected = "                    --on----q";
      const values = { o: acked("o"), n: notSent("p", "reserve", 250), q: acked("q") };
      const given = dependencies({ sending$ }, m.scheduler);
      const cancels = bucket({ perSecond: 1, burst: 5 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, cancels } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
    }),
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
    "have a bucket of their own: many looks wait for it, and nothing else waits for them",
    marbles((m) => {
      const effect$ = m.hot("             -tst-p--", EFFECTS);
      const sending$ = m.cold<PlaceLetter>("     a|");
      const orders$ = m.cold("             (o|)", { o: NOTHING_OPEN });
      const expected = "                  -t---ps----t";
      const values = { t: surveyed("t"), s: surveyed("s"), p: acked("p") };
      const given = dependencies(
        {
          sending$,
          orders$,
          order$: m.cold("(o|)", { o: { type: "answered", value: null } as const }),
          balances$: m.cold("(o|)", { o: BALANCES }),
          trades$: m.cold("(o|)", { o: NO_TRADES }),
        },
        m.scheduler,
      );
      // A look costs five, and one for each id it asks for.
      const reads = permits({ perSecond: 1_000, burst: 7 }, m.scheduler);

      const receipt$ = effect$.pipe(
        gateway({ ...given, permits: { ...given.permits, reads } }, m.scheduler),
      );

      m.expect(receipt$).toBeObservable(expected, values);
    }),
  );
});
