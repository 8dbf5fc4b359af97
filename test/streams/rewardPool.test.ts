/** What a reward pool pays, and what resting costs: tables, with the arithmetic beside them. */
import { describe, expect, it } from "vitest";
import type { RestingOrder, View } from "../../src/streams/strategy/index.ts";
import {
  COUNTED_MS,
  adverseLoss,
  fillCost,
  makerScore,
  othersScore,
  poolIncome,
  shareScore,
} from "../../src/streams/strategy/rewardPool.ts";
import { type RecentFill, type Side, after, priceBp } from "../../src/types/index.ts";
import { shares } from "../support/builders.ts";
import { UNQUEUED } from "../support/quoting.ts";
import { MARKET, instant, level } from "../marbles/streams/legend.ts";

const order = (side: Side, price: number, size: number): RestingOrder => ({
  token: "YES",
  side,
  price: priceBp(price),
  size: shares(size),
  ...UNQUEUED,
});

describe("a score", () => {
  it.each<[distance: number, score: number]>([
    [0, 1],
    // (300 - 100) / 300, squared; then 150 / 300 and 30 / 300.
    [100, 4 / 9],
    [150, 1 / 4],
    [270, 1 / 100],
    [300, 0],
    [400, 0],
    [-5, 1],
  ])("of a share at %d of 300 basis points is %d", (distance, score) => {
    expect(shareScore(300, distance)).toBeCloseTo(score, 12);
  });

  it.each<[bid: number, ask: number, mid: number, score: number]>([
    [30, 12, 5000, 12],
    // A third of the larger is more than the smaller.
    [30, 6, 5000, 10],
    [0, 30, 5000, 10],
    [0, 30, 1000, 10],
    [0, 30, 999, 0],
    [30, 6, 9001, 6],
    [0, 0, 5000, 0],
  ])("of a maker with %d and %d points at %d is %d", (bid, ask, mid, score) => {
    expect(makerScore(bid, ask, mid)).toBeCloseTo(score, 12);
  });

  it("of others is by the book without our orders, within the band", () => {
    const YES = {
      bids: [level(4900, 90), level(4850, 40), level(4700, 1_000)],
      asks: [level(5100, 45), level(5150, 80)],
    };
    const book = { value: { YES, NO: { bids: [], asks: [] } }, receivedAt: instant(0) };
    // 90 * 4/9 + 40 * 1/4 on one side, 45 * 4/9 + 80 * 1/4 on the other.
    expect(othersScore({ book, orders: [], ended: [] }, 300, 5000)).toBeCloseTo(40, 12);
    const orders = [order("SELL", 5150, 60), order("BUY", 4900, 90)];
    // 40 * 1/4, and 45 * 4/9 + 20 * 1/4.
    expect(othersScore({ book, orders, ended: [] }, 300, 5000)).toBeCloseTo(10, 12);
    expect(othersScore({ book: null, orders, ended: [] }, 300, 5000)).toBe(0);
  });

  // Of the 90 shares at two thirds of the band, each counts 4/9. Outside of the middle the lesser side is the score.
  it.each<[what: string, resting: number, ended: number, others: number]>([
    ["is in the book yet", 0, 45, 45],
    ["is all of its level", 0, 90, 0],
    ["is its level but for a part of a share, by rounding", 0, 90.005, 0],
    ["is gone from it, since its level is too small for it", 0, 180, 90],
    ["is beside one that rests", 45, 36, 9],
    ["is gone from beside one that rests", 45, 90, 45],
  ])(
    "of others is without an order of ours that has ended and %s",
    (_what, resting, size, others) => {
      const levels = { bids: [level(9400, 90)], asks: [level(9600, 90)] };
      const more = { bids: [level(9400, 900)], asks: [level(9600, 900)] };
      for (const [side, price, YES] of [
        ["BUY", 9400, { ...more, bids: levels.bids }],
        ["SELL", 9600, { ...more, asks: levels.asks }],
      ] as const) {
        const book = { value: { YES, NO: { bids: [], asks: [] } }, receivedAt: instant(0) };
        const own = {
          orders: resting === 0 ? [] : [order(side, price, resting)],
          ended: [order(side, price, size)],
        };
        expect(othersScore({ book, ...own }, 300, 9500)).toBeCloseTo((others * 4) / 9, 12);
      }
    },
  );
});

describe("a pool", () => {
  it.each<[ours: number, others: number, usdPerMinute: number]>([
    [10, 0, 2],
    [10, 30, 0.5],
    [0, 30, 0],
    [0, 0, 0],
  ])(
    "of 2880 dollars a day pays for %d points beside %d %d dollars a minute",
    (ours, others, usd) => {
      expect(poolIncome(2_880, ours, others)).toBeCloseTo(usd, 12);
    },
  );
});

describe("what fills cost", () => {
  const ASSUMED = { sharesPerMinute: 20, adverseBp: 200 };
  const fill = (
    heardMs: number,
    after5s: number | null,
    changed: Partial<RecentFill> = {},
  ): RecentFill => ({
    side: "BUY",
    price: priceBp(4900),
    size: shares(30),
    heardAt: instant(heardMs),
    midBp: 5000,
    markoutBp: { after1s: null, after5s, after15s: null },
    ...changed,
  });
  const NOW_MS = 600_000;
  const seen = (
    fills: readonly RecentFill[],
    nowMs = NOW_MS,
  ): Pick<View, "fills" | "now" | "market"> => ({
    fills,
    now: instant(nowMs),
    market: MARKET,
  });

  it.each<[what: string, fills: readonly RecentFill[], perMinute: number, adverseBp: number]>([
    // Six minutes in all, one of them assumed.
    ["nothing but what is assumed", [], 20 / 6, 200],
    ["one that is not judged yet", [fill(NOW_MS - 2_000, null)], 50 / 6, 200],
    // 100 from the middle, and 40 lost: it went 140 against us; (20 * 200 + 30 * 140) / 50.
    ["one that has lost", [fill(NOW_MS - 9_000, -40)], 50 / 6, 164],
    // 20 * 200 + 30 * (100 - 90), by 50.
    ["one that has earned", [fill(NOW_MS - 9_000, 90)], 50 / 6, 86],
    // The middle was beyond its price already: it counts as none, not as a gain.
    ["one that was swept", [fill(NOW_MS - 9_000, -140, { midBp: 4800 })], 50 / 6, 164],
    [
      "one sold: 5200 is 200 from the middle, and 60 were lost",
      [fill(NOW_MS - 9_000, -60, { side: "SELL", price: priceBp(5200) })],
      50 / 6,
      (20 * 200 + 30 * 260) / 50,
    ],
    ["one without a middle", [fill(NOW_MS - 9_000, null, { midBp: null })], 50 / 6, 200],
    ["one of long ago", [fill(NOW_MS - COUNTED_MS - 1, -400)], 20 / 6, 200],
  ])("is by %s", (_what, fills, perMinute, adverseBp) => {
    const cost = fillCost(seen(fills), ASSUMED);
    expect(cost.sharesPerMinute).toBeCloseTo(perMinute, 12);
    expect(cost.adverseBp).toBeCloseTo(adverseBp, 12);
  });

  it("is counted since the market opened, where that is less long ago", () => {
    // (20 + 30) / (1 + 1).
    expect(fillCost(seen([fill(50_000, null)], 60_000), ASSUMED).sharesPerMinute).toBeCloseTo(
      25,
      12,
    );
    const unopened = { ...seen([]), market: { ...MARKET, opensAt: after(MARKET.opensAt, 9e6) } };
    expect(fillCost(unopened, ASSUMED).sharesPerMinute).toBe(20);
    expect(fillCost(seen([]), { sharesPerMinute: 0, adverseBp: 7 })).toEqual({
      sharesPerMinute: 0,
      adverseBp: 7,
    });
  });

  it.each<[edges: readonly (number | null)[], usdPerMinute: number]>([
    // Ten shares a minute on each side.
    [[100, 150], 0.1 + 0.05],
    [[200, 500], 0],
    [[-100, 200], 0.3],
    [[null, 100], 0.1],
  ])(
    "with edges of %j is %d dollars a minute of 20 shares that go 200 against us",
    (edges, usd) => {
      expect(adverseLoss({ sharesPerMinute: 20, adverseBp: 200 }, edges)).toBeCloseTo(usd, 12);
    },
  );
});
