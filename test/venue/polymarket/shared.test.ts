/** The recordings beside the repository, frame by frame, with the expected result of each. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { MICRO, orderId, parseMicroUsdc } from "../../../src/types/index.ts";
import {
  type TradedMarket,
  decodeApiKey,
  decodeBalances,
  decodeBook,
  decodeBooks,
  decodeCancelAnswer,
  decodeClobMarket,
  decodeFeeRate,
  decodeGammaEvents,
  decodeGammaMarkets,
  decodeHeartbeat,
  decodeMarketFrame,
  decodeNegRisk,
  decodeOrder,
  decodeOrdersPage,
  decodePlaceAnswer,
  decodeTickSize,
  decodeTime,
  decodeTradesPage,
  decodeUserFrame,
  decodeVersion,
  disagreements,
  wire,
} from "../../../src/venue/polymarket/index.ts";
import { decodeBinance, decodeKlines } from "../../../src/venue/binance/index.ts";
import { takerFee } from "../../../src/venue/polymarket/decode/decodeTrade.ts";
import { bp, hasShared, marketOf, reply, shares, sharedFile } from "./support.ts";

/** The window of the recordings. */
const BTC = marketOf(
  "0xcd5f9f505e0c0182746aa65963f72f01e7463259e5ea9f56672c0fe3a37f348a",
  "25070934348813416902477876984955073880416401960631253331845590271167412497744",
  "111614563957165270026378011809694313565736745512637881727398424401624030147043",
);
const V2 = marketOf(
  "0x017791f201d5a788e0039e511fc1900e5f000000000000000000000000000000",
  "663574927012476832975694178961957910328055987427402067619466963999000625152",
  "663574927012476832975694178961957910328055987427402067619466963999000625153",
);
const BURST = marketOf(
  "0x285746de0e4f751fd4dc8f9dc2cecd0101ba9ad0096a43145ed9643b09514f01",
  "76670567130917723816490572615540605537878462672464291990940067659127658071111",
  "54179564009642723353355316176091991063553046330768303687769988635499280029688",
);

const frames = z.object({
  frames: z.array(
    z.object({
      name: z.string(),
      direction: z.string(),
      frame: z.unknown(),
      ownFills: z
        .array(
          z.object({
            orderId: z.string(),
            role: z.string(),
            assetId: z.string(),
            side: z.string(),
            size: z.string(),
            price: z.string(),
          }),
        )
        .optional(),
    }),
  ),
});
const framesOf = (name: string) => frames.parse(sharedFile(name)).frames;
const textOf = (frame: unknown): string =>
  typeof frame === "string" ? frame : JSON.stringify(frame);

describe.skipIf(!hasShared)("recorded market frames (needs ../shared)", () => {
  const market = (name: string) =>
    name === "initial-dump-v2" ? V2 : name.startsWith("price_change") ? BURST : BTC;

  const expected: Readonly<Record<string, readonly unknown[]>> = {
    pong: [],
    "initial-dump-v1": [
      {
        type: "book",
        token: "YES",
        book: {
          bids: expect.arrayContaining([{ price: 9500, size: 142_400_000 }]),
          asks: [
            { price: 9600, size: 441_400_000 },
            { price: 9700, size: 1_185_220_000 },
            { price: 9800, size: 3_414_000_000 },
            { price: 9900, size: 13_330_750_000 },
          ],
        },
      },
    ],
    "initial-dump-v2": [{ type: "book", token: "YES", book: { bids: [], asks: [] } }],
    price_change: [
      {
        type: "level",
        token: "YES",
        side: "BUY",
        level: { price: 3010, size: 1_000_000_000 },
      },
      {
        type: "level",
        token: "NO",
        side: "SELL",
        level: { price: 6990, size: 1_000_000_000 },
      },
    ],
    "price_change-remove": [
      { type: "level", token: "YES", side: "SELL", level: { price: 3990, size: 0 } },
    ],
    tick_size_change: [{ type: "rulesChanged", rules: { ...BTC.rules, tick: 10 } }],
    last_trade_price: [
      { type: "traded", token: "YES", price: 5100, size: 25_000_000, side: "BUY" },
    ],
    best_bid_ask: [],
    new_market: [],
    market_resolved: [{ type: "resolved", winner: "YES" }],
  };

  it("from the server: each gives its items, without a warning", () => {
    const sent = framesOf("ws-market.json").filter(({ direction }) => direction === "server");

    expect(sent.map(({ name }) => name).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const { name, frame } of sent) {
      const { items, warnings } = decodeMarketFrame(textOf(frame), market(name));
      expect([name, items, warnings]).toEqual([name, expected[name], []]);
      // Best level first, although it comes last on the wire.
      for (const item of items) {
        if (item.type === "book" && name === "initial-dump-v1") {
          expect(item.book.bids[0]?.price).toBe(9500);
          expect(item.book.bids).toHaveLength(81);
        }
      }
    }
  });

  it("from the client: each fits its schema", () => {
    const sent = framesOf("ws-market.json").filter(({ direction }) => direction === "client");
    for (const { name, frame } of sent.filter((each) => each.name !== "ping")) {
      const schema =
        name === "subscribe" ? wire.marketSubscriptionWire : wire.marketSubscriptionChangeWire;
      expect(schema.parse(frame)).toStrictEqual(frame);
    }
    expect(sent).toHaveLength(4);
  });
});

describe.skipIf(!hasShared)("recorded user frames (needs ../shared)", () => {
  const SELF = z.object({
    about: z.object({ self: z.object({ apiKey: z.string(), address: z.string() }) }),
  });
  const FEED_ORDERS: Readonly<Record<string, readonly [matched: string, status: string]>> = {
    "order-placement": ["0", "live"],
    "order-update-partial": ["5", "live"],
    "order-update-full": ["20", "matched"],
    "order-cancellation-user": ["5", "cancelled"],
    "order-cancellation-venue-invalid": ["0", "cancelled"],
    "order-cancellation-resolved": ["0", "cancelled"],
    "order-fok-killed": ["0", "cancelled"],
  };
  const account = () => {
    const { apiKey, address } = SELF.parse(sharedFile("ws-user.json")).about.self;
    return { apiKey, wallet: address, isOurs: () => false };
  };

  it("from the client: each fits its schema", () => {
    const sent = framesOf("ws-user.json").filter(({ direction }) => direction === "client");
    expect(sent).toHaveLength(3);
    for (const { name, frame } of sent) {
      const schema =
        name === "subscribe" ? wire.userSubscriptionWire : wire.userSubscriptionChangeWire;
      expect(schema.parse(frame)).toStrictEqual(frame);
    }
  });

  it("orders: the matched size of each and its status", () => {
    const orders = framesOf("ws-user.json").filter(({ name }) => name.startsWith("order-"));

    expect(orders.map(({ name }) => name)).toEqual(Object.keys(FEED_ORDERS));
    for (const { name, frame } of orders) {
      const { items, warnings } = decodeUserFrame(textOf(frame), BTC, account());
      const [matched = "", status] = FEED_ORDERS[name] ?? [];
      expect([name, items, warnings]).toMatchObject([
        name,
        [{ type: "order", report: { side: "BUY", sizeMatched: shares(matched), status } }],
        [],
      ]);
    }
  });

  it("[E] trades: exactly the fills that the recording states, from the view of our own orders", () => {
    const trades = framesOf("ws-user.json").filter(({ name }) => name.startsWith("trade-"));
    expect(trades).toHaveLength(10);
    for (const { name, frame, ownFills = [] } of trades) {
      const { items, warnings } = decodeUserFrame(textOf(frame), BTC, account());
      expect([name, warnings, items.length]).toEqual([name, [], 1]);
      const fills = items.flatMap((item) => (item.type === "trade" ? item.report.fills : []));
      const known = fills.map((fill) => ({ ...fill, fee: 0 }));
      // A later status lists no fills there: the trade is the same, and is booked once by its id.
      const stated = ownFills.length > 0 ? ownFills : [firstMatched()];
      expect([name, known]).toEqual([
        name,
        stated.map((fill) => ({
          orderId: orderId(fill.orderId),
          token: fill.assetId === BTC.tokenIds.YES ? "YES" : "NO",
          side: fill.side,
          price: bp(fill.price),
          size: shares(fill.size),
          fee: 0,
        })),
      ]);
      // Its note: floor5(20 × 0.07 × 0.51 × 0.49).
      expect(fills.map(({ fee }) => Number(fee))).toEqual(
        stated.map(({ role }) => (role === "TAKER" ? 349_860 : 0)),
      );
    }
  });

  function firstMatched() {
    const named = framesOf("ws-user.json").find(
      ({ name }) => name === "trade-maker-complementary-MATCHED",
    );
    const [fill] = named?.ownFills ?? [];
    if (!fill) throw new Error("the recording has changed");
    return fill;
  }
});

describe.skipIf(!hasShared)("recorded REST answers (needs ../shared)", () => {
  const endpoints = z.object({
    endpoints: z.array(
      z.object({
        method: z.string(),
        path: z.string(),
        response: z.unknown(),
        responseV2: z.unknown().optional(),
        request: z.unknown().optional(),
        variants: z.record(z.string(), z.unknown()).optional(),
        error: z.object({ status: z.number(), body: z.unknown() }).optional(),
        notFound: z.object({ status: z.number(), body: z.unknown() }).optional(),
      }),
    ),
  });
  const all = () => endpoints.parse(sharedFile("rest-responses.json")).endpoints;
  const endpoint = (line: string) => {
    const found = all().find(({ method, path }) => `${method} ${path}` === line);
    if (!found) throw new Error(`no ${line} in the recording`);
    return found;
  };
  const answerOf = (line: string) => reply(endpoint(line).response);
  const account = {
    apiKey: "c751f7e9-ad6d-461c-8c37-9a3c740848a6",
    wallet: "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    isOurs: () => false,
  };
  const ID = "0xa5500439259f4a8a5205a57cf7fe8d2f58862cd58347122660bc4e058649101c";

  it("every endpoint is decoded here, or listed as not needed", () => {
    const READ = [
      "GET /time",
      "GET /version",
      "POST /auth/api-key",
      "GET /auth/derive-api-key",
      "POST /order",
      "POST /orders",
      "DELETE /order",
      "DELETE /orders",
      "DELETE /cancel-all",
      "DELETE /cancel-market-orders",
      "GET /data/orders",
      "GET /data/order/{orderID}",
      "GET /data/trades",
      "GET /balance-allowance",
      "POST /v1/heartbeats",
      "GET /book",
      "POST /books",
      "GET /tick-size",
      "GET /neg-risk",
      "GET /fee-rate",
      "GET /clob-markets/{condition_id}",
    ];
    const UNUSED = [
      "GET /ok",
      "GET /auth/api-keys",
      "DELETE /auth/api-key",
      "GET /auth/ban-status/closed-only",
      "GET /balance-allowance/update",
      "POST /heartbeats",
      "GET /midpoint",
      "GET /price",
      "GET /spread",
      "GET /last-trade-price",
      "GET /markets-by-token/{token_id}",
      "GET /order-scoring",
      "POST /orders-scoring",
      "GET /v1/user/rate-limit-tier",
    ];
    expect(
      all()
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual([...READ, ...UNUSED].toSorted());
  });

  it("orders placed", () => {
    const acked = { answer: { legs: [{ type: "acked", orderId: ID }] }, warnings: [] };
    const outcomes: Readonly<Record<string, unknown>> = {
      resting: acked,
      restingDocForm: acked,
      matchedFull: acked,
      matchedWithHashes: acked,
      delayed: acked,
      unmatched: acked,
      rejected400: {
        answer: { legs: [{ type: "rejected", refusal: { reason: "insufficientBalance" } }] },
      },
      rejectedBatchLeg: {
        answer: { legs: [{ type: "rejected", refusal: { reason: "postOnlyCross" } }] },
      },
    };
    const { variants = {} } = endpoint("POST /order");
    expect(Object.keys(variants)).toEqual(Object.keys(outcomes));
    for (const [name, body] of Object.entries(variants)) {
      const status = name === "rejected400" ? 400 : 200;
      expect([name, decodePlaceAnswer(reply(body, status), 1)]).toMatchObject([
        name,
        outcomes[name],
      ]);
    }
    expect(decodePlaceAnswer(answerOf("POST /orders"), 2).answer).toMatchObject({
      legs: [{ type: "acked" }, { type: "rejected", refusal: { reason: "orderSizeMin" } }],
    });
  });

  it("orders cancelled", () => {
    for (const line of ["/order", "/cancel-all", "/cancel-market-orders"]) {
      expect(decodeCancelAnswer(answerOf(`DELETE ${line}`))).toEqual({
        answer: { type: "answered", cancelled: [ID], refused: [] },
        warnings: [],
      });
    }
    expect(decodeCancelAnswer(answerOf("DELETE /orders")).answer).toMatchObject({
      cancelled: [ID],
      refused: [{ refusal: { reason: "gone" } }],
    });
    const { request } = endpoint("DELETE /cancel-market-orders");
    expect(wire.cancelMarketOrdersWire.parse(request)).toStrictEqual(request);
  });

  it("orders and trades read", () => {
    const report = {
      orderId: ID,
      token: "YES",
      side: "BUY",
      price: bp("0.49"),
      size: shares("20"),
      sizeMatched: shares("5"),
      status: "live",
    };
    expect(decodeOrdersPage(answerOf("GET /data/orders"), [V2, BTC]).answer).toEqual({
      type: "answered",
      value: { entries: [report], next: null },
    });
    expect(decodeOrder(answerOf("GET /data/order/{orderID}"), ID, BTC).answer).toEqual({
      type: "answered",
      value: report,
    });
    const { notFound } = endpoint("GET /data/order/{orderID}");
    expect(decodeOrder(reply(notFound?.body, notFound?.status), ID, BTC).answer).toEqual({
      type: "answered",
      value: null,
    });
    expect(decodeTradesPage(answerOf("GET /data/trades"), BTC, account).answer).toMatchObject({
      value: {
        next: null,
        entries: [{ status: "confirmed", fills: [{ orderId: ID, price: bp("0.49"), fee: 0 }] }],
      },
    });
  });

  it("the account: balances, heartbeat, API key", () => {
    const balance = answerOf("GET /balance-allowance");
    expect(decodeBalances({ cash: balance, YES: balance, NO: balance }).answer).toMatchObject({
      value: { cash: 1_000_000_000, YES: 1_000_000_000 },
    });
    for (const line of ["POST /auth/api-key", "GET /auth/derive-api-key"]) {
      expect(decodeApiKey(answerOf(line)).answer).toMatchObject({ value: { key: account.apiKey } });
    }
    const { response, error } = endpoint("POST /v1/heartbeats");
    expect(decodeHeartbeat(reply(response)).answer).toMatchObject({ value: { type: "beaten" } });
    expect(decodeHeartbeat(reply(error?.body, error?.status)).answer).toMatchObject({
      value: { type: "wrongId", id: "9c0f2d4e-0000-4000-8000-000000000002" },
    });
  });

  it("public reads", () => {
    expect(decodeTime(answerOf("GET /time")).answer).toMatchObject({ value: 1_795_305_600_000 });
    expect(decodeVersion(answerOf("GET /version")).answer).toMatchObject({ value: 2 });
    expect(decodeTickSize(answerOf("GET /tick-size")).answer).toMatchObject({ value: 10 });
    expect(decodeNegRisk(answerOf("GET /neg-risk")).answer).toMatchObject({ value: false });
    expect(decodeFeeRate(answerOf("GET /fee-rate")).answer).toMatchObject({ value: 1000 });
    expect(decodeBook(answerOf("GET /book"), BTC).answer).toMatchObject({
      value: { token: "YES", tick: 100, orderSizeMin: 5 * MICRO },
    });
    expect(decodeBooks(answerOf("POST /books"), BTC).answer).toMatchObject({
      value: [{ token: "YES" }],
    });
    const { responseV2, notFound } = endpoint("GET /clob-markets/{condition_id}");
    expect(decodeClobMarket(answerOf("GET /clob-markets/{condition_id}")).answer).toMatchObject({
      value: { id: BTC.id, tokenIds: BTC.tokenIds, exchange: "2", hasTakerDelay: true },
    });
    expect(decodeClobMarket(reply(responseV2)).answer).toMatchObject({
      value: { id: V2.id, tokenIds: V2.tokenIds, exchange: "3" },
    });
    expect(decodeClobMarket(reply(notFound?.body, notFound?.status)).answer).toEqual({
      type: "answered",
      value: null,
    });
  });

  it("Gamma and the order book agree on the market", () => {
    const gamma = z
      .object({ marketV1Capture: z.unknown(), eventMetadata: z.object({ open: z.unknown() }) })
      .parse(sharedFile("gamma-updown.json"));
    const listings = decodeGammaMarkets(JSON.stringify([gamma.marketV1Capture])).answer;
    const [listing] = listings.listed;
    const { answer } = decodeClobMarket(answerOf("GET /clob-markets/{condition_id}"));

    expect(listing).toMatchObject({
      market: {
        id: BTC.id,
        tokenIds: BTC.tokenIds,
        slug: "btc-updown-15m-1791241200",
        opensAt: 1_791_241_200_000,
        endsAt: 1_791_242_100_000,
      },
      strike: null,
      exchange: "2",
      feeRate: 70_000,
      isTradeReady: true,
    });
    if (!listing || answer.type !== "answered" || !answer.value) throw new Error("not listed");
    expect(disagreements(listing, answer.value)).toEqual([]);

    const event = {
      markets: [gamma.marketV1Capture],
      eventMetadata: gamma.eventMetadata.open,
    };
    expect(decodeGammaEvents(JSON.stringify([event])).answer.listed).toMatchObject([
      { strike: 64_210_123_456 },
    ]);
  });

  it("the documented v2 market: ids agree with its condition; unlisted, since it has no window", () => {
    const { marketV2DocsExample } = z
      .object({ marketV2DocsExample: z.object({}).loose() })
      .parse(sharedFile("gamma-updown.json"));
    const of = (more: object) =>
      decodeGammaMarkets(JSON.stringify([{ ...marketV2DocsExample, slug: "s", ...more }])).answer;
    const rest = {
      eventStartTime: "2026-10-05T23:00:00Z",
      endDate: "2026-10-05T23:15:00Z",
      orderPriceMinTickSize: 0.01,
      orderMinSize: 5,
      feesEnabled: false,
    };

    expect(of({}).unlisted).toEqual([{ slug: "s", why: "no window" }]);
    expect(of(rest).listed).toMatchObject([
      {
        exchange: "3",
        market: { id: "0x017089ce3ba22aaa0a4cba8250b8c8e1eb000000000000000000000000000000" },
      },
    ]);
  });

  it("fees: every sample from the chain", () => {
    const { samples } = z
      .object({
        samples: z.array(
          z.object({
            side: z.enum(["BUY", "SELL"]),
            makerAmountFilled: z.string(),
            takerAmountFilled: z.string(),
            rate: z.string(),
            feeMicroUsd: z.string(),
          }),
        ),
      })
      .parse(sharedFile("fees.json"));

    expect(samples).toHaveLength(19);
    for (const sample of samples) {
      const [dollars, size] =
        sample.side === "BUY"
          ? [sample.makerAmountFilled, sample.takerAmountFilled]
          : [sample.takerAmountFilled, sample.makerAmountFilled];
      const rate = parseMicroUsdc(sample.rate) satisfies TradedMarket["feeRate"] | null;
      if (rate === null) throw new Error("no rate");
      const fee = takerFee(BigInt(dollars) * BigInt(MICRO), Number(size), rate);
      expect([sample, String(fee)]).toEqual([sample, sample.feeMicroUsd]);
    }
  });

  it("Binance: the result of every message", () => {
    const { messages, rest } = z
      .object({
        messages: z.record(z.string(), z.unknown()),
        rest: z.array(z.object({ path: z.string(), response: z.unknown() })),
      })
      .parse(sharedFile("binance.json"));
    const given = Object.entries(messages).map(([name, message]) => {
      const { items, warning } = decodeBinance(JSON.stringify(message));
      return [name, warning?.type ?? items.map(({ price }) => Number(price))];
    });
    expect(Object.fromEntries(given)).toEqual({
      bookTicker: [64_210_015_000],
      combinedWrapper: [64_210_015_000],
      trade: [],
      kline_1h: [],
      aggTrade: "unknown",
      subscribe: "unknown",
      subscribeAck: "unknown",
    });
    const klines = rest.find(({ path }) => path.includes("/klines"))?.response;
    expect(decodeKlines(JSON.stringify(klines)).klines).toEqual([
      {
        opensAt: 1_795_305_600_000,
        endsAt: 1_795_309_200_000,
        open: 64_210_000_000,
        close: 64_215_500_000,
      },
    ]);
  });
});
