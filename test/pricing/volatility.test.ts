import { describe, expect, it } from "vitest";
import {
  VOLATILITY_DEFAULTS as OPTIONS,
  type Volatility,
  observed,
  qlike,
  unobserved,
} from "../../src/pricing/index.ts";
import { random } from "../../src/sim/index.ts";

const SIGMA = 0.0002;
const SAMPLE_MS: number = OPTIONS.sampleMs;

/** A walk of so many seconds with a tick each, and the variance after it. */
function walked(seconds: number, { autocorrelation = 0, sampleMs = SAMPLE_MS } = {}): Walk {
  const options = { ...OPTIONS, sampleMs };
  const draws = random(3).fork("walk");
  let [price, last] = [60_000, 0];
  let volatility = unobserved(options);
  for (let second = 0; second < seconds; second += 1) {
    const own = SIGMA * Math.sqrt(1 - autocorrelation ** 2) * draws.gaussian();
    last = autocorrelation * last + own;
    price *= Math.exp(last);
    volatility = observed(volatility, price, second * 1_000, options);
  }
  return { price, volatility, atMs: seconds * 1_000 };
}

interface Walk {
  readonly price: number;
  readonly volatility: Volatility;
  readonly atMs: number;
}

const deviation = ({ variancePerSecond }: Volatility): number => Math.sqrt(variancePerSecond);

describe("the variance of a price", () => {
  it("is the prior's before any return, and forgets it", () => {
    expect(deviation(unobserved(OPTIONS))).toBeCloseTo(OPTIONS.prior, 12);
    expect(deviation(walked(7_200).volatility) / SIGMA).toBeCloseTo(1, 0);
    expect(Math.abs(deviation(walked(7_200).volatility) / SIGMA - 1)).toBeLessThan(0.15);
  });

  it("a half-life later half of what it saw is left", () => {
    let volatility: Volatility = { ...unobserved(OPTIONS), fast: 4e-8, anchor: 4e-8 };
    for (let atMs = 0; atMs <= OPTIONS.halfLifeMs; atMs += OPTIONS.sampleMs) {
      volatility = observed(volatility, 60_000, atMs, OPTIONS);
    }
    expect(volatility.fast).toBeCloseTo(2e-8, 15);
  });

  it("sees more of a smoothed feed over five seconds than over one", () => {
    const smoothed = { autocorrelation: 0.32 };
    const overOne = walked(7_200, { ...smoothed, sampleMs: 1_000 }).volatility;
    const overFive = walked(7_200, smoothed).volatility;
    // The variance ratio of five steps is 1.67.
    expect(overFive.variancePerSecond / overOne.variancePerSecond).toBeGreaterThan(1.3);
  });

  it("one bad tick and its way back raise the deviation by less than a third", () => {
    const { volatility, price, atMs } = walked(3_600);
    const struck = observed(volatility, price * 0.9, atMs + 5_000, OPTIONS);
    const back = observed(struck, price, atMs + 10_000, OPTIONS);
    expect(deviation(back) / deviation(volatility)).toBeGreaterThan(1);
    expect(deviation(back) / deviation(volatility)).toBeLessThan(1.33);
  });

  it("a silence is no return: what comes after it is a new beginning", () => {
    const { volatility, price, atMs } = walked(3_600);
    const after = observed(volatility, price * 1.01, atMs + 600_000, OPTIONS);
    expect(after).toEqual({
      ...volatility,
      sample: { price: price * 1.01, at: atMs + 600_000 },
    });
  });

  it("in a calm is half of the hour's deviation at least", () => {
    const { volatility, price, atMs } = walked(7_200);
    let calm = volatility;
    for (let ms = 5_000; ms <= 1_200_000; ms += 5_000)
      calm = observed(calm, price, atMs + ms, OPTIONS);
    expect(calm.variancePerSecond).toBeCloseTo(0.25 * calm.anchor, 15);
    expect(calm.fast).toBeLessThan(0.25 * calm.anchor);
  });

  it.each([NaN, 0, -1, Infinity])("a price of %d changes nothing", (wrong) => {
    const { volatility, atMs } = walked(600);
    expect(observed(volatility, wrong, atMs + 5_000, OPTIONS)).toEqual(volatility);
    expect(observed(unobserved(OPTIONS), wrong, 0, OPTIONS)).toEqual(unobserved(OPTIONS));
  });

  it("QLIKE is 0 for what came, and punishes too little more than too much", () => {
    expect(qlike(2, 2)).toBe(0);
    expect(qlike(2, 1)).toBeGreaterThan(qlike(2, 4));
  });
});
