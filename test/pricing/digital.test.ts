/** Each closed form beside paths that are simulated second by second, and what is said at the edges. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Digital,
  beforeOpenDigital,
  spotDigital,
  twapDigital,
} from "../../src/pricing/index.ts";
import { random } from "../../src/sim/index.ts";

const VARIANCE = 0.0001 ** 2;
const STRIKE = 60_000;
const PATHS = 6_000;
/** Four standard deviations of a share among so many paths. */
const TOLERANCE = 4 * Math.sqrt(0.25 / PATHS);

const given = { price: STRIKE, strike: STRIKE, variancePerSecond: VARIANCE };
const basisPoints = (bp: number): number => STRIKE * (1 + bp / 10_000);
const known = (digital: Digital | null): Digital => {
  if (digital === null) throw new Error("no probability");
  return digital;
};

/**
 * How often a path from `price` ends YES, by its prices at the seconds from `from` to `to`; what is
 * before is one step.
 */
function simulated(
  price: number,
  [from, to]: readonly [number, number],
  isYes: (path: readonly number[]) => boolean,
): number {
  const draws = random(1).fork("paths");
  let yes = 0;
  for (let path = 0; path < PATHS; path += 1) {
    let [last, at] = [price, 0];
    const prices: number[] = [];
    for (let second = from; second <= to; second += 1) {
      last *= Math.exp(Math.sqrt(VARIANCE * (second - at)) * draws.gaussian());
      at = second;
      prices.push(last);
    }
    if (isYes(prices)) yes += 1;
  }
  return yes / PATHS;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("settled by the last price", () => {
  it.each([
    [3, 120],
    [-5, 30],
    [1, 5],
  ])("%d bp from the strike, %d s left: as often as simulated", (bp, secondsLeft) => {
    const price = basisPoints(bp);
    const { probability } = known(spotDigital({ ...given, price, secondsLeft }));
    const share = simulated(price, [secondsLeft, secondsLeft], ([end = 0]) => end >= STRIKE);
    expect(Math.abs(probability - share)).toBeLessThan(TOLERANCE);
  });

  it("is a step with no time left, and a tie is YES", () => {
    const at = (price: number, secondsLeft = 0) =>
      known(spotDigital({ ...given, price, secondsLeft }));
    expect([at(STRIKE - 1), at(STRIKE), at(STRIKE + 1), at(STRIKE + 1, -3)]).toEqual([
      { probability: 0, z: -Infinity, movePerSqrtSecond: 0 },
      { probability: 1, z: Infinity, movePerSqrtSecond: 0 },
      { probability: 1, z: Infinity, movePerSqrtSecond: 0 },
      { probability: 1, z: Infinity, movePerSqrtSecond: 0 },
    ]);
  });

  it("is never certain while the feed that is seen is not the one that settles", () => {
    const seen = { ...given, price: basisPoints(0.7), secondsLeft: 0, basisVariance: 0.00007 ** 2 };
    expect(known(spotDigital(seen)).probability).toBeCloseTo(0.841, 3);
    expect(known(spotDigital({ ...seen, variancePerSecond: 0 })).probability).toBeCloseTo(0.841, 3);
  });
});

describe("settled by the mean of the last minute", () => {
  it.each([
    [4, 240],
    [-2, 75],
    [3, 60],
  ])("%d bp from the strike, %d s left: as often as simulated", (bp, secondsLeft) => {
    const price = basisPoints(bp);
    const { probability } = known(twapDigital({ ...given, price, secondsLeft, trailing: null }));
    const minute = [secondsLeft - 59, secondsLeft] as const;
    const share = simulated(price, minute, (path) => meanOf(path) >= STRIKE);
    expect(Math.abs(probability - share)).toBeLessThan(TOLERANCE);
  });

  /** A past of 60 s that climbs to the price, and what the settlement feed says of it. */
  const past = (price: number, climbBp: number): readonly number[] =>
    Array.from({ length: 60 }, (_, second) => price * (1 + ((second - 59) * climbBp) / 600_000));

  it.each([
    [1, 3, 45],
    [-1, 5, 30],
    [0.5, 4, 10],
    [0.1, 1, 2],
  ])("%d bp away after a climb of %d, %d s left: as often as simulated", (bp, climb, left) => {
    const price = basisPoints(bp);
    const seen = past(price, climb);
    const trailing = {
      value: meanOf(seen),
      leaving: meanOf(seen.slice(0, left)),
      secondsLeft: left,
    };
    const { probability } = known(twapDigital({ ...given, price, secondsLeft: left, trailing }));
    const share = simulated(
      price,
      [1, left],
      (path) => meanOf([...seen.slice(left), ...path]) >= STRIKE,
    );
    expect(Math.abs(probability - share)).toBeLessThan(TOLERANCE);
  });

  it("without what leaves the mean, windows end as often as is said of them", () => {
    const draws = random(2).fork("unseen");
    const walk = (from: number, seconds: number): readonly number[] => {
      let last = from;
      return Array.from({ length: seconds }, () => (last *= Math.exp(0.0001 * draws.gaussian())));
    };
    for (const left of [50, 30, 12]) {
      const tenths = Array.from({ length: 5 }, () => ({ said: 0, came: 0, count: 0 }));
      for (let path = 0; path < PATHS; path += 1) {
        const seen = walk(STRIKE, 60);
        const price = seen.at(-1) ?? STRIKE;
        const trailing = { value: meanOf(seen), leaving: null, secondsLeft: left };
        const said = known(
          twapDigital({ ...given, price, secondsLeft: left, trailing }),
        ).probability;
        const end = meanOf([...seen.slice(left), ...walk(price, left)]);
        const bin = tenths[Math.min(4, Math.floor(said * 5))];
        if (bin === undefined) continue;
        bin.said += said;
        bin.came += end >= STRIKE ? 1 : 0;
        bin.count += 1;
      }
      for (const { said, came, count } of tenths) {
        const tolerance = 4 * Math.sqrt(0.25 / count);
        expect(Math.abs(said - came) / count).toBeLessThan(tolerance);
      }
    }
  });

  it("two seconds before the end five 3600ths of a second's variance are left", () => {
    // One coming second counts twice, the other once, of sixty.
    const price = basisPoints(0.02);
    const trailing = { value: price, leaving: price, secondsLeft: 2 };
    const { z } = known(twapDigital({ ...given, price, secondsLeft: 2, trailing }));
    expect(z).toBeCloseTo(Math.log(price / STRIKE) / Math.sqrt((VARIANCE * 5) / 3_600), 6);
  });

  it("with a price older than the mean: as often as simulated", () => {
    const [left, gap] = [20, 6];
    const price = basisPoints(1);
    // What the feed has averaged since the price is in the mean, and not seen here.
    const trailing = { value: basisPoints(0.5), leaving: price, secondsLeft: left };
    const old = known(twapDigital({ ...given, price, secondsLeft: left + gap, trailing }));
    const share = simulated(
      price,
      [gap + 1, gap + left],
      (path) => trailing.value + (left / 60) * (meanOf(path) - price) >= STRIKE,
    );
    expect(Math.abs(old.probability - share)).toBeLessThan(TOLERANCE);
    const fresh = known(twapDigital({ ...given, price, secondsLeft: left, trailing }));
    expect(Math.abs(fresh.z)).toBeGreaterThan(Math.abs(old.z));
  });

  it("at the end is a step on the mean alone, and a tie is YES", () => {
    const at = (value: number) => {
      const trailing = { value, leaving: value, secondsLeft: 0 };
      const price = basisPoints(-50);
      return known(twapDigital({ ...given, price, secondsLeft: 0, trailing })).probability;
    };
    expect([at(STRIKE - 0.001), at(STRIKE)]).toEqual([0, 1]);
  });

  it("a constant distance between the feeds cancels in the last minute", () => {
    const z = (distance: number): number => {
      const trailing = {
        value: basisPoints(0.3),
        leaving: basisPoints(-1) + distance,
        secondsLeft: 25,
      };
      const price = basisPoints(1) + distance;
      return known(twapDigital({ ...given, price, secondsLeft: 25, trailing })).z;
    };
    expect(z(300)).toBeCloseTo(z(0), 9);
  });

  it("does not jump as the minute begins", () => {
    const price = basisPoints(2);
    const whole = { value: basisPoints(1), leaving: basisPoints(1), secondsLeft: 60 };
    const before = known(twapDigital({ ...given, price, secondsLeft: 60, trailing: null }));
    const inside = known(
      twapDigital({
        ...given,
        price,
        secondsLeft: 59.999,
        trailing: { ...whole, secondsLeft: 59.999 },
      }),
    );
    expect(inside.probability).toBeCloseTo(before.probability, 3);
    expect(inside.movePerSqrtSecond).toBeCloseTo(before.movePerSqrtSecond, 3);
  });

  it("with a mean from before the minute is no surer than as the minute begins", () => {
    const price = basisPoints(2);
    const old = { value: STRIKE, leaving: STRIKE, secondsLeft: 61 };
    const before = twapDigital({ ...given, price, secondsLeft: 60, trailing: null });
    expect(twapDigital({ ...given, price, secondsLeft: 58, trailing: old })).toEqual(before);
  });

  it("inside the minute without a mean is null: half of it is decided, and nobody says how", () => {
    expect(twapDigital({ ...given, secondsLeft: 59, trailing: null })).toBeNull();
    expect(twapDigital({ ...given, secondsLeft: 0, trailing: null })).toBeNull();
  });
});

describe("before the open", () => {
  it.each([
    [40, 6],
    [15, -4],
    [1, 3],
  ])("%d s before it, after a climb of %d bp: as often as simulated", (toOpen, climb) => {
    const seen = Array.from(
      { length: 60 },
      (_, at) => STRIKE * (1 + ((at - 59) * climb) / 600_000),
    );
    const trailing = {
      value: meanOf(seen),
      leaving: meanOf(seen.slice(0, toOpen)),
      secondsLeft: toOpen,
    };
    const { probability } = known(
      beforeOpenDigital({
        price: STRIKE,
        variancePerSecond: VARIANCE,
        secondsToOpen: toOpen,
        lengthS: 90,
        trailing,
      }),
    );
    const share = simulated(STRIKE, [1, toOpen + 90], (path) => {
      const strike = meanOf([...seen.slice(toOpen), ...path.slice(0, toOpen)]);
      return meanOf(path.slice(-60)) >= strike;
    });
    expect(Math.abs(probability - share)).toBeLessThan(TOLERANCE);
  });

  it.each([59, 30, 7])(
    "%d s before it every second to come counts as often as it is in M and not in K",
    (toOpen) => {
      const seconds = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
      const shares = [
        ...seconds(toOpen).map((second) => 1 - (toOpen - second + 1) / 60),
        ...seconds(300 - 60).map(() => 1),
        ...seconds(60).map((second) => second / 60),
      ];
      const variance = VARIANCE * shares.reduce((sum, share) => sum + share ** 2, 0);
      const trailing = { value: basisPoints(-3), leaving: STRIKE, secondsLeft: toOpen };
      const open = { price: STRIKE, variancePerSecond: VARIANCE, secondsToOpen: toOpen };
      const { z } = known(beforeOpenDigital({ ...open, lengthS: 300, trailing }));
      expect(z).toBeCloseTo(Math.log(STRIKE / basisPoints(-3)) / Math.sqrt(variance), 6);
    },
  );

  it("is even, and no move of the price matters, before the strike's minute has begun", () => {
    const early = { price: STRIKE, variancePerSecond: VARIANCE, lengthS: 300, trailing: null };
    const { probability, z, movePerSqrtSecond } = known(
      beforeOpenDigital({ ...early, secondsToOpen: 120 }),
    );
    expect([z, movePerSqrtSecond]).toEqual([0, 0]);
    expect(probability).toBeCloseTo(0.5, 6);
    expect(beforeOpenDigital({ ...early, secondsToOpen: 30 })).toBeNull();
  });
});

describe("a digital", () => {
  const inputs = fc.record({
    price: fc.double({ min: 100, max: 1_000_000, noNaN: true }),
    strike: fc.double({ min: 100, max: 1_000_000, noNaN: true }),
    variancePerSecond: fc.double({ min: 1e-12, max: 1e-6, noNaN: true }),
    secondsLeft: fc.integer({ min: 1, max: 14_400 }),
  });

  it("moves in a second as far as it says", () => {
    fc.assert(
      fc.property(inputs, (terminal) => {
        const here = known(spotDigital(terminal));
        const step = 0.001 * Math.sqrt(terminal.variancePerSecond);
        const there = known(spotDigital({ ...terminal, price: terminal.price * Math.exp(step) }));
        const moved = Math.abs(there.probability - here.probability);
        expect(Math.abs(moved - 0.001 * here.movePerSqrtSecond)).toBeLessThan(1e-6);
      }),
    );
  });

  it("rises with the price, and stays a probability", () => {
    fc.assert(
      fc.property(inputs, fc.double({ min: 1, max: 1.01, noNaN: true }), (terminal, by) => {
        const [lower, higher] = [
          known(spotDigital(terminal)).probability,
          known(spotDigital({ ...terminal, price: terminal.price * by })).probability,
        ];
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(higher).toBeLessThanOrEqual(1);
        expect(higher).toBeGreaterThanOrEqual(lower - 1e-6);
      }),
    );
  });

  it.each([
    ["a price of 0", { price: 0 }],
    ["a price that is not a number", { price: NaN }],
    ["a strike of 0", { strike: 0 }],
    ["a negative strike", { strike: -1 }],
    ["a variance that is not a number", { variancePerSecond: NaN }],
    ["a negative variance", { variancePerSecond: -1e-9 }],
    ["a time that is not a number", { secondsLeft: NaN }],
    ["an endless time", { secondsLeft: Infinity }],
  ])("of %s is null", (_, wrong) => {
    const terminal = { ...given, secondsLeft: 100, ...wrong };
    expect(spotDigital(terminal)).toBeNull();
    expect(twapDigital({ ...terminal, trailing: null })).toBeNull();
    const trailing = { value: STRIKE, leaving: NaN, secondsLeft: 30 };
    expect(twapDigital({ ...given, secondsLeft: 30, trailing })).toBeNull();
  });
});
