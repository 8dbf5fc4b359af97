/** What each figure of `calibrate` says, in words, by how its name begins or what is in it. */
import type { Figure } from "./figures.ts";

interface Meaning {
  readonly term: string;
  readonly of: RegExp;
  readonly words: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    term: "log loss",
    of: /^(twap60|spot) log loss(, \d+ s left)?$/,
    words:
      "mean of minus the logarithm of the probability that was given to what came: 0.693 for a coin, 0 for a prophet; being sure and wrong costs most.",
  },
  {
    term: "log loss, last price and one-second variance",
    of: /last price and one-second variance$/,
    words: "the same windows priced by what the model replaced.",
  },
  {
    term: "log loss, difference of the two",
    of: /log loss, difference/,
    words: "the model's minus the other's on the same windows: below 0 the model is better.",
  },
  {
    term: "Brier",
    of: /^(twap60|spot) Brier/,
    words:
      "mean squared distance of the probability from what came: 0.25 for a coin, 0 for a prophet.",
  },
  {
    term: "calibration slope",
    of: /calibration slope/,
    words:
      "1 where what is said comes as often as said; below 1 the prices are too sure, above 1 not sure enough.",
  },
  {
    term: "circles of the chart",
    of: / said \d/,
    words:
      "the forecasts of one tenth of the probabilities: their mean, and the share of them that came.",
  },
  {
    term: "QLIKE",
    of: /QLIKE/,
    words:
      "loss of the forecast variance against the variance of the next five minutes: 0 if always right; only the ratio counts, and too low costs more than too high.",
  },
  {
    term: "variance that came, over what was expected",
    of: /^variance that came/,
    words: "1 if the variance is right on the whole.",
  },
  {
    term: "deviation of the logarithm of that ratio",
    of: /^deviation of the logarithm/,
    words: "how far the ratio strays from window to window: 0.4 is about 40 % either way.",
  },
  {
    term: "variance per second over … s, against one second",
    of: /^variance per second/,
    words:
      "1 for a random walk; above 1 one second tells too little, because the feed follows itself.",
  },
  {
    term: "Brier of the mid",
    of: /^Brier of the mid,/,
    words: "the same score for the middle of the recorded book, taken as a probability.",
  },
  {
    term: "move of the middle, c",
    of: /^move of the middle/,
    words:
      "the standard deviation of its move over h seconds is c phi(z) sqrt(h/left): z is the normal quantile of the middle, left the seconds to the end. 1 is the fair value of a window that its last price decides.",
  },
  {
    term: "markout",
    of: /^markout/,
    words:
      "cents a share that a quote has earned by the middle five seconds after its fill, before rebate. It is put anew each second at the best price of its side or behind it. front: first in the queue, filled when anything trades there; swept: last, filled when the level is gone.",
  },
  {
    term: "break-even",
    of: /^break-even/,
    words:
      "the half-spread at which those fills would have earned nothing, before rebate: a fixed part and a part times phi(z)/sqrt(left), fitted to how far the middle has gone against each fill. All depths: quotes at the touch, 1 c and 2 c behind it as one sample.",
  },
  {
    term: "windows with a book, prices and a result",
    of: /^windows with a book/,
    words:
      "the windows in which our price of Up and the middle of the book can be compared: whether the token of the book won and whether Up won are both known. Where they differ the book is of Down, and its middle is turned round.",
  },
  {
    term: "ours, the mid's, ours minus the mid's",
    of: /^(Brier|log loss), (ours|the mid's)/,
    words:
      "the score of our price and of the middle at the same moments of the same windows; below 0 ours is better. Few windows show little: read the interval.",
  },
  {
    term: "sign of Binance's move",
    of: /^sign of Binance/,
    words: "how often the window ended the way Binance had moved over it.",
  },
];

/** Those that the figures need, each once; a figure without words is in none. */
export const meaningsOf = (figures: readonly Figure[]): readonly (readonly [string, string])[] =>
  MEANINGS.filter(({ of }) => figures.some(({ figure }) => of.test(figure))).map(
    ({ term, words }) => [term, words] as const,
  );
