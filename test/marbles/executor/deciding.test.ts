/** The executor stream with the real reducer: what a slot, a SELL and a refusal wait for. */
import { type Observable, filter, interval, map, merge, take } from "rxjs";
import { describe, it } from "vitest";
import { type ExecutorState, executor, reducer } from "../../../src/executor/index.ts";
import type { Identity } from "../../../src/executor/index.ts";
import { type Event, type Intent, microShares, orderId } from "../../../src/types/index.ts";
import {
  FOREVER,
  config,
  fill,
  instant,
  intent,
  planned,
  quote,
  shares,
  told,
  tradeReport,
  trading,
  working,
} from "../../support/builders.ts";
import { marbles } from "../../support/marbles.ts";
import { JOURNAL, askedFor } from "./legend.ts";

/** Quoting has begun; so long after the opening is frame 0. */
const STARTED_MS = 1_000;
const started = (): ExecutorState => trading({ YES: 50 }).state();

/** An id says what the order is, and in which frame it was decided: "BUY YES 10 @ 0.49 #0". */
const IDENTITY: Identity = {
  nonce: "a session",
  orderId: ({ side, tokenId, size, price, createdAt }) => {
    const words = told({ side, token: tokenId === "yes" ? "YES" : "NO", size, price });
    return orderId(`${words} #${createdAt - instant(STARTED_MS).epochMs}`);
  },
};

const target = (seq: number, legs: Partial<Intent>): Event => ({
  type: "intent.published",
  intent: intent({ seq, expiresAt: FOREVER, inventoryStep: started().inventoryStep, ...legs }),
});
const acked = (id: string): Event => ({
  type: "order.acked",
  orderId: orderId(id),
  venueId: orderId(id),
});
const rejected = (id: string): Event => ({
  type: "order.rejected",
  orderId: orderId(id),
  refusal: { reason: "postOnlyCross", text: "would cross", retryAfterMs: null },
});
const endAcked = (id: string): Event => ({ type: "cancel.acked", orderId: orderId(id) });
const TICK: Event = { type: "clock.ticked" };

describe("the executor, deciding", () => {
  const decisions = (
    event$: Observable<Event>,
    scheduler: Parameters<typeof executor>[3],
  ): Observable<string> =>
    event$.pipe(
      map((event) => ({ at: instant(STARTED_MS + scheduler.now()), event })),
      executor(started(), reducer(config(), IDENTITY), JOURNAL, scheduler),
      askedFor,
      filter((words) => words !== ""),
    );

  it(
    "[I] while a wave is in flight its slot waits; the newest intent is applied at the release",
    marbles((m) => {
      const event$ = m.hot<Event>("i-j-k-a---", {
        i: target(1, { bid: quote(10, 49) }),
        j: target(2, { bid: quote(10, 47) }),
        k: target(3, { bid: quote(10, 45) }),
        a: acked("BUY YES 10 @ 0.49 #0"),
      });
      const expected = "           p-----r---";
      const values = {
        p: "place BUY YES 10 @ 0.49",
        r: "cancel BUY YES 10 @ 0.49, place BUY YES 10 @ 0.45",
      };

      m.expect(decisions(event$, m.scheduler)).toBeObservable(expected, values);
    }),
  );

  it(
    "[I] an intent and the release of its slot in one frame end the same, whichever comes first",
    marbles((m) => {
      const values: Record<string, Event> = {
        i: target(1, { bid: quote(10, 49) }),
        j: target(2, { bid: quote(10, 47) }),
        a: acked("BUY YES 10 @ 0.49 #0"),
      };
      const releaseFirst$ = m.hot<Event>("i--(aj)--", values);
      const wishFirst$ = m.hot<Event>("   i--(ja)--", values);
      const expected = "                  p--r-----";
      const words = {
        p: "place BUY YES 10 @ 0.49",
        r: "cancel BUY YES 10 @ 0.49, place BUY YES 10 @ 0.47",
      };

      m.expect(decisions(releaseFirst$, m.scheduler)).toBeObservable(expected, words);
      m.expect(decisions(wishFirst$, m.scheduler)).toBeObservable(expected, words);
    }),
  );

  it(
    "[I] one slot in flight holds up no other",
    marbles((m) => {
      const event$ = m.hot<Event>("i-j---", {
        i: target(1, { bid: quote(10, 49) }),
        j: target(2, { bid: quote(10, 49), ask: quote(10, 55) }),
      });
      const expected = "           p-s---";
      const values = { p: "place BUY YES 10 @ 0.49", s: "place SELL YES 10 @ 0.55" };

      m.expect(decisions(event$, m.scheduler)).toBeObservable(expected, values);
    }),
  );

  it(
    "[H] a SELL is handed over: the new one goes out when the end of the old one is proven",
    marbles((m) => {
      const sell = "SELL YES 10 @ 0.55 #0";
      const event$ = m.hot<Event>("i-a-j-c-r--", {
        i: target(1, { ask: quote(10, 55) }),
        a: acked(sell),
        j: target(2, { ask: quote(10, 57) }),
        c: endAcked(sell),
        r: reported(sell, 0),
      });
      const expected = "           p---k---q--";
      const values = {
        p: "place SELL YES 10 @ 0.55",
        k: "cancel SELL YES 10 @ 0.55",
        q: "place SELL YES 10 @ 0.57",
      };

      m.expect(decisions(event$, m.scheduler)).toBeObservable(expected, values);
    }),
  );

  it(
    "[H] what the old SELL still sold comes first, and is not wanted for twice",
    marbles((m) => {
      const sell = "SELL YES 10 @ 0.55 #0";
      const sold = fill(working("SELL YES 10 @ 0.55", { id: orderId(sell) }), 4);
      const event$ = m.hot<Event>("i-a-j-c-r-t--", {
        i: target(1, { ask: quote(10, 55) }),
        a: acked(sell),
        j: target(2, { ask: quote(10, 57) }),
        c: endAcked(sell),
        r: reported(sell, 4),
        t: { type: "trade.reported", report: tradeReport("t", "matched", [sold]) },
      });
      const expected = "           p---k-----q--";
      const values = {
        p: "place SELL YES 10 @ 0.55",
        k: "cancel SELL YES 10 @ 0.55",
        q: "place SELL YES 6 @ 0.57",
      };

      m.expect(decisions(event$, m.scheduler)).toBeObservable(expected, values);
    }),
  );

  it(
    "a refused order is tried again by the clock alone, after 250 ms, 500 ms, 1 s",
    marbles((m) => {
      const event$ = m.hot<Event>("ix 299ms y 599ms z", {
        i: target(1, { bid: quote(10, 49) }),
        x: rejected("BUY YES 10 @ 0.49 #0"),
        y: rejected("BUY YES 10 @ 0.49 #300"),
        z: rejected("BUY YES 10 @ 0.49 #900"),
      });
      const expected = "           p 299ms p 599ms p 1099ms p";
      const values = { p: "place BUY YES 10 @ 0.49" };
      // They end, because nobody's leaving ends the executor.
      const tick$ = interval(100, m.scheduler).pipe(
        take(20),
        map(() => TICK),
      );

      m.expect(decisions(merge(event$, tick$), m.scheduler)).toBeObservable(expected, values);
    }),
  );

  it(
    "a refused order does not hold up another intent",
    marbles((m) => {
      const event$ = m.hot<Event>("ix-j---", {
        i: target(1, { bid: quote(10, 49) }),
        x: rejected("BUY YES 10 @ 0.49 #0"),
        j: target(2, { bid: quote(10, 47) }),
      });
      const expected = "           p--q---";
      const values = { p: "place BUY YES 10 @ 0.49", q: "place BUY YES 10 @ 0.47" };

      m.expect(decisions(event$, m.scheduler)).toBeObservable(expected, values);
    }),
  );
});

/** The venue says that the order is over, and how much of it was matched. */
function reported(id: string, matched: number): Event {
  const { token, side, price, size } = planned(id);
  return {
    type: "order.reported",
    report: {
      orderId: orderId(id),
      token,
      side,
      price,
      size: microShares(size),
      sizeMatched: shares(matched),
      status: "cancelled",
    },
  };
}
