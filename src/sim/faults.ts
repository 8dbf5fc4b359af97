/** What goes wrong, how often. Each fault draws from a stream of its own. */
import { filter, interval, map, type Observable, type SchedulerLike } from "rxjs";
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

const FEED_LOSS_CHECK_MS = 1_000;
const DUPLICATE_DELAY_MS_MAX = 2_000;

export interface FeedLoss {
  readonly feed: FeedName;
  readonly durationMs: number;
  /** Whether the connection ends with an error rather than in silence. */
  readonly isError: boolean;
}

/** Each function decides anew whenever it is called. */
export interface FaultDraws {
  readonly losesAnswer: () => boolean;
  readonly fillsDuringCancel: () => boolean;
  /** How much later the same frame comes again; null when it does not. */
  readonly duplicateAfterMs: () => number | null;
  readonly feedLoss$: Observable<FeedLoss>;
}

export function faultDraws(faults: Faults, random: Random, scheduler: SchedulerLike): FaultDraws {
  const startedAt = scheduler.now();
  const isKind = (): boolean =>
    faults.untilMs !== null && scheduler.now() - startedAt >= faults.untilMs;
  const decision = (stream: Random, ratio: Ratio) => (): boolean =>
    !isKind() && stream.chance(ratio);

  const repeats = random.fork("userFrameDuplicated");
  const isRepeated = decision(repeats, faults.userFrameDuplicated);
  const losses = random.fork("feedLoss");
  const isLost = decision(losses, {
    numerator: faults.feedLossPerMinute * FEED_LOSS_CHECK_MS,
    denominator: 60_000,
  });
  return {
    losesAnswer: decision(random.fork("answerLost"), faults.answerLost),
    fillsDuringCancel: decision(random.fork("fillDuringCancel"), faults.fillDuringCancel),
    duplicateAfterMs: () => (isRepeated() ? repeats.integer(0, DUPLICATE_DELAY_MS_MAX) : null),
    feedLoss$: interval(FEED_LOSS_CHECK_MS, scheduler).pipe(
      filter(isLost),
      map(() => ({
        feed: losses.pick(FEEDS),
        durationMs: losses.integer(faults.feedLossMs.min, faults.feedLossMs.max),
        isError: losses.chance({ numerator: 1, denominator: 2 }),
      })),
    ),
  };
}

const FEEDS = ["market", "user", "reference"] as const;
