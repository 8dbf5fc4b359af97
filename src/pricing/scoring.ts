/** How good probabilities were: losses, calibration, and intervals that know what is one window. */
import { mean, quantileSorted } from "simple-statistics";
import { logOdds, probabilityOf } from "./odds.ts";

/** A forecast of YES, 0 to 1, and what came: 1 for YES, 0 for NO. */
export interface Forecast {
  readonly probability: number;
  readonly result: 0 | 1;
}

/** Mean squared error; it needs one forecast. 0.25 for a coin, 0 for a prophet. [Brier 1950] */
export const brier = (forecasts: readonly Forecast[]): number =>
  mean(forecasts.map(({ probability, result }) => (probability - result) ** 2));

/** A certainty that is wrong would cost infinitely much: probabilities count up to this distance from one. */
const SURE = 1e-4;

/** Mean negative log likelihood: 0.693 for a coin. [Good 1952] */
export const logLoss = (forecasts: readonly Forecast[]): number =>
  mean(
    forecasts.map(({ probability, result }) => {
      const p = clamped(probability);
      return -Math.log(result === 1 ? p : 1 - p);
    }),
  );

const clamped = (probability: number): number => Math.min(Math.max(probability, SURE), 1 - SURE);

/**
 * Slope of the result's log odds on the forecast's: 1 is calibrated, less is over-confident. By maximum
 * likelihood, with an intercept, by Newton's method from a coin. [Cox 1958] Null where none exists: results all alike, or parted by the
 * forecasts without an exception.
 */
export function calibrationSlope(forecasts: readonly Forecast[]): number | null {
  if (new Set(forecasts.map(({ result }) => result)).size < 2) return null;
  const points = forecasts.map(({ probability, result }) => ({
    x: logOdds(clamped(probability)),
    result,
  }));
  let at: Line = { intercept: 0, slope: 0 };
  let likelihood = likelihoodOf(points, at);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const move = newtonMove(points, at);
    if (move === null) return null;
    at = { intercept: at.intercept + move.intercept, slope: at.slope + move.slope };
    const before = likelihood;
    likelihood = likelihoodOf(points, at);
    if (likelihood > -PARTED_MAX * points.length) return null;
    if (likelihood - before < GAIN_MIN) return at.slope;
  }
  return null;
}

interface Line {
  readonly intercept: number;
  readonly slope: number;
}

interface Point {
  readonly x: number;
  readonly result: 0 | 1;
}

const STEPS_MAX = 100;
const GAIN_MIN = 1e-9;
/** A line that leaves no more doubt than this for each result has parted them: its slope would grow for ever. */
const PARTED_MAX = 1e-6;

const likelihoodOf = (points: readonly Point[], { intercept, slope }: Line): number =>
  points.reduce((sum, { x, result }) => {
    const odds = (intercept + slope * x) * (result === 1 ? 1 : -1);
    return sum - (odds > 0 ? Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds)) - odds);
  }, 0);

/** Null where the results do not determine a line. */
function newtonMove(points: readonly Point[], { intercept, slope }: Line): Line | null {
  let [g0, g1, h00, h01, h11] = [0, 0, 0, 0, 0];
  for (const { x, result } of points) {
    const fitted = probabilityOf(intercept + slope * x);
    const [error, weight] = [result - fitted, fitted * (1 - fitted)];
    g0 += error;
    g1 += error * x;
    h00 += weight;
    h01 += weight * x;
    h11 += weight * x * x;
  }
  const determinant = h00 * h11 - h01 * h01;
  return determinant > 0
    ? {
        intercept: (h11 * g0 - h01 * g1) / determinant,
        slope: (h00 * g1 - h01 * g0) / determinant,
      }
    : null;
}

export interface Decile {
  readonly count: number;
  readonly forecast: number;
  readonly result: number;
}

/** Ten bins of probability, each with its mean forecast and the share of YES; empty ones are left out. */
export function deciles(forecasts: readonly Forecast[]): readonly Decile[] {
  const bins = Array.from({ length: 10 }, (_, bin) =>
    forecasts.filter(({ probability }) => Math.min(9, Math.floor(probability * 10)) === bin),
  );
  return bins
    .filter((bin) => bin.length > 0)
    .map((bin) => ({
      count: bin.length,
      forecast: mean(bin.map(({ probability }) => probability)),
      result: mean(bin.map(({ result }) => result)),
    }));
}

export interface Interval {
  readonly value: number;
  /** The middle 95 % of what other samples of as many windows would give. */
  readonly low: number;
  readonly high: number;
}

/**
 * A figure with its interval, by drawing whole windows again: forecasts of one window share its result, so
 * they are one observation. [cluster bootstrap, Efron 1979] Windows must not overlap: those of different
 * series share a path. `draw` gives a whole number below its
 * argument. Null where the figure is not defined for nearly all draws.
 */
export function bootstrapped<Window>(
  windows: readonly Window[],
  figure: (windows: readonly Window[]) => number | null,
  draw: (count: number) => number,
  resamples = 1_000,
): Interval | null {
  const value = figure(windows);
  const drawn = Array.from({ length: resamples }, () =>
    figure(windows.flatMap(() => windows.at(draw(windows.length)) ?? [])),
  ).filter((each) => each !== null);
  if (value === null || drawn.length < DEFINED_MIN * resamples) return null;
  const sorted = drawn.toSorted((a, b) => a - b);
  return { value, low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}

/** Figures that are left out are not a random part of them. */
const DEFINED_MIN = 0.97;
