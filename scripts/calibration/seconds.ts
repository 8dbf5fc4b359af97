/** How the middle of a book moves from second to second, and what a quote at its touch earns. */
import { quoteFills } from "./quotes.ts";
import { midsBySecond, movesOver, SECOND_MS, type Touch } from "./touches.ts";

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
  /** The same in standard deviations of a move over five seconds: some windows are livelier than others. */
  readonly sweptMarkoutMoves: number;
}

const RATIO_S = 5;

export function secondFigures(books: Iterable<readonly Touch[]>): SecondFigures {
  const [ones, fives, products, squares]: [number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];
  const markouts: Record<"front" | "swept", number[]> = { front: [], swept: [] };
  for (const touches of books) {
    const mids = midsBySecond(touches);
    const nextOf = new Map([...movesOver(mids, 1)].map(({ from, move }) => [from.atMs, move]));
    for (const [atMs, move] of nextOf) {
      ones.push(move);
      const next = nextOf.get(atMs + SECOND_MS);
      if (next === undefined) continue;
      products.push(move * next);
      squares.push((move ** 2 + next ** 2) / 2);
    }
    for (const { move } of movesOver(mids, RATIO_S)) fives.push(move);
    for (const { queue, markoutCents } of quoteFills(touches)) markouts[queue].push(markoutCents);
  }
  const [variance, farVariance] = [meanSquare(ones), meanSquare(fives)];
  const swept = mean(markouts.swept);
  return {
    midAutocorrelation: sum(products) / sum(squares),
    midVarianceRatio: farVariance / (RATIO_S * variance),
    midStill: ones.filter((move) => Math.abs(move) < 1e-9).length / ones.length,
    midMoveCents: Math.sqrt(variance),
    frontMarkoutCents: mean(markouts.front),
    sweptMarkoutCents: swept,
    sweptMarkoutMoves: swept / Math.sqrt(farVariance),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const meanSquare = (values: readonly number[]): number => mean(values.map((each) => each ** 2));
