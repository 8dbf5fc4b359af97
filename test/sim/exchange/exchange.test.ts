import { describe, expect, it } from "vitest";
import { GTD_LIFE_MS_MIN } from "../../../src/sim/exchange/orderChecks.ts";
import { MARKETS_KEPT } from "../../../src/sim/exchange/timeStep.ts";
import { orderById } from "../../../src/sim/exchange/orders.ts";
import { holdingsOf, liveOrders, type VenueFact } from "../../../src/sim/exchange/state.ts";
import { epochMs, marketId, orderId, type OrderTicket, tokenId } from "../../../src/types/index.ts";
import {
  exchangeHarness,
  type ExchangeHarness,
  dollars,
  HIGHER,
  LOWER,
  only,
  reasonOf,
  shares,
  START,
  STRIKE,
  type Terms,
  WINDOW_MS,
} from "./exchangeHarness.ts";

const cashOf = (venue: ExchangeHarness, account: string): number | undefined =>
  venue.state().accounts.get(account)?.cash;

/** `a` and `b` mint: `a` pays 0.40 a share for YES, `b` 0.60 for NO. */
function minted(venue: ExchangeHarness, size: number): void {
  venue.place({ account: "a", id: "a1", token: "YES", side: "BUY", price: 4000, size });
  venue.place({ account: "b", id: "b1", token: "NO", side: "BUY", price: 6000, size });
}

const BUY = { account: "a", id: "x", token: "YES", side: "BUY", price: 5000, size: 10 } as const;

describe("the checks of an order", () => {
  const ask = (terms: Partial<Terms>, ticket: Partial<OrderTicket> = {}) =>
    exchangeHarness({ a: 100 }).place({
      ...BUY,
      ...terms,
      ticket,
    });

  it.each([
    ["a price between two ticks", ask({ price: 5050 }), "tickSize"],
    ["a price above the last tick", ask({ price: 9950 }), "tickSize"],
    ["a price below the first tick", ask({ price: 50 }), "tickSize"],
    ["less than the minimum", ask({ size: 4.99 }), "orderSizeMin"],
    ["a broken lot", ask({ size: 5.001 }), "unclassified"],
    ["an expiry too soon", ask({}, { expiresAt: epochMs(START + 179_999) }), "expiration"],
    ["a market nobody knows", ask({}, { market: marketId("other") }), "marketClosed"],
    ["a token of another market", ask({}, { tokenId: tokenId("other") }), "marketClosed"],
    ["more dollars than there are", ask({ price: 5000, size: 200.01 }), "insufficientBalance"],
    ["shares nobody gave it", ask({ side: "SELL" }), "insufficientBalance"],
    ["all its dollars", ask({ price: 5000, size: 200 }), null],
    ["the shortest life", ask({}, { expiresAt: epochMs(START + GTD_LIFE_MS_MIN) }), null],
    ["the lowest price", ask({ price: 100 }), null],
    ["the highest price", ask({ price: 9900 }), null],
  ])("of %s", (_, facts, reason) => {
    expect(reasonOf(facts)).toBe(reason);
    expect(only(facts, "order.changed")).toHaveLength(reason === null ? 1 : 0);
  });

  it("answer in the venue's texts", () => {
    const venue = exchangeHarness({ a: 100 });
    const buy = { account: "a", token: "YES", side: "BUY", price: 5000 } as const;
    venue.place({ ...buy, id: "first", size: 100 });
    const [refused] = only(venue.place({ ...buy, id: "second", size: 101 }), "order.refused");
    expect(refused?.refusal.text).toBe(
      "not enough balance / allowance: the balance is not enough -> balance: 100000000, " +
        "sum of active orders: 50000000, sum of matched orders: 0, " +
        "order amount (inc. fees): 50500000",
    );
    const [tick] = only(
      venue.place({ ...buy, id: "third", price: 5050, size: 5 }),
      "order.refused",
    );
    expect(tick?.refusal.text).toBe(
      "order third is invalid. Price (0.505) breaks minimum tick size rule: 0.01",
    );
  });

  it("refuse an id a second time, even after the order has ended", () => {
    const venue = exchangeHarness({ a: 100 });
    const terms = {
      account: "a",
      id: "x",
      token: "YES",
      side: "BUY",
      price: 100,
      size: 5,
    } as const;
    venue.place(terms);
    expect(reasonOf(venue.place(terms))).toBe("duplicate");
    venue.cancel("a", "x");
    expect(reasonOf(venue.place(terms))).toBe("duplicate");
  });

  it("refuse a post-only order that would match, and accept one that would not", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    venue.place({ account: "a", id: "a1", token: "YES", side: "BUY", price: 5000, size: 10 });
    const asking = { account: "b", token: "NO", side: "BUY", size: 10 } as const;
    const ticket = { postOnly: true };
    expect(reasonOf(venue.place({ ...asking, id: "b1", price: 5000, ticket }))).toBe(
      "postOnlyCross",
    );
    expect(reasonOf(venue.place({ ...asking, id: "b2", price: 4900, ticket }))).toBeNull();
  });

  it("count live BUYs of both tokens against the same dollars, until they are cancelled", () => {
    const venue = exchangeHarness({ a: 100 });
    const buy = { account: "a", side: "BUY", price: 5000 } as const;
    venue.place({ ...buy, id: "yes", token: "YES", size: 100 });
    expect(reasonOf(venue.place({ ...buy, id: "no", token: "NO", price: 4900, size: 103 }))).toBe(
      "insufficientBalance",
    );
    venue.cancel("a", "yes");
    expect(reasonOf(venue.place({ ...buy, id: "again", token: "NO", size: 200 }))).toBeNull();
  });

  it("let bought shares be sold once they are mined, and no share twice", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    minted(venue, 50);
    const sell = { account: "a", token: "YES", side: "SELL", price: 9000 } as const;
    venue.wait(2_999);
    expect(reasonOf(venue.place({ ...sell, id: "early", size: 5 }))).toBe("insufficientBalance");
    venue.wait(1);
    expect(reasonOf(venue.place({ ...sell, id: "s1", size: 45 }))).toBeNull();
    expect(reasonOf(venue.place({ ...sell, id: "s2", size: 6 }))).toBe("insufficientBalance");
    expect(reasonOf(venue.place({ ...sell, id: "s3", size: 5 }))).toBeNull();
  });

  it("count sold shares and spent dollars as gone before they are mined", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    minted(venue, 50);
    venue.wait(3_000);
    venue.place({ account: "b", id: "b2", token: "YES", side: "BUY", price: 5000, size: 50 });
    venue.place({ account: "a", id: "a2", token: "YES", side: "SELL", price: 5000, size: 50 });
    const sell = { account: "a", token: "YES", side: "SELL", price: 9000, size: 5 } as const;
    expect(reasonOf(venue.place({ ...sell, id: "a3" }))).toBe("insufficientBalance");
    const buy = { account: "b", token: "YES", side: "BUY", price: 5000 } as const;
    expect(cashOf(venue, "b")).toBe(dollars(70));
    expect(reasonOf(venue.place({ ...buy, id: "b3", size: 90.01 }))).toBe("insufficientBalance");
    expect(reasonOf(venue.place({ ...buy, id: "b4", size: 90 }))).toBeNull();
  });
});

describe("a FAK order", () => {
  /** A buyer of NO offers ten YES at 0.52, and ten more at 0.54. */
  const offering = (): ExchangeHarness => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    venue.place({ account: "b", id: "b1", token: "NO", side: "BUY", price: 4800, size: 10 });
    venue.place({ account: "b", id: "b2", token: "NO", side: "BUY", price: 4600, size: 10 });
    return venue;
  };
  const fak = (venue: ExchangeHarness, terms: Partial<Terms> = {}) =>
    venue.place({ ...BUY, price: 5200, ...terms, ticket: { orderType: "FAK" } });
  const ends = (facts: readonly VenueFact[]) =>
    only(facts, "order.changed")
      .filter(({ cause, order }) => cause === "matched" && order.id === "x")
      .map(({ order }) => [order.status, order.matched]);
  const types = (facts: readonly VenueFact[]) =>
    only(facts, "trade.changed").map(({ trade }) => trade.type);

  it("takes what it can; the rest of it is cancelled instead of resting", () => {
    const venue = offering();
    const facts = fak(venue, { size: 25 });
    expect(ends(facts)).toEqual([["cancelled", shares(10)]]);
    expect(types(facts)).toEqual(["mint"]);
    expect(liveOrders(venue.market(), "a")).toEqual([]);
    expect(orderById(venue.market(), orderId("x"))?.status).toBe("cancelled");
    // Only the part that matched is reserved: 5.20 of 100 dollars.
    expect(reasonOf(venue.place({ ...BUY, id: "y", price: 4000, size: 237 }))).toBeNull();
  });

  it("fills completely if there is enough, through as many prices as its limit allows", () => {
    const facts = fak(offering(), { price: 5400, size: 20 });
    expect(ends(facts)).toEqual([["matched", shares(20)]]);
    expect(types(facts)).toEqual(["mint", "mint"]);
  });

  it("is refused if it would match nothing, and is not kept", () => {
    const venue = offering();
    const facts = fak(venue, { price: 5100 });
    expect(only(facts, "order.refused")[0]?.refusal).toEqual({
      reason: "unmatched",
      text:
        "no orders found to match with FAK order. " +
        "FAK orders are partially filled or killed if no match is found.",
      retryAfterMs: null,
    });
    expect(facts).toHaveLength(1);
    expect(orderById(venue.market(), orderId("x"))).toBeUndefined();
    expect(reasonOf(fak(exchangeHarness({ a: 100 })))).toBe("unmatched");
  });

  it.each([
    ["sells YES to a buyer of it", "YES", "BUY", 4000, ["complementary"]],
    ["sells YES together with a seller of NO", "NO", "SELL", 6000, ["merge"]],
  ] as const)("%s, and keeps the shares that were not matched", (_, token, side, price, type) => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    minted(venue, 50);
    venue.wait(3_000);
    venue.place({ account: "b", id: "b2", token, side, price, size: 10 });
    const facts = fak(venue, { side: "SELL", price: 4000, size: 50 });
    expect(ends(facts)).toEqual([["cancelled", shares(10)]]);
    expect(types(facts)).toEqual(type);
    const sell = { account: "a", token: "YES", side: "SELL", price: 9900 } as const;
    expect(reasonOf(venue.place({ ...sell, id: "y", size: 40.01 }))).toBe("insufficientBalance");
    expect(reasonOf(venue.place({ ...sell, id: "z", size: 40 }))).toBeNull();
  });

  it("with the NO token takes a bid for the YES token", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    venue.place({ account: "b", id: "b1", token: "YES", side: "BUY", price: 4800, size: 10 });
    const facts = fak(venue, { token: "NO", price: 5300, size: 15 });
    expect(ends(facts)).toEqual([["cancelled", shares(10)]]);
    expect(only(facts, "trade.changed")[0]?.trade.legs[0]?.fill).toMatchObject({
      token: "NO",
      side: "BUY",
      price: 5200,
      size: shares(10),
    });
  });
});

describe("cancelling", () => {
  it("ends live orders, and says for each other id why not", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    minted(venue, 10);
    venue.place({ account: "a", id: "a2", token: "YES", side: "BUY", price: 100, size: 10 });
    const facts = venue.cancel("a", "a1", "a2", "a2", "b1", "never");
    expect(only(facts, "order.changed").map(({ order }) => [order.id, order.status])).toEqual([
      ["a2", "cancelled"],
    ]);
    expect(only(facts, "cancel.refused").map((fact) => [fact.orderId, fact.refusal.text])).toEqual([
      ["a1", "matched orders can't be canceled"],
      ["a2", "the order is already canceled"],
      ["b1", "order can't be found - already canceled or matched"],
      ["never", "order can't be found - already canceled or matched"],
    ]);
  });

  it("everything spares other accounts and, by market, other markets", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    const buy = { token: "YES", side: "BUY", price: 4000, size: 10 } as const;
    venue.place({ ...buy, account: "a", id: "a1" });
    venue.place({ ...buy, account: "a", id: "a2" });
    venue.place({ ...buy, account: "b", id: "b1" });
    venue.run({ type: "cancelAll", account: "a", market: marketId("other") });
    expect(liveOrders(venue.market(), "a")).toHaveLength(2);
    venue.run({ type: "cancelAll", account: "a", market: null });
    expect(liveOrders(venue.market(), "a")).toEqual([]);
    expect(liveOrders(venue.market(), "b")).toHaveLength(1);
  });
});

describe("time", () => {
  it("settles a trade in three steps, and moves shares and dollars with the second", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    venue.place({ account: "a", id: "a1", token: "YES", side: "BUY", price: 4000, size: 10 });
    const taking = { account: "b", id: "b1", token: "NO", side: "BUY", price: 6000 } as const;
    const said = [venue.place({ ...taking, size: 10 }), venue.wait(2_999), venue.wait(1)];
    expect([cashOf(venue, "a"), cashOf(venue, "b")]).toEqual([dollars(96), dollars(94)]);
    expect(holdingsOf(venue.market(), "a")).toEqual({ YES: shares(10), NO: 0 });
    expect(holdingsOf(venue.market(), "b")).toEqual({ YES: 0, NO: shares(10) });
    said.push(venue.wait(3_999), venue.wait(1), venue.wait(60_000));
    const statuses = said.map((facts) =>
      only(facts, "trade.changed").map(({ trade }) => trade.status),
    );
    expect(statuses).toEqual([["matched"], [], ["mined"], [], ["confirmed"], []]);
  });

  it("mines a trade by a second attempt if the first one fails", () => {
    const venue = exchangeHarness(
      { a: 100, b: 100 },
      { settlement: () => ({ retriedAfterMs: 1_000 }) },
    );
    minted(venue, 10);
    const said = [venue.wait(999), venue.wait(1), venue.wait(1_999)];
    expect(cashOf(venue, "a")).toBe(dollars(100));
    // The dollars stay reserved meanwhile.
    expect(reasonOf(venue.place({ ...BUY, size: 192.01 }))).toBe("insufficientBalance");
    said.push(venue.wait(1), venue.wait(4_000));
    const statuses = said.map((facts) =>
      only(facts, "trade.changed").map(({ trade }) => trade.status),
    );
    expect(statuses).toEqual([[], ["retrying"], [], ["mined"], ["confirmed"]]);
    expect(cashOf(venue, "a")).toBe(dollars(96));
  });

  it("lets a trade fail: nothing moves, and the dollars are free again", () => {
    const venue = exchangeHarness({ a: 100, b: 100 }, { settlement: () => ({ fails: true }) });
    minted(venue, 10);
    expect(reasonOf(venue.place({ ...BUY, size: 200 }))).toBe("insufficientBalance");
    const failed = only(venue.wait(3_000), "trade.changed");
    expect(failed.map(({ trade }) => trade.status)).toEqual(["failed"]);
    expect(holdingsOf(venue.market(), "a")).toEqual({ YES: 0, NO: 0 });
    expect(reasonOf(venue.place({ ...BUY, size: 200 }))).toBeNull();
    expect(only(venue.wait(60_000), "trade.changed")).toEqual([]);
    // The order stays matched all the same.
    expect(orderById(venue.market(), orderId("a1"))?.status).toBe("matched");
    expect(venue.market().finished).toMatchObject([{ status: "failed" }]);
  });

  it("reverses a mined trade where it would be confirmed, and gives back what it moved", () => {
    const venue = exchangeHarness({ a: 100, b: 100 }, { settlement: () => ({ isReversed: true }) });
    minted(venue, 10);
    const statuses = [venue.wait(3_000), venue.wait(60_000)].map((facts) =>
      only(facts, "trade.changed").map(({ trade }) => trade.status),
    );
    expect(statuses).toEqual([["mined"], ["failed"]]);
    expect(holdingsOf(venue.market(), "a")).toEqual({ YES: 0, NO: 0 });
    expect(cashOf(venue, "a")).toBe(dollars(100));
  });

  it("confirms a trade that it would reverse where the shares have been sold", () => {
    let count = 0;
    const venue = exchangeHarness(
      { a: 100, b: 100 },
      { settlement: () => ({ isReversed: (count += 1) === 1, confirmedAfterMs: 20_000 }) },
    );
    minted(venue, 10);
    venue.wait(3_000);
    venue.place({ account: "a", id: "out", token: "YES", side: "SELL", price: 5000, size: 10 });
    venue.place({ account: "b", id: "in", token: "YES", side: "BUY", price: 5000, size: 10 });
    venue.wait(4_000);
    expect(holdingsOf(venue.market(), "a")).toMatchObject({ YES: 0 });
    venue.wait(60_000);
    expect(venue.market().finished.map(({ status }) => status)).toEqual(["confirmed", "confirmed"]);
    expect(holdingsOf(venue.market(), "a")).toMatchObject({ YES: 0 });
  });

  it("removes a GTD order a minute before the time it states", () => {
    const venue = exchangeHarness({ a: 100 });
    venue.place({
      ...BUY,
      ticket: { expiresAt: epochMs(START + GTD_LIFE_MS_MIN) },
    });
    expect(venue.wait(GTD_LIFE_MS_MIN - 60_001)).toEqual([]);
    expect(only(venue.wait(1), "order.changed")).toMatchObject([
      { cause: "expired", order: { id: "x", status: "cancelled" } },
    ]);
  });

  it("ends a window: orders are cancelled, the next opens at this price, then it pays", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    minted(venue, 50);
    const resting = { account: "a", token: "YES", side: "BUY", price: 1000, size: 10 } as const;
    venue.place({ ...resting, id: "left" });
    const { id, tokenIds } = venue.market().market;
    venue.wait(WINDOW_MS - 1);
    venue.run({ type: "reference", price: HIGHER });
    const ended = venue.wait(1);
    expect(only(ended, "order.changed")).toMatchObject([
      { cause: "marketEnded", order: { id: "left", status: "cancelled" } },
    ]);
    expect(only(ended, "market.opened")).toMatchObject([
      { market: { strike: HIGHER, opensAt: START + WINDOW_MS } },
    ]);
    const ticket = { market: id, tokenId: tokenIds.YES };
    expect(reasonOf(venue.place({ ...resting, id: "late", ticket }))).toBe("marketClosed");
    expect(only(venue.wait(1_999), "market.resolved")).toEqual([]);
    expect(only(venue.wait(1), "market.resolved")).toEqual([
      { type: "market.resolved", market: id, winner: "YES" },
    ]);
    expect([cashOf(venue, "a"), cashOf(venue, "b")]).toEqual([dollars(130), dollars(70)]);
    expect(only(venue.wait(60_000), "market.resolved")).toEqual([]);
  });

  it.each([
    [HIGHER, "YES"],
    [STRIKE, "YES"],
    [LOWER, "NO"],
  ])("a reference of %i at the end makes %s win", (price, winner) => {
    const venue = exchangeHarness({});
    venue.run({ type: "reference", price });
    venue.wait(WINDOW_MS);
    expect(only(venue.wait(2_000), "market.resolved")).toMatchObject([{ winner }]);
  });

  it("pays shares that are mined after the resolution to their buyer", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    minted(venue, 50);
    venue.wait(WINDOW_MS - 100);
    venue.place({ account: "b", id: "b2", token: "YES", side: "BUY", price: 5000, size: 20 });
    venue.place({ account: "a", id: "a2", token: "YES", side: "SELL", price: 5000, size: 20 });
    venue.wait(100);
    venue.wait(2_000);
    // 100 spent 20 on 50 YES; 30 of them are paid, 20 are sold and still on their way.
    expect([cashOf(venue, "a"), cashOf(venue, "b")]).toEqual([dollars(110), dollars(70)]);
    venue.wait(1_000);
    expect([cashOf(venue, "a"), cashOf(venue, "b")]).toEqual([dollars(120), dollars(80)]);
  });

  it("keeps a bounded number of windows", () => {
    const venue = exchangeHarness({}, { windowMs: 60_000 });
    for (let window = 0; window < 2 * MARKETS_KEPT; window += 1) venue.wait(60_000);
    expect(venue.state().markets.size).toBe(MARKETS_KEPT);
  });

  it("cancels every order of an account without a heartbeat, at the first check after 10 s", () => {
    const venue = exchangeHarness({ a: 100, b: 100 });
    const buy = { token: "YES", side: "BUY", price: 4000, size: 10 } as const;
    venue.place({ ...buy, account: "a", id: "a1" });
    venue.place({ ...buy, account: "b", id: "b1" });
    expect(only(venue.wait(60_000), "heartbeat.lapsed")).toEqual([]);
    venue.run({ type: "heartbeat", account: "a" });
    venue.wait(9_000);
    venue.run({ type: "heartbeat", account: "a" });
    const quiet = [venue.wait(5_000), venue.wait(4_999)].flat();
    expect(only(quiet, "heartbeat.lapsed")).toEqual([]);
    const lapsed = venue.wait(5_000);
    expect(only(lapsed, "heartbeat.lapsed")).toEqual([{ type: "heartbeat.lapsed", account: "a" }]);
    expect(orderById(venue.market(), orderId("a1"))?.status).toBe("cancelled");
    expect(orderById(venue.market(), orderId("b1"))?.status).toBe("live");
    venue.place({ ...buy, account: "a", id: "a2" });
    expect(only(venue.wait(60_000), "heartbeat.lapsed")).toEqual([]);
  });
});
