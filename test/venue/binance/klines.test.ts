import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMs, formatMicro, referencePrice } from "../../../src/types/index.ts";
import { decodeKlines, klinesPath } from "../../../src/venue/binance/index.ts";

const root = new URL("../../../", import.meta.url);
const fixture = (name: string): string =>
  readFileSync(new URL(`test/fixtures/binance/${name}`, root), "utf8");

describe("decodeKlines", () => {
  it("decodes open, close and the end of each candle", () => {
    const { klines, warning } = decodeKlines(fixture("klines.json"));

    expect(warning).toBeNull();
    expect(klines).toStrictEqual([
      {
        opensAt: epochMs(1_699_999_200_000),
        endsAt: epochMs(1_700_002_800_000),
        open: referencePrice(61_000_100_000),
        close: referencePrice(61_001_200_000),
      },
      {
        opensAt: epochMs(1_700_002_800_000),
        endsAt: epochMs(1_700_006_400_000),
        open: referencePrice(61_001_200_000),
        close: referencePrice(61_002_000_000),
      },
    ]);
  });

  it.each(["klines_too_fine.json", "kline_raw.json", "array.json", "not_json.txt"])(
    "%s is garbled, as a whole",
    (name) => {
      const text = fixture(name);
      expect(decodeKlines(text)).toStrictEqual({
        klines: [],
        warning: { type: "garbled", sample: text.slice(0, 200) },
      });
    },
  );

  it("prices are exact", () => {
    const price = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(price, price, (open, close) => {
        const text = (value: number): string => formatMicro(referencePrice(value));
        const [first, last] = [1_700_000_000_000, 1_700_003_599_999];
        const row = [first, text(open), "1", "1", text(close), "1", last, "1", 1, "1", "1", "0"];

        const [kline] = decodeKlines(JSON.stringify([row])).klines;

        expect([kline?.open, kline?.close]).toStrictEqual([open, close]);
      }),
    );
  });

  it("takes any text, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { klines, warning } = decodeKlines(text);
        expect(klines.length > 0 && warning !== null).toBe(false);
      }),
    );
  });

  it("klinesPath has symbol, interval, start and limit", () => {
    expect(klinesPath("BTCUSDT", "1h", epochMs(1_699_999_200_000), 2)).toBe(
      "/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=1699999200000&limit=2",
    );
  });
});
