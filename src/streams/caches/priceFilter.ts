/**
 * Which prices are believed: one odd tick must not price a quote, and a true move must be believed
 * soon. Pure; a price that is held is seen by nobody but this filter.
 */
import type { MonotonicMs, ReferencePrice } from "../../types/index.ts";

interface Tick {
  readonly price: ReferencePrice;
  readonly at: MonotonicMs;
}

export interface Held {
  /** When the first of the prices came that are not believed yet. */
  readonly since: MonotonicMs;
  readonly last: Tick;
  /** The ticks that agree, each with the one before it, up to the last. */
  readonly agreeing: { readonly since: MonotonicMs; readonly count: number };
  /** All ticks held so far. */
  readonly count: number;
}

export interface PriceFilter {
  /** The last price that was believed; it survives a gap. */
  readonly believed: Tick | null;
  /** Null while the newest price is believed. */
  readonly held: Held | null;
  /** How often a price has jumped away from the believed one and was held. */
  readonly holds: number;
  /** Ticks that were held and never believed. */
  readonly dropped: number;
}

export const UNFILTERED: PriceFilter = { believed: null, held: null, holds: 0, dropped: 0 };

/** A move up to this is believed at once, however little time it took. */
const NEAR = 0.002;
/** Up to so many standard deviations of the time between, too. */
const DEVIATIONS = 12;
/** After a freeze everything would be near: no more than so much time counts. */
const ELAPSED_MS_MAX = 5_000;
/** No number of ticks makes a move beyond this believed: only a second source does. */
const FAR = 0.2;
/** A move beyond its bound is believed when all ticks of so long, and no fewer, agree. */
const AGREEING_MS = 500;
const AGREEING_TICKS = 3;
/** The first price of a run has nothing before it: it needs one more that agrees. */
const FIRST_TICKS = 2;

/** Whether two sources that are read at about the same time have the same price. */
export const isNear = (one: ReferencePrice, other: ReferencePrice): boolean =>
  isWithin(NEAR, one, other);

/** A price that nobody could mean beside this one: a strike, say, beside the reference. */
export const isFar = (price: ReferencePrice, base: ReferencePrice): boolean =>
  !isWithin(FAR, price, base);

const isWithin = (bound: number, price: number, base: number): boolean =>
  Math.abs(price - base) <= bound * base;

/** The price that has come is believed if nothing is held afterwards. */
export function withPrice(
  filter: PriceFilter,
  price: ReferencePrice,
  at: MonotonicMs,
  variancePerSecond: number,
): PriceFilter {
  const { believed, held } = filter;
  const tick = { price, at };
  const agrees = (base: Tick | undefined | null): boolean =>
    base != null && isWithin(boundOf(at - base.at, variancePerSecond), price, base.price);
  if (agrees(believed)) return believing(withoutHeld(filter), tick);

  const before = held !== null && agrees(held.last) ? held.agreeing : { since: at, count: 0 };
  const agreeing = { ...before, count: before.count + 1 };
  const isBelieved =
    believed === null
      ? agreeing.count >= FIRST_TICKS
      : agreeing.count >= AGREEING_TICKS &&
        at - agreeing.since >= AGREEING_MS &&
        !isFar(price, believed.price);
  if (isBelieved) return believing(filter, tick);
  const isJump = held === null && believed !== null;
  return {
    ...filter,
    holds: filter.holds + (isJump ? 1 : 0),
    held: { since: held?.since ?? at, last: tick, agreeing, count: (held?.count ?? 0) + 1 },
  };
}

/** A second source has the price that came last. */
export const withAgreement = (filter: PriceFilter, at: MonotonicMs): PriceFilter =>
  filter.held === null ? filter : believing(filter, { price: filter.held.last.price, at });

/** What was held when the link was lost cannot be decided any more. */
export const withoutHeld = (filter: PriceFilter): PriceFilter =>
  filter.held === null
    ? filter
    : { ...filter, held: null, dropped: filter.dropped + filter.held.count };

const believing = (filter: PriceFilter, tick: Tick): PriceFilter => ({
  ...filter,
  believed: tick,
  held: null,
});

/** How far a price may be from one that came so long before, as a fraction of that one. */
function boundOf(elapsedMs: number, variancePerSecond: number): number {
  const seconds = Math.min(Math.max(elapsedMs, 0), ELAPSED_MS_MAX) / 1_000;
  return Math.min(FAR, Math.max(NEAR, DEVIATIONS * Math.sqrt(variancePerSecond * seconds)));
}
