/** The price second by second, and the means that follow from it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PriceSeconds, meanOfSeconds, withSecond } from "../../src/pricing/index.ts";

/** Prices at milliseconds, in order. */
const seen = (...ticks: readonly (readonly [atMs: number, price: number])[]): PriceSeconds | null =>
  ticks.reduce<PriceSeconds | null>((known, [atMs, price]) => withSecond(known, price, atMs), null);

const everySecond = (from: number, to: number): PriceSeconds | null =>
  seen(
    ...Array.from({ length: to - from + 1 }, (_, at) => [(from + at) * 1_000, from + at] as const),
  );

describe("the mean over seconds", () => {
  it("is of the first price of each second, and of no other", () => {
    const known = seen([1_000, 10], [1_400, 99], [2_100, 20], [3_999, 60], [4_000, 77]);
    expect(meanOfSeconds(known, 0, 3)).toBe(30);
    expect(meanOfSeconds(known, 2, 3)).toBe(60);
  });

  it("a quiet second has the newest price of before it", () => {
    const known = seen([1_000, 10], [1_500, 40], [4_000, 100]);
    // 10, then 40 while it is quiet, then 100.
    expect(meanOfSeconds(known, 0, 4)).toBe((10 + 40 + 40 + 100) / 4);
    expect(meanOfSeconds(known, 3, 6)).toBe(100);
  });

  it.each([
    ["a second from before the first", 0, 3],
    ["a second that is far ahead", 8, 16],
    ["no second at all", 9, 9],
    ["seconds backwards", 9, 8],
  ])("is not known over %s", (_, from, to) => {
    expect(meanOfSeconds(everySecond(2, 10), from, to)).toBeNull();
    expect(meanOfSeconds(null, from, to)).toBeNull();
  });

  it("cuts parts of a second off, and has none where no whole one is left", () => {
    const known = everySecond(2, 10);
    expect(meanOfSeconds(known, 4.9, 6.05)).toBe(5.5);
    expect(meanOfSeconds(known, 5, 5.05)).toBeNull();
  });

  it("a silence of more than five seconds begins anew", () => {
    const quiet = seen([1_000, 10], [7_000, 20]);
    expect(meanOfSeconds(quiet, 0, 7)).toBe((10 * 6 + 20) / 7);
    const silent = seen([1_000, 10], [8_000, 20]);
    expect(meanOfSeconds(silent, 0, 8)).toBeNull();
    expect(meanOfSeconds(silent, 7, 8)).toBe(20);
  });

  it("keeps the minute that is averaged and some more, and no hour", () => {
    const known = everySecond(0, 3_600);
    expect(meanOfSeconds(known, 3_540, 3_600)).toBe(3_570.5);
    expect(known?.prices.length).toBeLessThanOrEqual(75);
  });

  it.each([NaN, 0, -1, Infinity])("a price of %d changes nothing", (wrong) => {
    const known = seen([1_000, 10]);
    expect(withSecond(known, wrong, 2_000)).toBe(known);
  });

  it("a price that comes late changes nothing", () => {
    const known = seen([1_000, 10], [2_000, 20]);
    expect(withSecond(known, 99, 1_999)).toBe(known);
  });

  it("lies between the least and the greatest price, however they came", () => {
    const ticks = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 5_500 }), fc.integer({ min: 1, max: 100 })),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(ticks, fc.integer({ min: 1, max: 60 }), (gaps, count) => {
        let atMs = 0;
        const all = gaps.map(([gapMs, price]) => [(atMs += gapMs), price] as const);
        const known = seen(...all);
        const to = known?.last ?? 0;
        const mean = meanOfSeconds(known, to - count, to);
        const prices = all.map(([, price]) => price);
        if (mean === null) return;
        expect(mean).toBeGreaterThanOrEqual(Math.min(...prices));
        expect(mean).toBeLessThanOrEqual(Math.max(...prices));
      }),
    );
  });
});
