/** Names of the windows of the rolling series. [protocol 8.1] */
import type { Coin, EpochMs } from "../../../types/index.ts";
import { namesOf } from "./coins.ts";

/** `btc-updown-5m-1800000000`: the length and the start in unix seconds. */
export const rollingSlug = (coin: Coin, windowMs: number, opensAt: EpochMs): string =>
  `${seriesName(coin, windowMs)}-${Math.floor(opensAt / 1_000)}`;

/** `btc-updown-5m`: as we name a series; windows of an hour have another name in their slugs. */
export const seriesName = (coin: Coin, windowMs: number): string =>
  `${coin}-updown-${spanText(windowMs)}`;

/** `bitcoin-up-or-down-november-21-2026-7pm-et`: the hour by New York's clock. */
export function hourlySlug(coin: Coin, opensAt: EpochMs): string {
  const { month, day, year, hour } = newYork(opensAt);
  const clock = `${hour % 12 || 12}${hour < 12 ? "am" : "pm"}`;
  return `${namesOf(coin).word}-up-or-down-${month}-${day}-${year}-${clock}-et`;
}

/** `5m`, `4h` or `90s`. */
export function spanText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

interface WallTime {
  /** In lower-case English. */
  readonly month: string;
  readonly day: string;
  readonly year: string;
  /** 0 to 23. */
  readonly hour: number;
}

/** Made when first needed: its tables take longer to load than any module of ours. */
let format: Intl.DateTimeFormat | null = null;
const newYorkFormat = (): Intl.DateTimeFormat =>
  (format ??= new Intl.DateTimeFormat("en-US", {
    timeZone: "America/New_York",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    hourCycle: "h23",
  }));

export function newYork(at: EpochMs): WallTime {
  const parts = new Map(
    newYorkFormat()
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  return {
    month: part("month").toLowerCase(),
    day: part("day"),
    year: part("year"),
    hour: Number(part("hour")),
  };
}
