/** The venue's newer client against the served venue, in real time: what it is answered, and what is really so. */
import { OrderSide, OrderType, TradeStatus } from "@polymarket/bindings";
import { AssetType } from "@polymarket/bindings/clob";
import { createPublicClient, createSecureClient } from "@polymarket/client";
import * as actions from "@polymarket/client/actions";
import { privateKey } from "@polymarket/client/viem";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { levels } from "../../../src/sim/exchange/matching.ts";
import { rollingWindows } from "../../../src/sim/server/index.ts";
import { holdingsOf, liveOrders, type MarketState } from "../../../src/sim/exchange/state.ts";
import { formatPriceBp } from "../../../src/types/index.ts";
import { remembered } from "../remembered.ts";
import { started, startedHere, type Venue } from "./venue.ts";
import { systemClock } from "../../../src/runtimes/system.ts";

const KEY = `0x${"1".padStart(64, "0")}`;
const WALLET = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
/** So long that no window ends while the tests run, but for those at midnight. */
const DAY_MS = 86_400_000;
const LONG = [rollingWindows(DAY_MS), rollingWindows(2 * DAY_MS)];
const SHORT_MS = 20_000;
/** The client gives a socket up that has not answered its pings for 30 s, and looks every 5 s. */
const GIVEN_UP_MS = 36_000;
/** A trade is on chain by then, on a machine that has other things to do. */
const SETTLED = { interval: 50, timeout: 120_000 };
const SOON = { interval: 20, timeout: 120_000 };
const SOON_AGAIN = { interval: 500, timeout: SHORT_MS + 120_000 };

/** Every method of the client that has been called by a test, and answered. */
const answered = new Set<string>();
let venue: Venue;
beforeAll(async () => {
  venue = await started(LONG);
  await vi.waitUntil(() => markets().every(hasBids), SOON);
});
afterAll(() => venue.end());

const markets = ({ state } = venue): readonly MarketState[] => [...state().markets.values()];
const market = (): MarketState => markets()[0] ?? expect.unreachable("no window is open");
const hasBids = ({ book }: MarketState): boolean => levels(book, "YES").bids.length > 0;
const publicly = ({ environment } = venue) =>
  remembered(createPublicClient({ environment }), answered);
const secure = async ({ environment } = venue) => {
  const signer = privateKey(KEY);
  return remembered(await createSecureClient({ environment, signer, wallet: WALLET }), answered);
};
const account = () =>
  [...venue.state().accounts.keys()].find((id) => id.toLowerCase() === WALLET.toLowerCase()) ??
  expect.unreachable("it has never signed");
const live = (of = market()) => liveOrders(of, account()).map(({ id }) => String(id));
const had = (of = market()) => holdingsOf(of, account()).YES;

async function first<Item>(pages: AsyncIterable<{ readonly items: readonly Item[] }>) {
  for await (const { items } of pages) return items;
  return [];
}

function accepted<Answer extends { readonly ok: boolean }>(answer: Answer) {
  if (!answer.ok) expect.unreachable(JSON.stringify(answer));
  return answer as Extract<Answer, { readonly ok: true }>;
}

it("finds the windows of every series", async () => {
  const client = publicly();
  const { id, slug, tokenIds } = market().market;
  const found = await first(client.listMarkets({ closed: false, pageSize: 30 }));
  const ids = found.map(({ conditionId }) => String(conditionId));
  expect(ids).toEqual(expect.arrayContaining(markets().map((one) => String(one.market.id))));
  const ours = found.find((one) => one.slug === slug);
  expect(ours).toMatchObject({ conditionId: id, state: { acceptingOrders: true } });
  expect(ours?.outcomes).toMatchObject({
    yes: { label: "Up", tokenId: tokenIds.YES },
    no: { label: "Down", tokenId: tokenIds.NO },
  });
  expect(await client.fetchMarket({ slug })).toMatchObject({ conditionId: id });

  const all = await first(client.listEvents({ closed: false, pageSize: 30 }));
  const numbers = new Set(all.flatMap(({ series }) => (series ?? []).map((one) => one.id)));
  expect(numbers.size).toBe(LONG.length);
  for (const number of numbers) {
    const events = await first(client.listEvents({ closed: false, seriesIds: [Number(number)] }));
    expect(events.length).toBeGreaterThan(0);
    for (const { series } of events) expect(series?.map((one) => one.id)).toEqual([number]);
  }
  expect(await client.fetchEvent({ slug })).toMatchObject({ slug });
});

it("reads books and prices", async () => {
  const client = publicly();
  const tokenId = market().market.tokenIds.YES;
  const bidsNow = () => levels(market().book, "YES").bids.map(({ price }) => formatPriceBp(price));
  const before = bidsNow();
  const book = await client.fetchOrderBook({ tokenId });
  expect([before, bidsNow()]).toContainEqual(book.bids.map(({ price }) => price).toReversed());
  const books = await client.fetchOrderBooks([{ tokenId }]);
  expect(books.map((one) => one.tokenId)).toEqual([tokenId]);

  const asked = [{ tokenId, side: OrderSide.BUY }];
  for (const read of [
    client.fetchMidpoints(asked),
    client.fetchPrices(asked),
    client.fetchSpreads(asked),
  ])
    expect(Object.keys(await read)).toEqual([tokenId]);
  for (const read of [
    client.fetchMidpoint({ tokenId }),
    client.fetchPrice({ tokenId, side: OrderSide.SELL }),
    client.fetchSpread({ tokenId }),
    client.estimateMarketPrice({ tokenId, side: OrderSide.BUY, amount: 1 }),
  ]) {
    const value = Number(await read);
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(1);
  }
  expect(await actions.fetchTickSize(client, { tokenId })).toBe(0.01);
  expect(await actions.fetchNegRisk(client, { tokenId })).toBe(false);
  const conditionId = await actions.resolveConditionByToken(client, { tokenId });
  expect(conditionId).toBe(market().market.id);
  expect(await actions.fetchMarketInfo(client, { conditionId })).toBeDefined();
});

it("places, reads and cancels orders of every kind that rests", async () => {
  const client = await secure();
  const { id: marketId, tokenIds } = market().market;
  const { YES, NO } = tokenIds;
  const low = { price: 0.01, size: 20, side: OrderSide.BUY } as const;
  const placed = accepted(await client.placeLimitOrder({ ...low, tokenId: YES, postOnly: true }));
  expect(placed.status).toBe("live");
  const expiration = Math.floor(systemClock.now().epochMs / 1_000) + 300;
  const dated = accepted(await client.placeLimitOrder({ ...low, tokenId: NO, expiration }));
  expect(live()).toEqual([placed.orderId, dated.orderId]);
  const open = await first(client.listOpenOrders());
  expect(open.map(({ id, tokenId }) => [id, tokenId])).toEqual([
    [placed.orderId, YES],
    [dated.orderId, NO],
  ]);
  expect(await first(client.listOpenOrders({ tokenId: NO }))).toHaveLength(1);
  expect(await client.fetchOrder({ orderId: dated.orderId })).toMatchObject({ side: "BUY" });
  expect(await client.cancelOrder({ orderId: placed.orderId })).toMatchObject({
    canceled: [placed.orderId],
  });
  expect(live()).toEqual([dated.orderId]);

  const pair = await Promise.all([
    client.createLimitOrder({ ...low, tokenId: YES }),
    client.createLimitOrder({ ...low, tokenId: NO }),
  ]);
  const both = (await client.postOrders(pair)).map((one) => accepted(one).orderId);
  expect(new Set(live())).toEqual(new Set([dated.orderId, ...both]));
  const { canceled } = await client.cancelOrders({ orderIds: [...both, `0x${"7".repeat(64)}`] });
  expect(new Set(canceled)).toEqual(new Set(both));
  const posted = await client.postOrder(await client.createLimitOrder({ ...low, tokenId: YES }));
  await client.cancelMarketOrders({ tokenId: NO });
  expect(live()).toEqual([accepted(posted).orderId]);
  await client.cancelMarketOrders({ market: marketId });
  expect(live()).toEqual([]);
  await client.placeLimitOrder({ ...low, tokenId: YES });
  expect((await client.cancelAll()).canceled).toHaveLength(1);
  expect(live()).toEqual([]);
  await expect(
    client.placeLimitOrder({ ...low, price: 0.99, tokenId: YES, postOnly: true }),
  ).rejects.toThrow("invalid post-only order: order crosses book");
});

it("places an order that is signed elsewhere", async () => {
  const client = await secure();
  const order = {
    price: 0.01,
    size: 20,
    side: OrderSide.BUY,
    tokenId: market().market.tokenIds.NO,
  };
  const workflow = await actions.prepareLimitOrderPosting(client, order);
  const step = await workflow.next();
  if (step.done) return expect.unreachable("nothing was to be signed");
  const { value } = await workflow.next(await privateKey(KEY).signTypedData(step.value.payload));
  if (!("ok" in value)) return expect.unreachable("more was to be signed");
  expect(live()).toEqual([accepted(value).orderId]);
  await client.cancelAll();
});

it("knows its account: what it has, may do, and earns", async () => {
  const client = await secure();
  const order = { price: 0.01, size: 20, side: OrderSide.BUY } as const;
  const tokenId = market().market.tokenIds.YES;
  const { orderId } = accepted(await client.placeLimitOrder({ ...order, tokenId }));
  const cash = venue.state().accounts.get(account())?.cash;
  const collateral = { assetType: AssetType.COLLATERAL };
  await actions.updateBalanceAllowance(client, collateral);
  const { balance, allowances } = await actions.fetchBalanceAllowance(client, collateral);
  expect(Number(balance)).toBe(cash);
  // To the exchanges of both generations.
  expect(Object.values(allowances)).toEqual(Array(2).fill(2n ** 256n - 1n));
  expect(await client.fetchClosedOnlyMode()).toBe(false);
  expect(await client.fetchNotifications()).toEqual([]);
  await client.dropNotifications({ ids: ["1"] });
  expect(await client.fetchOrderScoring({ orderId })).toBe(false);
  expect(await client.fetchOrdersScoring({ orderIds: [orderId] })).toEqual({ [orderId]: false });
  const date = "2026-11-22";
  for (const pages of [
    client.listUserEarningsForDay({ date }),
    client.listUserEarningsAndMarketsConfig({ date }),
    client.listCurrentRewards(),
    client.listMarketRewards({ conditionId: market().market.id }),
  ])
    expect(await first<unknown>(pages)).toEqual([]);
  expect(await client.fetchTotalEarningsForUserForDay({ date })).toEqual([]);
  expect(await client.fetchRewardPercentages()).toEqual({});
  await client.cancelAll();
});

it("takes, hears of it over both sockets until it is on chain, and sells what it bought", async () => {
  const client = await secure();
  const { tokenIds } = market().market;
  const tokenId = tokenIds.YES;
  const handle = await client.subscribe([
    { topic: "user" },
    { topic: "market", tokenIds: [tokenId], customFeatureEnabled: true },
  ]);
  const heard = new Set<string>();
  const hearing = (async () => {
    for await (const event of handle) {
      if (event.topic === "market") heard.add(`market ${event.type}`);
      else if (event.type === "trade") heard.add(event.payload.status);
      else heard.add(event.payload.orderEventType);
    }
  })();
  const before = had();
  const bought = accepted(
    await client.placeMarketOrder({
      tokenId,
      amount: 5,
      side: OrderSide.BUY,
      orderType: OrderType.FAK,
    }),
  );
  expect(bought.tradeIds.length).toBeGreaterThan(0);
  const hashes = await client.waitForOrderFillSettlement(bought);
  expect(had()).toBeGreaterThan(before);
  const trades = await first(client.listAccountTrades());
  const own = trades.filter(({ id }) => bought.tradeIds.includes(id));
  expect(own).toHaveLength(bought.tradeIds.length);
  expect(new Set(own.map(({ transactionHash }) => transactionHash))).toEqual(new Set(hashes));
  await vi.waitUntil(() => heard.has(TradeStatus.Confirmed), SETTLED);

  const last = await client.fetchLastTradePrice({ tokenId });
  expect(Number(last.price)).toBeGreaterThan(0);
  expect(await client.fetchLastTradePrices([{ tokenId }])).toMatchObject([{ tokenId }]);
  expect(await client.fetchPriceHistory({ tokenId })).not.toEqual([]);

  await client.placeLimitOrder({ tokenId, price: 0.01, size: 20, side: OrderSide.BUY });
  await client.cancelAll();
  const owned = had();
  const selling = await client.createMarketOrder({
    tokenId,
    shares: 5,
    side: OrderSide.SELL,
    orderType: OrderType.FAK,
  });
  await client.waitForOrderFillSettlement(accepted(await client.postOrder(selling)));
  expect(had()).toBeLessThan(owned);
  const kinds = [
    TradeStatus.Matched,
    TradeStatus.Mined,
    TradeStatus.Confirmed,
    "PLACEMENT",
    "CANCELLATION",
    "market book",
    "market price_change",
    "market last_trade_price",
  ];
  await vi.waitFor(() => expect([...heard]).toEqual(expect.arrayContaining(kinds)), SETTLED);
  await handle.close();
  await hearing;
});

it("trades in windows of two series at once, and hears of each alone", async () => {
  const client = await secure();
  const [one = expect.unreachable(), two = expect.unreachable()] = markets();
  const now = (of: MarketState) =>
    venue.state().markets.get(of.market.id) ?? expect.unreachable("it is over");
  const handle = await client.subscribe([{ topic: "user", markets: [two.market.id] }]);
  const heard: string[] = [];
  const hearing = (async () => {
    for await (const { payload } of handle) heard.push(payload.market);
  })();
  const resting: string[] = [];
  for (const { market: of } of [one, two]) {
    const low = { tokenId: of.tokenIds.YES, price: 0.01, size: 20, side: OrderSide.BUY } as const;
    resting.push(accepted(await client.placeLimitOrder(low)).orderId);
  }
  expect([live(now(one)), live(now(two))]).toEqual(resting.map((id) => [id]));
  for (const of of [one, two]) {
    const before = had(now(of));
    const { tokenIds, id } = of.market;
    const wanted = { tokenId: tokenIds.YES, amount: 5, side: OrderSide.BUY } as const;
    await client.waitForOrderFillSettlement(accepted(await client.placeMarketOrder(wanted)));
    expect(had(now(of))).toBeGreaterThan(before);
    const trades = await first(client.listAccountTrades({ market: id }));
    expect(new Set(trades.map((trade) => trade.conditionId))).toEqual(new Set([id]));
  }
  await client.cancelMarketOrders({ market: one.market.id });
  expect([live(now(one)), live(now(two))]).toEqual([[], [resting[1]]]);
  await client.cancelAll();
  await vi.waitUntil(() => heard.length > 2, SOON);
  expect(new Set(heard)).toEqual(new Set([two.market.id]));
  await handle.close();
  await hearing;
});

it("streams every kind of event, and for longer than it would without answers to its pings", async () => {
  const here = await startedHere([rollingWindows(SHORT_MS)]);
  const sockets = counted();
  const client = publicly(here);
  const openedAt = systemClock.now().epochMs;
  const heard = new Set<string>();
  const follows = async (tokenIds: readonly string[]) => {
    const handle = await client.subscribe([
      { topic: "market", tokenIds, customFeatureEnabled: true },
    ]);
    for await (const event of handle) {
      heard.add(event.type);
      if (event.type === "new_market") void follows(event.payload.tokenIds ?? []);
    }
  };
  const { tokenIds } = markets(here)[0]?.market ?? expect.unreachable("no window is open");
  const following = follows([tokenIds.YES, tokenIds.NO]);
  await vi.waitUntil(() => heard.has("book"), SOON);
  // Asked again, as the window may be over by now, and the next one begins with the first tick.
  const finer = { method: "POST", body: JSON.stringify({ do: "tick", tick: "0.001" }) };
  await vi.waitFor(async () => {
    await fetch(`${here.at.rest}/control`, finer);
    expect(heard).toContain("tick_size_change");
  }, SOON_AGAIN);
  await vi.waitUntil(() => systemClock.now().epochMs - openedAt > GIVEN_UP_MS, {
    interval: 500,
    timeout: 2 * GIVEN_UP_MS,
  });
  expect([...heard].toSorted()).toEqual([
    "best_bid_ask",
    "book",
    "last_trade_price",
    "market_resolved",
    "new_market",
    "price_change",
    "tick_size_change",
  ]);
  heard.clear();
  await vi.waitUntil(() => heard.has("price_change"), SETTLED);
  expect(sockets.opened).toHaveLength(1);
  expect(sockets.pongs).toBeGreaterThanOrEqual(3);
  await client.closeSubscriptions();
  await following;
});

/** The sockets that are opened from here on, and how many pings were answered. */
function counted() {
  const seen = { opened: new Array<WebSocket>(), pongs: 0 };
  vi.stubGlobal(
    "WebSocket",
    class extends WebSocket {
      constructor(url: string) {
        super(url);
        seen.opened.push(this);
        this.addEventListener("message", ({ data }) => {
          if (data === "PONG") seen.pongs += 1;
        });
      }
    },
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  return seen;
}

it("signs for the first generation of markets alone", async () => {
  const here = await startedHere(LONG, "v2");
  const client = await secure(here);
  const tokenId = markets(here)[0]?.market.tokenIds.YES ?? expect.unreachable("no window is open");
  await expect(
    client.placeLimitOrder({ tokenId, price: 0.01, size: 20, side: OrderSide.BUY }),
  ).rejects.toThrow("order_version_mismatch");
});

it("loses its key when it is told to", async () => {
  const client = await secure();
  expect([client.isSecureClient(), client.isPublicClient()]).toEqual([true, false]);
  const { key } = client.credentials;
  expect(await actions.fetchApiKeys(client)).toContain(key);
  const left = await client.endAuthentication();
  expect(left.isSecureClient()).toBe(false);
  await expect(client.fetchClosedOnlyMode()).rejects.toThrow("has ended authentication");
});

it("is told what is not found where the order book has builders", async () => {
  const pages = publicly().listBuilderTrades({ builderCode: `0x${"ab".repeat(32)}` });
  await expect(first<unknown>(pages)).rejects.toMatchObject({ status: 404 });
});

it("has no heartbeat of orders: who wants one sends it", async () => {
  const client = await secure();
  const names = [...methodsOf(client), ...Object.keys(actions)];
  expect(names.filter((name) => /heart|beat/i.test(name))).toEqual([]);
});

it("each method of the client has been answered above, or is known not to be served", async () => {
  const methods = new Set([...methodsOf(await secure()), ...methodsOf(publicly())]);
  const known = [...answered, ...Object.values(UNSERVED).flat(), ...LOCAL];
  expect(known.toSorted()).toEqual([...methods].toSorted());
});

/** What a client can be called for, by itself or by its classes. */
function methodsOf(client: object): readonly string[] {
  const names: string[] = [];
  for (let of = client; of !== Object.prototype; of = Object.getPrototypeOf(of))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(of)))
      if (typeof value === "function" && name !== "constructor") names.push(name);
  return names;
}

/** What is not in its types, and what asks nobody. */
const LOCAL = [
  "beginAuthentication",
  "extend",
  "rememberDecorator",
  "endAuthenticationLifecycle",
  "resolveClobHeaders",
  "resolveRelayerHeaders",
];

/** What it asks of others than the order book and discovery, or of these and is not answered. */
const UNSERVED: Readonly<Record<string, readonly string[]>> = {
  builders: ["listBuilderTrades"],
  discovery: [
    "fetchCommentsById",
    "fetchEventTags",
    "fetchMarketTags",
    "fetchPublicProfile",
    "fetchRelatedTagResources",
    "fetchRelatedTags",
    "fetchSeries",
    "fetchSportsMarketTypes",
    "fetchTag",
    "listComments",
    "listCommentsByUserAddress",
    "listMarketClarifications",
    "listSeries",
    "listSports",
    "listTags",
    "listTeams",
    "search",
  ],
  data: [
    "downloadAccountingSnapshot",
    "fetchBuilderVolume",
    "fetchEventLiveVolume",
    "fetchPortfolioValue",
    "fetchTradedMarketCount",
    "listActivity",
    "listBuilderLeaderboard",
    "listClosedPositions",
    "listComboActivity",
    "listComboPositions",
    "listMarketHolders",
    "listMarketPositions",
    "listOpenInterest",
    "listPositions",
    "listTraderLeaderboard",
    "listTrades",
  ],
  chain: [
    "approveErc1155ForAll",
    "approveErc20",
    "executeCollateralReturnPlan",
    "mergePositions",
    "planCollateralReturn",
    "redeemPositions",
    "setupTradingApprovals",
    "splitPosition",
    "transferErc20",
  ],
  quotesOnRequest: ["listComboMarkets", "openRfqSession"],
  perpetuals: [
    "depositToPerps",
    "fetchPerpsBook",
    "fetchPerpsFees",
    "fetchPerpsInstruments",
    "fetchPerpsTicker",
    "fetchPerpsTickers",
    "listPerpsCandles",
    "listPerpsFundingHistory",
    "listPerpsTrades",
    "openPerpsSession",
    "revokePerpsCredentials",
    "withdrawFromPerps",
  ],
};
