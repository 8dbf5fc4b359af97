/** What becomes of a quote that is put at the touch, or behind it, anew each second. */
import { CENT, midOf, SECOND_MS, standingAt, standingBySecond, type Touch } from "./touches.ts";

/** A fill of such a quote; a quote that is swept has one of each kind, `front` not after `swept`. */
export interface QuoteFill {
  /** First in the queue: filled when anything trades there. Last in the queue: when the level is gone. */
  readonly queue: "front" | "swept";
  /** When the quote was put, and the middle of the book then, in cents. */
  readonly atMs: number;
  readonly midCents: number;
  /** The middle `MARKOUT_MS` after the fill, less the price of a bid; an ask the other way round. */
  readonly markoutCents: number;
  /** How far the middle has gone against the quote from when it was put to the same moment. */
  readonly againstCents: number;
}

export const MARKOUT_MS = 5_000;

/** Fills of a bid and an ask that are `behindCents` behind the best of their sides. */
export function* quoteFills(touches: readonly Touch[], behindCents = 0): Generator<QuoteFill> {
  for (const { moment, standing } of standingBySecond(touches)) {
    if (standing === null) continue;
    for (const side of ["bid", "ask"] as const) {
      const quoted = price(side, standing.touch) - behindCents * CENT;
      if (!isPrice(side, quoted)) continue;
      const mid = midOf(standing.touch);
      const times = fillTimes(touches, standing.index, {
        side,
        quoted,
        untilMs: moment + SECOND_MS,
      });
      for (const queue of ["front", "swept"] as const) {
        const filledMs = times[queue];
        if (filledMs === undefined) continue;
        const later = standingAt(touches, filledMs + MARKOUT_MS, standing.index);
        if (later === null) continue;
        const ahead = midOf(later.touch);
        yield {
          queue,
          atMs: moment,
          midCents: mid,
          markoutCents: SIGN[side] * ahead - quoted / CENT,
          againstCents: SIGN[side] * (mid - ahead),
        };
      }
    }
  }
}

type QuoteSide = "bid" | "ask";

/** Prices of asks are taken as negative, so that for either side more is better for a taker. */
const SIGN = { bid: 1, ask: -1 } as const;
const price = (side: QuoteSide, touch: Touch): number => SIGN[side] * touch[side];
const isPrice = (side: QuoteSide, quoted: number): boolean =>
  side === "bid" ? quoted > 0 : -quoted < 100 * CENT;

interface Resting {
  readonly side: QuoteSide;
  readonly quoted: number;
  readonly untilMs: number;
}

/** When a quote would have been filled by what its level was seen to lose; undefined where it was not. */
function fillTimes(
  touches: readonly Touch[],
  from: number,
  { side, quoted, untilMs }: Resting,
): { readonly front?: number; readonly swept?: number } {
  let front: number | undefined;
  for (let step = from + 1; (touches[step]?.atMs ?? Infinity) <= untilMs; step += 1) {
    const [before, touch] = [touches[step - 1], touches[step]];
    if (!before || !touch) continue;
    const isGone = price(side, touch) < quoted;
    const isThere = price(side, touch) === quoted && price(side, before) === quoted;
    if (isGone || (isThere && sizeOf(side, touch) < sizeOf(side, before))) front ??= touch.atMs;
    if (isGone && front !== undefined) return { front, swept: touch.atMs };
  }
  return front === undefined ? {} : { front };
}

const sizeOf = (side: QuoteSide, { bidSize, askSize }: Touch): number =>
  side === "bid" ? bidSize : askSize;
