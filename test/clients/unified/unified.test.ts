/** The venue's newer client against the served venue, in real time: what it is answered, and what is really so. */
import { OrderSide, OrderType, TradeStatus } from "@polymarket/bindings";
import {
  createPublicClient,
  createSecureClient,
  type EnvironmentConfig,
  forkEnvironmentConfig,
} from "@polymarket/client";
import { privateKey } from "@polymarket/client/viem";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { systemClock, systemScheduler } from "../../../src/app/index.ts";
import { syntheticReference } from "../../../src/sim/index.ts";
import { levels } from "../../../src/sim/matching.ts";
import { type Endpoints, rollingWindows, venueServer } from "../../../src/sim/server/index.ts";
import {
  type ExchangeState,
  holdingsOf,
  liveOrders,
  currentMarket,
} from "../../../src/sim/state.ts";
import { formatPriceBp, MICRO, microUsdc, referencePrice } from "../../../src/types/index.ts";
import { chooseSigner } from "../../../src/venue/polymarket/sign/index.ts";

const KEY = `0x${"1".padStart(64, "0")}`;
const WALLET = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
const VOLATILITY = 0.00009;
/** So long that no window ends while the tests run, but for those at midnight. */
const DAY_MS = 86_400_000;
/** A trade is on chain by then, on a machine that has other things to do. */
const SETTLED = { interval: 50, timeout: 30_000 };
const SOON = { interval: 20, timeout: 5_000 };
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {}

let venue: { readonly environment: EnvironmentConfig; readonly state: () => ExchangeState };
let end = ignore;
beforeAll(async () => {
  const reference$ = syntheticReference(
    {
      seed: 1,
      startPrice: referencePrice(60_000 * MICRO),
      volatilityPerSqrtSecond: VOLATILITY,
      tickMs: 80,
    },
    systemScheduler,
  );
  const { endpoints$, state } = venueServer(
    {
      port: 0,
      host: "127.0.0.1",
      isPublic: false,
      seed: 1,
      series: [rollingWindows(DAY_MS)],
      generation: "v1",
      cash: microUsdc(1_000 * MICRO),
      volatilityPerSqrtSecond: VOLATILITY,
    },
    {
      scheduler: systemScheduler,
      clock: systemClock,
      signer: await chooseSigner(silent),
      log: silent,
      reference$,
    },
  );
  const at = await new Promise<Endpoints>((resolve, reject) => {
    const running = endpoints$.subscribe({ next: resolve, error: reject });
    end = () => running.unsubscribe();
  });
  venue = { environment: environmentAt(at), state };
  await vi.waitUntil(() => levels(market().book, "YES").bids.length > 0, SOON);
});
afterAll(() => end());

/** Every address it knows; what the venue does not serve is nowhere rather than elsewhere. */
function environmentAt({ rest, gamma, marketSocket, userSocket }: Endpoints): EnvironmentConfig {
  const nowhere = { rest: `${rest}/nowhere`, ws: `${marketSocket}/nowhere` };
  return forkEnvironmentConfig({
    name: "tandem",
    rpc: nowhere.rest,
    clob: { rest, market: { ws: marketSocket }, user: { ws: userSocket } },
    gamma: { rest: gamma },
    relayer: nowhere,
    data: nowhere,
    combos: { ...nowhere, collateralReturn: nowhere },
    perps: nowhere,
    rtds: nowhere,
    sports: nowhere,
  });
}

const market = () => currentMarket(venue.state()) ?? expect.unreachable("no window is open");
const secure = () =>
  createSecureClient({
    environment: venue.environment,
    signer: privateKey(KEY),
    wallet: WALLET,
  });
const account = () =>
  [...venue.state().accounts.keys()].find((id) => id.toLowerCase() === WALLET.toLowerCase()) ??
  expect.unreachable("it has never signed");
const live = () => liveOrders(market(), account()).map(({ id }) => String(id));

async function first<Item>(pages: AsyncIterable<{ readonly items: readonly Item[] }>) {
  for await (const { items } of pages) return items;
  return [];
}

it("finds the window and reads its book", async () => {
  const client = createPublicClient({ environment: venue.environment });
  const { id, slug, tokenIds } = market().market;
  const found = await first(client.listMarkets({ closed: false, pageSize: 3 }));
  expect(found[0]).toMatchObject({ conditionId: id, slug, state: { acceptingOrders: true } });
  expect(found[0]?.outcomes).toMatchObject({
    yes: { label: "Up", tokenId: tokenIds.YES },
    no: { label: "Down", tokenId: tokenIds.NO },
  });
  expect(await client.fetchMarket({ slug })).toMatchObject({ conditionId: id });
  expect(await client.fetchEvent({ slug })).toMatchObject({ slug });
  const tokenId = tokenIds.YES;
  const before = levels(market().book, "YES").bids;
  const book = await client.fetchOrderBook({ tokenId });
  expect(
    [before, levels(market().book, "YES").bids].map((bids) => bids.map(priceOf)),
  ).toContainEqual(book.bids.map(({ price }) => Number(price)).toReversed());
  const asked = [{ tokenId, side: OrderSide.BUY }];
  for (const read of [
    client.fetchMidpoints(asked),
    client.fetchPrices(asked),
    client.fetchSpreads(asked),
  ])
    expect(Object.keys(await read)).toEqual([tokenId]);
});

const priceOf = ({ price }: { readonly price: Parameters<typeof formatPriceBp>[0] }): number =>
  Number(formatPriceBp(price));

it("places, reads and cancels orders of every kind that rests", async () => {
  const client = await secure();
  const { YES, NO } = market().market.tokenIds;
  const low = { price: 0.01, size: 20, side: OrderSide.BUY } as const;
  const placed = await client.placeLimitOrder({ ...low, tokenId: YES, postOnly: true });
  if (!placed.ok) expect.unreachable(placed.message);
  expect(placed.status).toBe("live");
  const expiration = Math.floor(systemClock.now().epochMs / 1_000) + 300;
  const dated = await client.placeLimitOrder({ ...low, tokenId: NO, expiration });
  if (!dated.ok) expect.unreachable(dated.message);
  expect(live()).toEqual([placed.orderId, dated.orderId]);
  const open = await first(client.listOpenOrders());
  expect(open.map(({ id, tokenId }) => [id, tokenId])).toEqual([
    [placed.orderId, YES],
    [dated.orderId, NO],
  ]);
  expect(await client.fetchOrder({ orderId: dated.orderId })).toMatchObject({ side: "BUY" });
  expect(await client.fetchOrderScoring({ orderId: placed.orderId })).toBe(false);
  expect(await client.cancelOrder({ orderId: placed.orderId })).toMatchObject({
    canceled: [placed.orderId],
  });
  expect(live()).toEqual([dated.orderId]);
  const pair = await Promise.all([
    client.createLimitOrder({ ...low, tokenId: YES }),
    client.createLimitOrder({ ...low, tokenId: NO }),
  ]);
  expect((await client.postOrders(pair)).every(({ ok }) => ok)).toBe(true);
  expect(live()).toHaveLength(3);
  await client.cancelMarketOrders({ tokenId: NO });
  expect(live()).toHaveLength(1);
  await client.cancelAll();
  expect(live()).toEqual([]);
  await expect(
    client.placeLimitOrder({ ...low, price: 0.99, tokenId: YES, postOnly: true }),
  ).rejects.toThrow("invalid post-only order: order crosses book");
  expect(await client.fetchClosedOnlyMode()).toBe(false);
  expect(await client.fetchNotifications()).toEqual([]);
  await client.endAuthentication();
});

it("takes, hears of it over both sockets until it is on chain, and sells what it bought", async () => {
  const client = await secure();
  const tokenId = market().market.tokenIds.YES;
  const handle = await client.subscribe([
    { topic: "user" },
    { topic: "market", tokenIds: [tokenId], customFeatureEnabled: true },
  ]);
  const heard: string[] = [];
  const hearing = (async () => {
    for await (const event of handle)
      heard.push(
        event.topic === "user" && event.type === "trade"
          ? event.payload.status
          : `${event.topic} ${event.type}`,
      );
  })();
  const had = () => holdingsOf(market(), account()).YES;
  const before = had();
  const bought = await client.placeMarketOrder({
    tokenId,
    amount: 5,
    side: OrderSide.BUY,
    orderType: OrderType.FAK,
  });
  if (!bought.ok) expect.unreachable(bought.message);
  expect(bought.tradeIds.length).toBeGreaterThan(0);
  await vi.waitUntil(() => had() > before, SETTLED);
  await vi.waitUntil(() => heard.includes(TradeStatus.Confirmed), SETTLED);
  expect(heard).toEqual(
    expect.arrayContaining([TradeStatus.Matched, TradeStatus.Mined, "market book"]),
  );
  expect(heard.some((event) => event === "market price_change")).toBe(true);
  const trades = await first(client.listAccountTrades());
  expect(trades.map(({ id }) => id)).toEqual(expect.arrayContaining([...bought.tradeIds]));
  expect(await client.fetchLastTradePrices([{ tokenId }])).toMatchObject([{ tokenId }]);
  expect(await client.fetchPriceHistory({ tokenId })).not.toEqual([]);
  const owned = had();
  const sold = await client.placeMarketOrder({
    tokenId,
    shares: 5,
    side: OrderSide.SELL,
    orderType: OrderType.FAK,
  });
  if (!sold.ok) expect.unreachable(sold.message);
  await vi.waitUntil(() => had() < owned, SETTLED);
  await handle.close();
  await hearing;
});

it("has no heartbeat of orders: who wants one sends it", async () => {
  const client = await secure();
  expect(Object.keys(client).filter((name) => /heart|beat/i.test(name))).toEqual([]);
});
