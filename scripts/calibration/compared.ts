/** Recorded and simulated figures side by side, and what no recording tells. */
import { quantile } from "simple-statistics";
import type { Sports } from "./recorded.ts";
import type { Simulated } from "./simulated.ts";
import type { Tally } from "./tally.ts";

export interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly recorded: number;
  readonly simulated: number;
  /** Why the figure need not be alike; null if it must. */
  readonly aside: string | null;
}

/** How far a simulated figure may be off, as a share of the recorded one. */
export const TOLERANCE = 0.25;

/** Figures that would be wanted and that no recording has. */
export const UNKNOWN = [
  "who is informed, and what quoters lose to them: no reference was recorded in those hours",
  "how many trades there are, and how large all of them: books only, so that a book stands for a trade",
  "how long an order rests, and how many price changes BTC sends: only books after trades were recorded",
  "what calm, toxic and empty would have to be: the recorded windows are all busy",
];

export const isAlike = ({ recorded, simulated, aside }: Row): boolean =>
  aside !== null || Math.abs(simulated / recorded - 1) <= TOLERANCE;

export function compared(
  recorded: { readonly books: Tally; readonly wallet: readonly number[]; readonly sports: Sports },
  simulated: { readonly books: Tally } & Pick<Simulated, "tradeSizes" | "changesPerSecond">,
): readonly Row[] {
  const { wallet, sports } = recorded;
  const ofBooks = (figure: string, unit: string, name: keyof Tally): Row => ({
    figure,
    unit,
    recorded: recorded.books[name],
    simulated: simulated.books[name],
    aside: null,
  });
  const ofTrades = (share: number, sizes: readonly number[]) => ({
    unit: "shares",
    recorded: quantile([...sizes], share),
    simulated: quantile([...simulated.tradeSizes], share),
  });
  const otherMarkets = "sports, other markets; the wallet's are BTC";
  return [
    ofBooks("a spread of one cent", "of moments", "spreadIsOneCent"),
    ofBooks("spread, mean", "cents", "spreadCentsMean"),
    ofBooks("at the touch, lower quartile", "shares", "touchLowerQuartile"),
    ofBooks("at the touch, median", "shares", "touchMedian"),
    ofBooks("at the touch, upper quartile", "shares", "touchUpperQuartile"),
    ofBooks("at the touch, mean", "shares", "touchMean"),
    ofBooks("books, one after each trade", "a second", "framesPerSecond"),
    ofBooks("sizes that changed near the touch", "a second, at least", "changesPerSecondMin"),
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
      simulated: simulated.changesPerSecond,
      aside: "the books of BTC change more often than any of sports",
    },
  ];
}
