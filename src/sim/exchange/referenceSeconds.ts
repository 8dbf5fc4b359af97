/** The reference by the second, from which the TWAP of a minute and the ends of a candle follow. */
import {
  after,
  type EpochMs,
  epochMs,
  type ReferencePrice,
  referencePrice,
  type SettlementRule,
} from "../../types/index.ts";

/** The first and the last price of a second; a second without a price is absent. */
export interface ReferenceSecond {
  readonly at: EpochMs;
  readonly first: ReferencePrice;
  readonly last: ReferencePrice;
}

/** Oldest first. */
export type ReferenceSeconds = readonly ReferenceSecond[];

/** The TWAP is the mean of the first prices of so many seconds. */
export const TWAP_S = 60;
/** The minute before the end of a window, and the second that begins with the end. */
const SECONDS_KEPT = TWAP_S + 1;

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

/** The TWAP of the minute whose last second is `at`, to a micro-dollar; null without any price. */
export function twapAt(seconds: ReferenceSeconds, at: EpochMs): ReferencePrice | null {
  const minute = seconds.filter((one) => one.at <= at && one.at > after(at, -TWAP_S * 1_000));
  if (minute.length === 0) return null;
  const sum = minute.reduce((total, { first }) => total + first, 0);
  return referencePrice(Math.round(sum / minute.length));
}

/** The venue's shortest windows, which are settled by TWAP, last so long. */
const TWAP_WINDOW_MS_MIN = 300_000;

/** Shorter windows than the venue's are settled by price: they may end before a minute is over. */
export const settledByOf = (windowMs: number): SettlementRule =>
  windowMs >= TWAP_WINDOW_MS_MIN ? "twap60" : "spot";

/** The price a window closes at, and the strike of the next window. */
export interface WindowPrices {
  readonly closes: ReferencePrice;
  readonly opens: ReferencePrice;
}

/** So long after the end a window is decided even if the reference is silent. */
const SILENT_REFERENCE_MS = 1_000;

/** Null until a price of the second that `end` is in, or a later one, is known. [protocol 8.4] */
export function windowPricesAt(
  settledBy: SettlementRule,
  {
    reference,
    seconds,
  }: { readonly reference: ReferencePrice; readonly seconds: ReferenceSeconds },
  end: EpochMs,
  now: EpochMs,
): WindowPrices | null {
  const at = secondOf(end);
  if (settledBy === "spot") return { closes: reference, opens: reference };
  const begun = seconds.find((one) => one.at >= at);
  if (!begun && now < after(at, SILENT_REFERENCE_MS)) return null;
  if (settledBy === "twap60") {
    const twap = twapAt(seconds, at) ?? reference;
    return { closes: twap, opens: twap };
  }
  const ended = seconds.findLast((one) => one.at < at);
  return { closes: ended?.last ?? reference, opens: begun?.first ?? reference };
}
