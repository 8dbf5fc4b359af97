/** Parameters that are legal one by one, and together hardly meant. */
import { MICRO } from "../types/index.ts";
import type { AppConfig } from "./config.ts";

/** One line for each; a run with them is not refused. */
export function parameterWarnings(
  { strategy, executor, shutdownMs }: Pick<AppConfig, "strategy" | "executor" | "shutdownMs">,
  windowMs: number,
): readonly string[] {
  const netMaxShares = executor.netMax / MICRO;
  const grossMaxShares = executor.grossMax / MICRO;
  const { holdBp } = strategy;
  // Not every strategy has these; a comparison with no number warns of nothing.
  const sizeShares = Number(strategy["sizeShares"]);
  const oneSidedAtShares = Number(strategy["oneSidedAtShares"]);
  const halfSpreadBp = Number(strategy["halfSpreadBp"]);
  const pairs: readonly (readonly [isOdd: boolean, text: string])[] = [
    [
      oneSidedAtShares > netMaxShares,
      `strategy.oneSidedAtShares ${oneSidedAtShares} is above executor.netMaxShares ${netMaxShares}: the limit is met before one side is left out`,
    ],
    [
      sizeShares > netMaxShares,
      `strategy.sizeShares ${sizeShares} is above executor.netMaxShares ${netMaxShares}: no side is ever quoted in full`,
    ],
    [
      netMaxShares > grossMaxShares,
      `executor.netMaxShares ${netMaxShares} is above executor.grossMaxShares ${grossMaxShares}: it is never met`,
    ],
    [
      sizeShares > executor.budget / MICRO,
      `strategy.sizeShares ${sizeShares} is above executor.budgetUsdc ${executor.budget / MICRO}: a bid and an ask of that size cost a dollar a share together`,
    ],
    [
      executor.topUp / MICRO > sizeShares,
      `executor.topUpShares ${executor.topUp / MICRO} is above strategy.sizeShares ${sizeShares}: an order that is partly filled is never topped up`,
    ],
    [
      strategy.volatilityHalfLifeMs < strategy.volatilitySampleMs,
      `strategy.volatilityHalfLifeMs ${strategy.volatilityHalfLifeMs} is below strategy.volatilitySampleMs ${strategy.volatilitySampleMs}: the variance is that of the last return`,
    ],
    [
      holdBp >= halfSpreadBp,
      `strategy.holdBp ${holdBp} is not below strategy.halfSpreadBp ${halfSpreadBp}: a quote is kept on the wrong side of fair`,
    ],
    [
      strategy.pullBp < holdBp,
      `strategy.pullBp ${strategy.pullBp} is below strategy.holdBp ${holdBp}: quotes are pulled and shown again at the same price`,
    ],
    [
      strategy.quietMs > strategy.maxWaitMs,
      `strategy.quietMs ${strategy.quietMs} is above strategy.maxWaitMs ${strategy.maxWaitMs}: only the latter counts`,
    ],
    [
      strategy.maxWaitMs * RENEWALS > strategy.intentLifeMs,
      `strategy.maxWaitMs ${strategy.maxWaitMs} is above a third of strategy.intentLifeMs ${strategy.intentLifeMs}: quotes may expire before they are renewed`,
    ],
    [
      executor.cutoffMs >= windowMs,
      `executor.cutoffMs ${executor.cutoffMs} is not below the ${windowMs} ms that a window lasts: nothing is ever quoted`,
    ],
    [
      executor.lateBookingMs + executor.surveyGapMs >= shutdownMs,
      `executor.lateBookingMs ${executor.lateBookingMs} and surveyGapMs ${executor.surveyGapMs} leave no time: a stop is given ${shutdownMs} ms, and ends without proof that nothing rests`,
    ],
  ];
  return pairs.flatMap(([isOdd, text]) => (isOdd ? [text] : []));
}

/** An intent is renewed so often in its life. */
const RENEWALS = 3;
