/** What the model would have said of recorded windows at some times before their end, and what came. */
import {
  AVERAGED_S,
  type Digital,
  type Forecast,
  VOLATILITY_DEFAULTS,
  type Volatility,
  type VolatilityOptions,
  observed,
  spotDigital,
  twapDigital,
  unobserved,
} from "../../src/pricing/index.ts";
import type { RecordedWindow, Tick } from "./recordings.ts";

/** Seconds before the end. */
export const TIMES_LEFT_S = [240, 180, 120, 90, 60, 30, 20, 10] as const;

export interface TimedForecast extends Forecast {
  readonly leftS: number;
}

/** One window, with the forecasts of the model and those of what it replaces. */
export interface PricedWindow {
  readonly opensAt: number;
  readonly model: readonly TimedForecast[];
  /** The price at the end as if the last one decided, with the variance of one-second returns. */
  readonly plain: readonly TimedForecast[];
}

/** The settlement feed second by second, with gaps, and the variance known at each. */
export interface Feed {
  /** Price at this second, or the last one before it; null where that is older than `GAP_S`. */
  readonly at: (second: number) => Tick | null;
  /** Mean over the seconds after `from` up to `to`; null where too many are missing. */
  readonly mean: (from: number, to: number) => number | null;
  readonly variance: (second: number) => number;
  readonly plainVariance: (second: number) => number;
}

const GAP_S = 10;
/** A mean over a minute is used with at least this share of its seconds; the rest are taken from before. */
const PRESENT_MIN = 0.75;
const PLAIN: VolatilityOptions = {
  prior: VOLATILITY_DEFAULTS.prior,
  sampleMs: 1_000,
  halfLifeMs: 60_000,
  anchorHalfLifeMs: 60_000,
};

export function feedOf(ticks: readonly Tick[]): Feed {
  const bySecond = new Map(ticks.map((tick) => [tick.at, tick.price]));
  const variances = varianceBySecond(ticks, VOLATILITY_DEFAULTS);
  const plainVariances = varianceBySecond(ticks, PLAIN);
  const at = (second: number): Tick | null => {
    for (let back = 0; back <= GAP_S; back += 1) {
      const price = bySecond.get(second - back);
      if (price !== undefined) return { at: second - back, price };
    }
    return null;
  };
  return {
    at,
    mean: (from, to) => {
      let [sum, present] = [0, 0];
      for (let second = from + 1; second <= to; second += 1) {
        const tick = at(second);
        if (tick === null) return null;
        sum += tick.price;
        present += tick.at === second ? 1 : 0;
      }
      return present >= PRESENT_MIN * (to - from) ? sum / (to - from) : null;
    },
    variance: (second) => variances.get(second) ?? VOLATILITY_DEFAULTS.prior ** 2,
    plainVariance: (second) => plainVariances.get(second) ?? VOLATILITY_DEFAULTS.prior ** 2,
  };
}

function varianceBySecond(
  ticks: readonly Tick[],
  options: VolatilityOptions,
): ReadonlyMap<number, number> {
  let volatility: Volatility = unobserved(options);
  return new Map(
    ticks.map(({ at, price }) => {
      volatility = observed(volatility, price, at * 1_000, options);
      return [at, volatility.variancePerSecond] as const;
    }),
  );
}

/** Each window by the mean of its last minute, whatever decided it then: results are built from the feed. */
export function pricedByMean(
  windows: readonly RecordedWindow[],
  feed: Feed,
  lagS: number,
): readonly PricedWindow[] {
  return windows.flatMap(({ opensAt, endsAt }) => {
    const strike = feed.mean(opensAt - AVERAGED_S, opensAt);
    const closes = feed.mean(endsAt - AVERAGED_S, endsAt);
    if (strike === null || closes === null) return [];
    const result = closes >= strike ? 1 : 0;
    return priced({ opensAt, endsAt, strike, result }, feed, lagS, (now) => {
      const variancePerSecond = feed.variance(now.at);
      const secondsLeft = endsAt - now.at;
      const value = feed.mean(now.at - AVERAGED_S, now.at);
      const leaving = feed.mean(now.at - AVERAGED_S, endsAt - AVERAGED_S);
      const isLast = secondsLeft < AVERAGED_S;
      const trailing =
        isLast && value !== null && leaving !== null ? { value, leaving, secondsLeft } : null;
      return twapDigital({ price: now.price, strike, variancePerSecond, secondsLeft, trailing });
    });
  });
}

/** Each window as it was decided: by the last price, with the result that the venue gave. */
export function pricedBySpot(
  windows: readonly RecordedWindow[],
  feed: Feed,
  lagS: number,
): readonly PricedWindow[] {
  return windows.flatMap(({ opensAt, endsAt, result, strike: recorded }) => {
    const strike = recorded ?? feed.at(opensAt)?.price ?? null;
    if (strike === null || result === null) return [];
    return priced({ opensAt, endsAt, strike, result }, feed, lagS, (now) =>
      spotDigital({
        price: now.price,
        strike,
        variancePerSecond: feed.variance(now.at),
        secondsLeft: endsAt - now.at,
      }),
    );
  });
}

interface Decided {
  readonly opensAt: number;
  readonly endsAt: number;
  readonly strike: number;
  readonly result: 0 | 1;
}

/** None where the feed is silent at one of the times: a window counts at all of them or at none. */
function priced(
  { opensAt, endsAt, strike, result }: Decided,
  feed: Feed,
  lagS: number,
  model: (now: Tick) => Digital | null,
): readonly PricedWindow[] {
  const at = TIMES_LEFT_S.filter((leftS) => leftS < endsAt - opensAt).map((leftS) => {
    const now = feed.at(endsAt - leftS - lagS);
    if (now === null) return null;
    const plain = spotDigital({
      price: now.price,
      strike,
      variancePerSecond: feed.plainVariance(now.at),
      secondsLeft: endsAt - now.at,
    });
    const said = model(now);
    if (said === null || plain === null) return null;
    return {
      model: { leftS, result, probability: said.probability },
      plain: { leftS, result, probability: plain.probability },
    };
  });
  const all = at.filter((each) => each !== null);
  if (all.length < at.length || all.length === 0) return [];
  return [
    { opensAt, model: all.map(({ model: it }) => it), plain: all.map(({ plain: it }) => it) },
  ];
}
