import { existsSync, readFileSync, readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMicro, parseReferencePrice, referencePrice } from "../../../src/types/index.ts";
import { type BinanceFrame, decodeBinance } from "../../../src/venue/binance/index.ts";

const root = new URL("../../../", import.meta.url);
const fixtures = new URL("test/fixtures/binance/", root);
const recording = new URL("../shared/data/real/binance-spot/btcusdt_20240808.ndjson.gz", root);

/** The result of each fixture: a mid, nothing, or a warning. */
const EXPECTED: Readonly<Record<string, number | "nothing" | "leaving" | "garbled" | "unknown">> = {
  "agg_trade_raw.json": "unknown",
  "array.json": "garbled",
  "book_ticker_combined.json": 61_234_565_000,
  "book_ticker_crossed.json": "garbled",
  "book_ticker_odd_micro_dollar.json": 61_234_000_001,
  "book_ticker_raw.json": 61_234_500_000,
  "book_ticker_with_number.json": 61_234_565_000,
  "book_ticker_without_bid.json": "garbled",
  "cut_off.txt": "garbled",
  "depth_snapshot.json": "unknown",
  "depth_update_combined.json": "unknown",
  "kline_combined.json": "nothing",
  "kline_raw.json": "nothing",
  "kline_without_open.json": "nothing",
  // REST answers, which `decodeKlines` decodes.
  "klines.json": "garbled",
  "klines_too_fine.json": "garbled",
  "not_json.txt": "garbled",
  "server_shutdown.json": "leaving",
  "server_shutdown_combined.json": "leaving",
  "server_shutdown_without_time.json": "leaving",
  "subscribe_answer.json": "unknown",
  "subscribe_error.json": "unknown",
  "trade_combined.json": "nothing",
  "trade_raw.json": "nothing",
  "trade_without_price.json": "nothing",
};

describe("decodeBinance", () => {
  it("every fixture has its expectation", () => {
    expect(readdirSync(fixtures).toSorted()).toStrictEqual(Object.keys(EXPECTED));
  });

  it.each(Object.entries(EXPECTED))("%s is %s", (file, expected) => {
    const text = readFileSync(new URL(file, fixtures), "utf8");
    const frame: BinanceFrame =
      expected === "nothing"
        ? { items: [], warning: null }
        : expected === "leaving"
          ? { items: [], warning: null, isLeaving: true }
          : typeof expected === "number"
            ? { items: [{ price: referencePrice(expected) }], warning: null }
            : { items: [], warning: { type: expected, sample: text.slice(0, 200) } };

    const { sentAt: _sentAt, ...decoded } = decodeBinance(text);
    expect(decoded).toStrictEqual(frame);
  });

  it("a trade tells Binance's time, and nothing else of it is used", () => {
    const text = readFileSync(new URL("trade_raw.json", fixtures), "utf8");
    expect(decodeBinance(text)).toEqual({ items: [], warning: null, sentAt: 1_700_000_000_223 });
  });

  it("a sample has at most 200 characters", () => {
    expect(decodeBinance("x".repeat(1_000_000)).warning?.sample).toHaveLength(200);
  });

  it("the mid is exact, rounded down to a micro-dollar", () => {
    const price = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(price, price, (one, other) => {
        const [b, a] = [Math.min(one, other), Math.max(one, other)].map((value) =>
          formatMicro(referencePrice(value)),
        );
        const mid = (BigInt(one) + BigInt(other)) / 2n;

        const { items } = decodeBinance(JSON.stringify({ u: 1, s: "X", b, B: "1", a, A: "1" }));

        expect(items.map((item) => BigInt(item.price))).toStrictEqual([mid]);
      }),
    );
  });

  it("takes any text, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { items, warning } = decodeBinance(text);
        expect(items.length > 0 && warning !== null).toBe(false);
      }),
    );
  });

  it.skipIf(!existsSync(recording))(
    "reads every frame of the real recording (needs ../shared/data/real)",
    () => {
      const counts: Record<string, number> = {};
      const lines = gunzipSync(readFileSync(recording)).toString("utf8").trimEnd().split("\n");
      for (const line of lines) {
        const text = /"frame":(.*)\}$/.exec(line)?.[1] ?? "";
        const { items, warning } = decodeBinance(text);
        const kind = warning?.type ?? (items.length > 0 ? "price" : "nothing");
        counts[kind] = (counts[kind] ?? 0) + 1;
        for (const { price } of items) {
          expect(price).toBeGreaterThan(parseReferencePrice("61000") ?? 0);
          expect(price).toBeLessThan(parseReferencePrice("63000") ?? 0);
        }
      }
      // 28,040 bookTicker, 9,757 trades, 3,451 depth updates and one depth snapshot.
      expect(counts).toStrictEqual({ price: 28_040, nothing: 9757, unknown: 3452 });
    },
  );
});
