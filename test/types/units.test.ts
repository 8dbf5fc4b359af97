import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  LawBroken,
  type MicroShares,
  after,
  ceilTo,
  complement,
  epochMs,
  floorTo,
  formatMicro,
  formatPriceBp,
  larger,
  lotsFloor,
  microShares,
  microUsdc,
  minus,
  monotonicMs,
  notionalCeil,
  notionalFloor,
  parseMicroShares,
  parseMicroUsdc,
  parsePriceBp,
  parseReferencePrice,
  plus,
  priceBp,
  referencePrice,
  smaller,
} from "../../src/types/index.ts";

const SIZE_MAX = 9_000_000_000_000;
const price = fc.integer({ min: 1, max: 9999 }).map(priceBp);
const safe = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const amount = fc.oneof(
  fc.integer({ min: 0, max: 2_000_000 }),
  fc.integer({ min: 0, max: SIZE_MAX }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);

describe("decimals", () => {
  it.each([
    ["0.29", 2900],
    ["0.57", 5700],
    [".57", 5700],
    ["0.58", 5800],
    ["0.1", 1000],
    ["0.10", 1000],
    ["0.5000000000", 5000],
    ["0.0001", 1],
    ["0.9999", 9999],
  ])("price %s is %d bp", (text, value) => {
    expect(parsePriceBp(text)).toBe(value);
  });

  it.each([
    ["0.29", 290_000],
    ["0.000001", 1],
    ["1", 1_000_000],
    ["0", 0],
    ["0.0", 0],
    ["12.5", 12_500_000],
    ["9007199254.740991", Number.MAX_SAFE_INTEGER],
  ])("amount %s is %d millionths", (text, value) => {
    expect(parseMicroShares(text)).toBe(value);
    expect(parseMicroUsdc(text)).toBe(value);
  });

  it.each([0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001])(
    "every price on the grid of %d goes to text and back",
    (tick) => {
      const step = Math.round(tick * 10_000);
      for (let value = step; value < 10_000; value += step) {
        const text = (value / 10_000).toFixed(4);
        const formatted = formatPriceBp(priceBp(value));
        // `expect` costs more than what it compares.
        if (parsePriceBp(text) !== value) expect(parsePriceBp(text)).toBe(value);
        if (parsePriceBp(formatted) !== value) expect(parsePriceBp(formatted)).toBe(value);
        if (Number(formatted) !== value / 10_000) expect(Number(formatted)).toBe(value / 10_000);
      }
    },
  );

  it("every amount goes to text and back", () => {
    fc.assert(
      fc.property(amount, (value) => {
        expect(parseMicroShares(formatMicro(microShares(value)))).toBe(value);
        expect(parseMicroUsdc(formatMicro(microUsdc(value)))).toBe(value);
        if (value === 0) return;
        expect(parseReferencePrice(formatMicro(referencePrice(value)))).toBe(value);
      }),
    );
  });

  it("text is as short as it can be, negative amounts too", () => {
    expect(formatPriceBp(priceBp(5000))).toBe("0.5");
    expect(formatPriceBp(priceBp(1))).toBe("0.0001");
    expect(formatMicro(microShares(0))).toBe("0");
    expect(formatMicro(microShares(12_000_000))).toBe("12");
    expect(formatMicro(microUsdc(-1))).toBe("-0.000001");
    expect(formatMicro(microUsdc(-12_340_000))).toBe("-12.34");
  });

  it("a number in any other spelling is null", () => {
    const garbage = ["", ".", "5.", "1e3", "-1", "+1", " 1", "1 ", "1\n", "0x1", "1,5", "1.2.3"];
    for (const text of [...garbage, "NaN", "Infinity", "1.0000001", "٣", "9007199254.740992"]) {
      expect([text, parsePriceBp(text)]).toStrictEqual([text, null]);
      expect([text, parseMicroShares(text)]).toStrictEqual([text, null]);
      expect([text, parseMicroUsdc(text)]).toStrictEqual([text, null]);
      expect([text, parseReferencePrice(text)]).toStrictEqual([text, null]);
    }
  });

  it("a price outside (0, 1) or between two basis points is null", () => {
    for (const text of ["0", "0.0000", "1", "1.0000", "2", "0.12345", "0.00001"]) {
      expect([text, parsePriceBp(text)]).toStrictEqual([text, null]);
    }
    expect(parseReferencePrice("0")).toBeNull();
    expect(parseReferencePrice("61837.63000000")).toBe(61_837_630_000);
  });

  it("whatever is parsed is a decimal that says exactly that", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{1,12}(\.[0-9]{1,9})?$/), (text) => {
        const [whole = "", fraction = ""] = text.split(".");
        const nano = BigInt(whole) * 10n ** 9n + BigInt(fraction.padEnd(9, "0"));
        const isExact = nano % 1000n === 0n && nano / 1000n <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(parseMicroShares(text)).toBe(isExact ? Number(nano / 1000n) : null);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("arithmetic", () => {
  const size: fc.Arbitrary<MicroShares> = fc
    .oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: SIZE_MAX }))
    .map(microShares);

  it("price times size is exact, down and up", () => {
    fc.assert(
      fc.property(price, size, (p, s) => {
        const exact = BigInt(p) * BigInt(s);
        const isWhole = exact % 10_000n === 0n;
        expect(BigInt(notionalFloor(p, s))).toBe(exact / 10_000n);
        expect(BigInt(notionalCeil(p, s))).toBe(exact / 10_000n + (isWhole ? 0n : 1n));
      }),
      { numRuns: 2000 },
    );
  });

  it("price times size is exact where one product of the two would not be", () => {
    for (let s = SIZE_MAX - 20_000; s <= SIZE_MAX; s += 1) {
      const exact = 9999n * BigInt(s);
      const down = BigInt(notionalFloor(priceBp(9999), microShares(s)));
      const up = BigInt(notionalCeil(priceBp(9999), microShares(s)));
      if (down !== exact / 10_000n) expect(down).toBe(exact / 10_000n);
      if (up !== (exact + 9999n) / 10_000n) expect(up).toBe((exact + 9999n) / 10_000n);
    }
  });

  it("YES at p and NO at its complement are a dollar, and the complement of it is p again", () => {
    fc.assert(
      fc.property(price, (p) => {
        expect(p + complement(p)).toBe(10_000);
        expect(complement(complement(p))).toBe(p);
      }),
    );
  });

  it("floorTo and ceilTo are the multiples next to a value", () => {
    const value = fc.integer({ min: 0, max: SIZE_MAX });
    const tick = fc.constantFrom(1, 10, 25, 50, 100, 1000, 10_000, 1_000_000);
    fc.assert(
      fc.property(value, tick, (v, t) => {
        const [down, up] = [floorTo(v, t), ceilTo(v, t)];
        expect(Math.abs(down % t) + Math.abs(up % t)).toBe(0);
        expect(down <= v && v < down + t).toBe(true);
        expect(up >= v && v > up - t).toBe(true);
        expect(up - down).toBe(v % t === 0 ? 0 : t);
        expect(lotsFloor(microShares(v), microShares(t))).toBe(down);
      }),
    );
  });

  it("sums are exact or refused, never rounded", () => {
    fc.assert(
      fc.property(safe, safe, (a, b) => {
        const [sum, difference] = [BigInt(a) + BigInt(b), BigInt(a) - BigInt(b)];
        const isSafe = (value: bigint): boolean => Number.isSafeInteger(Number(value));
        if (isSafe(sum)) expect(BigInt(plus(microUsdc(a), microUsdc(b)))).toBe(sum);
        else expect(() => plus(microUsdc(a), microUsdc(b))).toThrow(LawBroken);
        if (isSafe(difference)) expect(BigInt(minus(microUsdc(a), microUsdc(b)))).toBe(difference);
        else expect(() => minus(microUsdc(a), microUsdc(b))).toThrow(LawBroken);
        expect(smaller(microUsdc(a), microUsdc(b))).toBe(Math.min(a, b));
        expect(larger(microUsdc(a), microUsdc(b))).toBe(Math.max(a, b));
      }),
    );
  });

  it("moments move on their own clock", () => {
    expect(after(epochMs(1000), 500)).toBe(1500);
    expect(after(monotonicMs(0.5), -1)).toBe(-0.5);
  });
});

describe("constructors", () => {
  const notIntegers = [0.5, NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER + 1];
  it.each([
    ["priceBp", priceBp, [...notIntegers, 0, -1, 10_000]],
    ["microShares", microShares, [...notIntegers, Number.MIN_SAFE_INTEGER - 1]],
    ["microUsdc", microUsdc, [...notIntegers, Number.MIN_SAFE_INTEGER - 1]],
    ["referencePrice", referencePrice, [...notIntegers, 0, -1]],
  ])("%s refuses what is out of range", (_, constructor, values) => {
    for (const value of values) {
      expect(() => constructor(value)).toThrow(LawBroken);
      expect(() => constructor(value)).toThrow("law F broken");
    }
  });

  it("and takes what is in range", () => {
    expect([priceBp(1), priceBp(9999)]).toStrictEqual([1, 9999]);
    expect(microShares(-5)).toBe(-5);
    expect(microUsdc(Number.MIN_SAFE_INTEGER)).toBe(Number.MIN_SAFE_INTEGER);
    expect(referencePrice(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
  });
});
