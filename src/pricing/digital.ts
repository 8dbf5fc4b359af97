/**
 * The probability that a window ends YES, by the rule it settles by. Prices are of one feed and in
 * one unit; variances are of the log return; seconds are counted from the moment of the price that is
 * used, so that an old price is one with more time left. Brownian motion without drift; prices are
 * sampled once a second, as the settlement feed is. Null where an input is missing or nobody could
 * mean it.
 */
import type { SettlementRule } from "../types/index.ts";
import { normalCdf, normalDensity } from "./normal.ts";

export interface Digital {
  /** Of YES, 0 to 1. */
  readonly probability: number;
  /** The same as a standard normal quantile; infinite where nothing can change any more. */
  readonly z: number;
  /**
   * Standard deviation of the probability's own move over one second; over t seconds it is sqrt(t)
   * times as much. phi(z) dM/dS sqrt(v) / deviation.
   */
  readonly movePerSqrtSecond: number;
}

export interface Terminal {
  readonly price: number;
  readonly strike: number;
  readonly variancePerSecond: number;
  readonly secondsLeft: number;
  /** Of the log distance between the feed that is seen and the one that settles; 0 where they are one. */
  readonly basisVariance?: number;
}

/**
 * Settled by the price itself: P(S_T >= K) = Phi((ln(S/K) - V/2) / sqrt(V)) with V the variance left.
 * [Black and Scholes 1973, d2 without drift] Also of a `candle`, whose strike is its own opening price.
 */
export function spotDigital(terminal: Terminal): Digital | null {
  const { price, strike, variancePerSecond, secondsLeft, basisVariance = 0 } = terminal;
  const variance = variancePerSecond * Math.max(0, secondsLeft) + basisVariance;
  const distance = Math.log(price / strike) - variance / 2;
  return digital({ distance, variance, weight: 1, variancePerSecond });
}

/** The mean that settles is of so many seconds. [protocol 8.4] */
export const AVERAGED_S = 60;

/** What the settlement feed says: its mean over the last 60 s, once a second. */
export interface TrailingMean {
  readonly value: number;
  /** Seconds from its moment to the one that it is wanted for: the end, or the open. */
  readonly secondsLeft: number;
  /**
   * Mean of the seen feed over those seconds of the 60 that will have dropped out by then; null where it was not
   * seen: then it is guessed from mean and price, with what the guess may be wrong by.
   */
  readonly leaving: number | null;
}

export interface Averaged extends Terminal {
  /** Not read before the last minute; inside it there is no price without it. */
  readonly trailing: TrailingMean | null;
}

/**
 * Settled by the mean M of the last 60 s. Before that minute M = S in expectation, and tau - 39.5 seconds of
 * variance are left. Inside it, with r seconds left, r seconds leave the trailing mean R and r come:
 * E[M] = R + r/60 (S - B), with r (r + 1) (2 r + 1) / (6 60^2) seconds of variance. [variance of a sum of a random
 * walk] S and B are of the same feed, so a constant distance to the settling one cancels; where B was not seen it does not. A mean from before
 * the minute says nothing of it: what has passed since is then as unknown as what comes.
 */
export function twapDigital(averaged: Averaged): Digital | null {
  const { price, strike, variancePerSecond, secondsLeft, basisVariance = 0, trailing } = averaged;
  const left = Math.max(0, trailing?.secondsLeft ?? secondsLeft);
  if (left >= AVERAGED_S) {
    const seconds = Math.max(secondsLeft, AVERAGED_S) - AVERAGED_S + sumSeconds(AVERAGED_S);
    const variance = variancePerSecond * seconds + basisVariance;
    return digital({ distance: Math.log(price / strike), variance, weight: 1, variancePerSecond });
  }
  if (trailing === null) return null;
  const weight = left / AVERAGED_S;
  const guessed = unseenLeaving(trailing.value, price, left);
  const expected = trailing.value + weight * (price - (trailing.leaving ?? guessed.value));
  const ofGuess = trailing.leaving === null ? variancePerSecond * guessed.seconds : 0;
  // A price from before the mean has moved on unseen, for all the seconds that come.
  const gap = Math.max(0, secondsLeft - left);
  const variance =
    weight ** 2 * (variancePerSecond * gap + basisVariance + ofGuess) +
    variancePerSecond * sumSeconds(left);
  return digital({ distance: Math.log(expected / strike), variance, weight, variancePerSecond });
}

/** By the rule of the window; `spot` and `candle` do not read `trailing`. */
export const windowDigital = (rule: SettlementRule, averaged: Averaged): Digital | null =>
  rule === "twap60" ? twapDigital(averaged) : spotDigital(averaged);

export interface BeforeOpen {
  readonly price: number;
  readonly variancePerSecond: number;
  readonly secondsToOpen: number;
  readonly lengthS: number;
  /** Wanted for the open; not read before the strike's own minute has begun. */
  readonly trailing: TrailingMean | null;
}

/**
 * The strike's own minute is still running, and what is known of it is a lead or a lag already:
 * E[M - K] = S - R - r/60 (S - B). Of the variance r + D - 39.5 seconds of M, less what M shares with the r
 * seconds of the strike that are still to come. [Cov(W_r, sum of W) = r (r + 1) / 2]
 */
export function beforeOpenDigital(given: BeforeOpen): Digital | null {
  const { price, variancePerSecond, secondsToOpen, lengthS, trailing } = given;
  const left = Math.min(AVERAGED_S, Math.max(0, trailing?.secondsLeft ?? secondsToOpen));
  if (left < AVERAGED_S && trailing === null) return null;
  const coming = left / AVERAGED_S;
  const strike =
    trailing === null || left === AVERAGED_S
      ? price
      : trailing.value +
        coming * (price - (trailing.leaving ?? unseenLeaving(trailing.value, price, left).value));
  const seconds =
    left -
    (left * (left + 1)) / AVERAGED_S +
    sumSeconds(left) +
    lengthS -
    AVERAGED_S +
    sumSeconds(AVERAGED_S);
  return digital({
    distance: Math.log(price / strike),
    variance: variancePerSecond * seconds,
    // The part of the strike that is still to come moves with the price.
    weight: 1 - coming,
    variancePerSecond,
  });
}

/**
 * The mean of the first r of 60 seconds of a random walk, given the mean R of all and the last price S:
 * R + (r^2 / 7200 - 1/2) (S - R), and how many seconds of variance are left around it.
 * [Cov(B - R, S - R) = r^2 / 360 - 10, Var(S - R) = 20, Var(B - R) = 20 (1 - r / 60)^2]
 */
function unseenLeaving(
  mean: number,
  price: number,
  r: number,
): { readonly value: number; readonly seconds: number } {
  const slope = r ** 2 / 7_200 - 0.5;
  return {
    value: mean + slope * (price - mean),
    seconds: Math.max(0, 20 * ((1 - r / AVERAGED_S) ** 2 - slope ** 2)),
  };
}

/** Seconds of variance of the sum over r seconds of a random walk, as a part of a mean of 60. */
const sumSeconds = (r: number): number => (r * (r + 1) * (2 * r + 1)) / (6 * AVERAGED_S ** 2);

interface Distance {
  /** ln of the expected settlement over the strike. */
  readonly distance: number;
  /** Of that, until the end. */
  readonly variance: number;
  /** How far the expected settlement follows the price. */
  readonly weight: number;
  readonly variancePerSecond: number;
}

function digital({ distance, variance, weight, variancePerSecond }: Distance): Digital | null {
  if (!Number.isFinite(distance) || !(variance >= 0) || !Number.isFinite(variance)) return null;
  const deviation = Math.sqrt(variance);
  if (deviation === 0) {
    const probability = distance >= 0 ? 1 : 0;
    return { probability, z: distance >= 0 ? Infinity : -Infinity, movePerSqrtSecond: 0 };
  }
  const z = distance / deviation;
  const movePerSqrtSecond = (normalDensity(z) * weight * Math.sqrt(variancePerSecond)) / deviation;
  return { probability: normalCdf(z), z, movePerSqrtSecond };
}
