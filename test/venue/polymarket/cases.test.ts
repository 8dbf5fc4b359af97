/** Inputs after public reports of people who do this job: each failed once, and names its right value. */
import { describe, expect, it } from "vitest";
import { MICRO, epochMs, parseEpochMs } from "../../../src/types/index.ts";
import {
  decodeCancelAnswer,
  decodeClobMarket,
  decodeGammaEvents,
  decodeMarketFrame,
  decodeOrdersPage,
  decodePlaceAnswer,
  decodeTradesPage,
  decodeUserFrame,
} from "../../../src/venue/polymarket/index.ts";
import { ACCOUNT, MARKET, fixture, marketOf, reply } from "./support.ts";

const ONE = marketOf("0xabab", "1111111111", "2222222222");

describe("case D12", () => {
  it.each(["LTE=", "", null, undefined])("GET /data/orders: the list ends at %j", (next_cursor) => {
    const page = reply({ limit: 100, count: 0, next_cursor, data: [] });
    expect(decodeOrdersPage(page, [MARKET]).answer).toEqual({
      type: "answered",
      value: { entries: [], next: null },
    });
  });

  it("GET /data/trades: a field that is not read costs nothing, be it null", () => {
    const leg = {
      order_id: "0xours",
      owner: "fake",
      maker_address: "0xfake",
      matched_amount: "20",
      price: "0.48",
      asset_id: "1111111111",
      side: "SELL",
      outcome_index: null,
    };
    const trade = {
      id: "t-1",
      taker_order_id: "0xtaker",
      market: "0xabab",
      asset_id: "1111111111",
      side: "BUY",
      size: "30",
      price: "0.48",
      fee_rate_bps: "0",
      status: "CONFIRMED",
      match_time: "1795961680",
      trader_side: "MAKER",
      maker_orders: [leg],
    };
    const page = reply({ limit: 100, count: 2, next_cursor: "LTE=", data: [trade] });
    const us = { ...ACCOUNT, apiKey: "fake" };
    expect(decodeTradesPage(page, ONE, us)).toMatchObject({
      answer: {
        value: { entries: [{ fills: [{ orderId: "0xours", side: "SELL", size: 20e6 }] }] },
      },
      warnings: [],
    });
  });

  it.each([
    "2027-01-15 08:00:00+00",
    "2027-01-15T08:00:00+00:00",
    "2027-01-15T08:00:00.000Z",
    "2027-01-15 08:00:00Z",
  ])("Gamma event: opens %s, and a rebate that is not said is none", (eventStartTime) => {
    const [event] = JSON.parse(fixture("gamma", "event.json")) as [{ markets: [Fields] }];
    const [market] = event.markets;
    const feeSchedule = { ...(market["feeSchedule"] as Fields), rebateRate: null };
    const changed = { ...event, markets: [{ ...market, eventStartTime, feeSchedule }] };
    const { listed } = decodeGammaEvents(JSON.stringify([changed])).answer;
    expect(listed.map((each) => each.market.opensAt)).toEqual([1_800_000_000_000]);
    expect(listed.map((each) => each.market.fees)).toEqual([{ takerRate: 0.07, rebateRate: 0 }]);
  });

  it.each(["itode", "nr"])("GET /clob-markets: %s null is as if absent", (field) => {
    const { [field]: _, ...rest } = JSON.parse(fixture("rest", "clob_market.json")) as Fields;
    const absent = decodeClobMarket(reply(rest));
    expect(absent.answer.type).toBe("answered");
    expect(decodeClobMarket(reply({ ...rest, [field]: null }))).toEqual(absent);
  });

  it("market channel book: decimals without their zero, no last trade, no market", () => {
    const book = {
      event_type: "book",
      asset_id: "1111111111",
      bids: [{ price: ".48", size: "30" }],
      asks: [{ price: ".52", size: "25" }],
      last_trade_price: null,
    };
    expect(decodeMarketFrame(JSON.stringify(book), ONE)).toMatchObject({
      items: [{ type: "book", book: { bids: [{ price: 4800 }], asks: [{ price: 5200 }] } }],
      warnings: [],
    });
  });

  it.each([
    { success: true, errorMsg: null, orderID: "0x1", status: "live" },
    { success: true, errorMsg: "", orderID: "0x1", status: "unmatched" },
    { success: true, orderID: "0x1", status: "live" },
  ])("POST /order answer: %j is acked", (leg) => {
    expect(decodePlaceAnswer(reply(leg), 1).answer).toEqual({
      type: "answered",
      legs: [{ type: "acked", orderId: "0x1" }],
    });
  });

  it.each([[[]], [{}], [null], [undefined]])("DELETE /orders answer: not_canceled %j", (none) => {
    expect(decodeCancelAnswer(reply({ canceled: ["0x1"], not_canceled: none })).answer).toEqual({
      type: "answered",
      cancelled: ["0x1"],
      refused: [],
    });
  });

  it("user channel: an UPDATE that is CANCELED ends the order, and a FAK BUY is in dollars", () => {
    const message = JSON.parse(fixture("user", "order_update.json")) as Fields;
    const read = (changed: Fields) =>
      decodeUserFrame(JSON.stringify({ ...message, ...changed }), MARKET, ACCOUNT).items;
    expect(read({ status: "CANCELED", size_matched: "1.219511" })).toMatchObject([
      { report: { status: "cancelled", sizeMatched: 1_219_511 } },
    ]);
    const inDollars = { side: "BUY", order_type: "FAK", original_size: "1", size_matched: "100" };
    expect(read({ ...inDollars, status: "LIVE" })).toMatchObject([
      { report: { status: "live", size: 0, sizeMatched: 100 * MICRO } },
    ]);
  });

  it("Gamma market: a position id of a module that is not known is politely not listed", () => {
    const [market] = JSON.parse(fixture("gamma", "market_v2.json")) as [Fields];
    const [yes = "", no = ""] = market["positionIds"] as readonly string[];
    const moduleFour = [yes, no].map((id) => String(BigInt(id) + (4n << 248n)));
    const { answer } = decodeGammaEvents(
      JSON.stringify([{ markets: [{ ...market, positionIds: moduleFour }] }]),
    );
    expect(answer).toMatchObject({
      listed: [],
      unlisted: [{ why: expect.stringContaining("id") }],
    });
  });
});

describe("a time of the wire", () => {
  const AT = epochMs(1_795_961_400_500);
  it.each([
    "1795961400.5",
    1_795_961_400.5,
    "1795961400500",
    1_795_961_400_500,
    "1795961400500123",
    "1795961400500123456",
    "2026-11-29T14:10:00.5Z",
    "2026-11-29 14:10:00.500999+00",
    "2026-11-29T16:10:00.5+02:00",
  ])("%j is the same moment", (time) => {
    expect(parseEpochMs(time)).toBe(AT);
  });

  it.each(["", "soon", "17959614", "179596140050", "2026-11-29", "2026-11-29 14:10:00", NaN, -1])(
    "%j is none",
    (time) => {
      expect(parseEpochMs(time)).toBeNull();
    },
  );
});

type Fields = Readonly<Record<string, unknown>>;
