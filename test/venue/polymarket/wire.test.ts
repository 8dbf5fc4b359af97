/** One schema for each message: a decoded and encoded message has lost no field. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { decodeMarketFrame, decodeUserFrame, wire } from "../../../src/venue/polymarket/index.ts";
import { ACCOUNT, type Folder, MARKET, fixture, fixtureNames } from "./support.ts";

/** One whole fixture per schema, with every field that the schema has. */
const SHAPES: Readonly<Record<string, readonly [z.ZodType, Folder, string]>> = {
  apiKeyWire: [wire.apiKeyWire, "rest", "api_key.json"],
  balanceWire: [wire.balanceWire, "rest", "balance.json"],
  bestBidAskWire: [wire.bestBidAskWire, "market", "best_bid_ask.json"],
  bookSummariesWire: [wire.bookSummariesWire, "rest", "book_summaries.json"],
  bookSummaryWire: [wire.bookSummaryWire, "rest", "book_summary.json"],
  bookWire: [wire.bookWire, "market", "book.json"],
  booksQueryWire: [wire.booksQueryWire, "rest", "books_query.json"],
  cancelAnswerWire: [wire.cancelAnswerWire, "rest", "cancel_answer.json"],
  cancelMarketOrdersWire: [wire.cancelMarketOrdersWire, "rest", "cancel_market_orders.json"],
  cancelOrderWire: [wire.cancelOrderWire, "rest", "cancel_order.json"],
  cancelOrdersWire: [wire.cancelOrdersWire, "rest", "cancel_orders.json"],
  clobMarketWire: [wire.clobMarketWire, "rest", "clob_market.json"],
  closedOnlyWire: [wire.closedOnlyWire, "rest", "closed_only.json"],
  failureWire: [wire.failureWire, "rest", "failure_post_only_mode.json"],
  feeRateWire: [wire.feeRateWire, "rest", "fee_rate.json"],
  gammaEventsPageWire: [wire.gammaEventsPageWire, "gamma", "events_page.json"],
  gammaEventsWire: [wire.gammaEventsWire, "gamma", "event.json"],
  gammaMarketsWire: [wire.gammaMarketsWire, "gamma", "market_v1.json"],
  heartbeatAnswerWire: [wire.heartbeatAnswerWire, "rest", "heartbeat_wrong.json"],
  heartbeatWire: [wire.heartbeatWire, "rest", "heartbeat.json"],
  lastTradePriceWire: [wire.lastTradePriceWire, "market", "last_trade_price.json"],
  marketResolvedWire: [wire.marketResolvedWire, "market", "market_resolved.json"],
  marketSubscriptionChangeWire: [
    wire.marketSubscriptionChangeWire,
    "rest",
    "market_subscription_change.json",
  ],
  marketSubscriptionWire: [wire.marketSubscriptionWire, "rest", "market_subscription.json"],
  negRiskWire: [wire.negRiskWire, "rest", "neg_risk.json"],
  newMarketWire: [wire.newMarketWire, "market", "new_market.json"],
  openOrderWire: [wire.openOrderWire, "rest", "open_order.json"],
  openOrdersPageWire: [wire.openOrdersPageWire, "rest", "open_orders_page.json"],
  orderAnswerWire: [wire.orderAnswerWire, "rest", "order_answer.json"],
  orderAnswersWire: [wire.orderAnswersWire, "rest", "order_answers.json"],
  postOrderWire: [wire.postOrderWire, "rest", "post_order.json"],
  postOrdersWire: [wire.postOrdersWire, "rest", "post_orders.json"],
  priceAuthWire: [wire.priceAuthWire, "price", "auth.json"],
  priceChangeWire: [wire.priceChangeWire, "market", "price_change.json"],
  priceReplyWire: [wire.priceReplyWire, "price", "subscribed.json"],
  priceSubscriptionWire: [wire.priceSubscriptionWire, "price", "subscribe.json"],
  rateTierWire: [wire.rateTierWire, "rest", "rate_tier.json"],
  tickSizeChangeWire: [wire.tickSizeChangeWire, "market", "tick_size_change.json"],
  tickSizeWire: [wire.tickSizeWire, "rest", "tick_size.json"],
  timeWire: [wire.timeWire, "rest", "time.json"],
  tradesPageWire: [wire.tradesPageWire, "rest", "trades_page.json"],
  twapWire: [wire.twapWire, "price", "twap.json"],
  userOrderWire: [wire.userOrderWire, "user", "order_placement.json"],
  userSubscriptionChangeWire: [
    wire.userSubscriptionChangeWire,
    "rest",
    "user_subscription_change.json",
  ],
  userSubscriptionWire: [wire.userSubscriptionWire, "rest", "user_subscription.json"],
  userTradeWire: [wire.userTradeWire, "user", "trade_maker.json"],
  versionWire: [wire.versionWire, "rest", "version.json"],
  blockAnswerWire: [wire.blockAnswerWire, "relayer", "block.json"],
  callAnswerWire: [wire.callAnswerWire, "relayer", "call.json"],
  chainRequestWire: [wire.chainRequestWire, "relayer", "chain_request.json"],
  submitAnswerWire: [wire.submitAnswerWire, "relayer", "submit_answer.json"],
  transactionsWire: [wire.transactionsWire, "relayer", "transactions.json"],
  walletNonceWire: [wire.walletNonceWire, "relayer", "nonce.json"],
  walletSubmitWire: [wire.walletSubmitWire, "relayer", "submit.json"],
};

/** Parts of the shapes above, which have their fixtures inside of those. */
const PARTS = ["gammaEventWire", "gammaMarketWire", "levelWire", "makerOrderWire"];
const MORE_PARTS = ["sideWire", "signedOrderWire", "tradeWire", "orderFields", "tradeFields"];
/** Refusals and wrong heartbeats: other forms of the messages above, decoded by their own tests. */
const OTHER_FORMS = ["failure.json", "heartbeat_answer.json", "heartbeat_wrong_openapi.json"];

const parsed = (folder: Folder, name: string): unknown => JSON.parse(fixture(folder, name));

describe("wire", () => {
  it("every schema has a fixture, and every REST fixture a schema", () => {
    const schemas = Object.entries(wire).filter(([, each]) => typeof each !== "function");
    expect([...Object.keys(SHAPES), ...PARTS, ...MORE_PARTS].toSorted()).toEqual(
      schemas.map(([name]) => name).toSorted(),
    );
    const used = Object.values(SHAPES).flatMap(([, folder, name]) =>
      folder === "rest" ? [name] : [],
    );
    expect([...new Set([...used, ...OTHER_FORMS])].toSorted()).toEqual(fixtureNames("rest"));
  });

  it.each(Object.entries(SHAPES))("%s keeps every field of its fixture", (_, [schema, ...at]) => {
    const message = parsed(...at);

    const once = schema.parse(message);
    expect([once]).toMatchObject([message]);
    expect(schema.parse(JSON.parse(JSON.stringify(once)))).toStrictEqual(once);
  });

  it("Gamma's events and markets keep every field too", () => {
    const [event] = wire.gammaEventsWire.parse(parsed("gamma", "event.json"));
    expect(wire.gammaEventWire.parse(event)).toMatchObject(event ?? {});

    const [market] = wire.gammaMarketsWire.parse(parsed("gamma", "market_v1.json"));
    expect(wire.gammaMarketWire.parse(market)).toMatchObject(market ?? {});
  });

  it("unknown fields are dropped", () => {
    const message = { heartbeat_id: "1", mood: "fine" };
    expect(wire.heartbeatWire.parse(message)).toStrictEqual({ heartbeat_id: "1" });
  });
});

describe("a field that is not read", () => {
  const read: Readonly<Record<string, ReadonlySet<string>>> = {
    "order_placement.json": new Set(
      "event_type id market asset_id side original_size size_matched price type status".split(" "),
    ),
    "trade_maker.json": new Set(
      "event_type id market asset_id side status match_time maker_orders taker_order_id size price trader_side".split(
        " ",
      ),
    ),
    "book.json": new Set(
      "event_type market asset_id bids asks tick_size last_trade_price".split(" "),
    ),
  };

  it.each(Object.entries(read))("never makes a %s garbled, whatever its value", (name, fields) => {
    const folder = name === "book.json" ? "market" : "user";
    const message = parsed(folder, name) as Record<string, unknown>;
    const decode = (value: unknown) =>
      folder === "market"
        ? decodeMarketFrame(JSON.stringify(value), MARKET)
        : decodeUserFrame(JSON.stringify(value), MARKET, ACCOUNT);
    const unread = Object.keys(message).filter((key) => !fields.has(key));
    const whole = decode(message);
    expect(whole.items).toHaveLength(1);

    fc.assert(
      fc.property(fc.constantFrom(...unread), fc.option(fc.jsonValue()), (key, junk) => {
        const { [key]: _, ...rest } = message;
        expect(decode(rest)).toStrictEqual(whole);
        expect(decode({ ...message, [key]: junk })).toStrictEqual(whole);
      }),
    );
  });

  it("never makes a leg of a trade garbled", () => {
    const message = wire.userTradeWire.parse(parsed("user", "trade_maker.json"));
    const [leg] = message.maker_orders ?? [];
    const decode = (changed: object) =>
      decodeUserFrame(
        JSON.stringify({ ...message, maker_orders: [{ ...leg, ...changed }] }),
        MARKET,
        ACCOUNT,
      );
    const whole = decode({});
    expect(whole.items).toHaveLength(1);

    const unread = fc.constantFrom("owner", "maker_address", "fee_rate_bps", "outcome");
    fc.assert(
      fc.property(unread, fc.option(fc.jsonValue()), (key, junk) => {
        expect(decode({ [key]: junk ?? undefined })).toStrictEqual(whole);
      }),
    );
  });
});
