/** Recorded and simulated figures side by side, and what no recording tells. */
import { quantile } from "simple-statistics";
import type { Sports } from "./recorded.ts";
import type { Simulated } from "./simulated.ts";
import type { Tally } from "./tally.ts";

export interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly recorded: number;
  /** By the name of the preset. */
  readonly simulated: Readonly<Record<string, number>>;
  /** How far it may be off in its own unit where that is more than the tolerance: a figure near zero has no share. */
  readonly slack: number;
  /** Why the figure need not be alike; null if it must. */
  readonly aside: string | null;
}

/** How far a simulated figure may be off, as a share of the recorded one. */
export const TOLERANCE = 0.25;
/** Markouts are means of thousands of fills; so much of a cent is no difference. */
const MARKOUT_SLACK = 0.25;

/** The preset that is fitted to the recordings, and that alone is held to them. */
export const FITTED = "recorded";

/** Figures that would be wanted and that no recording has. */
export const UNKNOWN = [
  "who is informed, and what quoters lose to them: no reference was recorded in those hours",
  "how many trades there are, and how large all of them: books only, so that a book stands for a trade",
  "how long an order rests, and how many price changes BTC sends: only books after trades were recorded",
  "what calm, toxic and empty would have to be: the recorded windows are all busy",
];

export function isAlike({ recorded, simulated, slack, aside }: Row, preset = FITTED): boolean {
  if (aside !== null) return true;
  const off = Math.abs((simulated[preset] ?? NaN) - recorded);
  return off <= Math.max(slack, TOLERANCE * Math.abs(recorded));
}

export type SimulatedFigures = { readonly books: Tally } & Pick<
  Simulated,
  "tradeSizes" | "changesPerSecond"
>;

export function compared(
  recorded: { readonly books: Tally; readonly wallet: readonly number[]; readonly sports: Sports },
  presets: Readonly<Record<string, SimulatedFigures>>,
): readonly Row[] {
  const { wallet, sports } = recorded;
  const ofEach = (figureOf: (preset: SimulatedFigures) => number): Row["simulated"] =>
    Object.fromEntries(Object.entries(presets).map(([name, one]) => [name, figureOf(one)]));
  const ofBooks = (figure: string, unit: string, name: keyof Tally, slack = 0): Row => ({
    figure,
    unit,
    recorded: recorded.books[name],
    simulated: ofEach(({ books }) => books[name]),
    slack,
    aside: null,
  });
  const ofTrades = (share: number, sizes: readonly number[]) => ({
    unit: "shares",
    recorded: quantile([...sizes], share),
    simulated: ofEach(({ tradeSizes }) => quantile([...tradeSizes], share)),
    slack: 0,
  });
  const otherMarkets = "sports, other markets; the wallet's are BTC";
  const markout = "cents a share";
  return [
    { ...ofBooks("windows", "of 5 minutes", "windows"), aside: "so many there are" },
    ofBooks("a spread of one cent", "of moments", "spreadIsOneCent"),
    ofBooks("spread, mean", "cents", "spreadCentsMean"),
    ofBooks("at the touch, lower quartile", "shares", "touchLowerQuartile"),
    ofBooks("at the touch, median", "shares", "touchMedian"),
    ofBooks("at the touch, upper quartile", "shares", "touchUpperQuartile"),
    ofBooks("at the touch, mean", "shares", "touchMean"),
    ofBooks("books, one after each trade", "a second", "framesPerSecond"),
    ofBooks("sizes that changed near the touch", "a second, at least", "changesPerSecondMin"),
    ofBooks("middle, autocorrelation at 1 s", "", "midAutocorrelation"),
    ofBooks("middle, variance ratio at 5 s", "", "midVarianceRatio"),
    ofBooks("middle, seconds without a change", "of seconds", "midStill"),
    ofBooks("middle, move in 1 s", "cents", "midMoveCents"),
    ofBooks("5 s after a fill in front", markout, "frontMarkoutCents", MARKOUT_SLACK),
    ofBooks("5 s after the level is swept", markout, "sweptMarkoutCents", MARKOUT_SLACK),
    ofBooks("the same, in moves of 5 s", "s.d.", "sweptMarkoutMoves"),
    { figure: "trade, median (wallet)", ...ofTrades(0.5, wallet), aside: null },
    { figure: "trade, 90 % below (wallet)", ...ofTrades(0.9, wallet), aside: null },
    { figure: "trade, median (sports)", ...ofTrades(0.5, sports.tradeSizes), aside: null },
    {
      figure: "trade, 90 % below (sports)",
      ...ofTrades(0.9, sports.tradeSizes),
      aside: otherMarkets,
    },
    {
      figure: "price changes (busiest of sports)",
      unit: "a second",
      recorded: Math.max(...sports.changesPerSecond),
      simulated: ofEach(({ changesPerSecond }) => changesPerSecond),
      slack: 0,
      aside: "the books of BTC change more often than any of sports",
    },
  ];
}
