import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spotDigital } from "../../src/pricing/index.ts";

const STRIKE = 100_000_000_000;
/** The error function is good to about this. */
const PRECISION = 3e-7;

/** The price from which the strike is `z` standard deviations below the median of the end. */
const priceAt = (z: number, variance: number): number =>
  STRIKE * Math.exp(z * Math.sqrt(variance) + variance / 2);

/** A second is left, so the variance per second is the variance left. */
const fair = (price: number, variancePerSecond: number, secondsLeft = 1, strike = STRIKE): number =>
  spotDigital({ price, strike, variancePerSecond, secondsLeft })?.probability ?? NaN;

describe("spotDigital", () => {
  // Of any table of the normal distribution.
  it.each([
    [0, 0.5],
    [0.5, 0.6914625],
    [1, 0.8413447],
    [1.96, 0.9750021],
    [2.5, 0.9937903],
    [-0.5, 0.3085375],
    [-1, 0.1586553],
    [-1.96, 0.0249979],
    [-3, 0.0013499],
  ])("%f standard deviations above the strike is worth %f", (z, probability) => {
    for (const variance of [1e-6, 1e-4, 0.04]) {
      expect(fair(priceAt(z, variance), variance)).toBeCloseTo(probability, 6);
    }
  });

  it("only price over strike counts, and variance over the time left", () => {
    const one = fair(STRIKE * 1.01, 0.0001, 4);
    expect(fair(STRIKE * 1.01, 0.0004, 1)).toBeCloseTo(one, 12);
    expect(fair(STRIKE * 10.1, 0.0001, 4, STRIKE * 10)).toBeCloseTo(one, 12);
  });

  it.each([
    ["above the strike", 1, STRIKE + 1],
    ["at the strike, a tie,", 1, STRIKE],
    ["below the strike", 0, STRIKE - 1],
  ])("with no time left it is a step: %s YES is worth %d", (_where, worth, price) => {
    expect(fair(price, 0.0001, 0)).toBe(worth);
    expect(fair(price, 0.0001, -60)).toBe(worth);
    expect(fair(price, 0)).toBe(worth);
  });

  it("as time runs out it closes in on that step; a tie closes in on a coin's toss", () => {
    for (const left of [1, 0.1, 0.01, 0.001]) {
      expect(fair(STRIKE * 1.06, 1e-4, left)).toBeCloseTo(1, 6);
      expect(fair(STRIKE * 0.94, 1e-4, left)).toBeCloseTo(0, 6);
    }
    expect(fair(STRIKE, 1e-12, 0.001)).toBeCloseTo(0.5, 6);
  });

  it("at the strike, YES loses with the variance: the median of a driftless price sinks", () => {
    // Phi(-sqrt(v) / 2)
    expect(fair(STRIKE, 1)).toBeCloseTo(0.3085375, 6);
    expect(fair(STRIKE, 4)).toBeCloseTo(0.1586553, 6);
    expect(fair(STRIKE, 36)).toBeCloseTo(0.0013499, 6);
    expect(fair(STRIKE, 1e6)).toBeCloseTo(0, 6);
  });

  it("a probability, which never falls as the price rises", () => {
    const price = fc.integer({ min: STRIKE / 2, max: STRIKE * 2 });
    const variance = fc.double({ min: 1e-10, max: 1, noNaN: true });
    fc.assert(
      fc.property(price, price, variance, (one, other, left) => {
        const [low, high] = [fair(Math.min(one, other), left), fair(Math.max(one, other), left)];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(high).toBeGreaterThanOrEqual(low - PRECISION);
      }),
    );
  });
});
