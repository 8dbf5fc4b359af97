import { describe, expect, it } from "vitest";
import { type MarketItem, priceBp } from "../../../src/types/index.ts";
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
  "book_price_a_number.json": [[], ["garbled"]],
  "book_price_of_a_dollar.json": [[], ["garbled"]],
  "book_price_twice.json": [[], ["garbled"]],
  "book_unsorted.json": [[{ type: "book", token: "NO", book: BOOK }], []],
  "book_v2_empty.json": [[{ type: "book", token: "YES", book: { bids: [], asks: [] } }], []],
  "cut_off.txt": [[], ["garbled"]],
  "empty_dump.txt": [[], []],
  "last_trade_price.json": [[], []],
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

  it("a sample is the message that was not understood, at most 200 characters", () => {
    const { warnings } = decodeMarketFrame(fixture("market", "array_of_three.json"), MARKET);
    expect(warnings[0]?.sample).toBe('{"event_type":"weather"}');

    const [long] = decodeMarketFrame("x".repeat(1_000_000), MARKET).warnings;
    expect(long?.sample).toHaveLength(200);
  });
});
