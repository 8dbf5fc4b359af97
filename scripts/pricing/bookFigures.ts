/** Figures of recorded books by themselves: how the middle moves, and what a quote in them would have earned. */
import {
  type BreakEven,
  type FilledQuote,
  bootstrapped,
  breakEvenSpread,
  impliedMove,
} from "../../src/pricing/index.ts";
import { MARKOUT_MS, type QuoteFill, quoteFills } from "../calibration/quotes.ts";
import { midsBySecond, movesOver, type Touch } from "../calibration/touches.ts";
import type { Figure } from "./figures.ts";
import type { RecordedBook, RecordedTouch } from "./recordings.ts";

type Draw = (count: number) => number;

/** One window of a recorded book: the moments with two sides, while it runs. */
interface BookWindow {
  readonly endsMs: number;
  readonly touches: readonly Touch[];
}

const BP = 10_000;

export const bookWindows = (
  books: readonly RecordedBook[],
  lengthS: number,
): readonly BookWindow[] =>
  books
    .map(({ opensAt, touches }) => {
      const [opensMs, endsMs] = [opensAt * 1_000, (opensAt + lengthS) * 1_000];
      return {
        endsMs,
        touches: touches
          .filter(({ atMs, bid, ask }) => atMs >= opensMs && atMs < endsMs && bid > 0 && ask < 1)
          .toSorted((a, b) => a.atMs - b.atMs)
          .map((touch) => inBasisPoints(touch)),
      };
    })
    .filter(({ touches }) => touches.length > 0);

const inBasisPoints = ({ bid, ask, ...touch }: RecordedTouch): Touch => ({
  ...touch,
  bid: Math.round(bid * BP),
  ask: Math.round(ask * BP),
});

/** Seconds over which a move is measured. */
const HORIZONS_S = [1, 5, 15, 60] as const;
const CENTS = 100;

/** c of s.d. = c phi(z) sqrt(h / left): 1 if the middle moved as the fair value of a spot digital does. */
export function moveFigures(windows: readonly BookWindow[], draw: Draw): readonly Figure[] {
  const mids = windows.map(({ endsMs, touches }) => ({ endsMs, mids: midsBySecond(touches) }));
  return HORIZONS_S.flatMap((horizonS) => {
    const sums = mids.map(({ endsMs, mids: seconds }) => {
      let [moved, expected, count] = [0, 0, 0];
      for (const { from, move } of movesOver(seconds, horizonS)) {
        const leftS = (endsMs - from.atMs) / 1_000;
        if (leftS <= horizonS) continue;
        moved += (move / CENTS) ** 2;
        expected += impliedMove(from.mid / CENTS, leftS) ** 2 * horizonS;
        count += 1;
      }
      return { moved, expected, count };
    });
    const scale = (some: Readonly<typeof sums>): number | null => {
      const expected = total(some, (each) => each.expected);
      return expected > 0 ? Math.sqrt(total(some, (each) => each.moved) / expected) : null;
    };
    const count = total(sums, (each) => each.count);
    return figureOf(`move of the middle, c over ${horizonS} s`, sums, scale, draw, count).map(
      (figure) => ({ ...figure, horizonS }),
    );
  });
}

const BEHIND_CENTS = [0, 1, 2] as const;
const QUEUES = ["front", "swept"] as const;

const placeOf = (behind: number): string => (behind === 0 ? "at the touch" : `${behind} c behind`);

/** Cents a share, `MARKOUT_MS` after the fill of a quote that is put anew each second, before rebate. */
export const markoutFigures = (windows: readonly BookWindow[], draw: Draw): readonly Figure[] =>
  BEHIND_CENTS.flatMap((behindCents) => {
    const fills = windows.map(({ touches }) => [...quoteFills(touches, behindCents)]);
    return QUEUES.flatMap((queue) => {
      const sums = fills.map((all) => {
        const those = all.filter((fill) => fill.queue === queue);
        return { sum: total(those, ({ markoutCents }) => markoutCents), count: those.length };
      });
      const earned = (some: Readonly<typeof sums>): number | null => {
        const count = total(some, (each) => each.count);
        return count === 0 ? null : total(some, (each) => each.sum) / count;
      };
      const name = `markout ${MARKOUT_MS / 1_000} s, ${placeOf(behindCents)}, ${queue}, cents`;
      const count = total(sums, (each) => each.count);
      return figureOf(name, sums, earned, draw, count).map((figure) => ({
        ...figure,
        behindCents,
        queue,
      }));
    });
  });

/** Of quotes at the touch alone, and of all depths as one sample: `front` a line through 0, `swept` with a fixed part. */
export const breakEvenFigures = (windows: readonly BookWindow[], draw: Draw): readonly Figure[] =>
  [BEHIND_CENTS, [0] as const].flatMap((depths) => {
    const fills = windows.map(({ endsMs, touches }) =>
      depths.flatMap((behind) =>
        [...quoteFills(touches, behind)].map((fill) => ({ fill, ...filledQuote(fill, endsMs) })),
      ),
    );
    const line = (
      queue: QuoteFill["queue"],
      through: "any" | "0",
      name: string,
      of: (line: BreakEven) => number,
    ): readonly Figure[] => {
      const those = fills.map((all) => all.filter(({ fill }) => fill.queue === queue));
      const fitted = (some: Readonly<typeof those>): number | null => {
        const found = breakEvenSpread(some.flat(), through);
        return found && of(found);
      };
      const count = total(those, (all) => all.length);
      const which = `break-even, ${depths.length > 1 ? "all depths" : "at the touch"}, ${queue}`;
      return figureOf(`${which}, ${name}`, those, fitted, draw, count);
    };
    return [
      ...line("front", "0", PER_MOVE, ({ perMove }) => perMove),
      ...line("swept", "any", "fixed, cents", ({ fixed }) => fixed * CENTS),
      ...line("swept", "any", PER_MOVE, ({ perMove }) => perMove),
    ];
  });

const PER_MOVE = "times phi(z)/sqrt(left)";

const filledQuote = ({ atMs, midCents, againstCents }: QuoteFill, endsMs: number): FilledQuote => ({
  movePerSqrtSecond: impliedMove(midCents / CENTS, (endsMs - atMs) / 1_000),
  against: againstCents / CENTS,
});

function figureOf<Window>(
  figure: string,
  windows: readonly Window[],
  score: (windows: readonly Window[]) => number | null,
  draw: Draw,
  n: number,
): readonly Figure[] {
  const value = n === 0 ? null : score(windows);
  if (value === null) return [];
  const interval = bootstrapped(windows, score, draw);
  return [{ figure, value, low: interval?.low ?? null, high: interval?.high ?? null, n }];
}

const total = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);
