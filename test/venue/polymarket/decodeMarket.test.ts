import { describe, expect, it } from "vitest";
import { type MarketItem, microShares, priceBp } from "../../../src/types/index.ts";
import { decodeMarketFrame } from "../../../src/venue/polymarket/index.ts";
import { MARKET, fixture, fixtureNames, level } from "./support.ts";

const BOOK = {
  bids: [level("0.48", "30.5"), level("0.01", "100")],
  asks: [level("0.52", "7.000001"), level("0.99", "100")],
};
const yesBook: MarketItem = { type: "book", token: "YES", book: BOOK };
const finer: MarketItem = {
  type: "rulesChanged",
  rules: { ...MARKET.rules, tick: priceBp(10) },
};
const bid = (size: string): MarketItem => ({
  type: "level",
  token: "YES",
  side: "BUY",
  level: level("0.47", size),
});
const complementary = (size: string): MarketItem => ({
  type: "level",
  token: "NO",
  side: "SELL",
  level: level("0.53", size),
});

type Warnings = readonly ("garbled" | "unknown")[];

/** The items and warnings that each fixture decodes to. */
const EXPECTED: Readonly<Record<string, readonly [readonly MarketItem[], Warnings]>> = {
  "array_of_three.json": [[yesBook], ["unknown", "garbled"]],
  "best_bid_ask.json": [[], []],
  "book.json": [[yesBook], []],
  "book_bare.json": [[yesBook], []],
  "book_elsewhere.json": [[], []],
  "book_empty_tick.json": [[yesBook], []],
  "book_finer_tick.json": [[finer, yesBook], []],
  "book_level_of_nothing.json": [[yesBook], []],
  "book_market_in_capitals.json": [[yesBook], []],
  "book_of_a_stranger.json": [[], ["garbled"]],
  "book_price_a_number.json": [
    [{ type: "book", token: "YES", book: { bids: BOOK.bids, asks: [level("0.52", "3")] } }],
    [],
  ],
  "book_price_of_a_dollar.json": [[], ["garbled"]],
  "book_price_twice.json": [[], ["garbled"]],
  "book_unsorted.json": [[{ type: "book", token: "NO", book: BOOK }], []],
  "book_v2_empty.json": [[{ type: "book", token: "YES", book: { bids: [], asks: [] } }], []],
  "cut_off.txt": [[], ["garbled"]],
  "empty_dump.txt": [[], []],
  "last_trade_price.json": [
    [
      {
        type: "traded",
        token: "YES",
        price: priceBp(5000),
        size: microShares(7_500_000),
        side: "BUY",
      },
    ],
    [],
  ],
  "market_resolved.json": [[{ type: "resolved", winner: "NO" }], []],
  "market_resolved_by_name.json": [[{ type: "resolved", winner: "NO" }], []],
  "market_resolved_contradicting.json": [[], ["garbled"]],
  "market_resolved_elsewhere.json": [[], []],
  "new_market.json": [[], []],
  "no_event_type.json": [[], ["unknown"]],
  "no_new_assets.txt": [[], []],
  "pong.txt": [[], []],
  "pong_newline.txt": [[], []],
  "price_change.json": [[bid("12.34"), complementary("12.34")], []],
  "price_change_empty_best.json": [[bid("1")], []],
  // Half a change would give a book that never existed.
  "price_change_half_garbled.json": [[], ["garbled"]],
  "price_change_old_schema.json": [[], ["garbled"]],
  "price_change_removal.json": [[bid("0"), complementary("0")], []],
  "tick_size_change.json": [[finer], []],
  "tick_size_change_garbled.json": [[], ["garbled"]],
  "tick_size_change_no_news.json": [[], []],
  "unknown_event.json": [[], ["unknown"]],
};

describe("decodeMarketFrame", () => {
  it("every fixture has its expectation", () => {
    expect(fixtureNames("market")).toStrictEqual(Object.keys(EXPECTED).toSorted());
  });

  it.each(Object.entries(EXPECTED))("%s", (name, [items, warnings]) => {
    const frame = decodeMarketFrame(fixture("market", name), MARKET);

    expect(frame.items).toStrictEqual(items);
    expect(frame.warnings.map(({ type }) => type)).toStrictEqual(warnings);
  });

  it("a new tick is one item only, if the rules as last known are passed in", () => {
    const known = { ...MARKET, rules: { ...MARKET.rules, tick: priceBp(10) } };

    expect(decodeMarketFrame(fixture("market", "tick_size_change.json"), known).items).toEqual([]);
    expect(decodeMarketFrame(fixture("market", "book_finer_tick.json"), known).items).toEqual([
      yesBook,
    ]);
  });

  it.each<[what: string, changed: object, expected: readonly object[]]>([
    ["of the other token", { asset_id: MARKET.tokenIds.NO }, [{ token: "NO", price: 5000 }]],
    ["sold by its taker", { side: "SELL" }, [{ side: "SELL" }]],
    ["without a size", { size: "" }, [{ size: null, side: "BUY" }]],
    ["of nothing", { size: "0" }, [{ size: null }]],
    ["without a side", { side: "" }, [{ side: null, size: 7_500_000 }]],
    ["with a float's noise in its price", { price: "0.5000000000000001" }, [{ price: 5000 }]],
    ["without a price", { price: "" }, []],
    ["of another market's token", { asset_id: "12" }, []],
    ["of another market", { market: `0x${"4f".repeat(32)}` }, []],
  ])("a trade %s", (_what, different, expected) => {
    const text = fixture("market", "last_trade_price.json");
    const told = JSON.stringify({ ...JSON.parse(text), ...different });
    const { items, warnings } = decodeMarketFrame(told, MARKET);
    expect(items).toMatchObject(expected);
    expect([items.length, warnings]).toEqual([expected.length, []]);
  });

  const changed = (price: string, size: string): string => {
    const message = JSON.parse(fixture("market", "price_change_removal.json"));
    message.price_changes[0] = { ...message.price_changes[0], price, size };
    return JSON.stringify(message);
  };

  it.each(["0", "1", "1.5", "0.00001", "-0.5", "NaN", "Infinity", "1e-2", "", " 0.5"])(
    "[D] a level at %j is refused with its whole message, which counts as unread",
    (price) => {
      const { items, warnings } = decodeMarketFrame(changed(price, "5"), MARKET);
      expect({ items, warnings: warnings.map(({ type }) => type) }).toEqual({
        items: [],
        warnings: ["garbled"],
      });
    },
  );

  it.each(["-5", "NaN", "Infinity", "1e30", "0x10", "", "0.0000001", "9999999999.1234567"])(
    "[D] a level of %j shares is refused with its whole message",
    (size) => {
      expect(decodeMarketFrame(changed("0.47", size), MARKET).items).toEqual([]);
    },
  );

  it.each(["9007199254.740992", "99999999999999999999", "9999999999.12345600"])(
    "a level of %s shares is one of the most that can be counted: it must not cost the book",
    (size) => {
      const { items, warnings } = decodeMarketFrame(changed("0.47", size), MARKET);
      expect(warnings).toEqual([]);
      expect(items[0]).toEqual(bid("9007199254.740991"));
    },
  );

  it("a level off our grid is a level: orders rest where they were when the tick changes", () => {
    const { items } = decodeMarketFrame(changed("0.4725", "5"), MARKET);
    expect(items[0]).toMatchObject({ type: "level", level: level("0.4725", "5") });
  });

  it("a sample is the message that was not understood, at most 200 characters", () => {
    const { warnings } = decodeMarketFrame(fixture("market", "array_of_three.json"), MARKET);
    expect(warnings[0]?.sample).toBe('{"event_type":"weather"}');

    const [long] = decodeMarketFrame("x".repeat(1_000_000), MARKET).warnings;
    expect(long?.sample).toHaveLength(200);
  });
});
