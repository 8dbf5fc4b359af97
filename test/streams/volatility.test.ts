import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Volatility, observed, unobserved } from "../../src/streams/caches/volatility.ts";
import { monotonicMs, referencePrice } from "../../src/types/index.ts";

const START = 100_000_000_000;
const HALF_LIFE_MS = 60_000;
const OPTIONS = { prior: 0.0003, halfLifeMs: HALF_LIFE_MS };
const TRUE_VARIANCE = 0.0001 ** 2;

/** A path whose every return is one standard deviation of its time, up or down. */
function walked(stepsMs: readonly number[], options = OPTIONS): Volatility {
  let atMs = 0;
  let price = START;
  let volatility = observed(unobserved(options), referencePrice(price), monotonicMs(0), options);
  for (const [index, stepMs] of stepsMs.entries()) {
    const move = Math.sqrt((TRUE_VARIANCE * stepMs) / 1_000);
    price = Math.round(price * Math.exp(index % 2 === 0 ? move : -move));
    atMs += stepMs;
    volatility = observed(volatility, referencePrice(price), monotonicMs(atMs), options);
  }
  return volatility;
}

const times = (count: number, stepMs: number): readonly number[] =>
  Array.from({ length: count }, () => stepMs);

/** How much of the prior's error is left. */
const errorLeft = ({ variancePerSecond }: Volatility): number =>
  (variancePerSecond - TRUE_VARIANCE) / (OPTIONS.prior ** 2 - TRUE_VARIANCE);

describe("volatility", () => {
  it("before anything is seen, and after one price, the prior is believed", () => {
    expect(unobserved(OPTIONS).variancePerSecond).toBeCloseTo(9e-8, 20);
    expect(walked([]).variancePerSecond).toBe(unobserved(OPTIONS).variancePerSecond);
  });

  it("a path of constant variance is found out", () => {
    const found = walked(times(1_200, 1_000));
    expect(found.variancePerSecond / TRUE_VARIANCE).toBeCloseTo(1, 4);
  });

  it("a half-life later half of the error is left, two later a quarter", () => {
    expect(errorLeft(walked(times(60, 1_000)))).toBeCloseTo(1 / 2, 5);
    expect(errorLeft(walked(times(120, 1_000)))).toBeCloseTo(1 / 4, 5);
    expect(errorLeft(walked(times(1, HALF_LIFE_MS)))).toBeCloseTo(1 / 2, 5);
  });

  it("only the time that has passed counts, not how it was divided", () => {
    const steps = fc.array(fc.integer({ min: 1_000, max: 20_000 }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(steps, (stepsMs) => {
        const passedMs = stepsMs.reduce((sum, stepMs) => sum + stepMs, 0);
        expect(errorLeft(walked(stepsMs))).toBeCloseTo(2 ** (-passedMs / HALF_LIFE_MS), 4);
      }),
    );
  });

  it("a price that stands still is forgotten to have moved", () => {
    let volatility = unobserved(OPTIONS);
    for (let second = 0; second <= 60; second += 1) {
      volatility = observed(
        volatility,
        referencePrice(START),
        monotonicMs(second * 1_000),
        OPTIONS,
      );
    }
    expect(volatility.variancePerSecond).toBeCloseTo(OPTIONS.prior ** 2 / 2, 15);
  });

  it("prices less than a second apart are bounce, and count for nothing", () => {
    const first = observed(unobserved(OPTIONS), referencePrice(START), monotonicMs(0), OPTIONS);
    const bounced = [100, 200, 999].reduce(
      (volatility, ms, index) =>
        observed(
          volatility,
          referencePrice(index % 2 === 0 ? START * 1.5 : START),
          monotonicMs(ms),
          OPTIONS,
        ),
      first,
    );
    expect(bounced).toEqual(first);
    const settled = observed(bounced, referencePrice(START), monotonicMs(1_000), OPTIONS);
    expect(settled.variancePerSecond).toBeLessThan(first.variancePerSecond);
  });

  it("a jump counts as five standard deviations, and is forgotten within seconds", () => {
    const calm = walked(times(600, 1_000));
    const deviation = Math.sqrt(calm.variancePerSecond);
    const sample = calm.sample;
    if (sample === null) return expect.unreachable("no sample");
    // Two per cent in a second: two hundred standard deviations.
    const jumped = referencePrice(Math.round(sample.price * 1.02));
    let volatility = calm;
    for (let second = 1; second <= 10; second += 1) {
      const at = monotonicMs(sample.at + second * 1_000);
      volatility = observed(volatility, jumped, at, OPTIONS);
      // Of the prior at least, which is three times what this path has: 5 * 3 of its deviations.
      expect(Math.sqrt(volatility.variancePerSecond)).toBeLessThan(2 * deviation);
    }
    expect(Math.sqrt(volatility.variancePerSecond)).toBeLessThan(1.8 * deviation);
  });

  it("a calm that has lasted for hours ends: nothing is absorbed", () => {
    let volatility = unobserved(OPTIONS);
    const seen = (price: number, second: number): void => {
      const at = monotonicMs(second * 1_000);
      volatility = observed(volatility, referencePrice(price), at, OPTIONS);
    };
    const HOURS = 10_000;
    for (let second = 0; second <= HOURS; second += 1) seen(START, second);
    expect(volatility.variancePerSecond).toBeLessThan(1e-30);
    for (let second = 1; second <= 60; second += 1) {
      seen(Math.round(START * (1 + (second % 2) * 0.0003)), HOURS + second);
    }
    expect(Math.sqrt(volatility.variancePerSecond)).toBeGreaterThan(0.0002);
  });

  it("a jump counts the more the less time it took", () => {
    const jump = (stepMs: number): number => {
      const first = observed(unobserved(OPTIONS), referencePrice(START), monotonicMs(0), OPTIONS);
      const price = referencePrice(Math.round(START * Math.exp(0.005)));
      return observed(first, price, monotonicMs(stepMs), OPTIONS).variancePerSecond;
    };
    // v' = w v + (1 - w) r^2 / dt, at half a half-life and at two of them
    const root = Math.SQRT1_2;
    expect(jump(30_000)).toBeCloseTo(root * 9e-8 + ((1 - root) * 0.005 ** 2) / 30, 12);
    expect(jump(120_000)).toBeCloseTo(9e-8 / 4 + (0.75 * 0.005 ** 2) / 120, 12);
  });
});
