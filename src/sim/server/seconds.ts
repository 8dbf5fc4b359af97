/** The reference by the second: what its mean over a minute is made of. */
import { type EpochMs, epochMs, type ReferencePrice } from "../../types/index.ts";

/** What the reference was when a second began. */
export interface Second {
  readonly at: EpochMs;
  readonly price: ReferencePrice;
}

/** A minute of them at the most, oldest first. */
export type Seconds = readonly Second[];

export const WINDOW_S = 60;

/** The same list while a second lasts. */
export function withSecond(seconds: Seconds, price: ReferencePrice, now: EpochMs): Seconds {
  const at = epochMs(Math.floor(now / 1_000) * 1_000);
  return seconds.at(-1)?.at === at ? seconds : [...seconds, { at, price }].slice(-WINDOW_S);
}
