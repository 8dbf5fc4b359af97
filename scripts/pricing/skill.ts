/** Our price beside the middle of the book, on the same windows at the same times. */
import {
  type Forecast,
  bootstrapped,
  brier,
  logLoss,
  settlementRule,
} from "../../src/pricing/index.ts";
import { epochMs } from "../../src/types/index.ts";
import { type Figure, midBefore } from "./figures.ts";
import { type Feed, pricedByMean, pricedBySpot, TIMES_LEFT_S } from "./forecasts.ts";
import type { RecordedBook, RecordedWindow } from "./recordings.ts";

/** A window that has a book with its own result, prices of the settlement feed and the result of Up. */
export interface ComparedWindow {
  readonly opensAt: number;
  readonly pairs: readonly ComparedPair[];
}

interface ComparedPair {
  readonly leftS: number;
  readonly ours: Forecast;
  readonly mid: Forecast;
}

/**
 * Each window is priced by the rule that held when it opened, and judged by whether Up won. Which token a book is of is not
 * recorded: that it won tells it beside the window's result, so a window without both is not compared.
 */
export function comparedWindows(
  books: readonly RecordedBook[],
  windows: readonly RecordedWindow[],
  { feed, lagS, lengthS }: { readonly feed: Feed; readonly lagS: number; readonly lengthS: number },
): readonly ComparedWindow[] {
  return books.flatMap((book) => {
    const { opensAt } = book;
    const endsAt = opensAt + lengthS;
    const known = windows.find(
      (one) => one.opensAt === opensAt && one.endsAt === endsAt && one.result !== null,
    );
    const result = known?.result ?? null;
    // Recorded books are of these series.
    const rule = settlementRule(`btc-updown-5m-${opensAt}`, epochMs(opensAt * 1_000));
    if (book.result === null || result === null) return [];
    if (rule === null || rule === "candle") return [];
    const isOfUp = book.result === result;
    const window = { opensAt, endsAt, strike: known?.strike ?? null, result };
    const [ours] = (rule === "spot" ? pricedBySpot : pricedByMean)([window], feed, lagS);
    const pairs = TIMES_LEFT_S.flatMap((leftS): readonly ComparedPair[] => {
      const said = ours?.model.find((one) => one.leftS === leftS);
      const mid = midBefore(book, (endsAt - leftS) * 1_000);
      if (said === undefined || mid === null) return [];
      const { probability } = said;
      const upMid = isOfUp ? mid : 1 - mid;
      return [{ leftS, ours: { probability, result }, mid: { probability: upMid, result } }];
    });
    return pairs.length === 0 ? [] : [{ opensAt, pairs }];
  });
}

/** Less than 0 where ours is better. The first figure says how many windows there are, also where that is none. */
export function skillFigures(
  windows: readonly ComparedWindow[],
  draw: (count: number) => number,
): readonly Figure[] {
  const n = windows.length;
  const figureName = "windows with a book, prices and a result";
  const found = { figure: figureName, isCount: true, low: null, high: null };
  if (n === 0) return [{ ...found, value: 0, n }];
  const figure = (
    name: string,
    score: (pairs: readonly ComparedPair[]) => number,
    at?: number,
  ): readonly Figure[] => {
    const those = windows
      .map(({ pairs }) => pairs.filter(({ leftS }) => at === undefined || leftS === at))
      .filter((pairs) => pairs.length > 0);
    if (those.length === 0) return [];
    const value = score(those.flat());
    const interval = bootstrapped(those, (some) => score(some.flat()), draw);
    const [low, high] = [interval?.low ?? null, interval?.high ?? null];
    const left = at === undefined ? {} : { leftS: at };
    return [{ figure: name, value, low, high, n: those.length, ...left }];
  };
  return [
    { ...found, value: n, n },
    ...LOSSES.flatMap(([name, loss]) => [
      ...figure(`${name}, ours`, (pairs) => loss(pairs.map(({ ours }) => ours))),
      ...figure(`${name}, the mid's`, (pairs) => loss(pairs.map(({ mid }) => mid))),
      ...figure(`${name}, ours minus the mid's`, lost(loss)),
    ]),
    ...TIMES_LEFT_S.flatMap((leftS) =>
      figure(`Brier, ours minus the mid's, ${leftS} s left`, lost(brier), leftS),
    ),
  ];
}

type Loss = (forecasts: readonly Forecast[]) => number;
const LOSSES: readonly (readonly [string, Loss])[] = [
  ["Brier", brier],
  ["log loss", logLoss],
];

const lost =
  (loss: Loss) =>
  (pairs: readonly ComparedPair[]): number =>
    loss(pairs.map(({ ours }) => ours)) - loss(pairs.map(({ mid }) => mid));
