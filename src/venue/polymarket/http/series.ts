/** The rolling series and the names of their windows. [protocol 8.1] */
import { type EpochMs, type SettlementRule, after, epochMs } from "../../../types/index.ts";
import { hourlySlug, newYork, rollingSlug } from "../wire/index.ts";

/**
 * One window. Its name is a guess until the market listed under it is seen to begin at `opensAt`.
 */
export interface Window {
  readonly slug: string;
  readonly opensAt: EpochMs;
}

export interface Series {
  readonly windowMs: number;
  readonly settledBy: SettlementRule;
  /** Windows that may be open at `now`; more than one where their grid is not certain. */
  readonly windowsAt: (now: EpochMs) => readonly Window[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Windows that begin at whole multiples of their length, from the second to the day. */
export const rollingSeries = (windowMs: number): Series => ({
  windowMs,
  settledBy: "twap60",
  windowsAt: (now) => [rolling(windowMs, floored(now, windowMs))],
});

/** The series by the names that the command line takes. */
export const SERIES = {
  "btc-updown-5m": rollingSeries(5 * MINUTE_MS),
  "btc-updown-15m": rollingSeries(15 * MINUTE_MS),
  "btc-updown-4h": fourHours(),
  "btc-updown-1h": hourly(),
} as const satisfies Readonly<Record<string, Series>>;

export type SeriesName = keyof typeof SERIES;

const rolling = (windowMs: number, opensAt: EpochMs): Window => ({
  slug: rollingSlug(windowMs, opensAt),
  opensAt,
});

/**
 * Seen in summer only, when the four-hour grids of New York and UTC are the same: both are tried.
 */
function fourHours(): Series {
  const windowMs = 4 * HOUR_MS;
  return {
    windowMs,
    settledBy: "twap60",
    windowsAt: (now) => {
      const hour = floored(now, HOUR_MS);
      const there = after(hour, -(newYork(hour).hour % 4) * HOUR_MS);
      const here = floored(now, windowMs);
      return (there === here ? [here] : [here, there]).map((at) => rolling(windowMs, at));
    },
  };
}

/** Named by New York's clock: in one night of autumn two windows have the same name. */
function hourly(): Series {
  return {
    windowMs: HOUR_MS,
    settledBy: "candle",
    windowsAt: (now) => {
      const opensAt = floored(now, HOUR_MS);
      return [{ slug: hourlySlug(opensAt), opensAt }];
    },
  };
}

const floored = (now: EpochMs, ms: number): EpochMs => epochMs(Math.floor(now / ms) * ms);
