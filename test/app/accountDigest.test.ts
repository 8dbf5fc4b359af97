/** What the account hears of a market, from its executor's steps. */
import { describe, expect, it } from "vitest";
import { type MarketValue, digests } from "../../src/app/accountDigest.ts";
import type { ExecutorState, Transition } from "../../src/executor/index.ts";
import type { View } from "../../src/streams/strategy/index.ts";
import { type Event, referencePrice } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  dollars,
  fill,
  market,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const TICK: Event = { type: "clock.ticked" };

const stepOf = (day: Bench, event: Event = TICK): Transition => ({
  input: { seq: day.state().step, at: day.now(), event },
  state: day.state(),
  effects: [],
});

/** Worth what it is by a price a little above the strike, or without a price. */
function valueAt(day: Bench, isPriced: boolean): () => MarketValue {
  const known = market();
  const price = { value: referencePrice(known.strike), receivedAt: day.now() };
  const view: Pick<View, "market" | "reference" | "settlement"> = {
    market: { ...known, settledBy: "spot" },
    reference: {
      price: isPriced ? price : null,
      variancePerSecond: 8.1e-9,
      isHeld: false,
    },
    settlement: null,
  };
  return () => ({ book: null, bookSeenAt: null, view });
}

describe("a digest", () => {
  it("counts what is spent, what sales will bring, and what live orders may still do", () => {
    const day = trading({ YES: 20 });
    const heard = digests(day.state());
    day.intends({ bid: quote(10, 45), ask: quote(20, 55), expiresAt: FOREVER });
    const sell = "SELL YES 20 @ 0.55";
    day.acks(BID, sell);
    day.matches(BID, 4, "t1");
    day.matches(sell, 5, "t2");
    const digest = heard.after(stepOf(day), valueAt(day, true));

    expect(digest).toMatchObject({
      isRead: true,
      isQuiet: false,
      mayRest: true,
      spent: dollars(1.8),
      incoming: dollars(2.75),
      settledFlow: 0,
      flow: dollars(0.95),
      reserved: dollars(2.7),
      stock: { YES: shares(19), NO: 0 },
      worstUp: shares(25),
      worstDown: shares(4),
      // The rest of the bid if NO wins; what the rest of the sale forgoes if YES does.
      lostIf: { YES: dollars(6.75), NO: dollars(2.7) },
    });
  });

  it("is made when something has changed, and else once in a tick", () => {
    const day = trading();
    const heard = digests(day.state());
    const other: Event = { type: "permits.changed", areShort: false };
    expect(heard.after(stepOf(day), valueAt(day, true))).not.toBeNull();
    expect(heard.after(stepOf(day, other), valueAt(day, true))).toBeNull();
    expect(heard.after(stepOf(day), valueAt(day, true))).not.toBeNull();
  });

  it("keeps what a YES moves by while the model is missing for a minute, and then knows nothing", () => {
    const day = trading();
    const heard = digests(day.state());
    const deltaAfter = (ms: number, isPriced: boolean): number | null | undefined => {
      day.waits(ms);
      return heard.after(stepOf(day), valueAt(day, isPriced))?.deltaPerPercent;
    };
    // Before the first price of a market that is taken over.
    expect(deltaAfter(100, false)).toBe(0);
    const known = deltaAfter(100, true) ?? 0;
    expect(known).toBeGreaterThan(0);
    expect(deltaAfter(59_000, false)).toBe(known);
    expect(deltaAfter(2_000, false)).toBeNull();
    expect(deltaAfter(100, true)).toBeGreaterThan(0);
  });

  it("counts trades that fail, but for those of before its first survey", () => {
    const day = trading();
    const unread: ExecutorState = {
      ...day.state(),
      survey: { ...day.state().survey, isFirstDone: false },
    };
    const heard = digests(unread);
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks(BID);
    const part = fill(day.order(BID), 2);
    day.hears({ type: "trade.reported", report: tradeReport("old", "failed", [part], day.now()) });
    const first = heard.after(
      { ...stepOf(day), state: { ...day.state(), survey: unread.survey } },
      valueAt(day, true),
    );
    expect(first?.counts.failedTrades).toBe(0);
    heard.after(stepOf(day), valueAt(day, true));
    day.hears({ type: "trade.reported", report: tradeReport("new", "failed", [part], day.now()) });
    expect(heard.after(stepOf(day), valueAt(day, true))?.counts.failedTrades).toBe(1);
  });
});
