/** A checker that leaves out what it has looked at looks again at whatever has changed. */
import { describe, expect, it } from "vitest";
import { type ExecutorState, initialState } from "../../../src/executor/index.ts";
import { OUR_ACCOUNT, type VenueFact } from "../../../src/sim/index.ts";
import {
  NO_USDC,
  type TradeId,
  type TradeStatus,
  type WorkingOrder,
  epochMs,
  tradeId,
} from "../../../src/types/index.ts";
import { UNHALTED, fill, instant, inventory, market, working } from "../../support/builders.ts";
import { newEntries } from "./newEntries.ts";
import { reservationsCover } from "./reservationsCover.ts";
import { soldIsThere } from "./soldIsThere.ts";

const MARKET = market();
const STATE: ExecutorState = initialState(MARKET, instant(0), UNHALTED);
const SELL = working("SELL YES 10 @ 0.6");
const entry = (id: string, status: TradeStatus) => ({
  tradeId: tradeId(id),
  fill: fill(SELL, 10),
  status,
  matchedAt: epochMs(0),
  isBaseline: false,
  doubt: null,
  isDisputed: false,
});

describe("reservationsCover", () => {
  const WORKING = { [SELL.id]: SELL };
  const verdict = (...states: readonly Partial<ExecutorState>[]): readonly string[] => {
    const checker = reservationsCover();
    for (const changed of states) {
      const state = { ...STATE, ...changed };
      const input = { seq: 1, at: instant(0), event: { type: "clock.ticked" } } as const;
      checker.transition({ input, state, effects: [] });
    }
    return checker.verdict({ markets: [], orders: [], cash: NO_USDC, rebatesDue: NO_USDC });
  };
  const [enough, less] = [inventory({ YES: 20 }), inventory({ YES: 5 })];
  const objects = [expect.stringMatching(/more YES is reserved/)];

  it("compares again where only what we have, or only the orders are other ones", () => {
    expect(verdict({ working: WORKING, inventory: enough })).toEqual([]);
    const before = { working: WORKING, inventory: enough };
    expect(verdict(before, { working: WORKING, inventory: less })).toEqual(objects);
    expect(verdict({ inventory: less }, { working: WORKING, inventory: less })).toEqual(objects);
  });

  it("does not judge what is owned once a settled trade has failed", () => {
    const trades = { "0": { a: entry("a", "mined") } };
    const reversed = { trades: { "0": { a: entry("a", "failed") } } };
    const state = { working: WORKING, inventory: less };
    expect(verdict({ ...state, trades, inventory: enough }, { ...state, ...reversed })).toEqual([]);
  });
});

describe("soldIsThere", () => {
  const trade = (order: WorkingOrder, id: string, status: TradeStatus, account = OUR_ACCOUNT) => ({
    type: "trade.changed" as const,
    trade: {
      id: tradeId(id),
      market: MARKET.id,
      status,
      legs: [{ account, fill: fill(order, 10) }],
    },
  });
  const verdict = (...facts: readonly unknown[]): readonly string[] => {
    const checker = soldIsThere();
    for (const fact of facts) checker.venue(fact as VenueFact);
    return checker.verdict({ markets: [], orders: [], cash: NO_USDC, rebatesDue: NO_USDC });
  };
  const bought = (status: TradeStatus): unknown => trade(working("BUY YES 10 @ 0.4"), "b", status);
  const sold = (id: string): unknown => trade(SELL, id, "matched");

  it("counts again after each trade of ours", () => {
    expect(verdict(bought("matched"), bought("mined"), sold("s"))).toEqual([]);
    expect(verdict(bought("matched"), bought("mined"), sold("s"), sold("t"))).toHaveLength(1);
  });

  it("counts none of others, and looks at ours when they trade", () => {
    const others = trade(SELL, "o", "matched", "somebody");
    expect(verdict(others)).toEqual([]);
    expect(verdict(bought("matched"), sold("s"), others).length).toBeGreaterThan(1);
  });
});

describe("newEntries", () => {
  it("are those of shards that were not there before, also in the state of another market", () => {
    const entries = newEntries();
    const idsIn = (trades: ExecutorState["trades"]): readonly TradeId[] =>
      entries({ ...STATE, trades }).map(({ tradeId: id }) => id);
    const [a, b] = [{ a: entry("a", "matched") }, { b: entry("b", "matched") }];
    const both = { "0": a, "1": b };
    expect(idsIn({ "0": a })).toEqual(["a"]);
    expect(idsIn(both)).toEqual(["b"]);
    expect(idsIn(both)).toEqual([]);
    expect(idsIn({ "0": { a: entry("a", "failed") }, "1": b })).toEqual(["a"]);
    expect(idsIn({ "0": a })).toEqual([]);
  });
});
