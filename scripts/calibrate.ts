/** Prices recordings as the program would have, and says how good the prices were. */
import { statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { random } from "../src/sim/index.ts";
import { causeOf } from "../src/types/index.ts";
import {
  bookWindows,
  breakEvenFigures,
  markoutFigures,
  moveFigures,
} from "./pricing/bookFigures.ts";
import { feedOf, pricedByMean, pricedBySpot } from "./pricing/forecasts.ts";
import {
  type Figure,
  midFigures,
  scores,
  signFigures,
  valueText,
  volatilityFigures,
} from "./pricing/figures.ts";
import { recordingsIn } from "./pricing/recordings.ts";
import { type Section, reportPage } from "./pricing/report.ts";
import { comparedWindows, skillFigures } from "./pricing/skill.ts";

const USAGE = `npm run calibrate -- DIR…   prices the recordings under these folders, as the program would have
  --lag 2     seconds by which the settlement feed is known late
  --seed 1    of the intervals, which draw whole windows again
  --json      one JSON line per figure
  --html FILE a page with the same figures and their charts
n counts the windows that could be priced at each time; in the rows "said", forecasts; of moves, moves; of quotes, fills.
A recording is known by what it holds: prices of the settlement feed (feed_ts_ms,value), windows (JSON lines with
start_sec, end_sec), touches (event_ms,token,best_bid,best_ask and sizes), winners of tokens (market_start,winner_inferred),
outcomes (outcome,btc_open,btc_close). Which token a book is of is not recorded, so our price and its middle are compared
only where both are known: whether that token won (winners), and whether Up did (outcome_prices of the window).
Exit code 2 if there is nothing to price.
`;
const LAG_MAX_S = 60;
const NO_BOTH =
  "no windows with both: a book whose winner is known, and the window's own result and prices";
/** Recorded books are of these windows. */
const BOOK_WINDOW_S = 300;

function parsedOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        lag: { type: "string", default: "2" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
        html: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    const [lagS, seed] = [Number(values.lag), Number(values.seed)];
    const isRight =
      positionals.length > 0 &&
      Number.isInteger(lagS) &&
      lagS >= 0 &&
      lagS <= LAG_MAX_S &&
      Number.isSafeInteger(seed);
    const { json: isJson, html = null } = values;
    if (!isRight) return refused("give a folder, a lag of 0 to 60 whole seconds, a whole seed");
    return { dirs: positionals, lagS, seed, isJson, html };
  } catch (error) {
    return refused(causeOf(error));
  }
}

/** Ends the process: nothing has begun that would have to be closed. */
function refused(why: string): never {
  process.stderr.write(`${why}\nnpm run calibrate -- --help says what there is\n`);
  process.exit(2);
}

const options = parsedOptions();
if (options === "help") {
  process.stdout.write(USAGE);
  process.exit(0);
}
const { dirs, lagS, seed, isJson, html } = options;
const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
// Before the work: a page that cannot be written would cost all of it.
const missing = [...dirs, ...(html === null ? [] : [dirname(html)])].filter((it) => !isFolder(it));
if (missing.length > 0) refused(`${missing.join(", ")}: no such folder`);

const say = (text: string): void => {
  if (!isJson) process.stdout.write(`${text}\n`);
};
const { ticks, windows, books, outcomes, sources, skipped } = recordingsIn(dirs);
for (const text of skipped) process.stderr.write(`${text}\n`);
say(
  `${ticks.length} prices of the settlement feed, ${windows.length} windows, ${books.length} books, ` +
    `${outcomes.length} outcomes`,
);
const draws = random(seed).fork("calibrate");
const draw = (count: number): number => draws.integer(0, count - 1);
const feed = feedOf(ticks);
const sections: Section[] = [];
const told = (title: string, figures: readonly Figure[]): void => {
  if (figures.length === 0) return;
  sections.push({ title, figures });
  say(`\n${title}`);
  for (const figure of figures)
    process.stdout.write(`${isJson ? JSON.stringify(figure) : lineOf(figure)}\n`);
};
told(
  "Windows priced as if the mean of their last minute decided them; outcomes are built from the feed",
  scores("twap60", pricedByMean(windows, feed, lagS), draw),
);
told(
  "Windows priced as if the last price decided them; outcomes are the venue's",
  scores("spot", pricedBySpot(windows, feed, lagS), draw),
);
told("Variance of the settlement feed", volatilityFigures(ticks, feed));
told("The middle of the recorded books", midFigures(books, BOOK_WINDOW_S, draw));
const recordedWindows = bookWindows(books, BOOK_WINDOW_S);
told("How the middle moves: s.d. = c phi(z) sqrt(h/left)", moveFigures(recordedWindows, draw));
told("A quote put anew each second: what a fill has earned", markoutFigures(recordedWindows, draw));
told(
  "The half-spread at which it would have earned nothing",
  breakEvenFigures(recordedWindows, draw),
);
const both = comparedWindows(books, windows, { feed, lagS, lengthS: BOOK_WINDOW_S });
if (books.length > 0 && sections.length > 0) {
  told("Our price beside the middle of the book", skillFigures(both, draw));
  if (both.length === 0) say(NO_BOTH);
}
told("Binance and the outcome", signFigures(outcomes));
if (sections.length === 0) refused("nothing to price in there");

if (html !== null) {
  const title = `Prices ${lagS} s late: ${windows.length} windows, ${ticks.length} prices, ${books.length} books`;
  const notes = [
    `Recordings priced as the program would have, with the settlement feed known ${lagS} s late. Intervals draw whole windows again (seed ${seed}).`,
    ...(books.length > 0 && both.length === 0 ? [`Skill against the mid: ${NO_BOTH}.`] : []),
  ];
  writeFileSync(html, reportPage({ title, sources, notes }, sections));
}

function lineOf(of: Figure): string {
  const { figure, low, high, n } = of;
  const shown = valueText(of).padStart(8);
  const interval = low === null || high === null ? "" : `  ${low.toFixed(4)} to ${high.toFixed(4)}`;
  return `${figure.padEnd(58)} ${shown}${interval.padEnd(22)}  n ${n}`;
}
