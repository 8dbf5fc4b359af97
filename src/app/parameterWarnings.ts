/** Parameters that are legal one by one, and together hardly meant. */
import type { ExecutorConfig } from "../executor/index.ts";
import type { StrategyValues } from "../streams/strategy/index.ts";
import { MICRO } from "../types/index.ts";
import type { AppConfig } from "./config.ts";
import type { StrategySettings } from "./strategies.ts";

type Pair = readonly [isOdd: boolean, text: string];

/** One line for each; a run with them is not refused. */
export function parameterWarnings(
  { strategies, executor, shutdownMs }: Pick<AppConfig, "strategies" | "executor" | "shutdownMs">,
  windowMs: number,
): readonly string[] {
  const netMaxShares = executor.netMax / MICRO;
  const grossMaxShares = executor.grossMax / MICRO;
  const pairs: readonly Pair[] = [
    [
      netMaxShares > grossMaxShares,
      `executor.netMaxShares ${netMaxShares} is above executor.grossMaxShares ${grossMaxShares}: it is never met`,
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
  return [...strategyWarnings(strategies, executor), ...said(pairs)];
}

/** Those of the strategies alone, which may change while it runs; a series repeats nothing of the common section. */
export function strategyWarnings(
  { standard, bySeries }: StrategySettings,
  executor: ExecutorConfig,
): readonly string[] {
  const common = said(pairsOf("strategy", standard.parameters, executor));
  const ofSeries = Object.entries(bySeries).flatMap(([name, { parameters }]) => {
    const inherited = new Set(
      said(pairsOf(`series.${name}.strategy`, standard.parameters, executor)),
    );
    return said(pairsOf(`series.${name}.strategy`, parameters, executor)).filter(
      (text) => !inherited.has(text),
    );
  });
  return [...common, ...ofSeries];
}

const said = (pairs: readonly Pair[]): readonly string[] =>
  pairs.flatMap(([isOdd, text]) => (isOdd ? [text] : []));

/** `path` is the name of the section, as in "strategy". */
function pairsOf(path: string, values: StrategyValues, executor: ExecutorConfig): readonly Pair[] {
  const netMaxShares = executor.netMax / MICRO;
  const budgetUsdc = executor.budget / MICRO;
  const topUpShares = executor.topUp / MICRO;
  const { holdBp, pullBp, quietMs, maxWaitMs, intentLifeMs, reactionMs, pullMoves } = values;
  const { volatilityHalfLifeMs, volatilitySampleMs, volatilityAnchorMs } = values;
  // Not every strategy has these; a comparison with no number warns of nothing.
  const sizeShares = Number(values["sizeShares"]);
  const oneSidedAtShares = Number(values["oneSidedAtShares"]);
  const halfSpreadBp = Number(values["halfSpreadBp"]);
  const spreadPerMove = Number(values["spreadPerMove"]);
  const named = (name: string): string => `${path}.${name} ${String(values[name])}`;
  return [
    [
      oneSidedAtShares > netMaxShares,
      `${named("oneSidedAtShares")} is above executor.netMaxShares ${netMaxShares}: the limit is met before one side is left out`,
    ],
    [
      oneSidedAtShares < sizeShares,
      `${named("oneSidedAtShares")} is below ${named("sizeShares")}: a single fill leaves one side out`,
    ],
    [
      sizeShares > netMaxShares,
      `${named("sizeShares")} is above executor.netMaxShares ${netMaxShares}: no side is ever quoted in full`,
    ],
    [
      sizeShares > budgetUsdc,
      `${named("sizeShares")} is above executor.budgetUsdc ${budgetUsdc}: a bid and an ask of that size cost a dollar a share together`,
    ],
    [
      topUpShares > sizeShares,
      `executor.topUpShares ${topUpShares} is above ${named("sizeShares")}: an order that is partly filled is never topped up`,
    ],
    [
      volatilityHalfLifeMs < volatilitySampleMs,
      `${named("volatilityHalfLifeMs")} is below ${named("volatilitySampleMs")}: the variance is that of the last return`,
    ],
    [
      volatilityAnchorMs < volatilityHalfLifeMs,
      `${named("volatilityAnchorMs")} is below ${named("volatilityHalfLifeMs")}: the slow estimate is the faster one`,
    ],
    [
      holdBp >= halfSpreadBp,
      `${named("holdBp")} is not below ${named("halfSpreadBp")}: a quote is kept on the wrong side of fair`,
    ],
    [
      pullBp < holdBp,
      `${named("pullBp")} is below ${named("holdBp")}: quotes are pulled and shown again at the same price`,
    ],
    [
      pullMoves > 0 && pullMoves < spreadPerMove,
      `${named("pullMoves")} is below ${named("spreadPerMove")}: the spread grows faster, so that no move of fair is ever too fast for it`,
    ],
    [
      quietMs > maxWaitMs,
      `${named("quietMs")} is above ${named("maxWaitMs")}: only the latter counts`,
    ],
    [
      Math.min(quietMs, maxWaitMs) > reactionMs,
      `${named("reactionMs")} is below what the debounce alone waits, ${named("quietMs")}: the spread counts on a faster reaction than there is`,
    ],
    [
      maxWaitMs * RENEWALS > intentLifeMs,
      `${named("maxWaitMs")} is above a third of ${named("intentLifeMs")}: quotes may expire before they are renewed`,
    ],
  ];
}

/** An intent is renewed so often in its life. */
const RENEWALS = 3;
