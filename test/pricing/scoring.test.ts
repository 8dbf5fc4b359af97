import { describe, expect, it } from "vitest";
import {
  type Forecast,
  bootstrapped,
  brier,
  calibrationSlope,
  deciles,
  logLoss,
  logOdds,
  probabilityOf,
} from "../../src/pricing/index.ts";
import { random } from "../../src/sim/index.ts";

const draws = random(5).fork("scoring");
const draw = (count: number): number => draws.integer(0, count - 1);
const said = (probability: number, result: 0 | 1): Forecast => ({ probability, result });

/** Forecasts of so many windows whose results come with `slope` times the log odds that were said. */
function forecasts(count: number, slope: number, spread = 2): readonly Forecast[] {
  return Array.from({ length: count }, () => {
    const odds = spread * draws.gaussian();
    const comes = probabilityOf(slope * odds) > draws.integer(0, 1_000_000) / 1_000_000;
    return said(probabilityOf(odds), comes ? 1 : 0);
  });
}

describe("scores", () => {
  it("of a coin and of a prophet", () => {
    expect([brier([said(0.5, 1), said(0.5, 0)]), brier([said(1, 1), said(0, 0)])]).toEqual([
      0.25, 0,
    ]);
    expect(logLoss([said(0.5, 1)])).toBeCloseTo(Math.LN2, 9);
    expect(logLoss([said(0.8, 1), said(0.8, 0)])).toBeCloseTo(
      -(Math.log(0.8) + Math.log(0.2)) / 2,
      9,
    );
  });

  it("a certainty that is wrong costs much, not infinitely much", () => {
    expect(logLoss([said(1, 0)])).toBeCloseTo(-Math.log(1e-4), 6);
  });

  it("deciles have the mean forecast beside the share that came", () => {
    expect(deciles([said(0.21, 0), said(0.29, 1), said(1, 1)])).toEqual([
      { count: 2, forecast: 0.25, result: 0.5 },
      { count: 1, forecast: 1, result: 1 },
    ]);
  });
});

describe("the calibration slope", () => {
  it.each([1, 0.5, 0.3, 1.5])("of forecasts that deserve %d is found", (slope) => {
    expect(calibrationSlope(forecasts(8_000, slope))).toBeCloseTo(slope, 0.7);
    expect(Math.abs((calibrationSlope(forecasts(8_000, slope)) ?? 0) - slope)).toBeLessThan(0.12);
  });

  it("is found where forecasts are far too sure", () => {
    const sure = Array.from({ length: 200 }, (_, at) =>
      said(at % 2 === 0 ? 0.99 : 0.01, at % 10 < 8 === (at % 2 === 0) ? 1 : 0),
    );
    // 80 of 100 right at 0.99: ln 4 / ln 99.
    expect(calibrationSlope(sure)).toBeCloseTo(Math.log(4) / logOdds(0.99), 3);
  });

  it("does not exist for results that are alike, or parted without an exception", () => {
    expect(calibrationSlope([said(0.3, 1), said(0.9, 1)])).toBeNull();
    expect(calibrationSlope([said(0.9, 1), said(0.8, 1), said(0.2, 0), said(0.1, 0)])).toBeNull();
  });
});

describe("an interval", () => {
  it("holds the true figure in nearly all samples, and is as wide as the sample is small", () => {
    const truth = 0.3;
    const isIn = Array.from({ length: 60 }, () => {
      const sample = Array.from({ length: 100 }, () => (draws.integer(0, 9) < truth * 10 ? 1 : 0));
      const mean = (values: readonly number[]) =>
        values.reduce((sum: number, value) => sum + value, 0) / values.length;
      const { low, high } = bootstrapped(sample, mean, draw, 200) ?? { low: 1, high: 0 };
      return low <= truth && truth <= high;
    });
    expect(isIn.filter(Boolean).length).toBeGreaterThanOrEqual(51);
  });

  it("draws whole windows: twenty forecasts of one window are no twenty windows", () => {
    const windows = Array.from({ length: 30 }, () => {
      const result = draws.integer(0, 1) === 1 ? 1 : 0;
      return Array.from({ length: 20 }, () => said(0.6, result));
    });
    const byWindow = bootstrapped(windows, (some) => brier(some.flat()), draw, 300);
    const byForecast = bootstrapped(windows.flat(), brier, draw, 300);
    const width = (of: typeof byWindow): number => (of === null ? 0 : of.high - of.low);
    expect(width(byWindow)).toBeGreaterThan(3 * width(byForecast));
  });

  it("is none where the figure is not defined", () => {
    expect(bootstrapped([1, 2, 3], () => null, draw, 50)).toBeNull();
    let calls = 0;
    const now = (): number | null => ((calls += 1) % 10 === 0 ? null : 1);
    expect(bootstrapped([1, 2, 3], now, draw, 50)).toBeNull();
  });
});
