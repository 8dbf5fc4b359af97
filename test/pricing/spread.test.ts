import { describe, expect, it } from "vitest";
import {
  breakEvenSpread,
  impliedMove,
  normalCdf,
  normalDensity,
  spotDigital,
} from "../../src/pricing/index.ts";
import { normalQuantile } from "../../src/pricing/normal.ts";

describe("a quantile of the normal distribution", () => {
  it("is where the distribution has that much below it", () => {
    for (const p of [0.001, 0.02, 0.3, 0.5, 0.84, 0.999])
      expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-6);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });
});

describe("the move that a price implies", () => {
  it("is that of the digital with this probability, by the rule of the last price", () => {
    const terms = { price: 60_030, strike: 60_000, variancePerSecond: 1e-8, secondsLeft: 90 };
    const digital = spotDigital(terms) ?? expect.unreachable();
    expect(impliedMove(digital.probability, 90)).toBeCloseTo(digital.movePerSqrtSecond, 5);
  });

  it("is largest in the middle, and nothing where the end is certain", () => {
    expect(impliedMove(0.5, 100)).toBeCloseTo(normalDensity(0) / 10, 9);
    expect(impliedMove(1, 100)).toBe(0);
    expect(impliedMove(0, 100)).toBe(0);
  });
});

describe("the half-spread at which fills earn nothing", () => {
  const line = (fixed: number, perMove: number, ...errors: readonly number[]) =>
    errors.map((error, at) => ({
      movePerSqrtSecond: 0.01 * (at + 1),
      against: fixed + perMove * 0.01 * (at + 1) + error,
    }));

  it("is the line that what went against them lies on", () => {
    const { fixed, perMove } = breakEvenSpread(line(0.016, 0.66, 0, 0, 0)) ?? expect.unreachable();
    expect(fixed).toBeCloseTo(0.016, 9);
    expect(perMove).toBeCloseTo(0.66, 9);
  });

  it("leaves errors that add up to nothing, for slow and for fast prices alike", () => {
    // Least squares of errors 1, -2, 1 at equal distances: a level line through their mean.
    const errors = [0.001, -0.002, 0.001];
    const { fixed, perMove } = breakEvenSpread(line(0, 1, ...errors)) ?? expect.unreachable();
    expect(fixed).toBeCloseTo(0, 9);
    expect(perMove).toBeCloseTo(1, 9);
  });

  it("goes through 0 where it is to have no fixed part", () => {
    const fills = [
      { movePerSqrtSecond: 1, against: 1 },
      { movePerSqrtSecond: 2, against: 5 },
    ];
    // (1 * 1 + 2 * 5) / (1 + 4)
    expect(breakEvenSpread(fills, "0")).toEqual({ fixed: 0, perMove: 11 / 5 });
  });

  it("is not known of no fills, and of fills that all came at one speed", () => {
    expect(breakEvenSpread([])).toBeNull();
    expect(breakEvenSpread([], "0")).toBeNull();
    const same = { movePerSqrtSecond: 0.1, against: 0.3 };
    expect(breakEvenSpread([same, same, same])).toBeNull();
    expect(breakEvenSpread([same, same, same], "0")?.perMove).toBeCloseTo(3, 9);
  });
});
