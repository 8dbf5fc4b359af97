/** An order of ours that has waited, beside a better price at the end of another queue. */
import { describe, expect, it } from "vitest";
import { strategyParameters } from "../../src/streams/strategy/index.ts";
import type { RestingOrder, View } from "../../src/streams/strategy/index.ts";
import { leaning } from "../../src/streams/strategy/skew.ts";
import { type PublicTrade, complement, microShares, priceBp } from "../../src/types/index.ts";
import { inventory, shares } from "../support/builders.ts";
import { MARKET, instant } from "../marbles/streams/legend.ts";
import { NOTHING_RECENT } from "../support/quoting.ts";

const NOW_MS = 10_000;
const level = (cents: number, size: number) => ({
  price: priceBp(cents * 100),
  size: shares(size),
});
/** Takers have brought 20 shares a second down to 47 cents, and as many up to 53. */
const trades: readonly PublicTrade[] = Array.from({ length: 20 }, (_, index) => ({
  price: priceBp(index % 2 === 0 ? 4_700 : 5_300),
  size: shares(20),
  takerSide: index % 2 === 0 ? "SELL" : "BUY",
  receivedAt: instant(index * 500),
}));
const LONG_QUEUES = {
  bids: [level(49, 400), level(48, 400), level(47, 400)],
  asks: [level(51, 400), level(52, 400), level(53, 400)],
};
const NO_BOOK = { bids: [], asks: [] };

const resting = (changed: Partial<RestingOrder>): RestingOrder => ({
  token: "YES",
  side: "BUY",
  price: priceBp(4_700),
  size: shares(20),
  ahead: shares(0),
  ageMs: 5_000,
  ...changed,
});

const view = (order: RestingOrder | null, changed: Partial<View> = {}): View => ({
  now: instant(NOW_MS),
  market: MARKET,
  book: { value: { YES: LONG_QUEUES, NO: NO_BOOK }, receivedAt: instant(NOW_MS) },
  reference: { price: null, variancePerSecond: 0, isHeld: false },
  inventory: inventory(),
  inventoryStep: 0,
  settlement: null,
  marketOffset: null,
  orders: order === null ? [] : [order],
  ended: [],
  ...NOTHING_RECENT,
  trades,
  ...changed,
});

const PARAMETERS = { ...strategyParameters.parse({}), queueHorizonMs: 10_000, replaceCostUsd: 0 };
/** Around 50 cents, two cents on each side: 48 and 52. */
const legs = (seen: View, parameters = PARAMETERS) => {
  const { bid, ask } = leaning(seen, { probability: 0.5, halfBp: 200 }, parameters);
  return [bid?.price, ask?.price];
};

describe("a place in the queue", () => {
  it("is kept where it is worth more than a better price behind 400 shares", () => {
    // 200 shares come in ten seconds: nearly all of 20 in front of its queue, or a seventh of it.
    expect(legs(view(resting({})))).toEqual([4_700, 5_200]);
  });

  it("is kept on the other side, and of the other token, alike", () => {
    expect(legs(view(resting({ side: "SELL", price: priceBp(5_300) })))).toEqual([4_800, 5_300]);
    const no = { token: "NO", side: "BUY", price: complement(priceBp(5_300)) } as const;
    expect(legs(view(resting(no)))).toEqual([4_800, 5_300]);
  });

  it.each([
    ["by default", resting({}), {}, strategyParameters.parse({})],
    ["with as many shares before it", resting({ ahead: shares(400) }), {}, PARAMETERS],
    ["where nobody is at the better price", resting({}), { book: null }, PARAMETERS],
    ["where its queue is not known", resting({ ahead: null }), {}, PARAMETERS],
    ["where nothing was traded", resting({}), { trades: [] }, PARAMETERS],
    ["without an order", null, {}, PARAMETERS],
  ])("is left %s", (_where, order, changed, parameters) => {
    expect(legs(view(order, changed), parameters)).toEqual([4_800, 5_200]);
  });

  it("is no reason to rest nearer to fair than is wanted", () => {
    expect(legs(view(resting({ price: priceBp(4_900) })))).toEqual([4_800, 5_200]);
  });

  it("is left where only trades that never came so far would fill it", () => {
    const high = trades.map((trade) => ({ ...trade, price: priceBp(4_900), takerSide: null }));
    expect(legs(view(resting({ ahead: microShares(0) }), { trades: high }))[0]).toBe(4_800);
  });

  it("is kept for what a new order costs, where both are worth as much", () => {
    expect(legs(view(resting({ ahead: shares(600) })))[0]).toBe(4_800);
    expect(
      legs(view(resting({ ahead: shares(600) })), { ...PARAMETERS, replaceCostUsd: 1 })[0],
    ).toBe(4_700);
  });
});
