/**
 * The scanner in front of the schemas: it reads what they read, in every part, or it declines. Frames
 * with errors in them, 100 for each of TANDEM_RUNS.
 */
import { describe, expect, it } from "vitest";
import { random } from "../../../src/sim/index.ts";
import { readBySchemas } from "../../../src/venue/polymarket/decode/decodeMarket.ts";
import { scanMarketFrame } from "../../../src/venue/polymarket/decode/scanMarket.ts";
import { RUNS } from "../../support/builders.ts";
import { mutated } from "../mutated.ts";
import { DOWN, MARKET, UP } from "./support.ts";

const FRAMES = RUNS * 100;

const HASH = "0123456789abcdef0123456789abcdef01234567";
const level = (price: string, size: string) => ({ price, size });
const BOOK = {
  market: MARKET.id,
  asset_id: UP,
  timestamp: "1800000000100",
  hash: HASH,
  bids: [level("0.4", "10"), level("0.47", "123.456789"), level("0.4801", "0.01")],
  asks: [level("0.9999", "900000000"), level("0.53", "7.5"), level("0.52", "25")],
  tick_size: "0.01",
  event_type: "book",
  last_trade_price: "0.040",
};
const { tick_size: _tick, last_trade_price: _price, ...BARE } = BOOK;
const entry = (more: object) => ({
  asset_id: UP,
  price: "0.47",
  size: "12.34",
  side: "BUY",
  hash: HASH,
  best_bid: "0.48",
  best_ask: "0.52",
  ...more,
});
const CHANGE = {
  market: MARKET.id,
  price_changes: [entry({}), entry({ asset_id: DOWN, price: "0.53", side: "SELL", size: "0" })],
  timestamp: "1800000000123",
  event_type: "price_change",
};
const reversed = (message: object): object =>
  Object.fromEntries(Object.entries(message).toReversed());

/** As the venue sends them: the scanner has to take these. */
const USUAL: readonly string[] = [
  BOOK,
  BARE,
  { ...BOOK, version: "v2" },
  { ...BOOK, last_trade_price: "", timestamp: "", hash: "" },
  { ...BOOK, bids: [], asks: [], asset_id: DOWN },
  reversed(BOOK),
  CHANGE,
  reversed({ ...CHANGE, price_changes: CHANGE.price_changes.map(reversed) }),
  { ...CHANGE, price_changes: [entry({ best_bid: "", best_ask: "é" })] },
].map((message) => JSON.stringify(message));

/** What it must leave to the schemas: the text, and why. */
const book = JSON.stringify(BOOK);
const change = JSON.stringify(CHANGE);
const bookWith = (more: object): string => JSON.stringify({ ...BOOK, ...more });
const changeWith = (more: object): string =>
  JSON.stringify({ ...CHANGE, price_changes: [entry(more)] });
const UNUSUAL: readonly (readonly [why: string, text: string])[] = [
  ["a number where text is usual", bookWith({ bids: [{ price: 0.4, size: "1" }] })],
  ["a number as a size", changeWith({ size: 5 })],
  ["null", bookWith({ tick_size: null })],
  ["an escape", book.replace(HASH, "\\u0030")],
  ["an escape in a name", book.replace('"hash"', '"h\\u0061sh"')],
  ["a raw control character", book.replace(HASH, "a\tb")],
  ["a raw control character, not read", changeWith({}).replace('"0.48"', '"0.\n8"')],
  ["a field twice", book.replace('"hash":', `"hash":"${HASH.replace("0", "9")}","hash":`)],
  ["the price twice", change.replace('"price":', '"price":"0.1","price":')],
  ["what is not read twice", change.replace('"best_bid":', '"best_bid":"0.1","best_bid":')],
  ["the market twice", book.replace('"market":', '"market":"0x1","market":')],
  ["a field of another kind", bookWith({ price_changes: [] })],
  ["levels in a change", JSON.stringify({ ...CHANGE, bids: [] })],
  ["an unknown field", bookWith({ seq: "1" })],
  ["an unknown kind", bookWith({ event_type: "books" })],
  ["an array", `[${book}]`],
  ["blanks", JSON.stringify(BOOK, null, 1)],
  ["a blank at the end", `${book} `],
  ["trailing text", `${book}x`],
  ["a second message", book + book],
  ["a trailing comma", `${book.slice(0, -1)},}`],
  ["a comma behind the last level", book.replace('"10"},', '"10"},,')],
  ["an unsorted side", bookWith({ bids: BOOK.bids.toReversed() })],
  ["a price twice on a side", bookWith({ asks: [level("0.5", "1"), level("0.50", "1")] })],
  ["a level of nothing", bookWith({ bids: [level("0.4", "0")] })],
  ["a price of a dollar", changeWith({ price: "1" })],
  ["a price of nothing", changeWith({ price: "0.0" })],
  ["a price without its zero", changeWith({ price: ".47" })],
  ["a price of five places", changeWith({ price: "0.47000" })],
  ["a size of seven places", changeWith({ size: "1.2345670" })],
  ["a size with a point alone", changeWith({ size: "1." })],
  ["a size without its zero", changeWith({ size: ".5" })],
  ["a size that is absurd", changeWith({ size: "9007199254740993" })],
  ["a size with an exponent", changeWith({ size: "1e3" })],
  ["a negative size", changeWith({ size: "-1" })],
  ["a size of nothing at all", changeWith({ size: "" })],
  ["another side", changeWith({ side: "buy" })],
  ["no hash", changeWith({ hash: undefined })],
  ["another market", bookWith({ market: `${MARKET.id}00` })],
  ["no market", bookWith({ market: undefined })],
  ["another token", bookWith({ asset_id: `${UP}1` })],
  ["a new tick", bookWith({ tick_size: "0.001" })],
  ["no changes", JSON.stringify({ ...CHANGE, price_changes: [] })],
  ["no time", JSON.stringify({ ...CHANGE, timestamp: undefined })],
];

/** Nothing that one says and the other does not, but for fields that are undefined. */
function agrees(text: string): boolean {
  const scanned = scanMarketFrame(text, MARKET);
  if (scanned === null) return false;
  expect([text, scanned]).toEqual([text, readBySchemas(text, MARKET)]);
  return true;
}

describe("the scanner", () => {
  it.each(USUAL)("takes %s", (text) => {
    expect(agrees(text)).toBe(true);
  });

  it.each(UNUSUAL)("declines %s", (_why, text) => {
    expect(scanMarketFrame(text, MARKET)).toBeNull();
  });

  it("says what the schemas say, in items, hash, time, tick and warnings, or nothing", () => {
    const chance = random(1).fork("scanner");
    const all = [...USUAL, ...UNUSUAL.map(([, text]) => text)];
    let taken = 0;
    for (let n = 0; n < FRAMES; n += 1) {
      if (agrees(mutated(chance.pick(all as [string, ...string[]]), chance))) taken += 1;
    }
    // The test proves nothing if everything is declined, or everything taken.
    expect(taken).toBeGreaterThan(FRAMES / 50);
    expect(taken).toBeLessThan(FRAMES / 2);
  });

  it("declines every beginning of a frame", () => {
    for (const text of USUAL) {
      for (let end = 0; end < text.length; end += 1) {
        if (scanMarketFrame(text.slice(0, end), MARKET) !== null) expect.unreachable(text);
      }
    }
  });
});
