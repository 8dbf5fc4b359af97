/** The reference by the second: what its mean over a minute, and the ends of a candle, are made of. */
import {
  after,
  type EpochMs,
  epochMs,
  type ReferencePrice,
  referencePrice,
} from "../../types/index.ts";

/** The first price and the last of a second; one without a price is left out. */
export interface ReferenceSecond {
  readonly at: EpochMs;
  readonly first: ReferencePrice;
  readonly last: ReferencePrice;
}

/** Oldest first. */
export type ReferenceSeconds = readonly ReferenceSecond[];

export const MEAN_S = 60;
/** The minute before a moment, and the second that begins with it. */
const SECONDS_KEPT = MEAN_S + 1;

export function withPrice(
  seconds: ReferenceSeconds,
  price: ReferencePrice,
  now: EpochMs,
): ReferenceSeconds {
  const at = secondOf(now);
  const current = seconds.at(-1);
  return current?.at === at
    ? [...seconds.slice(0, -1), { ...current, last: price }]
    : [...seconds.slice(1 - SECONDS_KEPT), { at, first: price, last: price }];
}

const secondOf = (moment: EpochMs): EpochMs => epochMs(Math.floor(moment / 1_000) * 1_000);

/** Of the first prices of the minute whose last second is `at`, to a micro-dollar; null without any. */
export function meanAt(seconds: ReferenceSeconds, at: EpochMs): ReferencePrice | null {
  const minute = seconds.filter((one) => one.at <= at && one.at > after(at, -MEAN_S * 1_000));
  if (minute.length === 0) return null;
  const sum = minute.reduce((total, { first }) => total + first, 0);
  return referencePrice(Math.round(sum / minute.length));
}

/** What decides a window: the price itself, its mean over the last minute, or a candle's ends. */
export type SettledBy = "price" | "mean" | "candle";

/** From here on windows are as long as some of the venue's, which the mean of a minute decides. */
const MEAN_FROM_MS = 300_000;

/** Of rolling windows; those of a few seconds would be over before a minute is. */
export const settledByOf = (windowMs: number): SettledBy =>
  windowMs >= MEAN_FROM_MS ? "mean" : "price";

/** What one window ends at, and what the next one has to beat. */
export interface Turn {
  readonly closes: ReferencePrice;
  readonly opens: ReferencePrice;
}

/** A reference that has fallen silent is waited for no longer. */
const PATIENCE_MS = 1_000;

/** Null until a price of the second that `end` is in, or a later one, is known. [protocol 8.4] */
export function turnAt(
  settledBy: SettledBy,
  {
    reference,
    seconds,
  }: { readonly reference: ReferencePrice; readonly seconds: ReferenceSeconds },
  end: EpochMs,
  now: EpochMs,
): Turn | null {
  const at = secondOf(end);
  if (settledBy === "price") return { closes: reference, opens: reference };
  const begun = seconds.find((one) => one.at >= at);
  if (!begun && now < after(at, PATIENCE_MS)) return null;
  if (settledBy === "mean") {
    const mean = meanAt(seconds, at) ?? reference;
    return { closes: mean, opens: mean };
  }
  const ended = seconds.findLast((one) => one.at < at);
  return { closes: ended?.last ?? reference, opens: begun?.first ?? reference };
}
