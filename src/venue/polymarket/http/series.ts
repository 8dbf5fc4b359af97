/** The rolling series and the names of their windows. [protocol 8.1] */
import {
  type Coin,
  COINS,
  type EpochMs,
  type SettlementRule,
  after,
  epochMs,
} from "../../../types/index.ts";
import { hourlySlug, newYork, rollingSlug, seriesName } from "../wire/index.ts";

/**
 * One window. Its name is a guess until the market listed under it is seen to begin at `opensAt`.
 */
export interface Window {
  readonly slug: string;
  readonly opensAt: EpochMs;
}

export interface Series {
  readonly name: string;
  /** Whose price decides its windows. */
  readonly coin: Coin;
  readonly windowMs: number;
  readonly settledBy: SettlementRule;
  /** Windows that may be open at `now`; more than one where their grid is not certain. */
  readonly windowsAt: (now: EpochMs) => readonly Window[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Windows that begin at whole multiples of their length, from the second to the day. */
export const rollingSeries = (windowMs: number, coin: Coin = COINS[0]): Series => ({
  name: seriesName(coin, windowMs),
  coin,
  windowMs,
  settledBy: "twap60",
  windowsAt: (now) => [rolling(coin, windowMs, floored(now, windowMs))],
});

export type SeriesName = `${Coin}-updown-${"5m" | "15m" | "1h" | "4h"}`;

/** Every series by its name on the command line; those of a coin stand together. */
export const SERIES: ReadonlyMap<string, Series> = new Map(
  COINS.flatMap((coin) =>
    [
      rollingSeries(5 * MINUTE_MS, coin),
      rollingSeries(15 * MINUTE_MS, coin),
      hourly(coin),
      fourHours(coin),
    ].map((series) => [series.name, series] as const),
  ),
);

export const isSeriesName = (name: string): name is SeriesName => SERIES.has(name);

/** Of several series, each once, in the order of their names. */
export const coinsOf = (series: readonly Series[]): readonly Coin[] =>
  COINS.filter((coin) => series.some((one) => one.coin === coin));

function rolling(coin: Coin, windowMs: number, opensAt: EpochMs): Window {
  return { slug: rollingSlug(coin, windowMs, opensAt), opensAt };
}

/**
 * Seen in summer only, when the four-hour grids of New York and UTC are the same: both are tried.
 */
function fourHours(coin: Coin): Series {
  const windowMs = 4 * HOUR_MS;
  return {
    name: seriesName(coin, windowMs),
    coin,
    windowMs,
    settledBy: "twap60",
    windowsAt: (now) => {
      const hour = floored(now, HOUR_MS);
      const there = after(hour, -(newYork(hour).hour % 4) * HOUR_MS);
      const here = floored(now, windowMs);
      return (there === here ? [here] : [here, there]).map((at) => rolling(coin, windowMs, at));
    },
  };
}

/** Named by New York's clock: in one night of autumn two windows have the same name. */
function hourly(coin: Coin): Series {
  return {
    name: seriesName(coin, HOUR_MS),
    coin,
    windowMs: HOUR_MS,
    settledBy: "candle",
    windowsAt: (now) => {
      const opensAt = floored(now, HOUR_MS);
      return [{ slug: hourlySlug(coin, opensAt), opensAt }];
    },
  };
}

function floored(now: EpochMs, ms: number): EpochMs {
  return epochMs(Math.floor(now / ms) * ms);
}
