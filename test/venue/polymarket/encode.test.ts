import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type OrderType,
  type PlaceLeg,
  epochMs,
  marketId,
  tokenId,
} from "../../../src/types/index.ts";
import {
  FIRST_CURSOR,
  PING,
  type SignedLeg,
  type VenueRequest,
  balanceRequest,
  bookRequest,
  booksRequest,
  cancelAllRequest,
  cancelRequest,
  clobMarketRequest,
  createApiKeyRequest,
  deriveApiKeyRequest,
  feeRateRequest,
  gammaEventRequest,
  gammaMarketRequest,
  gammaSeriesRequest,
  heartbeatRequest,
  marketSubscription,
  marketSubscriptionChange,
  negRiskRequest,
  orderRequest,
  ordersRequest,
  placeRequest,
  tickSizeRequest,
  timeRequest,
  tradesRequest,
  userSubscription,
  userSubscriptionChange,
  versionRequest,
  wire,
} from "../../../src/venue/polymarket/index.ts";
import { A, B, DOWN, MARKET, UP, bp, fixture, hasShared, shares, sharedFile } from "./support.ts";

const POSTED = wire.postOrderWire.parse(JSON.parse(fixture("rest", "post_order.json")));
const { expiration: _, ...SIGNED } = POSTED.order;
const KEY = POSTED.owner;

const leg = (changed: Partial<PlaceLeg["ticket"]> = {}): PlaceLeg => ({
  orderId: A,
  ticket: {
    market: MARKET.id,
    tokenId: UP,
    side: "BUY",
    price: bp("0.48"),
    size: shares("20"),
    salt: SIGNED.salt,
    createdAt: epochMs(1_800_000_000_000),
    expiresAt: epochMs(1_800_000_600_999),
    orderType: "GTD",
    postOnly: true,
    ...changed,
  },
  epoch: { account: 0, market: 0 },
  liveAfter: 1,
});
const signedLeg = (changed: Partial<PlaceLeg["ticket"]> = {}): SignedLeg => ({
  leg: leg(changed),
  signed: SIGNED,
});

const bodyOf = ({ body }: VenueRequest): unknown => JSON.parse(body ?? "null");
const request = (
  method: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
  body: string | null = null,
): unknown => ({ method, path, query, body });

describe("placing", () => {
  it("one order, its expiry cut to a second", () => {
    const { method, path, query, body } = placeRequest([signedLeg()], KEY);

    expect([method, path, query]).toEqual(["POST", "/order", {}]);
    expect(wire.postOrderWire.parse(JSON.parse(body ?? ""))).toStrictEqual(POSTED);
  });

  it("a batch, in the order of its legs", () => {
    const batch = placeRequest(
      [signedLeg(), signedLeg({ orderType: "FAK", postOnly: false })],
      KEY,
    );

    expect([batch.method, batch.path]).toEqual(["POST", "/orders"]);
    expect(wire.postOrdersWire.parse(bodyOf(batch))).toMatchObject([
      { orderType: "GTD", postOnly: true, order: { expiration: "1800000600" } },
      { orderType: "FAK", postOnly: false, order: { expiration: "0" } },
    ]);
  });

  it.each<[OrderType, number | null, string]>([
    ["GTC", null, "0"],
    ["GTC", 1_800_000_600_000, "0"],
    ["FAK", null, "0"],
    ["GTD", 1_800_000_600_000, "1800000600"],
    ["GTD", 1_800_000_599_999, "1800000599"],
  ])("%s until %s expires at %s", (orderType, at, expiration) => {
    const expiresAt = at === null ? null : epochMs(at);
    const placed = placeRequest([signedLeg({ orderType, expiresAt })], KEY);
    expect(bodyOf(placed)).toMatchObject({ orderType, order: { expiration } });
  });

  const vectors = z.object({
    vectors: z.array(
      z.object({
        name: z.string(),
        input: z.object({ orderVersion: z.number() }),
        expected: z.object({ postBody: wire.postOrderWire, postBodyJson: z.string() }),
      }),
    ),
  });

  it.skipIf(!hasShared)("the very bytes of the official client (needs ../shared)", () => {
    const bodies = vectors
      .parse({
        vectors: z
          .object({ vectors: z.array(z.looseObject({ name: z.string() })) })
          .parse(sharedFile("vectors-orders.json"))
          .vectors.filter(({ name }) => !name.startsWith("v1-")),
      })
      .vectors.map(({ expected }) => expected);

    expect(bodies).toHaveLength(18);
    for (const { postBody, postBodyJson } of bodies) {
      const { expiration, ...signed } = postBody.order;
      const orderType = postBody.orderType === "FOK" ? "FAK" : postBody.orderType;
      const expiresAt = expiration === "0" ? null : epochMs(Number(expiration) * 1000);
      const ticket = { orderType, expiresAt, postOnly: postBody.postOnly };
      const { body } = placeRequest([{ leg: leg(ticket), signed }], postBody.owner);
      // We never send FOK.
      expect(body).toBe(postBodyJson.replace('"orderType":"FOK"', '"orderType":"FAK"'));
    }
  });
});

describe("cancelling", () => {
  it("one, several, a market, everything", () => {
    expect(cancelRequest([A])).toEqual(request("DELETE", "/order", {}, `{"orderID":"${A}"}`));
    expect(cancelRequest([A, B])).toEqual(request("DELETE", "/orders", {}, `["${A}","${B}"]`));
    expect(cancelAllRequest(MARKET.id)).toEqual(
      request("DELETE", "/cancel-market-orders", {}, `{"market":"${MARKET.id}"}`),
    );
    expect(cancelAllRequest(null)).toEqual(request("DELETE", "/cancel-all"));
  });

  it("reads back as it was written", () => {
    expect(wire.cancelOrderWire.parse(bodyOf(cancelRequest([A])))).toEqual({ orderID: A });
    expect(wire.cancelOrdersWire.parse(bodyOf(cancelRequest([A, B])))).toEqual([A, B]);
    expect(wire.cancelMarketOrdersWire.parse(bodyOf(cancelAllRequest(MARKET.id)))).toEqual({
      market: MARKET.id,
    });
  });
});

describe("reading", () => {
  const since = epochMs(1_800_000_000_500);

  it.each<[VenueRequest, unknown]>([
    [
      ordersRequest(MARKET.id, FIRST_CURSOR),
      request("GET", "/data/orders", { market: MARKET.id, next_cursor: "MA==" }),
    ],
    [ordersRequest(null, "MTAw"), request("GET", "/data/orders", { next_cursor: "MTAw" })],
    [orderRequest(A), request("GET", `/data/order/${A}`)],
    [
      tradesRequest(MARKET.id, since, FIRST_CURSOR),
      request("GET", "/data/trades", {
        market: MARKET.id,
        after: "1799999999",
        next_cursor: "MA==",
      }),
    ],
    [
      balanceRequest(null, "2", 3),
      request("GET", "/balance-allowance", { asset_type: "COLLATERAL", signature_type: "3" }),
    ],
    [
      balanceRequest(UP, "2", 0),
      request("GET", "/balance-allowance", {
        asset_type: "CONDITIONAL",
        token_id: UP,
        signature_type: "0",
      }),
    ],
    [
      balanceRequest(DOWN, "3", 0, { isUpdate: true }),
      request("GET", "/balance-allowance/update", {
        asset_type: "CONDITIONAL-V2",
        token_id: DOWN,
        signature_type: "0",
      }),
    ],
    [heartbeatRequest(""), request("POST", "/v1/heartbeats", {}, '{"heartbeat_id":""}')],
    [createApiKeyRequest(), request("POST", "/auth/api-key")],
    [deriveApiKeyRequest(), request("GET", "/auth/derive-api-key")],
    [bookRequest(UP), request("GET", "/book", { token_id: UP })],
    [booksRequest([UP]), request("POST", "/books", {}, `[{"token_id":"${UP}"}]`)],
    [tickSizeRequest(UP), request("GET", "/tick-size", { token_id: UP })],
    [negRiskRequest(UP), request("GET", "/neg-risk", { token_id: UP })],
    [feeRateRequest(UP), request("GET", "/fee-rate", { token_id: UP })],
    [clobMarketRequest(MARKET.id), request("GET", `/clob-markets/${MARKET.id}`)],
    [timeRequest(), request("GET", "/time")],
    [versionRequest(), request("GET", "/version")],
    [gammaEventRequest("s"), request("GET", "/events", { slug: "s" })],
    [gammaMarketRequest("s"), request("GET", "/markets", { slug: "s" })],
    [
      gammaSeriesRequest("10192", "2026-11-22T00:00:00Z", "c"),
      request("GET", "/events/keyset", {
        series_id: "10192",
        closed: "false",
        end_date_min: "2026-11-22T00:00:00Z",
        limit: "100",
        after_cursor: "c",
      }),
    ],
  ])("%o", (actual, expected) => {
    expect(actual).toStrictEqual(expected);
  });

  it("the path carries no query: it is what gets signed", () => {
    expect(ordersRequest(marketId("0x1"), "LTE=").path).toBe("/data/orders");
  });
});

describe("subscribing", () => {
  const key = { key: "k", secret: "s", passphrase: "p" };

  it("to the market channel", () => {
    expect(JSON.parse(marketSubscription([UP, DOWN]))).toStrictEqual({
      assets_ids: [UP, DOWN],
      type: "market",
      custom_feature_enabled: true,
    });
    expect(
      wire.marketSubscriptionChangeWire.parse(
        JSON.parse(marketSubscriptionChange("subscribe", [tokenId("1")])),
      ),
    ).toStrictEqual({ operation: "subscribe", assets_ids: ["1"], custom_feature_enabled: true });
    expect(JSON.parse(marketSubscriptionChange("unsubscribe", [tokenId("1")]))).toStrictEqual({
      operation: "unsubscribe",
      assets_ids: ["1"],
    });
  });

  it("to the user channel, for some markets or for all", () => {
    const auth = { apiKey: "k", secret: "s", passphrase: "p" };
    expect(JSON.parse(userSubscription(key, [MARKET.id]))).toStrictEqual({
      auth,
      type: "user",
      markets: [MARKET.id],
    });
    expect(JSON.parse(userSubscription(key, null))).toStrictEqual({ auth, type: "user" });
    expect(JSON.parse(userSubscriptionChange("unsubscribe", [MARKET.id]))).toStrictEqual({
      operation: "unsubscribe",
      markets: [MARKET.id],
    });
    expect(PING).toBe("PING");
  });
});
