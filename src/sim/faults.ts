/** What goes wrong, how often. Each fault draws from a stream of its own. */
import type { FeedName } from "../types/index.ts";
import type { Random, Ratio } from "./random.ts";

export interface Faults {
  /** Of places and cancels (also of everything): carried out, and the answer never comes. */
  readonly answerLost: Ratio;
  /** Of cancels that name a live order: a taker comes first, for a part or all of it. */
  readonly fillDuringCancel: Ratio;
  /** Of frames on the user channel: the same one again, up to two seconds later. */
  readonly userFrameDuplicated: Ratio;
  /** Of the three links together: one drops, and can not be had again until the outage is over. */
  readonly feedLossPerMinute: number;
  readonly feedLossMs: { readonly min: number; readonly max: number };
  /** No fault begins later than this after the start; null for no end. */
  readonly untilMs: number | null;
}

const NEVER: Ratio = { numerator: 0, denominator: 1 };

export const noFaults: Faults = {
  answerLost: NEVER,
  fillDuringCancel: NEVER,
  userFrameDuplicated: NEVER,
  feedLossPerMinute: 0,
  feedLossMs: { min: 0, max: 0 },
  untilMs: null,
};

export const FEED_LOSS_CHECK_MS = 1_000;
const DUPLICATE_DELAY_MS_MAX = 2_000;

export interface FeedLoss {
  readonly feed: FeedName;
  readonly durationMs: number;
  /** Whether the connection ends with an error rather than in silence. */
  readonly isError: boolean;
}

/** Each member decides anew whenever it is called. */
export interface FaultDraws {
  readonly losesAnswer: () => boolean;
  readonly fillsDuringCancel: () => boolean;
  /** How much later the same frame comes again; null when it does not. */
  readonly duplicateAfterMs: () => number | null;
  /** Called every `FEED_LOSS_CHECK_MS`. */
  readonly feedLoss: () => FeedLoss | null;
}

export function faultDraws(faults: Faults, random: Random, elapsedMs: () => number): FaultDraws {
  const streams = {
    answerLost: random.fork("answerLost"),
    fillDuringCancel: random.fork("fillDuringCancel"),
    userFrameDuplicated: random.fork("userFrameDuplicated"),
    feedLoss: random.fork("feedLoss"),
  };
  const happens = (stream: Random, ratio: Ratio): boolean =>
    (faults.untilMs === null || elapsedMs() < faults.untilMs) && stream.chance(ratio);
  return {
    losesAnswer: () => happens(streams.answerLost, faults.answerLost),
    fillsDuringCancel: () => happens(streams.fillDuringCancel, faults.fillDuringCancel),
    duplicateAfterMs: () => {
      const stream = streams.userFrameDuplicated;
      if (!happens(stream, faults.userFrameDuplicated)) return null;
      return stream.integer(0, DUPLICATE_DELAY_MS_MAX);
    },
    feedLoss: () => {
      const stream = streams.feedLoss;
      const perCheck = {
        numerator: faults.feedLossPerMinute * FEED_LOSS_CHECK_MS,
        denominator: 60_000,
      };
      if (!happens(stream, perCheck)) return null;
      return {
        feed: stream.pick(["market", "user", "reference"]),
        durationMs: stream.integer(faults.feedLossMs.min, faults.feedLossMs.max),
        isError: stream.chance({ numerator: 1, denominator: 2 }),
      };
    },
  };
}
