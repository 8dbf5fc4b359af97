/** How the middle of a book moves from second to second, and what a quote at its touch earns. */
import type { Frame } from "./tally.ts";

export interface SecondFigures {
  /** Autocorrelation of the moves of the middle from one second to the next. */
  readonly midAutocorrelation: number;
  /** Variance of its moves over five seconds, beside five times that of one second. */
  readonly midVarianceRatio: number;
  /** The share of seconds after which the middle is where it was. */
  readonly midStill: number;
  /** Standard deviation of a move over one second. */
  readonly midMoveCents: number;
  /**
   * The middle five seconds after a fill, less the price of a bid (an ask the other way round), for a quote
   * that is put at the touch anew each second: `front` fills when anything trades there, `swept` when the level is gone.
   */
  readonly frontMarkoutCents: number;
  readonly sweptMarkoutCents: number;
}

/** The best levels of a book with two sides. */
export interface Touch {
  readonly atMs: number;
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

/** A touch that is older says nothing of the present: the recorder may have been away. */
const STALE_MS = 5_000;
const SECOND_MS = 1_000;
const MARKOUT_MS = 5_000;
const RATIO_S = 5;
const CENT = 100;

export function touchOf({ atMs, bids, asks }: Frame): Touch | null {
  const [bid, ask] = [bids[0], asks[0]];
  if (!bid || !ask) return null;
  return { atMs, bid: bid[0], bidSize: bid[1], ask: ask[0], askSize: ask[1] };
}

const midOf = ({ bid, ask }: Touch): number => (bid + ask) / 2 / CENT;

export function secondFigures(books: Iterable<readonly Touch[]>): SecondFigures {
  const sums = { product: 0, square: 0, one: 0, ones: 0, five: 0, fives: 0, still: 0 };
  const front: number[] = [];
  const swept: number[] = [];
  for (const touches of books) {
    const mids = midsBySecond(touches);
    for (const [at, mid] of mids.entries()) {
      const [move, next, far] = [
        difference(mids[at + 1], mid),
        difference(mids[at + 2], mids[at + 1]),
        difference(mids[at + RATIO_S], mid),
      ];
      if (move !== null) {
        sums.ones += 1;
        sums.one += move ** 2;
        if (Math.abs(move) < 1e-9) sums.still += 1;
      }
      if (move !== null && next !== null) {
        sums.product += move * next;
        sums.square += (move ** 2 + next ** 2) / 2;
      }
      if (far !== null) {
        sums.fives += 1;
        sums.five += far ** 2;
      }
    }
    markouts(touches, front, swept);
  }
  const variance = sums.one / sums.ones;
  return {
    midAutocorrelation: sums.product / sums.square,
    midVarianceRatio: sums.five / sums.fives / (RATIO_S * variance),
    midStill: sums.still / sums.ones,
    midMoveCents: Math.sqrt(variance),
    frontMarkoutCents: mean(front),
    sweptMarkoutCents: mean(swept),
  };
}

const difference = (
  later: number | null | undefined,
  earlier: number | null | undefined,
): number | null => (later == null || earlier == null ? null : later - earlier);

/** At each whole second from the first touch to the last; null where the last touch is old. */
function midsBySecond(touches: readonly Touch[]): readonly (number | null)[] {
  const mids: (number | null)[] = [];
  let at = 0;
  for (const moment of wholeSeconds(touches)) {
    while ((touches[at + 1]?.atMs ?? Infinity) <= moment) at += 1;
    const touch = touches[at];
    mids.push(touch && moment - touch.atMs < STALE_MS ? midOf(touch) : null);
  }
  return mids;
}

function* wholeSeconds(touches: readonly Touch[]): Generator<number> {
  const [first, last] = [touches[0], touches.at(-1)];
  if (!first || !last) return;
  const from = Math.ceil(first.atMs / SECOND_MS) * SECOND_MS;
  for (let moment = from; moment <= last.atMs; moment += SECOND_MS) yield moment;
}

function markouts(touches: readonly Touch[], front: number[], swept: number[]): void {
  const lastMs = touches.at(-1)?.atMs ?? 0;
  let at = 0;
  for (const moment of wholeSeconds(touches)) {
    while ((touches[at + 1]?.atMs ?? Infinity) <= moment) at += 1;
    const quoted = touches[at];
    if (!quoted || moment - quoted.atMs >= STALE_MS) continue;
    const filled: Record<"front" | "swept", { bid?: number; ask?: number }> = {
      front: {},
      swept: {},
    };
    let before = quoted;
    for (let step = at + 1; (touches[step]?.atMs ?? Infinity) <= moment + SECOND_MS; step += 1) {
      const touch = touches[step] ?? before;
      const isBidGone = touch.bid < quoted.bid;
      const isAskGone = touch.ask > quoted.ask;
      const isBidHit = touch.bid === quoted.bid && before.bid === quoted.bid;
      const isAskHit = touch.ask === quoted.ask && before.ask === quoted.ask;
      if (isBidGone || (isBidHit && touch.bidSize < before.bidSize))
        filled.front.bid ??= touch.atMs;
      if (isAskGone || (isAskHit && touch.askSize < before.askSize))
        filled.front.ask ??= touch.atMs;
      if (isBidGone) filled.swept.bid ??= touch.atMs;
      if (isAskGone) filled.swept.ask ??= touch.atMs;
      before = touch;
    }
    const midAt = (atMs: number): number | null => {
      let index = at;
      while ((touches[index + 1]?.atMs ?? Infinity) <= atMs) index += 1;
      const touch = touches[index];
      return touch && atMs <= lastMs && atMs - touch.atMs < STALE_MS ? midOf(touch) : null;
    };
    const earned = (
      atMs: number | undefined,
      earn: (mid: number) => number,
      to: number[],
    ): void => {
      const mid = atMs === undefined ? null : midAt(atMs + MARKOUT_MS);
      if (mid !== null) to.push(earn(mid));
    };
    const [bid, ask] = [quoted.bid / CENT, quoted.ask / CENT];
    earned(filled.front.bid, (mid) => mid - bid, front);
    earned(filled.front.ask, (mid) => ask - mid, front);
    earned(filled.swept.bid, (mid) => mid - bid, swept);
    earned(filled.swept.ask, (mid) => ask - mid, swept);
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
