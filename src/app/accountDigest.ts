/** What the account hears of one market: made from its executor's state when something in it has changed. */
import type { MarketDigest } from "../account/index.ts";
import {
  type ExecutorState,
  type TradeEntry,
  type Transition,
  cashOf,
  isAtRest,
  isPossiblyLive,
  isSettled,
  tradeChanges,
  workingOrders,
  worstCaseOf,
} from "../executor/index.ts";
import { normalDensity } from "../pricing/index.ts";
import { type View, modelOf } from "../streams/strategy/index.ts";
import {
  type Event,
  type MicroUsdc,
  type MonotonicMs,
  after,
  effective,
  microShares,
  microUsdc,
  monotonicMs,
} from "../types/index.ts";

/** What the market is worth, from outside of its executor. */
export type MarketValue = Pick<View, "market" | "reference" | "settlement" | "book" | "bookSeenAt">;

/** Sums over trades, in micro-dollars. */
interface Flows {
  readonly spent: number;
  readonly settled: number;
  readonly all: number;
  readonly incoming: number;
}

const NO_FLOWS: Flows = { spent: 0, settled: 0, all: 0, incoming: 0 };

/** What one step of an executor has for the account. */
export interface AccountNews {
  /** Null where nothing has changed that the account counts. */
  readonly digest: MarketDigest | null;
  /** The venue's balance, and when the survey that has read it began; null where the step has none. */
  readonly reading: { readonly cash: MicroUsdc; readonly beganAt: MonotonicMs } | null;
}

/** `initial`: of a market that was taken over, its trades are in it as they come. */
export function accountNews(
  initial: ExecutorState,
): (transition: Transition, value: () => MarketValue) => AccountNews {
  let before: ExecutorState | undefined;
  let flows = NO_FLOWS;
  let counts: MarketDigest["counts"] = { refusals: 0, failedTrades: 0, differences: 0 };
  let last = initial;
  // A market that is taken over has no price yet in its first moments.
  let delta: Delta = { perPercent: 0, perSigma: 0, at: initial.now.monotonicMs };

  return ({ input: { event }, state }, value) => {
    const reading = readingIn(event, before?.survey.pending ?? null, state);
    const refusals = counts.refusals + (event.type === "order.rejected" ? 1 : 0);
    let { failedTrades } = counts;
    for (const { from, to } of tradeChanges(before, state)) {
      if (from !== null) flows = withFlow(flows, from, -1);
      flows = withFlow(flows, to, 1);
      // Those of before the first survey happened long ago.
      if (to.status === "failed" && before?.survey.isFirstDone === true) failedTrades += 1;
    }
    before = state;
    counts = { refusals, failedTrades, differences: state.anomalies.count };
    // Prices and time alone are told once in a tick.
    const isTold = event.type === "clock.ticked" || event.type === "order.rejected";
    if (!isTold && isSame(last, state)) return { digest: null, reading };
    last = state;
    const known = value();
    delta = deltaOf(state, known, delta);
    return { digest: digestOf(state, flows, counts, delta, known), reading };
  };
}

/** What has settled before a market is read is not known to be in its balance, or not. */
function readingIn(
  event: Event,
  asked: ExecutorState["survey"]["pending"],
  { survey }: ExecutorState,
): AccountNews["reading"] {
  if (event.type !== "survey.answered" || asked?.requestId !== event.requestId) return null;
  return survey.isFirstDone ? { cash: event.survey.balances.cash, beganAt: asked.beganAt } : null;
}

/** What a YES moves by in dollars, by the model, and when it was worked out. */
interface Delta {
  readonly perPercent: number;
  readonly perSigma: number;
  readonly at: MonotonicMs;
}

/** Without a model for longer a market counts whole: a feed that connects anew is shorter. */
const MODEL_AGE_MAX_MS = 60_000;

const deltaOf = ({ now }: ExecutorState, value: MarketValue, before: Delta): Delta => {
  const model = modelOf(value);
  if (model === null) return before;
  const perUnit = model.movePerSqrtSecond / Math.sqrt(value.reference.variancePerSecond);
  return {
    perPercent: perUnit * PERCENT,
    perSigma: normalDensity(model.z),
    at: now.monotonicMs,
  };
};

/** All that a digest is made of, but for prices, time and counts. */
const isSame = (one: ExecutorState, other: ExecutorState): boolean =>
  one.working === other.working &&
  one.trades === other.trades &&
  one.inventory === other.inventory &&
  one.sharesMissing === other.sharesMissing &&
  one.limits === other.limits &&
  one.winner === other.winner &&
  one.survey.isFirstDone === other.survey.isFirstDone &&
  one.anomalies === other.anomalies;

/** A trade that contradicts its order is in no sum before a comparison with the venue has said what it did. */
function withFlow(flows: Flows, { fill, status, doubt }: TradeEntry, sign: 1 | -1): Flows {
  if (status === "failed" || doubt === "contrary") return flows;
  const cash = sign * cashOf(fill);
  const isSpent = fill.side === "BUY" || isSettled(status);
  return {
    spent: flows.spent - (isSpent ? cash : 0),
    settled: flows.settled + (isSettled(status) ? cash : 0),
    all: flows.all + cash,
    incoming: flows.incoming + (fill.side === "SELL" && !isSettled(status) ? cash : 0),
  };
}

function digestOf(
  state: ExecutorState,
  flows: Flows,
  counts: MarketDigest["counts"],
  { perPercent, perSigma, at }: Delta,
  { book, bookSeenAt }: MarketValue,
): MarketDigest {
  const { inventory, limits, market, now, survey, winner } = state;
  const isOver = winner !== null || now.epochMs >= market.endsAt;
  const isKnown = now.monotonicMs <= after(at, MODEL_AGE_MAX_MS);
  return {
    ...worstCaseOf(state),
    isRead: survey.isFirstDone,
    limitsSeq: limits.seq,
    spent: microUsdc(flows.spent),
    settledFlow: microUsdc(flows.settled),
    flow: microUsdc(flows.all),
    incoming: microUsdc(flows.incoming),
    isQuiet: isAtRest(state),
    mayRest: workingOrders(state).some(isPossiblyLive),
    isOver,
    stock: {
      YES: microShares(effective(inventory, "YES")),
      NO: microShares(effective(inventory, "NO")),
    },
    deltaPerPercent: isOver ? 0 : isKnown ? perPercent : null,
    deltaPerSigma: isOver ? 0 : isKnown ? perSigma : null,
    mark: {
      YES: book?.value.YES.bids[0]?.price ?? null,
      NO: book?.value.NO.bids[0]?.price ?? null,
      at: bookSeenAt ?? monotonicMs(0),
    },
    winner,
    counts,
  };
}

const PERCENT = 0.01;
