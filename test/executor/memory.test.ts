/** What is remembered is bounded: each list says what it forgets first. */
import { describe, expect, it } from "vitest";
import { gate } from "../../src/executor/gate.ts";
import { TRADES_MAX, tradeEntries } from "../../src/executor/trades.ts";
import { CLOSED_MAX } from "../../src/executor/workingOrders.ts";
import {
  type Bench,
  FOREVER,
  config,
  fill,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";

/** A bid at so many cents lives and ends. */
function livesAndEnds(day: Bench, cents: number): void {
  const order = `BUY YES 5 @ ${cents / 100}`;
  day.intends({ bid: quote(5, cents), expiresAt: FOREVER });
  day.acks(order);
  day.intends({ bid: null, expiresAt: FOREVER });
  day.cancels(order);
  day.reports(order, "cancelled");
}

describe("what is remembered", () => {
  it("of settled orders are the last 500; the oldest are forgotten first", () => {
    const day = trading();
    for (let index = 0; index < CLOSED_MAX + 20; index += 1) livesAndEnds(day, 21 + (index % 50));
    const placed = day.legs().map(({ orderId }) => orderId);
    expect(placed).toHaveLength(CLOSED_MAX + 20);
    expect(day.state().closed.map(({ id }) => id)).toEqual(placed.slice(20));
    expect(day.state().working).toEqual({});
  });

  it("an order that was forgotten and is heard of again is a stranger, and its fill counts", () => {
    const day = trading();
    livesAndEnds(day, 20);
    const part = fill(day.order("BUY YES 5 @ 0.2"), 2);
    for (let index = 0; index < CLOSED_MAX; index += 1) livesAndEnds(day, 21 + (index % 50));
    day.asked();
    day.hears({ type: "trade.reported", report: tradeReport("late", "mined", [part]) });
    expect(day.state().inventory.YES.settled).toBe(shares(2));
    expect(day.asked()).toContain("survey");
  });

  it("every fill of the market is kept, and a fill that is told twice is one", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.acks("BUY YES 20 @ 0.45");
    for (let index = 0; index < 200; index += 1) {
      day.matches(
        "BUY YES 20 @ 0.45",
        0.1,
        `trade ${index % 100}`,
        index < 100 ? "matched" : "mined",
      );
    }
    expect(tradeEntries(day.state())).toHaveLength(100);
    expect(day.state().tradeCount).toBe(100);
    expect(day.order("BUY YES 20 @ 0.45").matched).toBe(shares(10));
  });

  it("a market with too many fills is not quoted on any more", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.acks("BUY YES 20 @ 0.45");
    day.matches("BUY YES 20 @ 0.45", 0.1, "trade");
    expect(day.state().tradeCount).toBe(1);
    const pullsAt = (tradeCount: number) => gate({ ...day.state(), tradeCount }, config()).pulls;
    expect(pullsAt(TRADES_MAX - 1)).toEqual([]);
    expect(pullsAt(TRADES_MAX)).toEqual(["too many trades in this market"]);
  });

  it("of what matched unseen only what the newest intent has not seen", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.acks("BUY YES 20 @ 0.45");
    day.matches("BUY YES 20 @ 0.45", 3, "seen");
    const { inventoryStep } = day.state();
    day.matches("BUY YES 20 @ 0.45", 4, "unseen");
    day.intends({ bid: quote(20, 45), inventoryStep, expiresAt: FOREVER });
    expect(day.state().unseenMatches.map(({ size }) => size)).toEqual([shares(4)]);
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    expect(day.state().unseenMatches).toEqual([]);
  });

  it("and of those the last thousand", () => {
    const day = trading();
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.acks("BUY YES 20 @ 0.45");
    for (let index = 0; index < 1_002; index += 1) {
      day.matches("BUY YES 20 @ 0.45", 0.01, `trade ${index}`, "mined");
    }
    const steps = day.state().unseenMatches.map(({ step }) => step);
    expect(steps).toHaveLength(1_000);
    expect(steps.at(-1)).toBe(day.state().step);
  });
});
