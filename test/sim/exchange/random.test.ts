import { take, toArray } from "rxjs";
import { mean, standardDeviation } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { random, syntheticReference, virtualScheduler } from "../../../src/sim/index.ts";
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
  const path = (seed: number, count: number): number[] => {
    const scheduler = virtualScheduler();
    let prices: number[] = [];
    syntheticReference(
      {
        seed,
        startPrice: referencePrice(60_000_000_000),
        volatilityPerSqrtSecond: 0.0001,
        tickMs: 100,
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
});
