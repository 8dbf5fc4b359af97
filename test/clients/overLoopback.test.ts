/** The official client against the served venue: what it is answered, and what is really so. */
import {
  AssetType,
  ClobClient,
  type OrderResponse,
  OrderType,
  type PostOrdersArgs,
  Side as TheirSide,
  type SignedOrder,
} from "@polymarket/clob-client-v2";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { levels } from "../../src/sim/exchange/matching.ts";
import { orderById } from "../../src/sim/exchange/orders.ts";
import { holdingsOf, liveOrders } from "../../src/sim/exchange/state.ts";
import {
  after,
  DOLLAR_BP,
  formatMicro,
  formatPriceBp,
  MICRO,
  microShares,
  microUsdc,
  orderId,
  type OrderId,
  priceBp,
  type Side,
  type Token,
} from "../../src/types/index.ts";
import { addressOf, exchangeOf } from "../../src/venue/polymarket/sign/index.ts";
import { inMinutes, type Served, served, signer } from "../sim/server/served.ts";
import { answered, keptWallet, official, theirId } from "./official.ts";
import {
  fundsOf,
  type Holder,
  inTheirs,
  ours,
  privateKey,
  WALLETS,
  type OrderWanted,
} from "./ours.ts";

const US: Holder = {
  key: 1,
  wallet: "key",
  funder: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
};
/** Every trade of the venue is on chain by then. */
const SETTLED_MS = 12_000;
/** Ten seconds, and five until it is noticed. */
const LAPSE_MS = 15_000;
const QUICKLY = { interval: 5, timeout: 120_000 };
const BOOK_KEYS = [
  "market",
  "asset_id",
  "timestamp",
  "hash",
  "bids",
  "asks",
  "min_order_size",
  "tick_size",
  "neg_risk",
  "last_trade_price",
];
const GENERATIONS = [
  { generation: "v1", version: 2, exchange: exchangeOf("2", false) },
  { generation: "v2", version: 3, exchange: exchangeOf("3", false) },
] as const;

describe.each(GENERATIONS)("in markets of $generation", ({ generation, version, exchange }) => {
  /** A venue with a book, and the client at it. */
  async function met(holder = US, options: Parameters<typeof served>[0] = {}) {
    const venue = await served({ generation, ...options });
    venue.run(2_000);
    const kept = keptWallet(holder.key);
    const client = await official(venue, kept, fundsOf(holder));
    const owner = addressOf(signer, privateKey(holder.key));
    /** Signed by the client; its id by viem, which is ours as well. */
    const signed = async (
      [side, token, price, size]: readonly [Side, Token, number, number],
      more: { readonly expiration?: number } = {},
    ): Promise<{ readonly order: SignedOrder; readonly id: OrderId }> => {
      const wanted: OrderWanted = {
        side,
        tokenId: venue.market().market.tokenIds[token],
        price: priceBp(price),
        size: microShares(size * MICRO),
      };
      const order = await client.createOrder({ ...inTheirs(wanted), ...more });
      const id = theirId(kept.asked());
      expect(ours(order, wanted, holder, exchange).id).toBe(id);
      return { order, id };
    };
    const live = () => liveOrders(venue.market(), owner).map(({ id }) => id);
    const really = (id: OrderId) => orderById(venue.market(), id) ?? expect.unreachable("no order");
    const isKnown = (id: OrderId) => () => orderById(venue.market(), id) !== undefined;
    /** The client keeps an answer back until its trades are on chain, so time has to pass. */
    const matched = async (order: SignedOrder, orderType: OrderType): Promise<OrderResponse> => {
      const id = theirId(kept.asked());
      const posting = client.postOrder(order, orderType);
      await vi.waitUntil(isKnown(id), QUICKLY);
      venue.run(SETTLED_MS);
      const answer = await posting;
      expect(answer).toMatchObject({ success: true, orderID: id, status: "matched" });
      return answer;
    };
    return { venue, client, kept, owner, signed, live, really, isKnown, matched };
  }

  it("makes a key, finds it again, and loses it", async () => {
    const { client, venue } = await met();
    const { creds } = client;
    expect(await client.deriveApiKey()).toEqual(creds);
    expect(await client.createApiKey()).toEqual(creds);
    expect(await client.createOrDeriveApiKey()).toEqual(creds);
    expect((await client.createApiKey(7)).key).not.toBe(creds?.key);
    expect((await client.getApiKeys()).apiKeys).toContain(creds?.key);
    expect(await client.getClosedOnlyMode()).toEqual({ closed_only: false });
    expect(await client.getNotifications()).toEqual([]);
    expect(await client.dropNotifications({ ids: ["1"] })).toBe("OK");
    const stranger = await official(venue, keptWallet(2));
    expect(stranger.creds?.key).not.toBe(creds?.key);
    expect(await client.deleteApiKey()).toBe("OK");
    await expect(client.getOpenOrders()).rejects.toMatchObject({ status: 401 });
  });

  it("reads the market", async () => {
    const { client, venue } = await met();
    const { market, book } = venue.market();
    const { YES, NO } = market.tokenIds;
    expect(await client.getOk()).toBe("OK");
    expect(await client.getServerTime()).toBe(Math.floor(venue.now() / 1_000));
    expect(await client.getVersion()).toBe(version);

    const read = await client.getOrderBook(NO);
    const really = levels(book, "NO");
    const inTheirWords = (side: typeof really.bids) =>
      side.map((it) => ({ price: formatPriceBp(it.price), size: formatMicro(it.size) }));
    // The best level comes last.
    expect(read.bids.toReversed()).toEqual(inTheirWords(really.bids));
    expect(read.asks.toReversed()).toEqual(inTheirWords(really.asks));
    // The hash is over these keys in this order.
    expect(Object.keys(read)).toEqual([...BOOK_KEYS, ...(generation === "v2" ? ["version"] : [])]);
    expect(await client.getOrderBookHash({ ...read })).toBe(read.hash);
    const both = [NO, YES].map((token_id) => ({ token_id, side: TheirSide.BUY }));
    expect((await client.getOrderBooks(both))[0]).toEqual(read);

    const bid = Number(read.bids.at(-1)?.price);
    const ask = Number(read.asks.at(-1)?.price);
    expect(await client.getPrice(NO, "BUY")).toEqual({ price: String(bid) });
    expect(await client.getPrice(NO, "SELL")).toEqual({ price: String(ask) });
    expect(Number((await client.getMidpoint(NO)).mid)).toBeCloseTo((bid + ask) / 2, 6);
    expect(Number((await client.getSpread(NO)).spread)).toBeCloseTo(ask - bid, 6);
    // Before the first trade.
    expect(read.last_trade_price).toBe("");
    expect(await client.getLastTradePrice(NO)).toEqual({ price: "0.5", side: "" });
    expect(await client.calculateMarketPrice(NO, TheirSide.BUY, 1)).toBe(ask);
    expect(await client.calculateMarketPrice(NO, TheirSide.SELL, 1)).toBe(bid);

    const sold = [NO, YES].map((token_id) => ({ token_id, side: TheirSide.SELL }));
    expect((await client.getPrices([...both, ...sold]))[NO]).toEqual({
      BUY: String(bid),
      SELL: String(ask),
    });
    expect(Number((await client.getMidpoints(both))[NO])).toBeCloseTo((bid + ask) / 2, 6);
    expect(Number((await client.getSpreads(both))[NO])).toBeCloseTo(ask - bid, 6);
    expect(await client.getLastTradesPrices(both)).toEqual([]);
    expect(await client.getPricesHistory({ market: NO, startTs: 0, endTs: 1 })).toEqual({
      history: [],
    });
    const [short] = (await client.getSimplifiedMarkets()).data;
    expect(short).toMatchObject({ condition_id: market.id, accepting_orders: true });
    expect((await client.getSamplingMarkets()).data).toEqual([]);
    expect((await client.getSamplingSimplifiedMarkets()).data).toEqual([]);

    expect(await client.getTickSize(YES)).toBe("0.01");
    expect(await client.getNegRisk(YES)).toBe(false);
    expect(await client.getFeeRateBps(YES)).toBe(0);
    expect((await client.getMarkets()).data).toEqual([await client.getMarket(market.id)]);
    expect(await client.getMarket(market.id)).toMatchObject({ condition_id: market.id });
    const { t } = await client.getClobMarketInfo(market.id);
    expect(t.map((it) => it.t)).toEqual([YES, NO]);
    expect(await client.getFeeExponent(YES)).toBe(1);
  });

  it.each(WALLETS)("of a %s: an order rests under the id that both have hashed", async (wallet) => {
    const { client, signed, live, really } = await met({ ...US, wallet });
    const { order, id } = await signed(["BUY", "YES", 100, 20]);
    expect(await client.postOrder(order, OrderType.GTC, true)).toMatchObject({
      success: true,
      errorMsg: "",
      orderID: id,
      status: "live",
      transactionsHashes: [],
      tradeIDs: [],
    });
    expect(live()).toEqual([id]);
    expect(really(id)).toMatchObject({ side: "BUY", token: "YES", price: 100, size: 20 * MICRO });
    expect(await client.getOrder(id)).toMatchObject({
      id,
      status: "LIVE",
      maker_address: order.maker,
      original_size: "20",
      price: "0.01",
      order_type: "GTC",
    });
  });

  it("GTD: the stated end is kept, and one too near is refused", async () => {
    const { client, signed, really, venue } = await met();
    const expiration = Math.floor(inMinutes(venue, 4) / 1_000);
    const { order, id } = await signed(["BUY", "NO", 100, 20], { expiration });
    expect(await client.postOrder(order, OrderType.GTD)).toMatchObject({ status: "live" });
    expect(really(id).expiresAt).toBe(expiration * 1_000);
    expect(await client.isOrderScoring({ order_id: id })).toEqual({ scoring: false });
    expect(await client.areOrdersScoring({ orderIds: [id] })).toEqual({ [id]: false });
    const [open] = await client.getOpenOrders({ id });
    expect(open).toMatchObject({ order_type: "GTD", expiration: String(expiration) });
    const near = await signed(["BUY", "NO", 100, 20], { expiration: expiration - 120 });
    await expect(client.postOrder(near.order, OrderType.GTD)).rejects.toMatchObject({
      status: 400,
      message: "invalid expiration",
    });
  });

  it("a post-only order that crosses is refused in the venue's words", async () => {
    const { client, signed, live } = await met();
    const { order } = await signed(["BUY", "YES", 9900, 20]);
    await expect(client.postOrder(order, OrderType.GTC, true)).rejects.toMatchObject({
      status: 400,
      message: "invalid post-only order: order crosses book",
    });
    expect(live()).toEqual([]);
  });

  it("a batch is answered leg by leg, in its order", async () => {
    const { client, signed, live } = await met();
    const legs = [
      await signed(["BUY", "YES", 100, 20]),
      await signed(["BUY", "YES", 200, 1]),
      await signed(["BUY", "NO", 300, 30]),
    ];
    const orders = legs.map(({ order }) => ({ order, orderType: OrderType.GTC }));
    const ids = legs.map(({ id }) => id);
    const answers = await client.postOrders(orders, true);
    expect(answers.map((it) => it.orderID)).toEqual([ids[0], "", ids[2]]);
    expect(answers.map((it) => it.success)).toEqual([true, false, true]);
    expect(answers[1]?.errorMsg).toBe(
      `order ${ids[1]} is invalid. Size (1) lower than the minimum: 5`,
    );
    expect(new Set(live())).toEqual(new Set([ids[0], ids[2]]));
    // The very same order a second time.
    await expect(client.postOrder(orders[0]?.order ?? expect.unreachable())).rejects.toMatchObject({
      message: `order ${ids[0]} is invalid. Duplicated.`,
    });
  });

  it("an order with a builder's code has the id of that as well", async () => {
    const { client, kept, venue, live } = await met();
    const order = await client.createOrder({
      tokenID: venue.market().market.tokenIds.YES,
      price: 0.01,
      size: 20,
      side: TheirSide.BUY,
      builderCode: BUILDER,
      metadata: `0x${"cd".repeat(32)}`,
    });
    const id = theirId(kept.asked());
    expect(await client.postOrder(order)).toMatchObject({ orderID: id, status: "live" });
    expect(live()).toEqual([id]);
  });

  it("an order of whole amounts is one of Protocol V2, wherever it is sent", async () => {
    const { client, kept, venue, live } = await met();
    const order = await client.createExchangeV3OrderFromAmounts({
      tokenID: venue.market().market.tokenIds.YES,
      makerAmount: "200000",
      takerAmount: "20000000",
      side: TheirSide.BUY,
    });
    const id = theirId(kept.asked());
    const posting = client.postOrder(order);
    if (generation === "v1") {
      await expect(posting).rejects.toMatchObject({ message: "order_version_mismatch" });
      expect(live()).toEqual([]);
      return;
    }
    expect(await posting).toMatchObject({ orderID: id, status: "live" });
    expect(live()).toEqual([id]);
  });

  it("an order that rests earns nothing, and none is of the older exchange", async () => {
    const { client, signed, venue } = await met();
    const { order } = await signed(["BUY", "YES", 100, 20]);
    await client.postOrder(order);
    expect(await client.getEarningsForUserForDay(DAY)).toEqual([]);
    expect(await client.getTotalEarningsForUserForDay(DAY)).toEqual([]);
    expect(await client.getUserEarningsAndMarketsConfig(DAY)).toEqual([]);
    expect(await client.getRewardPercentages()).toEqual({});
    expect(await client.getCurrentRewards()).toEqual([]);
    expect(await client.getRawRewardsForMarket(venue.market().market.id)).toEqual([]);
    expect(await client.getPreMigrationOrders()).toEqual([]);
  });

  it("spends all it has, fees included, if it says how much that is", async () => {
    const cash = 20;
    const { client, owner, venue } = await met(US, {
      cash: microUsdc(cash * MICRO),
      scenario: { fee: { rateBp: 700, exponent: 1 } },
    });
    const wanted = { amount: cash, side: TheirSide.BUY };
    const buys = (more: { readonly userUSDCBalance?: number }) => {
      const { YES } = venue.market().market.tokenIds;
      return client.createAndPostMarketOrder(
        { ...wanted, ...more, tokenID: YES },
        undefined,
        OrderType.FOK,
        true,
      );
    };
    await expect(buys({})).rejects.toThrow(/^not enough balance/);
    const { status, transactionsHashes } = await buys({ userUSDCBalance: cash });
    // Asked not to wait for the chain, it does not look for the hashes.
    expect([status, transactionsHashes]).toEqual(["matched", []]);
    venue.run(SETTLED_MS);
    const left = venue.state().accounts.get(owner)?.cash ?? Number.NaN;
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThan(0.05 * cash * MICRO);
    expect(holdingsOf(venue.market(), owner).YES).toBeGreaterThan(0);
  });

  it("more orders than a page holds are all listed, oldest first", async () => {
    const { client, kept, venue } = await met();
    const tokenID = venue.market().market.tokenIds.YES;
    const wanted = { tokenID, price: 0.01, size: 5, side: TheirSide.BUY };
    const ids: OrderId[] = [];
    for (let batch = 0; batch < 8; batch += 1) {
      const orders: PostOrdersArgs[] = [];
      for (let leg = 0; leg < 15; leg += 1) {
        orders.push({ order: await client.createOrder(wanted), orderType: OrderType.GTC });
        ids.push(theirId(kept.asked()));
      }
      await client.postOrders(orders, true);
      venue.run(1);
    }
    const listed = await client.getOpenOrders();
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(await client.getOpenOrders({}, true)).toHaveLength(100);
    await client.cancelOrders(ids);
    expect(await client.getOpenOrders()).toEqual([]);
    const order = await client.createOrder(wanted);
    const many = Array.from({ length: 16 }, () => ({ order, orderType: OrderType.GTC }));
    await expect(client.postOrders(many)).rejects.toThrow(
      "Too many orders in payload: 16, max allowed: 15",
    );
  });

  it("cancels one, many, those of a token, and all", async () => {
    const { client, signed, live, venue } = await met();
    const { market } = venue.market();
    const placed: OrderId[] = [];
    for (const [token, price] of [
      ["YES", 100],
      ["YES", 200],
      ["YES", 300],
      ["YES", 400],
      ["NO", 100],
      ["NO", 200],
    ] as const) {
      const { order, id } = await signed(["BUY", token, price, 20]);
      await client.postOrder(order, OrderType.GTC, true);
      placed.push(id);
      venue.run(1);
    }
    const [one = orderId(""), two, three, four, five, six] = placed;
    expect(await client.cancelOrder({ orderID: one })).toEqual({
      canceled: [one],
      not_canceled: {},
    });
    expect(await client.cancelOrders([one, two ?? "", three ?? ""])).toEqual({
      canceled: [two, three],
      not_canceled: { [one]: "the order is already canceled" },
    });
    expect(
      await client.cancelMarketOrders({ market: market.id, asset_id: market.tokenIds.YES }),
    ).toEqual({ canceled: [four], not_canceled: {} });
    expect((await client.getOpenOrders({ market: market.id })).map(({ id }) => id)).toEqual([
      five,
      six,
    ]);
    const { canceled } = await client.cancelAll();
    expect(new Set(canceled)).toEqual(new Set([five, six]));
    expect(live()).toEqual([]);
    expect(await client.getOpenOrders()).toEqual([]);
    expect(await client.getOrder(one)).toMatchObject({ status: "CANCELED" });
    await expect(client.getOrder(`0x${"7".repeat(64)}`)).rejects.toMatchObject({ status: 404 });
  });

  it("takes, is told the transactions, owns what it bought, and sells it", async () => {
    const { client, owner, venue, signed, matched, really, live } = await met();
    const { market } = venue.market();
    const token = market.tokenIds.YES;
    const traded: string[] = [];
    const takes = async (order: SignedOrder, orderType: OrderType) => {
      const answer = await matched(order, orderType);
      const trades = await client.getTrades({ market: market.id });
      const own = trades.filter((it) => it.taker_order_id === answer.orderID);
      expect(new Set(own.map((it) => it.id))).toEqual(new Set(answer.tradeIDs));
      expect(new Set(own.map((it) => it.transaction_hash))).toEqual(
        new Set(answer.transactionsHashes),
      );
      traded.push(...own.map((it) => it.id));
      return really(orderId(answer.orderID));
    };

    // The client writes the price it found into what it is handed, so each time it gets a new one.
    const signedFor = (amount: number, side: TheirSide) =>
      client.createMarketOrder({ tokenID: token, amount, side });
    const bought = await takes(await signedFor(20, TheirSide.BUY), OrderType.FOK);
    expect(bought.matched).toBe(bought.size);
    const more = await takes(await signedFor(20, TheirSide.BUY), OrderType.FAK);
    expect(holdingsOf(venue.market(), owner).YES).toBe(bought.matched + more.matched);

    const asset = { asset_type: AssetType.CONDITIONAL, token_id: token };
    await client.updateBalanceAllowance(asset);
    const { balance, allowances } = await client.getBalanceAllowance(asset);
    expect(balance).toBe(String(bought.matched + more.matched));
    expect(Object.keys(allowances)).toEqual([exchange.address]);
    const cash = await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL });
    expect(cash.balance).toBe(String(venue.state().accounts.get(owner)?.cash));

    const { order, id } = await signed(["SELL", "YES", 9900, 5]);
    expect(await client.postOrder(order, OrderType.GTC, true)).toMatchObject({ status: "live" });
    expect(live()).toEqual([id]);
    const sold = await takes(await signedFor(5, TheirSide.SELL), OrderType.FOK);
    const rest = await takes(await signedFor(5, TheirSide.SELL), OrderType.FAK);
    expect([sold.side, sold.matched, rest.matched]).toEqual(["SELL", 5 * MICRO, 5 * MICRO]);

    const { trades } = await client.getTradesPaginated({ asset_id: token });
    expect(new Set(trades.map((it) => it.id))).toEqual(new Set(traded));
    expect(new Set(trades.map((it) => it.trader_side))).toEqual(new Set(["TAKER"]));
    expect((await client.getLastTradePrice(token)).price).toBe(
      (await client.getOrderBook(token)).last_trade_price,
    );
  });

  it("a limit order that meets less than its size trades that and rests", async () => {
    const { client, signed, venue, isKnown, really } = await met();
    const [best] = levels(venue.market().book, "YES").asks;
    const { price, size } = best ?? expect.unreachable("no ask");
    const { order, id } = await signed(["BUY", "YES", price, Math.ceil(size / MICRO) + 10]);
    const posting = client.postOrder(order);
    await vi.waitUntil(isKnown(id), QUICKLY);
    const [open] = await client.getOpenOrders();
    expect(open).toMatchObject({ id, status: "LIVE", size_matched: formatMicro(size) });
    expect(really(id).matched).toBe(size);
    venue.run(SETTLED_MS);
    const answer = await posting;
    expect(answer).toMatchObject({ status: "matched", takingAmount: formatMicro(size) });
    expect(answer.transactionsHashes).toHaveLength(answer.tradeIDs?.length ?? 0);
  });

  it("what cannot be filled is killed in the venue's words", async () => {
    const { client, signed, live } = await met();
    const much = await signed(["BUY", "YES", 100, 20]);
    await expect(client.postOrder(much.order, OrderType.FOK)).rejects.toMatchObject({
      status: 400,
      message: "order couldn't be fully filled. FOK orders are fully filled or killed.",
    });
    await expect(client.postOrder(much.order, OrderType.FAK)).rejects.toThrow(/^no orders found/);
    expect(live()).toEqual([]);
  });

  it.each([
    { name: "as it is at first", tick: "0.01", steps: 100 },
    { name: "that is finer near the ends", tick: "0.001", steps: 1_000 },
  ])("a BUY in dollars is understood on the grid $name", async ({ tick, steps }) => {
    const { client, venue } = await met();
    if (tick === "0.001") untilFiner(venue);
    const { book, market } = venue.market();
    const tokenID = market.tokenIds.YES;
    const ask = levels(book, "YES").asks[0]?.price ?? expect.unreachable("no ask");
    expect(await client.getTickSize(tokenID)).toBe(tick);
    const killed = "order couldn't be fully filled. FOK orders are fully filled or killed.";
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: (ask * steps) / DOLLAR_BP - 1 }),
        // At least as much as five shares can cost, and no more than we have.
        fc.integer({ min: 500, max: 90_000 }),
        async (ticks, cents) => {
          const wanted = {
            tokenID,
            side: TheirSide.BUY,
            price: ticks / steps,
            amount: cents / 100,
          };
          const order = await client.createMarketOrder(wanted);
          // On the finer grid the client gives shares five decimals, which the venue does not take.
          const isTooFine = Number(order.takerAmount) % 100 !== 0;
          await expect(client.postOrder(order, OrderType.FOK)).rejects.toThrow(
            isTooFine ? "taker amount a max of 4 decimals" : killed,
          );
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  it("near an end places and takes on the finer grid", async () => {
    const { client, venue, signed, really, matched } = await met();
    untilFiner(venue);
    const { order, id } = await signed(["BUY", "YES", 10, 123.45]);
    expect(order).toMatchObject({ makerAmount: "123450", takerAmount: "123450000" });
    expect(await client.postOrder(order, OrderType.GTC, true)).toMatchObject({ orderID: id });
    expect(really(id)).toMatchObject({ price: 10, size: 123_450_000 });
    const { book, market } = venue.market();
    const { price: ask } = levels(book, "YES").asks[0] ?? expect.unreachable("no ask");
    // Whole shares at the best price, so that their number needs no fifth decimal.
    const price = ask / DOLLAR_BP;
    const wanted = { tokenID: market.tokenIds.YES, side: TheirSide.BUY, price, amount: 20 * price };
    const taken = await matched(await client.createMarketOrder(wanted), OrderType.FOK);
    expect(really(orderId(taken.orderID)).status).toBe("matched");
  });

  it("beats, and corrects a beat out of turn", async () => {
    const { client } = await met();
    const first = await client.postHeartbeat();
    const second = await client.postHeartbeat(first.heartbeat_id);
    expect(second.heartbeat_id).not.toBe(first.heartbeat_id);
    await expect(client.postHeartbeat(first.heartbeat_id)).rejects.toMatchObject({
      status: 400,
      data: {
        error: { error_msg: "Invalid Heartbeat ID", heartbeat_id: second.heartbeat_id },
      },
    });
  });

  it("that has begun to beat and stops loses its orders", async () => {
    const { client, signed, live, venue } = await met();
    const { order, id } = await signed(["BUY", "YES", 100, 20]);
    await client.postOrder(order, OrderType.GTC, true);
    venue.run(LAPSE_MS);
    expect(live()).toEqual([id]);
    const { heartbeat_id: beat } = await client.postHeartbeat();
    venue.run(LAPSE_MS / 2);
    await client.postHeartbeat(beat);
    venue.run(LAPSE_MS / 2);
    expect(live()).toEqual([id]);
    venue.run(LAPSE_MS);
    expect(await client.getOpenOrders()).toEqual([]);
    expect(await client.getOrder(id)).toMatchObject({ status: "CANCELED" });
  });

  it("one that signs for the other exchange learns it from the refusal", async () => {
    const { venue, owner } = await met();
    const client = await official(venue, keptWallet(US.key), { throwOnError: false });
    Object.assign(client, { cachedVersion: version === 2 ? 3 : 2 });
    const order = {
      tokenID: venue.market().market.tokenIds.YES,
      price: 0.01,
      size: 20,
      side: TheirSide.BUY,
    };
    expect(await client.createAndPostOrder(order)).toMatchObject({ status: "live" });
    expect(liveOrders(venue.market(), owner)).toHaveLength(1);
    const retired = await client.createOrder(order, { version: 1 });
    expect(await client.postOrder(retired)).toEqual({
      error: "order_version_mismatch",
      status: 400,
    });
  });
});

const BUILDER = `0x${"ab".repeat(32)}`;
const DAY = "2026-11-22";

/** What the client can ask and this venue does not answer, by method. */
const UNSERVED: Readonly<Partial<Record<keyof ClobClient, (client: ClobClient) => unknown>>> = {
  getMarketTradesEvents: (client) => client.getMarketTradesEvents("0x1"),
  createReadonlyApiKey: (client) => client.createReadonlyApiKey(),
  getReadonlyApiKeys: (client) => client.getReadonlyApiKeys(),
  deleteReadonlyApiKey: (client) => client.deleteReadonlyApiKey("1"),
  createBuilderApiKey: (client) => client.createBuilderApiKey(),
  getBuilderApiKeys: (client) => client.getBuilderApiKeys(),
  revokeBuilderApiKey: (client) => client.revokeBuilderApiKey(),
  getBuilderTrades: (client) => client.getBuilderTrades({ builder_code: BUILDER }),
};

/** What it calls within itself; in its types these are private. */
const INTERNAL: ReadonlySet<string> = new Set([
  "constructor",
  "waitForResolvedTrades",
  "resolveTransactionsHashes",
  "canL1Auth",
  "canL2Auth",
  "isBuilderOrder",
  "getBuilderTakerFeeRate",
  "adjustBuyAmountForBalance",
  "_ensureMarketInfoCached",
  "ensureBuilderFeeRateCached",
  "_resolveTickSize",
  "_resolveFeeRateBps",
  "resolveVersion",
  "_retryOnVersionUpdate",
  "_isOrderVersionMismatch",
  "throwIfError",
  "get",
  "post",
  "del",
]);

it("what is not served is said to be not found", async () => {
  const venue = await served();
  venue.run(2_000);
  const client = await official(venue, keptWallet(US.key));
  const refusal = { status: 404, message: "not found" };
  for (const ask of Object.values(UNSERVED))
    await expect(ask(client)).rejects.toMatchObject(refusal);
  // Only here the client asks for a builder's fee.
  const tokenID = venue.market().market.tokenIds.YES;
  const wanted = { tokenID, amount: 5, side: TheirSide.BUY, builderCode: BUILDER };
  await expect(client.createMarketOrder(wanted)).rejects.toMatchObject(refusal);
});

it("each method of the client has been answered above, or is known not to be served", () => {
  const methods = Object.getOwnPropertyNames(ClobClient.prototype);
  expect([...answered, ...Object.keys(UNSERVED)].toSorted()).toEqual(
    methods.filter((name) => !INTERNAL.has(name)).toSorted(),
  );
});

/** Until a trade has been so near to 0 or 1 that the venue has changed the grid. */
function untilFiner(venue: Served): void {
  const { rules, opensAt, endsAt } = venue.market().market;
  for (let waited = opensAt; waited < endsAt; waited = after(waited, 1_000)) {
    if (venue.market().market.rules.tick < rules.tick) return;
    venue.run(1_000);
  }
  expect.unreachable("the grid has not changed");
}
