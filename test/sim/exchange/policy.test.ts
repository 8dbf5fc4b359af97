import { describe, expect, it } from "vitest";
import { MARKETS_KEPT } from "../../../src/sim/exchange/timeStep.ts";
import { takerFee } from "../../../src/sim/exchange/fees.ts";
import { ordersOn } from "../../../src/sim/exchange/ladder.ts";
import { orderById } from "../../../src/sim/exchange/orders.ts";
import { holdingsOf, NO_STRIKE } from "../../../src/sim/exchange/state.ts";
import { microShares, microUsdc, orderId, priceBp } from "../../../src/types/index.ts";
import {
  exchangeHarness,
  type ExchangeHarness,
  dollars,
  HIGHER,
  only,
  reasonOf,
  shares,
  STRIKE,
  type Terms,
  WINDOW_MS,
} from "./exchangeHarness.ts";

const FEE = { rateBp: 700, exponent: 1 };
const cashOf = (venue: ExchangeHarness, account: string): number | undefined =>
  venue.state().accounts.get(account)?.cash;
const orderOf = (venue: ExchangeHarness, id: string) => orderById(venue.market(), orderId(id));
const BID = { account: "m", id: "m1", token: "YES", side: "BUY", price: 4000, size: 50 } as const;
/** `m` bids 0.40 for YES; `t` buys NO at 0.60 or better, and they mint. */
const TAKE = { account: "t", id: "t1", token: "NO", side: "BUY", price: 6500, size: 50 } as const;

describe("the taker's fee", () => {
  // OrderFilled events on chain: shares, price, rate, fee. [fees.json]
  it.each([
    [7_575_758, 6600, 500, 85_000],
    [7_042_251, 7100, 500, 72_490],
    [1_219_511, 8200, 700, 12_590],
    [2_083_334, 4800, 700, 36_400],
    [7_570_000, 6500, 500, 86_100],
    [5_000_000, 3100, 500, 53_470],
    [21_130_000, 7000, 500, 221_860],
    [8_928_572, 5600, 500, 110_000],
    [5_149_310, 9710, 700, 10_140],
    [5_140_000, 9650, 700, 12_150],
  ])("of %i micro-shares at %i bp and %i bp is as on chain", (size, price, rateBp, fee) => {
    expect(takerFee({ rateBp, exponent: 1 }, priceBp(price), microShares(size))).toBe(fee);
  });

  it("is nothing below a hundred-thousandth of a dollar, and without a schedule", () => {
    expect(takerFee(FEE, priceBp(100), microShares(10_000))).toBe(0);
    expect(takerFee(null, priceBp(5000), shares(100))).toBe(0);
  });

  it("falls with the square where the exponent is two", () => {
    // 100 × 0.07 × 0.25² = 0.4375
    expect(takerFee({ rateBp: 700, exponent: 2 }, priceBp(5000), shares(100))).toBe(437_500);
  });

  it("is paid on top by a buyer, out of the proceeds by a seller, and by no maker", () => {
    const venue = exchangeHarness({ m: 100, t: 100 }, { policy: { fee: FEE } });
    venue.place(BID);
    const [trade] = only(venue.place(TAKE), "trade.changed");
    // 50 × 0.07 × 0.6 × 0.4
    expect(trade?.trade.legs.map(({ fill }) => fill.fee)).toEqual([840_000, 0]);
    venue.wait(3_000);
    expect(cashOf(venue, "t")).toBe(dollars(100) - dollars(30) - 840_000);
    expect(cashOf(venue, "m")).toBe(dollars(80));
    expect(venue.state().kept).toBe(840_000);
    venue.place({ ...BID, id: "m2", token: "NO", price: 5500, size: 20 });
    venue.place({ ...TAKE, id: "t2", side: "SELL", price: 5500, size: 20 });
    venue.wait(3_000);
    // 20 × 0.07 × 0.55 × 0.45 = 0.3465
    expect(cashOf(venue, "t")).toBe(dollars(70) - 840_000 + dollars(11) - 346_500);
  });

  it("counts when the balance is checked", () => {
    const rich = exchangeHarness({ m: 100, t: 30.84 }, { policy: { fee: FEE } });
    rich.place(BID);
    // The check counts 50 at 0.65, the limit, although the order fills at less.
    expect(only(rich.place(TAKE), "order.refused")[0]?.refusal.text).toContain(
      "order amount (inc. fees): 33340000",
    );
    expect(reasonOf(rich.place({ ...TAKE, price: 6000 }))).toBeNull();
    const poor = exchangeHarness({ m: 100, t: 30.83 }, { policy: { fee: FEE } });
    poor.place(BID);
    expect(reasonOf(poor.place({ ...TAKE, price: 6000 }))).toBe("insufficientBalance");
    // A resting order takes nothing and pays no fee.
    expect(reasonOf(poor.place({ ...TAKE, price: 5900, size: 52 }))).toBeNull();
  });
});

describe("a market BUY", () => {
  const offers = (venue: ExchangeHarness) => {
    venue.place({ ...BID, id: "m1", price: 6000, size: 10 });
    venue.place({ ...BID, id: "m2", price: 5000, size: 10 });
  };
  const spend = (venue: ExchangeHarness, amount: number, orderType: "FAK" | "FOK", price = 5000) =>
    venue.place({
      ...TAKE,
      price,
      size: Math.ceil((amount * 1e10) / price) / 1e6,
      ticket: { orderType, budget: microUsdc(dollars(amount)) },
    });

  it("spends its dollars, and buys more shares than expected when they are cheaper", () => {
    const venue = exchangeHarness({ m: 100, t: 100 });
    offers(venue);
    const facts = spend(venue, 6, "FOK");
    // Ten at 0.40, and the other two dollars at 0.50.
    expect(only(facts, "trade.changed").map(({ trade }) => trade.legs[0]?.fill.size)).toEqual([
      shares(10),
      shares(4),
    ]);
    expect(orderOf(venue, "t1")).toMatchObject({
      status: "matched",
      size: shares(14),
      matched: shares(14),
    });
    venue.wait(3_000);
    expect(cashOf(venue, "t")).toBe(dollars(94));
    expect(holdingsOf(venue.market(), "t").NO).toBe(shares(14));
  });

  it("buys parts of a lot; the venue keeps what rounding leaves", () => {
    const venue = exchangeHarness({ m: 100, t: 100 });
    venue.place({ ...BID, price: 5700, size: 50 });
    spend(venue, 10, "FOK", 4300);
    venue.wait(3_000);
    // 10 / 0.43 = 23.255813…
    expect(holdingsOf(venue.market(), "t").NO).toBe(23_255_813);
    expect(cashOf(venue, "t")).toBe(dollars(90));
    expect(venue.state().kept).toBe(
      dollars(200) - 23_255_813 - dollars(90) - (cashOf(venue, "m") ?? 0),
    );
    expect(venue.state().kept).toBeLessThanOrEqual(1);
  });

  it("fills completely or not at all as FOK, and takes what there is as FAK", () => {
    const venue = exchangeHarness({ m: 100, t: 100 });
    offers(venue);
    expect(reasonOf(spend(venue, 9.01, "FOK"))).toBe("unmatched");
    expect(reasonOf(spend(venue, 9.01, "FAK"))).toBeNull();
    expect(orderOf(venue, "t1")).toMatchObject({ status: "cancelled", matched: shares(20) });
    expect(venue.market().book.bids).toEqual([]);
  });

  it("needs its dollars, whatever number of shares it expects", () => {
    const venue = exchangeHarness({ m: 100, t: 5 });
    offers(venue);
    expect(reasonOf(spend(venue, 6, "FAK"))).toBe("insufficientBalance");
    // The expected shares, rounded up, would cost a millionth of a dollar too much.
    expect(reasonOf(spend(venue, 5, "FAK", 5300))).toBeNull();
  });
});

describe("an account that meets itself", () => {
  const own = { ...TAKE, account: "m" };

  it("trades with itself under `allow`", () => {
    const venue = exchangeHarness({ m: 100 });
    venue.place(BID);
    expect(only(venue.place(own), "trade.changed")).toHaveLength(1);
  });

  it("is refused as taker under `rejectTaker`", () => {
    const venue = exchangeHarness({ m: 100 }, { policy: { selfTrade: "rejectTaker" } });
    venue.place(BID);
    expect(reasonOf(venue.place(own))).toBe("unclassified");
    expect(orderOf(venue, "m1")?.status).toBe("live");
    expect(reasonOf(venue.place({ ...own, id: "below", price: 5900 }))).toBeNull();
  });

  it("loses its maker order under `cancelMaker`, and trades with the orders behind it", () => {
    const venue = exchangeHarness({ m: 100, o: 100 }, { policy: { selfTrade: "cancelMaker" } });
    venue.place(BID);
    venue.place({ ...BID, account: "o", id: "o1", size: 20 });
    const facts = venue.place({ ...own, size: 30 });
    expect(orderOf(venue, "m1")).toMatchObject({ status: "cancelled", endedBy: "selfTrade" });
    const [trade] = only(facts, "trade.changed");
    expect(trade?.trade.legs.map(({ account }) => account)).toEqual(["m", "o"]);
    expect(venue.market().book.bids).toEqual([]);
    expect(ordersOn(venue.market().book.asks)).toMatchObject([{ id: "t1", matched: shares(20) }]);
  });
});

describe("windows that trade before they begin", () => {
  const ahead = () => exchangeHarness({ m: 100, t: 100 }, { policy: { windowsAhead: 2 } });
  const windows = (venue: ExchangeHarness) => [...venue.state().markets.values()];
  /** In the window of this number, oldest first. */
  const inWindow = (venue: ExchangeHarness, index: number, terms: Partial<Terms> = {}) => {
    const { id, tokenIds } = windows(venue)[index]?.market ?? expect.unreachable("no window");
    const { token = BID.token } = terms;
    return venue.place({ ...BID, ...terms, ticket: { market: id, tokenId: tokenIds[token] } });
  };

  it("are as many as set; each begins when the last one ends, at the price of that moment", () => {
    const venue = ahead();
    const [first, second, third, more] = windows(venue);
    expect(more).toBeUndefined();
    expect(second?.market.opensAt).toBe(first?.market.endsAt);
    expect(third?.market.opensAt).toBe(second?.market.endsAt);
    expect([first, second, third].map((one) => one?.market.strike)).toEqual([
      STRIKE,
      NO_STRIKE,
      NO_STRIKE,
    ]);
    expect(venue.market().market.id).toBe(first?.market.id);
    venue.run({ type: "reference", price: HIGHER });
    const opened = only(venue.wait(WINDOW_MS), "market.opened");
    expect(opened.map(({ market }) => market.opensAt)).toEqual([third?.market.endsAt]);
    expect(venue.market().market).toMatchObject({ id: second?.market.id, strike: HIGHER });
    expect(windows(venue)).toHaveLength(4);
    for (let turns = 0; turns < 20; turns += 1) venue.wait(WINDOW_MS);
    expect(windows(venue)).toHaveLength(MARKETS_KEPT + 2);
    expect(windows(venue).filter(({ winner }) => winner === null)).toHaveLength(3);
  });

  it("keep their resting orders when they begin, and lose them when they end", () => {
    const venue = ahead();
    expect(reasonOf(inWindow(venue, 1))).toBeNull();
    venue.wait(WINDOW_MS);
    expect(ordersOn(venue.market().book.bids)).toMatchObject([{ id: "m1", status: "live" }]);
    expect(only(venue.wait(WINDOW_MS), "order.changed")).toMatchObject([{ cause: "marketEnded" }]);
  });

  it("reserve each on their own; dollars spent in one are gone in the others", () => {
    const venue = ahead();
    for (const index of [0, 1])
      expect(
        reasonOf(inWindow(venue, index, { id: `m${index}`, price: 5000, size: 150 })),
      ).toBeNull();
    expect(reasonOf(inWindow(venue, 0, { id: "more", price: 5000, size: 60 }))).toBe(
      "insufficientBalance",
    );
    inWindow(venue, 0, { account: "t", id: "t1", token: "NO", price: 5000, size: 120 });
    expect(only(venue.wait(3_000), "order.changed")).toMatchObject([
      { cause: "uncovered", order: { id: "m1" } },
    ]);
    expect(ordersOn(venue.market().book.bids)).toMatchObject([{ id: "m0", status: "live" }]);
  });

  it("an order without funds stays cancelled when trades of its own settle too", () => {
    const venue = ahead();
    inWindow(venue, 1, { id: "m1", price: 5000, size: 150 });
    inWindow(venue, 0, { id: "m0", price: 5000, size: 150 });
    for (const index of [0, 1])
      inWindow(venue, index, { account: "t", id: `t${index}`, token: "NO", price: 5000, size: 60 });
    const facts = only(venue.wait(3_000), "order.changed");
    expect(facts).toMatchObject([{ cause: "uncovered" }, { cause: "uncovered" }]);
    expect(windows(venue).flatMap(({ book }) => book.bids)).toEqual([]);
  });
});

describe("a wallet that is emptied", () => {
  const fund = (venue: ExchangeHarness, account: string, cash: number) =>
    venue.run({ type: "fund", account, cash: microUsdc(dollars(cash)) });

  it("loses the orders it no longer covers, and only those", () => {
    const venue = exchangeHarness({ m: 100 });
    venue.place({ ...BID, id: "dear", price: 4000 });
    venue.place({ ...BID, id: "cheap", price: 1000 });
    const facts = fund(venue, "m", 20);
    expect(only(facts, "order.changed")).toMatchObject([
      { cause: "uncovered", order: { id: "cheap", status: "cancelled", endedBy: "uncovered" } },
    ]);
    expect(fund(venue, "m", 19.99)).toMatchObject([{ cause: "uncovered" }, {}, {}]);
    venue.place({ ...BID, id: "other", token: "NO", price: 1000 });
    expect(only(fund(venue, "m", 4.99), "order.changed")).toMatchObject([
      { order: { id: "other" } },
    ]);
    expect(fund(venue, "nobody", 1)).toEqual([]);
  });

  it("loses them as well when the allowance no longer covers them", () => {
    const venue = exchangeHarness({ m: 100 });
    venue.place(BID);
    const allowance = { spender: "0xe1", amount: microUsdc(dollars(20) - 1) };
    const facts = venue.run({ type: "fund", account: "m", allowance });
    expect(only(facts, "order.changed")).toMatchObject([{ cause: "uncovered" }]);
    expect(only(venue.place({ ...BID, id: "m2" }), "order.refused")[0]?.refusal.text).toBe(
      "not enough balance / allowance: the allowance is not enough -> spender: 0xe1, " +
        "allowance: 19999999, sum of matched orders: 0, order amount (inc. fees): 20000000",
    );
    expect(reasonOf(venue.place({ ...BID, id: "m3", size: 49 }))).toBeNull();
  });

  it("fails the trades it cannot pay for, and nothing moves", () => {
    const venue = exchangeHarness({ m: 100, t: 100 });
    venue.place(BID);
    venue.place(TAKE);
    fund(venue, "m", 19);
    const facts = venue.wait(3_000);
    expect(only(facts, "trade.changed")).toMatchObject([{ trade: { status: "failed" } }]);
    expect([cashOf(venue, "m"), cashOf(venue, "t")]).toEqual([dollars(19), dollars(100)]);
    expect(holdingsOf(venue.market(), "t")).toEqual({ YES: 0, NO: 0 });
  });
});
