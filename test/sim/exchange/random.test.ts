import { take, toArray } from "rxjs";
import { mean, sampleCorrelation, standardDeviation } from "simple-statistics";
import { describe, expect, it } from "vitest";
import {
  CHAINLINK_DAY_VARIANCE,
  random,
  syntheticReference,
  type VarianceFactor,
  virtualScheduler,
} from "../../../src/sim/index.ts";
import { referencePrice } from "../../../src/types/index.ts";

const draw = <Value>(count: number, value: () => Value): Value[] =>
  Array.from({ length: count }, value);

describe("random", () => {
  it("gives the same numbers for the same seed, and others for another", () => {
    const numbers = (seed: number) => {
      const chance = random(seed);
      return draw(20, () => chance.integer(0, 1_000));
    };
    expect(numbers(1)).toEqual(numbers(1));
    expect(numbers(1)).not.toEqual(numbers(2));
    // The numbers are part of every seed that was ever reported.
    expect(numbers(1).slice(0, 5)).toMatchInlineSnapshot(`
      [
        85,
        155,
        65,
        441,
        253,
      ]
    `);
  });

  it("forks streams that do not depend on what other streams draw", () => {
    const [quiet, busy] = [random(7), random(7)];
    draw(10, () => busy.integer(0, 9));
    draw(10, () => busy.fork("faults").integer(0, 9));
    const numbers = (chance: typeof quiet) => draw(10, () => chance.integer(0, 1_000));
    expect(numbers(busy.fork("traders"))).toEqual(numbers(quiet.fork("traders")));
    expect(numbers(quiet.fork("traders"))).not.toEqual(numbers(quiet.fork("faults")));
  });

  it("reaches both ends of a range, and keeps its ratios", () => {
    const chance = random(3);
    const dice = draw(600, () => chance.integer(1, 6));
    expect([...new Set(dice)].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    const heads = draw(10_000, () => chance.chance({ numerator: 1, denominator: 10 }));
    expect(heads.filter(Boolean).length / 10_000).toBeCloseTo(0.1, 1);
    expect(draw(1_000, () => chance.chance({ numerator: 0, denominator: 1 }))).not.toContain(true);
    expect(draw(1_000, () => chance.chance({ numerator: 1, denominator: 1 }))).not.toContain(false);
    const normal = draw(10_000, chance.gaussian);
    expect([mean(normal), standardDeviation(normal)]).toEqual([
      expect.closeTo(0, 1),
      expect.closeTo(1, 1),
    ]);
  });
});

describe("synthetic reference", () => {
  const path = (seed: number, count: number, variance?: readonly VarianceFactor[]): number[] => {
    const scheduler = virtualScheduler();
    let prices: number[] = [];
    syntheticReference(
      {
        seed,
        startPrice: referencePrice(60_000_000_000),
        volatilityPerSqrtSecond: 0.0001,
        tickMs: 100,
        ...(variance && { variance }),
      },
      scheduler,
    )
      .pipe(take(count), toArray())
      .subscribe((items) => {
        prices = items.map(({ price }) => price);
      });
    scheduler.runUntil(count * 100);
    return prices;
  };

  it("starts at its start price and walks the same path for the same seed", () => {
    expect(path(1, 50)).toEqual(path(1, 50));
    expect(path(1, 50)).not.toEqual(path(2, 50));
    expect(path(1, 1)).toEqual([60_000_000_000]);
  });

  it("moves by the given volatility in a second, whatever its ticks", () => {
    const prices = path(5, 20_001);
    const everySecond = prices.filter((_, index) => index % 10 === 0);
    const moves = everySecond.slice(1).map((price, index) => price / (everySecond[index] ?? 1) - 1);
    expect(standardDeviation(moves) / 0.0001).toBeCloseTo(1, 1);
  });

  /** Variance of each five minutes, by its five-second returns, over some hours of some seeds. */
  const variances = (seed: number, hours: number): readonly number[] => {
    const scheduler = virtualScheduler();
    const prices: number[] = [];
    syntheticReference(
      {
        seed,
        startPrice: referencePrice(60_000_000_000),
        volatilityPerSqrtSecond: 0.0001,
        tickMs: 5_000,
        variance: CHAINLINK_DAY_VARIANCE,
      },
      scheduler,
    )
      .pipe(take(hours * 720 + 1))
      .subscribe(({ price }) => prices.push(price));
    scheduler.runUntil(hours * 3_600_000);
    const returns = prices.slice(1).map((price, at) => Math.log(price / (prices[at] ?? price)));
    return Array.from({ length: hours * 12 }, (_, five) => {
      const part = returns.slice(five * 60, five * 60 + 60);
      return part.reduce((sum, one) => sum + one ** 2, 0) / 300;
    });
  };

  it("has a variance that moves as on the day it is fitted to, around its mean", () => {
    const days = Array.from({ length: 12 }, (_, seed) => variances(seed + 1, 24));
    const all = days.flat();
    // Twelve days are about seventy independent values of the slow part: a mean within a fifth.
    expect(mean(all) / 0.0001 ** 2).toBeGreaterThan(0.8);
    expect(mean(all) / 0.0001 ** 2).toBeLessThan(1.25);
    // The day: 0.75.
    const logs = days.map((day) => day.map(Math.log));
    const deviation = standardDeviation(logs.flat());
    expect(deviation).toBeGreaterThan(0.6);
    expect(deviation).toBeLessThan(0.9);
    // The day: 0.54 from five minutes to the next, 0.39 after an hour.
    const correlation = (lag: number): number =>
      sampleCorrelation(
        logs.flatMap((day) => day.slice(0, -lag)),
        logs.flatMap((day) => day.slice(lag)),
      );
    expect(Math.abs(correlation(1) - 0.54)).toBeLessThan(0.2);
    expect(Math.abs(correlation(12) - 0.39)).toBeLessThan(0.2);
    expect(correlation(1)).toBeGreaterThan(correlation(12));
  });

  it("walks the same price with the same draws where its variance is constant", () => {
    expect(path(1, 50)).toEqual(path(1, 50, []));
    expect(path(1, 50)).not.toEqual(path(1, 50, CHAINLINK_DAY_VARIANCE));
    expect(path(1, 50, CHAINLINK_DAY_VARIANCE)).toEqual(path(1, 50, CHAINLINK_DAY_VARIANCE));
  });
});
