/** What the account hears of a market, from its executor's steps. */
import { describe, expect, it } from "vitest";
import { type MarketValue, accountNews } from "../../src/app/accountDigest.ts";
import type { ExecutorState, Transition } from "../../src/executor/index.ts";
import { type Event, referencePrice } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  bench,
  dollars,
  fill,
  market,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";

const NOTHING_OPEN = { openOrders: [], byId: [], trades: [] };
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
  const value: MarketValue = {
    book: null,
    bookSeenAt: null,
    market: { ...known, settledBy: "spot" },
    reference: {
      price: isPriced ? price : null,
      variancePerSecond: 8.1e-9,
      isHeld: false,
    },
    settlement: null,
  };
  return () => value;
}

describe("a digest", () => {
  it("counts what is spent, what sales will bring, and what live orders may still do", () => {
    const day = trading({ YES: 20 });
    const heard = accountNews(day.state());
    day.intends({ bid: quote(10, 45), ask: quote(20, 55), expiresAt: FOREVER });
    const sell = "SELL YES 20 @ 0.55";
    day.acks(BID, sell);
    day.matches(BID, 4, "t1");
    day.matches(sell, 5, "t2");
    const { digest } = heard(stepOf(day), valueAt(day, true));

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

  it("takes a NO that is bought for an ask", () => {
    const day = trading();
    const heard = accountNews(day.state());
    day.intends({ bid: quote(10, 45), ask: quote(8, 55), expiresAt: FOREVER });
    day.acks(BID, "BUY NO 8 @ 0.45");
    expect(heard(stepOf(day), valueAt(day, true)).digest).toMatchObject({
      reserved: dollars(8.1),
      worstUp: shares(10),
      worstDown: shares(-8),
      lostIf: { YES: dollars(3.6), NO: dollars(4.5) },
    });
  });

  it("is made when something has changed, and else once in a tick", () => {
    const day = trading();
    const heard = accountNews(day.state());
    const other: Event = { type: "permits.changed", areShort: false };
    expect(heard(stepOf(day), valueAt(day, true)).digest).not.toBeNull();
    expect(heard(stepOf(day, other), valueAt(day, true)).digest).toBeNull();
    expect(heard(stepOf(day), valueAt(day, true)).digest).not.toBeNull();
  });

  it("keeps what a YES moves by while the model is missing for a minute, and then knows nothing", () => {
    const day = trading();
    const heard = accountNews(day.state());
    const deltaAfter = (ms: number, isPriced: boolean): number | null | undefined => {
      day.waits(ms);
      return heard(stepOf(day), valueAt(day, isPriced)).digest?.deltaPerPercent;
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
    const heard = accountNews(unread);
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.acks(BID);
    const part = fill(day.order(BID), 2);
    day.hears({ type: "trade.reported", report: tradeReport("old", "failed", [part], day.now()) });
    const first = heard(
      { ...stepOf(day), state: { ...day.state(), survey: unread.survey } },
      valueAt(day, true),
    );
    expect(first.digest?.counts.failedTrades).toBe(0);
    heard(stepOf(day), valueAt(day, true));
    day.hears({ type: "trade.reported", report: tradeReport("new", "failed", [part], day.now()) });
    expect(heard(stepOf(day), valueAt(day, true)).digest?.counts.failedTrades).toBe(1);
  });

  it("comes with the balance of a survey and when that began, once the market is read", () => {
    const day = bench();
    const heard = accountNews(day.state());
    heard(stepOf(day), valueAt(day, true));
    day.waits(100);
    heard(stepOf(day), valueAt(day, true));
    const { pending } = day.state().survey;
    if (pending === null) return expect.unreachable("no survey is under way");
    day.waits(50);
    heard(stepOf(day), valueAt(day, true));
    const { balances, ...rest } = {
      ...NOTHING_OPEN,
      balances: { cash: dollars(77), YES: shares(0), NO: shares(0) },
    };
    const answered: Event = {
      type: "survey.answered",
      requestId: pending.requestId,
      survey: { ...rest, balances },
    };
    const unread = day.state();
    day.hears(answered);
    expect(heard(stepOf(day, answered), valueAt(day, true)).reading).toEqual({
      cash: dollars(77),
      beganAt: pending.beganAt,
    });
    expect(heard(stepOf(day, answered), valueAt(day, true)).reading).toBeNull();

    const early = accountNews(unread);
    early({ ...stepOf(day), state: unread }, valueAt(day, true));
    const before = early({ ...stepOf(day, answered), state: unread }, valueAt(day, true));
    expect(before.reading).toBeNull();
  });
});
