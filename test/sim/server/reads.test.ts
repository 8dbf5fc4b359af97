/** Reads of many tokens at once, of price history, and of an account that makes markets. */
import { describe, expect, it } from "vitest";
import { levels } from "../../../src/sim/exchange/matching.ts";
import { entryCount } from "../../../src/sim/exchange/layeredMap.ts";
import type { Trade } from "../../../src/sim/exchange/settlement.ts";
import type { VenueFact } from "../../../src/sim/exchange/state.ts";
import { DOLLAR_BP, formatPriceBp, NO_USDC, type Token } from "../../../src/types/index.ts";
import { client, control, get, request, type Served, served } from "./served.ts";

/** The best prices of a token in basis points, from the exchange's state. */
function best(venue: Served, token: Token) {
  const { bids, asks } = levels(venue.market().book, token);
  return { bid: bids[0]?.price ?? expect.unreachable(), ask: asks[0]?.price ?? Number.NaN };
}

const dollars = (valueBp: number): string => String(valueBp / DOLLAR_BP);

describe("many tokens at once", () => {
  const ask = (venue: Served, path: string, ids: readonly string[], more = {}) =>
    request(venue, "POST", path, {
      body: JSON.stringify(ids.map((token_id) => ({ token_id, ...more }))),
    });

  it("have the same values as one by one; tokens without a book are left out", async () => {
    const venue = await served();
    venue.run(30_000);
    const { YES, NO } = venue.market().market.tokenIds;
    const ids = [NO, "1", YES, NO];
    const [yes, no] = [best(venue, "YES"), best(venue, "NO")];
    expect((await ask(venue, "/midpoints", ids)).body).toEqual({
      [YES]: dollars((yes.bid + yes.ask) / 2),
      [NO]: dollars((no.bid + no.ask) / 2),
    });
    expect((await ask(venue, "/spreads", ids)).body).toEqual({
      [YES]: dollars(yes.ask - yes.bid),
      [NO]: dollars(no.ask - no.bid),
    });
    const body = JSON.stringify([
      { token_id: YES, side: "SELL" },
      { token_id: YES, side: "BUY" },
      { token_id: NO, side: "SELL" },
    ]);
    expect((await request(venue, "POST", "/prices", { body })).body).toEqual({
      [YES]: { BUY: dollars(yes.bid), SELL: dollars(yes.ask) },
      [NO]: { SELL: dollars(no.ask) },
    });
    const alone = (await get(venue, `/last-trade-price?token_id=${YES}`)).body;
    expect((await ask(venue, "/last-trades-prices", ids)).body).toEqual([
      { token_id: NO, ...alone },
      { token_id: YES, ...alone },
    ]);
  });

  it.each(["/midpoints", "/spreads", "/prices", "/last-trades-prices"])(
    "are refused in other words, and beyond a bound: %s",
    async (path) => {
      const venue = await served();
      const refusal = { status: 400, body: { error: "Invalid order payload" } };
      expect(await request(venue, "POST", path, { body: "{}" })).toEqual(refusal);
      const most = await ask(venue, path, Array<string>(501).fill("1"), { side: "BUY" });
      expect(most).toEqual(refusal);
    },
  );
});

describe("the price history of a token", () => {
  it("is its last trade of every minute, for ended windows too", async () => {
    const trades: Trade[] = [];
    const audit = (fact: VenueFact): void => {
      if (fact.type === "trade.changed" && fact.trade.status === "matched") trades.push(fact.trade);
    };
    const venue = await served({ audit });
    venue.run(200_000);
    // Trades between simulated traders are on no user channel, and of most only the price is kept.
    const { market, finished, prints } = venue.market();
    expect(finished).toEqual([]);
    expect(entryCount(prints)).toBeGreaterThan(10);
    const history = async (token: Token, more = "") =>
      (await get(venue, `/prices-history?market=${market.tokenIds[token]}${more}`)).body.history;
    const yes = await history("YES");
    const minutes = new Set(trades.map(({ matchedAt }) => Math.floor(matchedAt / 60_000)));
    expect(yes.map(({ t }: { t: number }) => Math.floor(t / 60))).toEqual(
      [...minutes].toSorted((a, b) => a - b),
    );
    expect(yes.length).toBeGreaterThan(2);
    const last = trades.toSorted((a, b) => a.matchedAt - b.matchedAt).at(-1)?.legs[0]?.fill;
    const price = Number(formatPriceBp(last?.price ?? expect.unreachable("no trade")));
    expect(yes.at(-1).p).toBeCloseTo(last?.token === "YES" ? price : 1 - price, 9);
    const no = await history("NO");
    expect(no.at(-1).p).toBeCloseTo(1 - yes.at(-1).p, 9);
    expect(await history("YES", "&fidelity=60")).toEqual([yes.at(-1)]);
    expect(await history("YES", `&startTs=${yes.at(-1).t}`)).toEqual([yes.at(-1)]);
    expect(await history("YES", `&endTs=${yes[0].t}`)).toEqual([yes[0]]);
    venue.run(300_000);
    expect((await history("YES")).slice(0, yes.length - 1)).toEqual(yes.slice(0, -1));
    expect((await get(venue, "/prices-history?market=1")).body).toEqual({ history: [] });
    for (const bad of ["", "?market=1&interval=2y", "?market=1&fidelity=0"])
      expect((await get(venue, `/prices-history${bad}`)).status).toBe(400);
  });
});

/** An empty page, which is also the last. */
const NONE = { status: 200, body: { limit: 1_000, count: 0, next_cursor: "LTE=", data: [] } };

describe("the lists of markets", () => {
  it("have a short form with prices, and the lists of rewards are empty", async () => {
    const venue = await served();
    venue.run(2_000);
    const { market } = venue.market();
    const { bid, ask } = best(venue, "YES");
    const { body } = await get(venue, "/simplified-markets");
    expect(body).toMatchObject({ count: 1, next_cursor: "LTE=" });
    expect(body.data[0]).toMatchObject({
      condition_id: market.id,
      accepting_orders: true,
      tokens: [
        { token_id: market.tokenIds.YES, outcome: "Up", price: (bid + ask) / 2 / DOLLAR_BP },
        { token_id: market.tokenIds.NO, outcome: "Down" },
      ],
    });
    venue.run(480_000);
    const [over] = (await get(venue, "/simplified-markets")).body.data;
    expect(over).toMatchObject({ condition_id: market.id, closed: true });
    const prices = over.tokens.map(({ price }: { price: number }) => price);
    expect(prices.toSorted()).toEqual([0, 1]);
    for (const path of [
      "/sampling-markets",
      "/sampling-simplified-markets",
      "/rewards/markets/current",
      `/rewards/markets/${market.id}`,
    ])
      expect(await get(venue, path)).toEqual(NONE);
    const rebates = `/rebates/current?date=2026-11-22&maker_address=0x${"1".repeat(40)}`;
    expect(await get(venue, rebates)).toEqual({ status: 200, body: [] });
  });
});

describe("an account", () => {
  it("reads that its own orders do not score, and nothing of the orders of others", async () => {
    const venue = await served();
    const [us, other] = [await client(venue, 1), await client(venue, 2)];
    const { body } = await us.place(["BUY", "YES", 100, 20]);
    const id: string = body.orderID;
    expect(await us.ask("GET", `/order-scoring?order_id=${id}`)).toEqual({
      status: 200,
      body: { scoring: false },
    });
    expect((await other.ask("GET", `/order-scoring?order_id=${id}`)).status).toBe(404);
    const ids = JSON.stringify([id, "0x1"]);
    expect((await us.ask("POST", "/orders-scoring", ids)).body).toEqual({ [id]: false });
    expect((await other.ask("POST", "/orders-scoring", ids)).body).toEqual({});
    expect((await us.ask("POST", "/orders-scoring", "{}")).status).toBe(400);
  });

  it.each([
    { path: "/rewards/user?date=2026-11-22", answer: NONE },
    { path: "/rewards/user/markets?date=2026-11-22", answer: NONE },
    { path: "/rewards/user/total?date=2026-11-22", answer: { status: 200, body: [] } },
    { path: "/rewards/user/percentages", answer: { status: 200, body: {} } },
    { path: "/data/pre-migration-orders?next_cursor=MA==", answer: NONE },
  ])("with a resting order gets an empty answer at $path, which needs a key", async (one) => {
    const venue = await served();
    const us = await client(venue, 1);
    expect((await us.place(["BUY", "YES", 100, 20])).status).toBe(200);
    expect(await us.ask("GET", one.path)).toEqual(one.answer);
    expect((await get(venue, one.path)).status).toBe(401);
  });

  it.each(["GET", "PUT"])("may refresh its balance by %s, which does nothing", async (method) => {
    const venue = await served();
    const us = await client(venue, 1);
    const path = "/balance-allowance/update?asset_type=COLLATERAL";
    expect((await us.ask(method, path)).status).toBe(200);
    expect((await request(venue, method, path)).status).toBe(401);
  });

  it("reads its tier of rate limits", async () => {
    const venue = await served({ cash: NO_USDC });
    const us = await client(venue, 1);
    await control(venue, { do: "limits", enforcement: "enforced", tier: "gold" });
    expect(await us.ask("GET", "/v1/user/rate-limit-tier")).toEqual({
      status: 200,
      body: {
        tier: "gold",
        period: 30,
        tier_details: {
          orders: { rate: 400, burst: 600 },
          cancels: { rate: 800, burst: 1_200 },
          negative_balance: true,
        },
      },
    });
    expect((await get(venue, "/v1/user/rate-limit-tier")).status).toBe(401);
  });
});
