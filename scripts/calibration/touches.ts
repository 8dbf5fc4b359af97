/** The best levels of a book over time, and its middle second by second. */
import type { Frame } from "./tally.ts";

/** The best levels of a book with two sides: prices in basis points of a dollar, sizes in shares. */
export interface Touch {
  readonly atMs: number;
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

/** A touch that is older says nothing of the present: the recorder may have been away. */
const STALE_MS = 5_000;
export const SECOND_MS = 1_000;
export const CENT = 100;

export function touchOf({ atMs, bids, asks }: Frame): Touch | null {
  const [bid, ask] = [bids[0], asks[0]];
  if (!bid || !ask) return null;
  return { atMs, bid: bid[0], bidSize: bid[1], ask: ask[0], askSize: ask[1] };
}

/** In cents. */
export const midOf = ({ bid, ask }: Touch): number => (bid + ask) / 2 / CENT;

/** The touch at a moment, and its place among all of them, searched from `from` on. */
export interface Standing {
  readonly index: number;
  readonly touch: Touch;
}

/** Null where the last touch is old, or where there are no touches after the moment, so that it is not known. */
export function standingAt(
  touches: readonly Touch[],
  moment: number,
  from: number,
): Standing | null {
  if (moment > (touches.at(-1)?.atMs ?? -Infinity)) return null;
  let index = from;
  while ((touches[index + 1]?.atMs ?? Infinity) <= moment) index += 1;
  const touch = touches[index];
  return touch && touch.atMs <= moment && moment - touch.atMs < STALE_MS ? { index, touch } : null;
}

/** The whole seconds from the first touch to the last, with what stood then. */
export function* standingBySecond(
  touches: readonly Touch[],
): Generator<{ readonly moment: number; readonly standing: Standing | null }> {
  const [first, last] = [touches[0], touches.at(-1)];
  if (!first || !last) return;
  let from = 0;
  const start = Math.ceil(first.atMs / SECOND_MS) * SECOND_MS;
  for (let moment = start; moment <= last.atMs; moment += SECOND_MS) {
    while ((touches[from + 1]?.atMs ?? Infinity) <= moment) from += 1;
    yield { moment, standing: standingAt(touches, moment, from) };
  }
}

export interface MidSecond {
  readonly atMs: number;
  /** Cents; null where the last touch is old. */
  readonly mid: number | null;
}

export const midsBySecond = (touches: readonly Touch[]): readonly MidSecond[] =>
  [...standingBySecond(touches)].map(({ moment, standing }) => ({
    atMs: moment,
    mid: standing && midOf(standing.touch),
  }));

/** How far the middle moves from each second to the one so many later, in cents; seconds not known are left out. */
export function* movesOver(
  mids: readonly MidSecond[],
  seconds: number,
): Generator<{ readonly from: MidSecond & { readonly mid: number }; readonly move: number }> {
  for (const [at, { atMs, mid }] of mids.entries()) {
    const later = mids[at + seconds]?.mid ?? null;
    if (mid !== null && later !== null) yield { from: { atMs, mid }, move: later - mid };
  }
}
