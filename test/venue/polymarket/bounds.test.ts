/** What passes the bounds of `types/bounds.ts` is a warning and a lost read, or a fact that says so. */
import { describe, expect, it } from "vitest";
import {
  BALANCE_MAX,
  ENTRIES_MAX,
  ID_LENGTH_MAX,
  type MarketRules,
  ORDER_SHARES_MAX,
  areSound,
  isTick,
  microShares,
  microUsdc,
  priceBp,
} from "../../../src/types/index.ts";
import { decodeMarketFrame } from "../../../src/venue/polymarket/decode/decodeMarket.ts";
import {
  decodeBalances,
  decodeBook,
  decodeClobMarket,
  decodeGammaMarkets,
  decodeOrdersPage,
  decodeTickSize,
  decodeTradesPage,
  decodeUserFrame,
} from "../../../src/venue/polymarket/index.ts";
import { A, ACCOUNT, MARKET, UP, fixture, reply } from "./support.ts";

const order = (more: object = {}) => ({
  id: A,
  market: MARKET.id,
  asset_id: UP,
  side: "BUY",
  original_size: "20",
  size_matched: "0",
  price: "0.48",
  status: "LIVE",
  ...more,
});
const trade = (more: object = {}) => ({
  id: "t1",
  taker_order_id: A,
  market: MARKET.id,
  asset_id: UP,
  side: "BUY",
  size: "5",
  price: "0.48",
  status: "MATCHED",
  match_time: "1800000000",
  trader_side: "TAKER",
  ...more,
});
const page = (...data: readonly unknown[]) => reply({ next_cursor: "LTE=", data });
const frame = (event_type: string, message: object): string =>
  JSON.stringify({ event_type, type: "UPDATE", ...message });
const TOO_MUCH = String(ORDER_SHARES_MAX + 1);

describe("G30: bounds at the decoders", () => {
  it("a balance of five thousand million shares, or above a safe integer, loses the read", () => {
    const whole = reply({ balance: String(BALANCE_MAX) });
    const read = (balance: string) =>
      decodeBalances({ cash: whole, YES: reply({ balance }), NO: whole });
    expect(read(String(BALANCE_MAX)).answer.type).toBe("answered");
    for (const balance of ["5000000000000000", String(BALANCE_MAX + 1), "9007199254740993"]) {
      const { answer, warnings } = read(balance);
      expect([answer.type, warnings.map(({ type }) => type)]).toEqual(["lost", ["garbled"]]);
    }
  });

  it.each([
    ["original_size", TOO_MUCH],
    ["original_size", "9007199254.740991"],
    ["size_matched", TOO_MUCH],
    ["size_matched", "x"],
    ["price", "1.5"],
    ["status", "SOMETHING"],
  ])(
    "[J] an order with %s %s is there, and unreadable: the rest of the list counts",
    (name, text) => {
      const good = order({ id: "0xgood" });
      expect(decodeOrdersPage(page(good, order({ [name]: text })), [MARKET]).answer).toMatchObject({
        value: {
          entries: [
            { orderId: "0xgood", status: "live" },
            { orderId: A, token: "YES", status: "unreadable" },
          ],
        },
      });
      if (name === "status") return;
      const { items, warnings } = decodeUserFrame(
        frame("order", order({ [name]: text })),
        MARKET,
        ACCOUNT,
      );
      expect(items).toMatchObject([
        { type: "order", report: { orderId: A, status: "unreadable" } },
      ]);
      expect(warnings).toHaveLength(1);
    },
  );

  it('what is odd and legal is read: no matches as "", no time of creation', () => {
    const odd = order({ size_matched: "", created_at: "", expiration: "" });
    expect(decodeOrdersPage(page(odd), [MARKET]).answer).toMatchObject({
      value: { entries: [{ status: "live", sizeMatched: 0 }] },
    });
  });

  it.each(["9007199254.740992", TOO_MUCH, "0", "x"])(
    "[E] a fill of %s shares is no fill, and names its order",
    (size) => {
      const unreadable = { id: "t1", fills: [], unreadable: [A] };
      const { items, warnings } = decodeUserFrame(frame("trade", trade({ size })), MARKET, ACCOUNT);
      expect(items).toMatchObject([{ type: "trade", report: unreadable }]);
      expect(warnings).toHaveLength(1);
      expect(decodeTradesPage(page(trade({ size })), MARKET, ACCOUNT).answer).toMatchObject({
        value: { entries: [unreadable] },
      });
    },
  );

  it("a list or an id that is too long loses its read", () => {
    const many = Array.from({ length: ENTRIES_MAX + 1 }, () => order());
    expect(decodeOrdersPage(page(...many), [MARKET]).answer.type).toBe("lost");
    expect(decodeOrdersPage(page(...many.slice(1)), [MARKET]).answer.type).toBe("answered");
    const long = "x".repeat(ID_LENGTH_MAX + 1);
    expect(decodeOrdersPage(page(order({ id: long })), [MARKET]).answer.type).toBe("lost");
    expect(decodeUserFrame(frame("trade", trade({ id: long })), MARKET, ACCOUNT).items).toEqual([]);
  });

  it("[F] a tick that does not divide a dollar is never a rule", () => {
    expect(["0.01", "0.001", "0.1", "0.05"].map((text) => isTick(Number(text) * 10_000))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([300, 700, 0, 10_000, 1.5].map(isTick)).toEqual([false, false, false, false, false]);
    const change = (tick: string) =>
      decodeMarketFrame(
        JSON.stringify({ event_type: "tick_size_change", market: MARKET.id, new_tick_size: tick }),
        MARKET,
      );
    expect(change("0.001").items).toMatchObject([{ type: "rulesChanged", rules: { tick: 10 } }]);
    expect(change("0.03")).toMatchObject({ items: [], warnings: [{ type: "garbled" }] });
    expect(decodeTickSize(reply({ minimum_tick_size: 0.03 })).answer.type).toBe("lost");
    const summary = JSON.parse(fixture("rest", "book_summary.json")) as { tick_size: string };
    const tokens = { tokenIds: { YES: UP, NO: MARKET.tokenIds.NO } };
    const known = { ...summary, asset_id: UP };
    expect(decodeBook(reply(known), tokens).answer.type).toBe("answered");
    expect(decodeBook(reply({ ...known, tick_size: "0.03" }), tokens).answer.type).toBe("lost");
    const clob = JSON.parse(fixture("rest", "clob_market.json")) as object;
    expect(decodeClobMarket(reply({ ...clob, mts: 0.03 })).answer.type).toBe("lost");
  });

  it("[F] rules are sound within bounds only", () => {
    const sound: MarketRules = MARKET.rules;
    expect(areSound(sound)).toBe(true);
    for (const changed of [
      { tick: priceBp(300) },
      { orderSizeMin: microShares(0) },
      { orderSizeMin: microShares(Number.MAX_SAFE_INTEGER) },
      { lot: microShares(0) },
      { notionalMin: microUsdc(-1) },
      { notionalMin: microUsdc(Number.MAX_SAFE_INTEGER) },
    ]) {
      expect([changed, areSound({ ...sound, ...changed })]).toEqual([changed, false]);
    }
  });

  it("a market whose grid, minimum or fee is out of bounds is not listed", () => {
    const listed = JSON.parse(fixture("gamma", "market_v1.json")) as object;
    const [whole = {}] = (Array.isArray(listed) ? listed : [listed]) as readonly {
      readonly feeSchedule?: object;
    }[];
    const countOf = (more: object): number =>
      decodeGammaMarkets(JSON.stringify([{ ...whole, ...more }])).answer.listed.length;
    expect(countOf({})).toBe(1);
    expect(countOf({ orderPriceMinTickSize: 0.03 })).toBe(0);
    expect(countOf({ orderMinSize: ORDER_SHARES_MAX + 1 })).toBe(0);
    expect(countOf({ orderMinSize: 0 })).toBe(0);
    expect(countOf({ feeSchedule: { ...whole.feeSchedule, rate: 2 } })).toBe(0);
  });
});
