/** Figures of a price: how good it was, by rule and time left, each with its interval and its sample. */
import { mean, standardDeviation } from "simple-statistics";
import {
  type Forecast,
  bootstrapped,
  brier,
  calibrationSlope,
  deciles,
  logLoss,
  qlike,
} from "../../src/pricing/index.ts";
import { type Feed, type PricedWindow, TIMES_LEFT_S, type TimedForecast } from "./forecasts.ts";
import type { RecordedBook, RecordedOutcome, Tick } from "./recordings.ts";

export interface Figure {
  readonly figure: string;
  readonly value: number;
  /** The middle 95 % over windows drawn again; null where that says nothing. */
  readonly low: number | null;
  readonly high: number | null;
  /** Windows; moves, fills or other samples where the figure is of those. */
  readonly n: number;
  /** Of one time before the end, in seconds. */
  readonly leftS?: number;
  /** Of one tenth of the probabilities: their mean. */
  readonly said?: number;
  /** Of moves over so many seconds. */
  readonly horizonS?: number;
  /** Of quotes so far behind the touch, and of their place in the queue there. */
  readonly behindCents?: number;
  readonly queue?: "front" | "swept";
  /** The value is a number of things. */
  readonly isCount?: boolean;
}

/** The value as a reader sees it. */
export const valueText = ({ value, isCount = false }: Figure): string =>
  isCount ? String(value) : value.toFixed(4);

type Score = (forecasts: readonly Forecast[]) => number | null;
type Which = "model" | "plain";

/** `name` is that of the rule; the figures of a price by it. */
export function scores(
  name: string,
  windows: readonly PricedWindow[],
  draw: (count: number) => number,
): readonly Figure[] {
  if (windows.length === 0) return [];
  const scored = (
    figure: string,
    score: Score,
    which: Which = "model",
    isCounted: (leftS: number) => boolean = () => true,
  ): readonly Figure[] => {
    const of = (some: readonly PricedWindow[]): readonly TimedForecast[] =>
      some.flatMap((window) => window[which].filter(({ leftS }) => isCounted(leftS)));
    if (of(windows).length === 0) return [];
    const interval = bootstrapped(windows, (some) => score(of(some)), draw);
    const value = score(of(windows));
    if (value === null) return [];
    const [low, high] = [interval?.low ?? null, interval?.high ?? null];
    return [{ figure: `${name} ${figure}`, value, low, high, n: windows.length }];
  };
  const difference = bootstrapped(
    windows,
    (some) =>
      logLoss(some.flatMap(({ model }) => model)) - logLoss(some.flatMap(({ plain }) => plain)),
    draw,
  );
  return [
    ...scored("log loss", logLoss),
    ...scored("log loss, last price and one-second variance", logLoss, "plain"),
    ...(difference
      ? [{ figure: `${name} log loss, difference of the two`, ...difference, n: windows.length }]
      : []),
    ...scored("Brier", brier),
    ...scored("Brier, 240 to 90 s left", brier, "model", (leftS) => leftS >= 90),
    ...scored("Brier, 60 s left and less", brier, "model", (leftS) => leftS <= 60),
    ...scored("calibration slope", calibrationSlope),
    ...TIMES_LEFT_S.flatMap((at) =>
      [
        ...scored(`Brier, ${at} s left`, brier, "model", (leftS) => leftS === at),
        ...scored(`log loss, ${at} s left`, logLoss, "model", (leftS) => leftS === at),
      ].map((figure) => ({ ...figure, leftS: at })),
    ),
    ...deciles(windows.flatMap(({ model }) => model)).map(({ count, forecast, result }) => ({
      figure: `${name} said ${forecast.toFixed(3)}`,
      value: result,
      low: null,
      high: null,
      n: count,
      said: forecast,
    })),
  ];
}

const AHEAD_S = 300;
const RETURN_S = 5;

/** The forecast of the variance against what came, every five minutes; and how it grows with the time apart. */
export function volatilityFigures(ticks: readonly Tick[], feed: Feed): readonly Figure[] {
  const [first, last] = [ticks[0]?.at, ticks.at(-1)?.at];
  if (first === undefined || last === undefined) return [];
  const pairs: { readonly realised: number; readonly forecast: number }[] = [];
  // The first half hour still forgets the prior.
  for (let at = first + 1_800; at + AHEAD_S <= last; at += AHEAD_S) {
    const realised = meanSquare(feed, at, at + AHEAD_S, RETURN_S);
    if (realised !== null && realised > 0) pairs.push({ realised, forecast: feed.variance(at) });
  }
  const oneSecond = meanSquare(feed, first, last, 1);
  const ratios = [5, 10, 20, 60].flatMap((apart) => {
    const value = meanSquare(feed, first, last, apart);
    return value === null || oneSecond === null
      ? []
      : [
          {
            figure: `variance per second over ${apart} s, against one second`,
            value: value / oneSecond,
            low: null,
            high: null,
            n: Math.floor((last - first) / apart),
          },
        ];
  });
  if (pairs.length < 2) return ratios;
  const of = (figure: string, value: number): Figure => ({
    figure,
    value,
    low: null,
    high: null,
    n: pairs.length,
  });
  return [
    of(
      "QLIKE of the variance of the next 300 s",
      mean(pairs.map(({ realised, forecast }) => qlike(realised, forecast))),
    ),
    of(
      "variance that came, over what was expected",
      mean(pairs.map(({ realised }) => realised)) / mean(pairs.map(({ forecast }) => forecast)),
    ),
    of(
      "deviation of the logarithm of that ratio",
      standardDeviation(pairs.map(({ realised, forecast }) => Math.log(realised / forecast))),
    ),
    ...ratios,
  ];
}

/** Mean squared log return per second, over steps of so many seconds; null with fewer than ten. */
function meanSquare(feed: Feed, from: number, to: number, stepS: number): number | null {
  const squares: number[] = [];
  for (let at = from; at + stepS <= to; at += stepS) {
    const [before, after] = [feed.at(at), feed.at(at + stepS)];
    if (before === null || after === null || after.at <= before.at) continue;
    squares.push(Math.log(after.price / before.price) ** 2 / (after.at - before.at));
  }
  return squares.length < 10 ? null : mean(squares);
}

/** How well the recorded middle of the book forecast the end, at the same times. */
export function midFigures(
  books: readonly RecordedBook[],
  lengthS: number,
  draw: (count: number) => number,
): readonly Figure[] {
  return TIMES_LEFT_S.flatMap((leftS) => {
    const windows = books.flatMap((book): readonly Forecast[] => {
      const probability = midBefore(book, (book.opensAt + lengthS - leftS) * 1_000);
      const { result } = book;
      return probability === null || result === null ? [] : [{ probability, result }];
    });
    if (windows.length === 0) return [];
    const interval = bootstrapped(windows, brier, draw);
    const [low, high] = [interval?.low ?? null, interval?.high ?? null];
    return [
      {
        figure: `Brier of the mid, ${leftS} s left`,
        leftS,
        value: brier(windows),
        low,
        high,
        n: windows.length,
      },
    ];
  });
}

const OLD_MS = 10_000;

/** The middle of the book at this moment, in dollars; null where the last touch is older than `OLD_MS`. */
export function midBefore({ touches }: RecordedBook, atMs: number): number | null {
  const touch = touches.findLast((each) => each.atMs <= atMs);
  return touch === undefined || atMs - touch.atMs > OLD_MS ? null : (touch.bid + touch.ask) / 2;
}

/** How often the sign of Binance's move is the result; without a move it is not counted. */
export function signFigures(results: readonly RecordedOutcome[]): readonly Figure[] {
  const moved = results.filter(({ move }) => move !== 0);
  if (moved.length === 0) return [];
  const right = moved.filter(({ move, result }) => (move > 0 ? 1 : 0) === result).length;
  return [
    {
      figure: "sign of Binance's move is the result",
      value: right / moved.length,
      low: null,
      high: null,
      n: moved.length,
    },
  ];
}
