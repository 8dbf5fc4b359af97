/** The official client in windows of two series at once, as the venue that runs alone has them. */
import { OrderType, type PostOrdersArgs, Side as TheirSide } from "@polymarket/clob-client-v2";
import { expect, it } from "vitest";
import { holdingsOf, type MarketState } from "../../src/sim/exchange/state.ts";
import { MICRO, type MarketId } from "../../src/types/index.ts";
import { addressOf } from "../../src/venue/polymarket/sign/index.ts";
import { served, signer } from "../sim/server/served.ts";
import { keptWallet, official } from "./official.ts";
import { privateKey } from "./ours.ts";
import { servedSeries } from "../support/series.ts";

const NAMES = ["btc-updown-5m", "btc-updown-15m", "btc-updown-1h"] as const;

const SETTLED_MS = 12_000;
const FIVE_MINUTES_MS = 300_000;

it.each(["v1", "v2"] as const)("of generation %s: it trades in both", async (generation) => {
  const venue = await served({ generation, series: NAMES.map(servedSeries) });
  venue.run(2_000);
  const client = await official(venue, keptWallet(1));
  const owner = addressOf(signer, privateKey(1));
  const really = (id: MarketId): MarketState =>
    venue.state().markets.get(id) ?? expect.unreachable("no such market");
  const open = [...venue.state().markets.values()];
  const listed = (await client.getSimplifiedMarkets()).data;
  expect(listed.map((it) => it.condition_id)).toEqual(open.map(({ market }) => market.id));
  expect(open.map(({ market }) => market.endsAt - market.opensAt)).toEqual([
    FIVE_MINUTES_MS,
    3 * FIVE_MINUTES_MS,
    12 * FIVE_MINUTES_MS,
  ]);
  const [{ market: short } = expect.unreachable(), { market: long } = expect.unreachable()] = open;

  const low = { price: 0.01, size: 20, side: TheirSide.BUY };
  const orders: PostOrdersArgs[] = [];
  for (const { tokenIds } of [short, long])
    orders.push({
      order: await client.createOrder({ ...low, tokenID: tokenIds.YES }),
      orderType: OrderType.GTC,
    });
  const [first = "", second = ""] = (await client.postOrders(orders, true)).map(
    ({ orderID }) => orderID,
  );
  const resting = async (market?: MarketId) =>
    (await client.getOpenOrders(market && { market })).map(({ id }) => id);
  expect([await resting(short.id), await resting(long.id)]).toEqual([[first], [second]]);

  for (const [{ tokenIds }, amount] of [
    [short, 5],
    [long, 10],
  ] as const) {
    const wish = { tokenID: tokenIds.NO, amount, side: TheirSide.BUY };
    const taken = await client.createAndPostMarketOrder(wish, undefined, OrderType.FAK, true);
    expect(taken).toMatchObject({ status: "matched" });
  }
  venue.run(SETTLED_MS);
  for (const { id } of [short, long]) {
    const trades = await client.getTrades({ market: id });
    expect(trades.length).toBeGreaterThan(0);
    expect(new Set(trades.map(({ market }) => market))).toEqual(new Set([id]));
    const bought = trades.reduce((sum, { size }) => sum + Number(size), 0);
    expect(holdingsOf(really(id), owner).NO).toBeCloseTo(bought * MICRO, 0);
  }

  // The shorter one ends; what rests in the other one goes on resting.
  venue.run(FIVE_MINUTES_MS);
  expect(really(short.id).winner).not.toBeNull();
  expect(await client.getOrder(first)).toMatchObject({ status: "CANCELED_MARKET_RESOLVED" });
  expect(await resting()).toEqual([second]);
  expect(await client.cancelMarketOrders({ market: short.id })).toMatchObject({ canceled: [] });
  expect(await client.cancelMarketOrders({ market: long.id })).toMatchObject({
    canceled: [second],
  });
  expect(await resting()).toEqual([]);
});
