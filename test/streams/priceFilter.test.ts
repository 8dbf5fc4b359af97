/** Which prices of the reference are believed: tables, and properties over odd ticks and true moves. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type PriceFilter,
  UNFILTERED,
  isFar,
  isNear,
  withAgreement,
  withPrice,
  withoutHeld,
} from "../../src/streams/caches/priceFilter.ts";
import { MICRO, monotonicMs, referencePrice } from "../../src/types/index.ts";

const SIGMA = 0.00009;
const price = (dollars: number) => referencePrice(Math.round(dollars * MICRO));

type Row = readonly [atMs: number, dollars: number];

const filtered = (rows: readonly Row[], from: PriceFilter = UNFILTERED): PriceFilter =>
  rows.reduce(
    (filter, [atMs, dollars]) => withPrice(filter, price(dollars), monotonicMs(atMs), SIGMA ** 2),
    from,
  );
/** "60000" believed, "60000?" while another price is held, "?" before the first. */
const inWords = ({ believed, held }: PriceFilter): string =>
  `${believed === null ? "" : believed.price / MICRO}${held === null ? "" : "?"}`;
const words = (rows: readonly Row[], from?: PriceFilter): readonly string[] =>
  rows.map((_, index) => inWords(filtered(rows.slice(0, index + 1), from)));

/** Prices of 60000 each 100 ms up to this moment. */
const calm = (untilMs: number): readonly Row[] =>
  Array.from({ length: untilMs / 100 + 1 }, (_, index): Row => [index * 100, 60_000]);
const CALM = filtered(calm(1_000));

describe("a price", () => {
  it("of a run is believed when a second one is near it, whatever came before the two", () => {
    expect(words([[0, 60_000], [100, 60_001]])).toEqual(["?", "60001"]); // prettier-ignore
    expect(words([[0, 1], [100, 60_000], [200, 60_001]])).toEqual(["?", "?", "60001"]); // prettier-ignore
  });

  it("that jumps and comes back was an odd tick: held, dropped, counted", () => {
    const rows: readonly Row[] = [[0, 60_010.6], [1_000, 60_010.6], [2_000, 54_000], [3_000, 60_010.7]]; // prettier-ignore
    expect(words(rows)).toEqual(["?", "60010.6", "60010.6?", "60010.7"]);
    expect(filtered(rows)).toMatchObject({ holds: 1, dropped: 1, held: null });
  });

  it("that jumps is believed when the ticks of half a second agree, three at least", () => {
    const jumps = (...rows: readonly Row[]) => words(rows, CALM).at(-1);
    expect(jumps([1_100, 61_000], [1_200, 61_001], [1_599, 61_002])).toBe("60000?");
    expect(jumps([1_100, 61_000], [1_600, 61_001])).toBe("60000?");
    expect(jumps([1_100, 61_000], [1_200, 61_001], [1_600, 61_002])).toBe("61002");
    // A hundred ticks a second: three in a row are 30 ms.
    expect(jumps([1_100, 61_000], [1_110, 61_001], [1_120, 61_002])).toBe("60000?");
  });

  it("may go on from where it jumped to: each tick has to be near the one before, not the first", () => {
    const trend = Array.from({ length: 6 }, (_, index): Row => [1_100 + 100 * index, 61_000 + 100 * index]); // prettier-ignore
    expect(words(trend, CALM).at(-1)).toBe("61500");
  });

  it("that jumps about is held until it settles, since its first jump", () => {
    const wild: readonly Row[] = [[1_100, 61_000], [1_400, 50_001], [1_700, 62_000], [2_000, 62_001]]; // prettier-ignore
    const { held } = filtered(wild, CALM);
    expect(held).toMatchObject({ since: 1_100, agreeing: { since: 1_700, count: 2 }, count: 4 });
    expect(words([...wild, [2_200, 62_002]], CALM).at(-1)).toBe("62002");
  });

  it("beyond a fifth is never believed for its ticks alone: a second source has to agree", () => {
    const far = Array.from({ length: 1_000 }, (_, index): Row => [
      1_100 + 100 * index,
      999_999_999,
    ]);
    const held = filtered(far, CALM);
    expect(inWords(held)).toBe("60000?");
    expect(inWords(withAgreement(held, monotonicMs(200_000)))).toBe("999999999");
    const tiny = far.map(([atMs]): Row => [atMs, 1]);
    expect(inWords(filtered(tiny, CALM))).toBe("60000?");
  });

  it("held when the link is lost is dropped; the next link is compared with what was believed", () => {
    const lost = withoutHeld(filtered([[1_100, 999_999_999]], CALM));
    expect(lost).toMatchObject({ held: null, holds: 1, dropped: 1 });
    expect(words([[60_000, 999_999_999], [60_100, 999_999_999]], lost).at(-1)).toBe("60000?"); // prettier-ignore
    expect(words([[60_000, 60_010]], lost)).toEqual(["60010"]);
    // An hour later a fifth is not near either: no more than five seconds count.
    expect(words([[3_600_000, 66_000]], lost)).toEqual(["60000?"]);
  });

  it("that has moved while nothing was heard is near by five seconds' worth of it, not an hour's", () => {
    const lost = withoutHeld(CALM);
    expect(words([[3_601_000, 60_140]], lost)).toEqual(["60140"]);
    expect(words([[3_601_000, 61_000]], lost)).toEqual(["60000?"]);
  });

  it("of a second source agrees with what is held, and with nothing else", () => {
    expect(withAgreement(CALM, monotonicMs(2_000))).toBe(CALM);
    expect(inWords(withAgreement(filtered([[0, 60_000]]), monotonicMs(50)))).toBe("60000");
  });

  it("is near or far of another by fifths of a per cent, and fifths", () => {
    expect(isNear(price(60_119), price(60_000))).toBe(true);
    expect(isNear(price(60_121), price(60_000))).toBe(false);
    expect(isFar(price(72_000), price(60_000))).toBe(false);
    expect(isFar(price(72_001), price(60_000))).toBe(true);
    expect(isFar(price(47_999), price(60_000))).toBe(true);
  });
});

describe("whatever comes", () => {
  const anyPrice = fc.oneof(
    fc.double({ min: 0.000001, max: 59_800, noNaN: true }),
    fc.double({ min: 60_200, max: 9_000_000_000, noNaN: true }),
    fc.constantFrom(1, 54_000, 999_999_999),
  );

  it("single odd ticks, between true ones, never change what is believed", () => {
    const gapMs = fc.integer({ min: 1, max: 4_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPrice, gapMs, gapMs), { maxLength: 60 }), (odd) => {
        let filter = CALM;
        let atMs = 1_000;
        for (const [dollars, before, after] of odd) {
          filter = filtered([[(atMs += before), dollars]], filter);
          expect(filter.believed?.price).toBe(price(60_000));
          filter = filtered([[(atMs += after), 60_000]], filter);
          expect(inWords(filter)).toBe("60000");
        }
        expect(filter.dropped).toBe(filter.holds);
      }),
    );
  });

  it("a true move of up to a fifth is believed within 600 ms, whatever was odd before it", () => {
    const move = fc.double({ min: -0.199, max: 0.199, noNaN: true });
    fc.assert(
      fc.property(fc.array(anyPrice, { maxLength: 4 }), move, (odd, by) => {
        const before = filtered(odd.map((dollars, index): Row => [1_010 + index, dollars]), CALM); // prettier-ignore
        const there = 60_000 * (1 + by);
        const after = Array.from({ length: 7 }, (_, index): Row => [1_100 + 100 * index, there]);
        expect(filtered(after, before)).toMatchObject({
          held: null,
          believed: { price: price(there) },
        });
      }),
    );
  });

  it("a true move of any size is believed at once where the second source agrees", () => {
    fc.assert(
      fc.property(anyPrice, (there) => {
        const held = filtered([[1_100, there]], CALM);
        expect(withAgreement(held, monotonicMs(1_150))).toMatchObject({
          held: null,
          believed: { price: price(there) },
        });
      }),
    );
  });
});
