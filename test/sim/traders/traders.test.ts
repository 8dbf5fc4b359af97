import { describe, expect, it } from "vitest";
import { random } from "../../../src/sim/index.ts";
import { ordersOn } from "../../../src/sim/exchange/ladder.ts";
import { ordersIn } from "../../../src/sim/exchange/matching.ts";
import type { Order } from "../../../src/sim/exchange/order.ts";
import { seededSettlement } from "../../../src/sim/exchange/settlement.ts";
import { PLAIN_TRADERS, QUOTER, TAKER } from "../../../src/sim/traders/presets.ts";
import {
  hittingOrder,
  opinion,
  type Quoter,
  requote,
  type Taker,
  takerOrder,
} from "../../../src/sim/traders/traders.ts";
import { tradeId } from "../../../src/types/index.ts";
import {
  exchangeHarness,
  type ExchangeHarness,
  only,
  shares,
} from "../exchange/exchangeHarness.ts";

const [quoter = expect.unreachable()] = PLAIN_TRADERS.quoters;
const [taker = expect.unreachable()] = PLAIN_TRADERS.takers;
const PLAIN_NOISE = { type: "noise", towardsFair: { numerator: 1, denominator: 2 } } as const;

/** Moves the quoter's ladder in the book. */
function quote(venue: ExchangeHarness, fairBp: number, how: Partial<Quoter> = {}): void {
  const { cancels, places } = requote(venue.market(), { ...quoter, ...how }, fairBp, random(1));
  venue.cancel(QUOTER, ...cancels);
  for (const { token, side, price, size } of places) {
    const id = `${fairBp} ${token} ${price}`;
    venue.place({ account: QUOTER, id, token, side, price, size: size / shares(1) });
  }
}

function quoted(): ExchangeHarness {
  const venue = exchangeHarness({ [QUOTER]: 10_000, [TAKER]: 10_000, us: 1_000 });
  quote(venue, 5_000);
  return venue;
}

const ids = (orders: readonly Order[]): readonly string[] => orders.map(({ id }) => id);

describe("quoter", () => {
  it("buys both tokens at four prices each, and leaves room inside its spread", () => {
    const { bids, asks } = quoted().market().book;
    expect(ids(ordersOn(bids))).toEqual(
      ["47", "46", "45", "44"].map((cents) => `5000 YES ${cents}00`),
    );
    expect(ids(ordersOn(asks))).toEqual(
      ["47", "46", "45", "44"].map((cents) => `5000 NO ${cents}00`),
    );
  });

  it("keeps orders that are at a wanted price", () => {
    const venue = quoted();
    quote(venue, 5_100);
    const { bids, asks } = venue.market().book;
    expect(ids(ordersOn(bids))).toEqual([
      "5100 YES 4800",
      "5000 YES 4700",
      "5000 YES 4600",
      "5000 YES 4500",
    ]);
    expect(ids(ordersOn(asks))).toEqual([
      "5000 NO 4600",
      "5000 NO 4500",
      "5000 NO 4400",
      "5100 NO 4300",
    ]);
  });

  it("has one side only when the other has no price", () => {
    const venue = quoted();
    quote(venue, 9_990);
    expect(venue.market().book.bids).toHaveLength(4);
    expect(venue.market().book.asks).toEqual([]);
  });

  it("has two sides when its fair value stays off the ends", () => {
    const venue = exchangeHarness({ [QUOTER]: 10_000 });
    quote(venue, 9_990, { fairBpMin: 400 });
    expect(venue.market().book.bids).toHaveLength(4);
    expect(ids(ordersOn(venue.market().book.asks))).toEqual(["9990 NO 100"]);
  });

  it("renews orders at a wanted price at the given rate", () => {
    const { market } = quoted();
    const renewed = (numerator: number) =>
      requote(market(), { ...quoter, renews: { numerator, denominator: 4 } }, 5_000, random(1));
    expect(renewed(0)).toEqual({ cancels: [], places: [] });
    expect(renewed(4).cancels).toHaveLength(8);
    expect(renewed(4).places.map(({ token, price }) => `5000 ${token} ${price}`)).toEqual(
      renewed(4).cancels,
    );
    expect(renewed(2).cancels.length).toBeGreaterThan(0);
    expect(renewed(2).cancels.length).toBeLessThan(8);
  });
});

describe("a quoter's opinion", () => {
  it("is fair value, at once, unless it follows by steps", () => {
    expect(opinion(quoter, null, 4_000)).toEqual({ takenBp: 4_000, quotedBp: 4_000 });
    const before = { takenBp: 4_000, quotedBp: 4_000 };
    expect(opinion(quoter, before, 5_000)).toEqual({ takenBp: 5_000, quotedBp: 5_000 });
  });

  it("goes a share of the way at each step, and its quotes wait until that is far enough", () => {
    const slow = { ...quoter, follows: 0.25, holdBp: 300 };
    const first = opinion(slow, { takenBp: 4_000, quotedBp: 4_000 }, 5_000);
    // A quarter of 1,000 is less than 300; a quarter of the 750 that are left makes 437.5.
    expect(first).toEqual({ takenBp: 4_250, quotedBp: 4_000 });
    expect(opinion(slow, first, 5_000)).toEqual({ takenBp: 4_437.5, quotedBp: 4_437.5 });
  });
});

describe("taker", () => {
  const directions = (venue: ExchangeHarness, fairBp: number): number => {
    const chance = random(5);
    const orders = Array.from({ length: 400 }, () =>
      takerOrder(venue.market(), taker, fairBp, chance),
    );
    return orders.filter((order) => order?.side === "BUY" && order.token === "YES").length / 400;
  };

  it("leans towards fair value, and is not always right", () => {
    expect(directions(quoted(), 6_000)).toBeCloseTo(0.75, 1);
    expect(directions(quoted(), 4_000)).toBeCloseTo(0.25, 1);
  });

  it("sells the shares it has bought, once they are mined", () => {
    const venue = quoted();
    venue.place({ account: TAKER, id: "t", token: "YES", side: "BUY", price: 5300, size: 15 });
    const chance = random(5);
    const sales = () =>
      Array.from({ length: 100 }, () => takerOrder(venue.market(), taker, 4_000, chance)).filter(
        (order) => order?.side === "SELL",
      );
    expect(sales()).toEqual([]);
    venue.wait(3_000);
    expect(sales().length).toBeGreaterThan(10);
    for (const order of sales()) {
      expect(order?.token).toBe("YES");
      expect(order?.size).toBeLessThanOrEqual(shares(15));
    }
  });

  it("can leave a part of the best level standing, and goes no further", () => {
    const careful: Taker = {
      ...taker,
      size: { min: 500, max: 500 },
      motive: { ...PLAIN_NOISE, touchShareMax: 0.5 },
    };
    const venue = quoted();
    const chance = random(5);
    const { bids, asks } = venue.market().book;
    for (let round = 0; round < 50; round += 1) {
      const order = takerOrder(venue.market(), careful, 5_000, chance) ?? expect.unreachable();
      const level = (order.token === "YES" ? asks : bids)[0] ?? expect.unreachable();
      expect(order.price).toBe(5_300);
      // More than it wants is there: half of the level, in whole lots.
      expect(order.size).toBe(Math.floor(level.size / 2 / 10_000) * 10_000);
    }
  });

  it("has nothing to take from an empty book", () => {
    expect(takerOrder(exchangeHarness({}).market(), taker, 5_000, random(1))).toBeNull();
  });

  it.each(["YES", "NO"] as const)("takes the queue ahead to hit an order for %s", (token) => {
    const venue = quoted();
    const ours = { account: "us", id: "ours", token, side: "BUY", price: 4600, size: 20 } as const;
    venue.place(ours);
    const resting = ordersIn(venue.market().book).find(({ id }) => id === "ours");
    if (!resting) throw new Error("our order is not in the book");
    const order = hittingOrder(venue.market(), resting, random(1));
    const size = order.size / shares(1);
    const facts = venue.place({ ...order, account: TAKER, id: "t", size });
    const legs = only(facts, "trade.changed").flatMap(({ trade }) => trade.legs);
    const sizes = legs.filter(({ account }) => account === "us").map(({ fill }) => fill.size);
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeLessThanOrEqual(shares(20));
  });
});

describe("informed taker", () => {
  const informed: Taker = { ...taker, motive: { type: "informed", edgeBp: 100 } };
  const wanted = (fairBp: number) => takerOrder(quoted().market(), informed, fairBp, random(1));

  // The quoter bids 0.47 for either token: both are offered at 0.53.
  it.each([
    { fairBp: 5_000, order: null },
    { fairBp: 5_399, order: null },
    { fairBp: 5_400, order: { token: "YES", side: "BUY", price: 5_300 } },
    { fairBp: 5_950, order: { token: "YES", side: "BUY", price: 5_800 } },
    { fairBp: 4_601, order: null },
    { fairBp: 4_600, order: { token: "NO", side: "BUY", price: 5_300 } },
  ])("at fair value $fairBp takes an offer that leaves its edge: $order", ({ fairBp, order }) => {
    if (order) expect(wanted(fairBp)).toMatchObject(order);
    else expect(wanted(fairBp)).toBeNull();
  });

  it("draws sizes around the median, within the range", () => {
    const size = { min: 5, max: 200, logNormal: { median: 20, sigma: 1.5 } };
    const chance = random(3);
    const market = quoted().market();
    const sizes = Array.from({ length: 1_000 }, () => {
      const order = takerOrder(market, { ...informed, size }, 6_000, chance);
      return (order?.size ?? 0) / shares(1);
    }).toSorted((a, b) => a - b);
    expect(sizes[500]).toBeGreaterThan(17);
    expect(sizes[500]).toBeLessThan(23);
    expect(sizes[0]).toBe(5);
    expect(sizes.at(-1)).toBe(200);
  });
});

describe("settlement delays", () => {
  it("depend on the trade alone, not on the order of calls", () => {
    const settlement = seededSettlement(random(1));
    const first = settlement(tradeId("a"));
    const others = ["b", "c", "d", "e"].map((id) => settlement(tradeId(id)));
    expect(settlement(tradeId("a"))).toEqual(first);
    expect(new Set([first, ...others].map(({ minedAfterMs }) => minedAfterMs)).size).toBe(5);
    for (const { minedAfterMs, confirmedAfterMs } of others) {
      expect(minedAfterMs).toBeGreaterThanOrEqual(2_000);
      expect(minedAfterMs).toBeLessThanOrEqual(4_000);
      expect(confirmedAfterMs).toBeGreaterThanOrEqual(2_000);
      expect(confirmedAfterMs).toBeLessThanOrEqual(6_000);
    }
  });
});
