/** From finished windows to figures: of each contestant, and of the pairs of windows that two of them have had. */
import { median, sum } from "simple-statistics";
import { bootstrapped } from "../../src/pricing/index.ts";
import { random } from "../../src/sim/index.ts";
import { MICRO } from "../../src/types/index.ts";
import { MARKOUTS_S } from "./recorder.ts";
import { type WindowFigures, hedgedOf, resultOf } from "./windowFigures.ts";

export interface ArenaFigure {
  readonly traders: string;
  readonly contestant: string;
  /** Of the pairs of windows: the figure is of `contestant` minus that of this one. */
  readonly minus?: string;
  readonly figure: string;
  readonly unit: string;
  readonly value: number;
  /** The middle 95 % over windows drawn again; null where that is not asked for. */
  readonly low: number | null;
  readonly high: number | null;
  /** Windows. */
  readonly n: number;
}

export interface FinishedWindow {
  readonly seed: number;
  readonly figures: WindowFigures;
}

type Windows = readonly FinishedWindow[];
type Measure = (windows: Windows) => number | null;

interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly of: Measure;
  /** Left out of drawing again: it would take minutes. */
  readonly isPlain?: true;
}

const total = (windows: Windows, of: (figures: WindowFigures) => number): number =>
  sum(windows.map(({ figures }) => of(figures)));
const perWindow =
  (of: (figures: WindowFigures) => number): Measure =>
  (windows) =>
    windows.length === 0 ? null : total(windows, of) / windows.length;
const dollars = (of: (figures: WindowFigures) => number): Measure =>
  perWindow((figures) => of(figures) / MICRO);
const percent = (of: (figures: WindowFigures) => number): Measure =>
  perWindow((figures) => of(figures) * 100);

/** Of all shares alike: a window with many fills counts for more than one with few. */
const markout =
  (index: number): Measure =>
  (windows) => {
    const shares = total(windows, ({ markouts }) => markouts[index]?.shares ?? 0);
    return shares === 0
      ? null
      : total(windows, ({ markouts }) => markouts[index]?.cents ?? 0) / shares;
  };

const medianAgeS: Measure = (windows) => {
  const ages = windows.flatMap(({ figures }) => figures.agesMs);
  return ages.length === 0 ? null : median(ages) / 1_000;
};

export const PNL = "PnL";
export const HEDGED = "PnL, delta-hedged";
const A_WINDOW = "$ a window";
const A_SHARE = "cents a share";
/** In the order of `WindowFigures.markouts`. */
export const MARKOUTS = [
  ...MARKOUTS_S.map((s) => (s === 0 ? "at the fill" : `${s} s later`)),
  "when paid",
] as const;
export const markoutName = (when: string): string => `markout ${when}`;

const rows = (minutes: number): readonly Row[] => [
  { figure: PNL, unit: A_WINDOW, of: dollars(resultOf) },
  { figure: "of it spread", unit: A_WINDOW, of: dollars(({ spread }) => spread) },
  { figure: "of it directional", unit: A_WINDOW, of: dollars(({ directional }) => directional) },
  { figure: "of it fees", unit: A_WINDOW, of: dollars(({ fees }) => -fees) },
  { figure: "of it rebates", unit: A_WINDOW, of: dollars(({ rebates }) => rebates) },
  { figure: HEDGED, unit: A_WINDOW, of: dollars(hedgedOf) },
  { figure: "fills", unit: "a window", of: perWindow(({ fills }) => fills) },
  { figure: "shares traded", unit: "a window", of: perWindow(({ shares }) => shares) },
  ...MARKOUTS.map((when, index) => ({
    figure: markoutName(when),
    unit: A_SHARE,
    of: markout(index),
  })),
  {
    figure: "|YES - NO|, mean",
    unit: "shares",
    of: perWindow(({ inventory }) => inventory.mean),
  },
  {
    figure: "|YES - NO|, largest of a window",
    unit: "shares",
    of: perWindow(({ inventory }) => inventory.most),
  },
  {
    figure: "|YES - NO|, largest of all",
    unit: "shares",
    of: (windows) => Math.max(...windows.map(({ figures }) => figures.inventory.most)),
    isPlain: true,
  },
  {
    figure: "orders placed",
    unit: "a minute",
    of: perWindow(({ orders }) => orders.placed / minutes),
  },
  {
    figure: "orders cancelled",
    unit: "a minute",
    of: perWindow(({ orders }) => orders.cancelled / minutes),
  },
  {
    figure: "orders refused",
    unit: "a minute",
    of: perWindow(({ orders }) => orders.refused / minutes),
  },
  { figure: "age of an order at its fill, median", unit: "s", of: medianAgeS, isPlain: true },
  {
    figure: "quoted on both sides",
    unit: "% of the time",
    of: percent(({ quoted }) => quoted.both),
  },
  { figure: "quoted on one side", unit: "% of the time", of: percent(({ quoted }) => quoted.one) },
];

export interface Entrant {
  readonly label: string;
  readonly windows: Windows;
}

/** Each figure of one contestant with one preset; one that is not defined is left out. */
export const figuresOfEntrant = (
  { label, windows }: Entrant,
  traders: string,
  lengthMs: number,
): readonly ArenaFigure[] =>
  windows.length === 0
    ? []
    : rows(lengthMs / 60_000).flatMap((row) =>
        measured(row, windows, { traders, contestant: label }),
      );

/** Their draws depend on what is measured alone, so that a page is the same however it was come by. */
function measured(
  { figure, unit, of, isPlain }: Row,
  windows: Windows,
  whose: Pick<ArenaFigure, "traders" | "contestant" | "minus">,
): readonly ArenaFigure[] {
  const value = of(windows);
  if (value === null) return [];
  const draws = random(windows.length).fork(`${whose.traders} ${figure}`);
  const interval = isPlain
    ? null
    : bootstrapped(windows, of, (count) => draws.integer(0, count - 1));
  const [low, high] = [interval?.low ?? null, interval?.high ?? null];
  return [{ ...whose, figure, unit, value, low, high, n: windows.length }];
}

export interface Pairing {
  /** Dollars that the first had more in each window that both have finished, as paid and as hedged. */
  readonly differences: readonly {
    readonly seed: number;
    readonly dollars: number;
    readonly hedged: number;
  }[];
  /** Seeds whose windows were not the same for both: their strike, winner or reference differs. */
  readonly unlike: readonly number[];
}

/** Windows of one seed are a pair; one that only one of them has finished is none. */
export function paired(first: Windows, other: Windows): Pairing {
  const others = new Map(other.map(({ seed, figures }) => [seed, figures]));
  const unlike: number[] = [];
  const differences = first.flatMap(({ seed, figures }) => {
    const match = others.get(seed);
    if (match === undefined) return [];
    if (!isSameMarket(figures, match)) {
      unlike.push(seed);
      return [];
    }
    return [
      {
        seed,
        dollars: (resultOf(figures) - resultOf(match)) / MICRO,
        hedged: (hedgedOf(figures) - hedgedOf(match)) / MICRO,
      },
    ];
  });
  return { differences, unlike };
}

const isSameMarket = ({ market: a }: WindowFigures, { market: b }: WindowFigures): boolean =>
  a.strike === b.strike && a.winner === b.winner && a.referenceHash === b.referenceHash;

/** How much better the first was, and how often. */
export function figuresOfPairs(
  first: Entrant,
  other: Entrant,
  traders: string,
): { readonly pairing: Pairing; readonly figures: readonly ArenaFigure[] } {
  const pairing = paired(first.windows, other.windows);
  const { differences } = pairing;
  if (differences.length === 0) return { pairing, figures: [] };
  const whose = { traders, contestant: first.label, minus: other.label };
  const n = differences.length;
  const meanOf = (figure: string, of: (pair: Pairing["differences"][number]) => number) => {
    const draws = random(n).fork(`${traders} pairs`);
    const mean = (some: Pairing["differences"]): number => sum(some.map(of)) / some.length;
    const interval = bootstrapped(differences, mean, (count) => draws.integer(0, count - 1));
    const [low, high] = [interval?.low ?? null, interval?.high ?? null];
    return { ...whose, figure, unit: A_WINDOW, value: mean(differences), low, high, n };
  };
  const better = differences.filter(({ dollars: each }) => each > 0).length;
  return {
    pairing,
    figures: [
      meanOf(PNL, (pair) => pair.dollars),
      meanOf(HEDGED, (pair) => pair.hedged),
      {
        ...whose,
        figure: "better in",
        unit: "% of the windows",
        value: (100 * better) / n,
        low: null,
        high: null,
        n,
      },
    ],
  };
}
