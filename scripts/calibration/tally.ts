/** Counts the figures that are compared, in the same way for recorded and simulated books. */
import { quantileSorted } from "simple-statistics";
import { type SecondFigures, secondFigures } from "./seconds.ts";
import { type Touch, touchOf } from "./touches.ts";

/** The book of one token after a trade, best price first. */
export interface Frame {
  /** The name of the book; frames of different books are not compared. */
  readonly book: string;
  readonly atMs: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}
export type Level = readonly [priceBp: number, shares: number];

export interface Tally extends SecondFigures {
  /** Of five minutes, by their times. */
  readonly windows: number;
  readonly framesPerSecond: number;
  /** The share of frames with two sides. */
  readonly spreadIsOneCent: number;
  readonly spreadCentsMean: number;
  /** Sizes at the touch, in shares, of both sides. */
  readonly touchMedian: number;
  readonly touchLowerQuartile: number;
  readonly touchUpperQuartile: number;
  readonly touchMean: number;
  /** Sizes within a dime of the middle that differ from the frame before; others changed in between. */
  readonly changesPerSecondMin: number;
}

/** After a longer silence the recorder may have been away. */
const SILENCE_MS_MAX = 5_000;
/** Windows begin at multiples of their length. */
const WINDOW_MS = 300_000;
const CENT = 100;
const DIME = 10 * CENT;

export function tallied(frames: Iterable<Frame>): Tally {
  /** The frame before, for each book. */
  const last = new Map<string, Frame>();
  const spreads: number[] = [];
  const touches: number[] = [];
  const touchesOf = new Map<string, Touch[]>();
  const windows = new Set<number>();
  let [count, elapsedMs, changes] = [0, 0, 0];
  for (const frame of frames) {
    const old = last.get(frame.book);
    last.set(frame.book, frame);
    const [bid, ask] = [frame.bids[0], frame.asks[0]];
    windows.add(Math.floor(frame.atMs / WINDOW_MS));
    const touch = touchOf(frame);
    const known = touchesOf.get(frame.book) ?? [];
    touchesOf.set(frame.book, known);
    if (touch) known.push(touch);
    if (bid && ask) {
      spreads.push((ask[0] - bid[0]) / CENT);
      touches.push(bid[1], ask[1]);
    }
    if (!old || frame.atMs - old.atMs > SILENCE_MS_MAX) continue;
    count += 1;
    elapsedMs += frame.atMs - old.atMs;
    if (bid && ask) changes += changed(old, frame, (bid[0] + ask[0]) / 2);
  }
  const sorted = touches.toSorted((a, b) => a - b);
  const perSecond = (number: number): number => number / (elapsedMs / 1_000);
  return {
    framesPerSecond: perSecond(count),
    spreadIsOneCent: spreads.filter((cents) => cents <= 1).length / spreads.length,
    spreadCentsMean: mean(spreads),
    touchMedian: quantileSorted(sorted, 0.5),
    touchLowerQuartile: quantileSorted(sorted, 0.25),
    touchUpperQuartile: quantileSorted(sorted, 0.75),
    touchMean: mean(sorted),
    changesPerSecondMin: perSecond(changes),
    windows: windows.size,
    ...secondFigures(touchesOf.values()),
  };
}

function changed(old: Frame, now: Frame, middle: number): number {
  const isNear = ([price]: Level): boolean => Math.abs(price - middle) <= DIME;
  return (["bids", "asks"] as const)
    .map((side) => {
      const [was, is] = [new Map(old[side].filter(isNear)), new Map(now[side].filter(isNear))];
      const prices = new Set([...was.keys(), ...is.keys()]);
      return [...prices].filter((price) => was.get(price) !== is.get(price)).length;
    })
    .reduce((sum, more) => sum + more, 0);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
