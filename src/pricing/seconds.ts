/** A price second by second, from which the means that settle a window follow. */
import { AVERAGED_S } from "./digital.ts";

export interface PriceSeconds {
  /** The first price of each second, without a gap, oldest first. */
  readonly prices: readonly number[];
  /** The second of the last one, in whole seconds of any one clock. */
  readonly last: number;
  /** The newest price of all: the one of a quiet second that follows. */
  readonly newest: number;
}

/** The minute that is averaged, and some for a mean that comes late. */
const SECONDS_MAX = AVERAGED_S + 15;
/** A price stands for so many quiet seconds after it; a longer silence begins anew. */
const QUIET_S = 5;

/** A price that came at `atMs`, also one that is only confirmed. An older one changes nothing. */
export function withSecond(
  seconds: PriceSeconds | null,
  price: number,
  atMs: number,
): PriceSeconds | null {
  if (!(price > 0) || !Number.isFinite(price)) return seconds;
  const second = Math.floor(atMs / 1_000);
  const quiet = seconds === null ? 0 : second - seconds.last - 1;
  if (seconds === null || quiet > QUIET_S) return { prices: [price], last: second, newest: price };
  if (quiet < -1) return seconds;
  if (quiet === -1) return price === seconds.newest ? seconds : { ...seconds, newest: price };
  const filled = Array.from({ length: quiet }, () => seconds.newest);
  const prices = [...seconds.prices, ...filled, price].slice(-SECONDS_MAX);
  return { prices, last: second, newest: price };
}

/** The mean over the whole seconds after `from` up to `to`; null where not all of them are known. */
export function meanOfSeconds(
  seconds: PriceSeconds | null,
  fromSecond: number,
  toSecond: number,
): number | null {
  const [from, to] = [Math.floor(fromSecond), Math.floor(toSecond)];
  if (seconds === null || to <= from || to > seconds.last + QUIET_S) return null;
  const { prices, last, newest } = seconds;
  const first = last - prices.length + 1;
  if (from + 1 < first) return null;
  let sum = 0;
  for (let second = from + 1; second <= to; second += 1) sum += prices[second - first] ?? newest;
  return sum / (to - from);
}
