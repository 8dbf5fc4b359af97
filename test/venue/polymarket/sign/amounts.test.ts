import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  microShares,
  microUsdc,
  parseMicroShares,
  parsePriceBp,
  priceBp,
} from "../../../../src/types/index.ts";
import { limitAmounts, marketBuyAmounts } from "../../../../src/venue/polymarket/index.ts";

/** Every grid of the venue: its tick in basis points, and the decimals an amount may have. */
const GRIDS = [
  { tick: 1000, decimals: 3 },
  { tick: 100, decimals: 4 },
  { tick: 50, decimals: 5 },
  { tick: 25, decimals: 6 },
  { tick: 10, decimals: 5 },
  { tick: 1, decimals: 6 },
];
const LOT = 10_000;
/** The largest size: nine billion shares. */
const LOTS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / LOT);
/**
 * The largest cost in micro-dollars: at the lowest price it buys the largest safe number of shares.
 */
const DOLLARS_MAX = 9 * 10 ** 11;

const side = fc.constantFrom("BUY" as const, "SELL" as const);
const priceOn = (tick: number) =>
  fc.integer({ min: 1, max: 10_000 / tick - 1 }).map((ticks) => priceBp(ticks * tick));

describe("amounts of a limit order", () => {
  it.each([
    ["BUY", "0.5", "10", 5_000_000, 10_000_000],
    ["SELL", "0.9", "7.77", 7_770_000, 6_993_000],
    ["BUY", "0.49", "20", 9_800_000, 20_000_000],
    ["SELL", "0.017", "123.45", 123_450_000, 2_098_650],
    ["BUY", "0.5025", "10", 5_025_000, 10_000_000],
    ["SELL", "0.9999", "12.34", 12_340_000, 12_338_766],
    ["BUY", "0.0001", "0.01", 1, 10_000],
  ] as const)("%s at %s of %s: %i for %i", (way, price, size, makerAmount, takerAmount) => {
    const amounts = limitAmounts(
      way,
      parsePriceBp(price) ?? priceBp(1),
      parseMicroShares(size) ?? microShares(0),
    );

    expect(amounts).toEqual({ makerAmount, takerAmount });
  });

  it.each(GRIDS)("are exact, on a grid of $tick", ({ tick, decimals }) => {
    fc.assert(
      fc.property(
        side,
        priceOn(tick),
        fc.integer({ min: 1, max: LOTS_MAX }),
        (way, price, lots) => {
          const size = microShares(lots * LOT);
          const { makerAmount, takerAmount } = limitAmounts(way, price, size);
          const [dollars, shares] =
            way === "BUY" ? [makerAmount, takerAmount] : [takerAmount, makerAmount];

          expect(shares).toBe(size);
          expect(BigInt(dollars) * 10_000n).toBe(BigInt(shares) * BigInt(price));
          expect(dollars % 10 ** (6 - decimals)).toBe(0);
        },
      ),
    );
  });

  it("cut a size down to two decimals", () => {
    fc.assert(
      fc.property(side, priceOn(1), fc.integer({ min: 0, max: 10 ** 12 }), (way, price, size) => {
        const cut = microShares(size - (size % LOT));

        expect(limitAmounts(way, price, microShares(size))).toEqual(limitAmounts(way, price, cut));
      }),
    );
  });
});

describe("amounts of a market BUY", () => {
  it("have four decimals of shares at most, rounded down (case D14)", () => {
    expect(marketBuyAmounts(priceBp(9850), microUsdc(9_980_000), priceBp(10))).toEqual({
      makerAmount: 9_980_000,
      takerAmount: 10_131_900,
    });
  });

  it.each(GRIDS)("are the most shares that can match at the limit, on a grid of $tick", (grid) => {
    const step = 10 ** (6 - Math.min(4, grid.decimals));
    fc.assert(
      fc.property(
        priceOn(grid.tick),
        fc.integer({ min: 1, max: DOLLARS_MAX }),
        (price, dollars) => {
          const { makerAmount, takerAmount } = marketBuyAmounts(
            price,
            microUsdc(dollars),
            priceBp(grid.tick),
          );
          const cost = (shares: number): bigint => BigInt(shares) * BigInt(price);
          const paid = BigInt(makerAmount) * 10_000n;

          expect(makerAmount).toBe(dollars - (dollars % LOT));
          expect(takerAmount % step).toBe(0);
          expect(cost(takerAmount)).toBeLessThanOrEqual(paid);
          expect(cost(takerAmount + step)).toBeGreaterThan(paid);
        },
      ),
    );
  });
});
