/** What a venue can say that contradicts everything: none of it is a bug of ours. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checks } from "../../src/executor/gate.ts";
import { reducer } from "../../src/executor/index.ts";
import { plan } from "../../src/executor/planner.ts";
import type { ExecutorState } from "../../src/executor/state.ts";
import { TRADES_KEPT_MAX, evolveTrade } from "../../src/executor/trades.ts";
import { WORKING_KEPT_MAX, findOrder, withOrder } from "../../src/executor/workingOrders.ts";
import { appConfig, tradingConfig, tradingParameters } from "../../src/app/config.ts";
import { isStopping } from "../../src/executor/stop.ts";
import {
  BUDGET_USDC_MAX,
  ORDER_SHARES_MAX,
  type OrderReport,
  after,
  orderId,
  own,
  priceBp,
  microShares,
  microUsdc,
} from "../../src/types/index.ts";
import { DEADLINES } from "../../src/gateway/index.ts";
import {
  type Bench,
  FOREVER,
  IDENTITY,
  cents,
  config,
  dollars,
  intent,
  inventory,
  quote,
  rules,
  shares,
  strangeFill,
  tradeReport,
  trading,
  working,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";
const CONTRADICTING = "the venue keeps contradicting itself";

function resting(): Bench {
  const day = trading();
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  day.acks(BID);
  day.asked();
  return day;
}

const foreignReport = (id: string): OrderReport => ({
  orderId: orderId(id),
  token: "YES",
  side: "BUY",
  price: cents(40),
  size: shares(5),
  sizeMatched: shares(0),
  status: "live",
});

describe("G30: names of every object", () => {
  const NAMES = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"];

  it.each(NAMES)("an order, a trade and a cancel named %s are like any other", (name) => {
    expect(own({}, name)).toBeUndefined();
    expect(own(Object.fromEntries([[name, 1]]), name)).toBe(1);
    const day = resting();
    const id = orderId(name);
    expect(findOrder(day.state(), id)).toBeUndefined();
    day.hears({ type: "order.reported", report: foreignReport(name) });
    day.hears({
      type: "trade.reported",
      report: tradeReport(name, "matched", [strangeFill(name, BID, "YES")]),
    });
    day.hears({ type: "order.acked", orderId: day.id(BID), venueId: id });
    day.hears({ type: "cancel.refused", orderId: id, isGone: true });
    expect(findOrder(day.state(), id)?.id).toBe(day.id(BID));
    // Placed under that name, as a dishonest hash could have it.
    const named = withOrder(day.state(), working(BID, { id }));
    expect(findOrder(named, id)?.id).toBe(name);
    expect(Object.keys(named.working)).toContain(name);
  });
});

describe("G30: rules", () => {
  it("[F] a grid that does not divide a dollar is an anomaly, and never state", () => {
    const day = resting();
    const before = day.state().market.rules;
    day.hears({ type: "market.rulesChanged", rules: rules({ tick: priceBp(300) }) });
    expect(day.state().market.rules).toEqual(before);
    expect(day.state().anomalies.last).toContain("rules that no order of ours fits");
    day.hears({ type: "market.rulesChanged", rules: rules({ tick: priceBp(10) }) });
    expect(day.state().market.rules.tick).toBe(10);
  });
});

describe("G30: orders that come back", () => {
  it("[J] more than are kept break no law: they are not counted, and the market stops", () => {
    const closed = Array.from({ length: 140 }, (_, each) =>
      working(`BUY YES ${10 + each} @ 0.30`, {
        phase: "closed",
        closedByAbsence: true,
        finalMatched: shares(0),
      }),
    );
    const reduce = reducer(config(), IDENTITY);
    let state: ExecutorState = { ...trading().state(), closed };
    for (const { id, token, side, price, size } of closed) {
      const found = { orderId: id, token, side, price, size, sizeMatched: shares(0) };
      const event = { type: "order.reported", report: { ...found, status: "live" } } as const;
      [state] = reduce(state, { seq: state.step + 1, at: state.now, event });
    }
    expect(Object.keys(state.working)).toHaveLength(WORKING_KEPT_MAX);
    expect(state.mayRestAtVenue).toBe(true);
    expect(isStopping(state)).toBe(true);
    expect(state.why.gate).toContain(CONTRADICTING);
  });
});

describe("G30: contradictions", () => {
  const contradict = (day: Bench, from: number, count: number): void => {
    for (let each = from; each < from + count; each += 1) {
      day.hears({ type: "order.reported", report: foreignReport(`0x${each}`) });
    }
  };

  it("twenty different ones in a minute stop the market for a minute after the last", () => {
    const day = resting();
    contradict(day, 0, 19);
    expect(day.state().why.gate).not.toContain(CONTRADICTING);
    contradict(day, 19, 1);
    expect(day.state().why.gate).toContain(CONTRADICTING);
    expect(day.asked()).toContain("cancel all");
    const reasonsAfter = (ms: number): readonly string[] => {
      const now = { ...day.now(), monotonicMs: after(day.now().monotonicMs, ms) };
      return checks({ ...day.state(), now }, config()).map(({ reason }) => reason);
    };
    expect(reasonsAfter(59_999)).toContain(CONTRADICTING);
    expect(reasonsAfter(60_000)).not.toContain(CONTRADICTING);
  });

  it("slow ones do not, and a repeat is counted but not told again", () => {
    const day = resting();
    for (let each = 0; each < 40; each += 1) {
      contradict(day, each, 1);
      day.waits(4_000);
    }
    expect(day.state().why.gate).not.toContain(CONTRADICTING);
    const bad = rules({ tick: priceBp(300) });
    day.asked();
    const { count } = day.state().anomalies;
    for (let each = 0; each < 50; each += 1) day.hears({ type: "market.rulesChanged", rules: bad });
    expect(day.state().anomalies.count).toBe(count + 50);
    expect(day.asked().filter((word) => word.startsWith("alert"))).toHaveLength(1);
    expect(day.state().why.gate).not.toContain(CONTRADICTING);
  });

  it("[E] more fills than are kept break no law", () => {
    const day = resting();
    const report = tradeReport("t", "matched", [strangeFill("0x1", BID, "YES")]);
    expect(evolveTrade({ ...day.state(), tradeCount: TRADES_KEPT_MAX }, report)).toMatchObject({
      tradeCount: TRADES_KEPT_MAX,
      anomalies: { last: "more fills than are kept" },
    });
  });
});

describe("G30: a record that cannot be read", () => {
  const UNREADABLE = "the venue's record of an order cannot be read";

  it("[E] keeps what the order holds, shuts the gate, and is no proof of absence", () => {
    const day = resting();
    const { token, side, price, size } = day.order(BID);
    const report = { orderId: day.id(BID), token, side, price, size, sizeMatched: shares(0) };
    day.hears({ type: "order.reported", report: { ...report, status: "unreadable" } });
    expect(day.state().why.gate).toContain(UNREADABLE);
    expect(day.order(BID).seenAt).not.toBeNull();
    expect(Object.keys(day.state().working)).toEqual([day.id(BID)]);
    // A survey that can read it opens the gate again.
    day.waits(1_000);
    day.answersSurvey({ balances: { cash: 500 } });
    expect(day.state().why.gate).not.toContain(UNREADABLE);
  });

  it("[E] a fill of ours that cannot be read does the same, and books nothing", () => {
    const day = resting();
    const before = day.state().inventory;
    const report = { ...tradeReport("t", "matched", []), unreadable: [day.id(BID)] };
    day.hears({ type: "trade.reported", report });
    expect(day.state().why.gate).toContain(UNREADABLE);
    expect(day.state().inventory).toEqual(before);
  });

  it.each(["filled", "gone"] as const)(
    "[E] a fill that never can be read is left to the balances once its order is %s for good",
    (end) => {
      const day = resting();
      const { token, side, price, size } = day.order(BID);
      const report = { orderId: day.id(BID), token, side, price, size, sizeMatched: size };
      const trade = {
        ...tradeReport("t", "confirmed", [], day.now()),
        unreadable: [day.id(BID)],
      };
      const answers = (): void => {
        const asked = day.effects().findLast((effect) => effect.type === "survey");
        const isRead = asked !== undefined && asked.tradesSince <= trade.matchedAt;
        const balances = { YES: 10, cash: 495.5 };
        day.answersSurvey({ open: [], trades: isRead ? [trade] : [], balances });
      };
      day.hears({ type: "trade.reported", report: trade });
      if (end === "filled") {
        day.hears({ type: "order.reported", report: { ...report, status: "matched" } });
      }
      day.refusesCancel(BID, true);
      day.asked();
      let seconds = 0;
      while (day.state().why.gate.length > 0 && seconds < 600) {
        day.waits(1_000);
        seconds += 1;
        if (day.state().survey.pending !== null) answers();
        // Nothing is offered before what the fill has done is known.
        if (day.state().inventory.YES.settled === 0) {
          expect(day.sent().filter((words) => words.startsWith("place"))).toEqual([]);
        }
      }
      expect(seconds).toBeLessThan(240);
      expect(day.state().inventory.YES.settled).toBe(shares(10));
    },
  );
});

describe("G30: configuration", () => {
  it("[G] at the corners of the schema no plan leaves the safe integers", () => {
    const money = fc.constantFrom(0.000001, 1, 500, BUDGET_USDC_MAX);
    const size = fc.constantFrom(0.000001, 20, ORDER_SHARES_MAX);
    fc.assert(
      fc.property(
        money,
        size,
        size,
        fc.constantFrom(1, 10, 5_000, 9_990, 9_999),
        fc.constantFrom(1, 10, 100, 2_500),
        fc.constantFrom(0, ORDER_SHARES_MAX),
        (budgetUsdc, netMaxShares, grossMaxShares, price, tick, stock) => {
          const executor = { budgetUsdc, netMaxShares, grossMaxShares };
          const parsed = tradingParameters.parse({ executor });
          const { executor: made } = tradingConfig(parsed, appConfig().strategies, null, DEADLINES);
          const wanted = { price: priceBp(price), size: microShares(ORDER_SHARES_MAX * 1e6) };
          const found = plan({
            intent: intent({ bid: wanted, ask: wanted }),
            sellable: { YES: shares(stock), NO: shares(stock) },
            inventory: inventory({ YES: stock, NO: stock, cash: budgetUsdc }),
            matchedSince: { bid: shares(0), ask: shares(0) },
            rules: rules({ tick: priceBp(tick), notionalMin: microUsdc(1_000_000) }),
            level: "normal",
            policy: "complete",
            netMax: made.netMax,
            grossMax: made.grossMax,
            flattenSlippage: made.flattenSlippage,
            isCautious: false,
            widenBp: 0,
          });
          for (const order of [...found.bid.orders, ...found.ask.orders]) {
            expect(Number.isSafeInteger(order.size)).toBe(true);
            expect(order.size).toBeLessThanOrEqual(2 * ORDER_SHARES_MAX * 1e6);
          }
        },
      ),
    );
  });

  it("[G] the case: 10,000,000 USDC at 0.001 is no parameter, and the planner takes it all the same", () => {
    const executor = { budgetUsdc: 10_000_000 };
    expect(tradingParameters.safeParse({ executor }).success).toBe(false);
    const rich = plan({
      intent: intent({ bid: { price: priceBp(10), size: shares(20) }, ask: null }),
      sellable: { YES: shares(0), NO: shares(0) },
      inventory: { ...inventory(), cash: { ...inventory().cash, settled: dollars(10_000_000) } },
      matchedSince: { bid: shares(0), ask: shares(0) },
      rules: rules({ tick: priceBp(10) }),
      level: "normal",
      policy: "complete",
      netMax: config().netMax,
      grossMax: config().grossMax,
      flattenSlippage: config().flattenSlippage,
      isCautious: false,
      widenBp: 0,
    });
    expect(rich.bid.orders).toMatchObject([{ size: shares(20) }]);
  });
});
