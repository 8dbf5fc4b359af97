/**
 * One survey of the venue against what we believe.
 *
 * 1. A survey only adds evidence: it forgets no order, and books no fill twice.
 * 2. An order is absent only after two surveys that do not show it: the first begun when no late
 *    booking could follow, the second `surveyGapMs` later, with the trades read after each.
 * 3. A sighting between the two starts the count again.
 * 4. An order on our account that we did not place keeps the gate shut.
 * 5. The venue's count of what we own is believed when two surveys agree on it and nothing of ours
 *    moves: at the beginning, and later where it differs from what our trades add up to.
 */
import {
  BALANCE_MAX,
  type Balances,
  type MicroUsdc,
  type MonotonicMs,
  type OrderReport,
  type Survey,
  TOKENS,
  type WorkingOrder,
  after,
  formatMicro,
  microUsdc,
  minus,
  plus,
  smaller,
} from "../types/index.ts";
import { cashOf, isPending, isSettled } from "./inventory.ts";
import { DUST } from "./orderTable.ts";
import {
  type HoldingsReading,
  type ExecutorConfig,
  type ExecutorState,
  workingOrders,
} from "./state.ts";
import { weighSurvey } from "./stop.ts";
import { evolveTrade, pendingSince } from "./trades.ts";
import { evolveReport, findOrder, noteAnomaly, signalOrder, withOrder } from "./workingOrders.ts";

export function evolveSurvey(
  state: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  const withTrades = survey.trades.reduce(evolveTrade, withoutUnreadable(state));
  const owning = evolveBalances(withTrades, survey, beganAt, config);
  const reported = [...survey.openOrders, ...survey.byId].reduce(
    (acc, report) => evolveSurveyedOrder(acc, report, beganAt, config),
    owning,
  );
  // For a closed order, two surveys prove that its missing trades will not come.
  const weighed = workingOrders(reported).reduce(
    (acc, order) => weighAbsence(acc, order, beganAt, config),
    reported,
  );
  return weighSurvey(surveyAnswered(weighed, survey, beganAt), survey, beganAt, config);
}

/** What the survey shows again as unreadable is noted again. */
const withoutUnreadable = (state: ExecutorState): ExecutorState =>
  state.survey.unreadable.length === 0
    ? state
    : { ...state, survey: { ...state.survey, unreadable: [] } };

/** A trade that settled within this time may be missing from the balances. */
const BALANCE_LAG_MS = 10_000;
/** Nothing of ours has moved for this long before the venue's count may overrule ours. */
const COMPARE_QUIET_MS = 60_000;

function evolveBalances(
  state: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  if (!state.survey.isFirstDone) {
    // A trade that settles between two reads of a survey may be in the balances, and not in the trades.
    const isStill = state.tradeCount === 0 && workingOrders(state).length === 0;
    return isStill || isConfirmed(state, survey, beganAt, config)
      ? withAccountCash(
          withVenueHoldings(state, survey.balances),
          survey.balances.cash,
          budgetLeft(survey, config),
        )
      : withHoldingsReading(state, holdingsReadingOf(state, survey, beganAt));
  }
  if (!isComparable(state, survey, beganAt)) return withHoldingsReading(state, null);
  // Other markets spend the account's cash too: a difference is no contradiction, but a limit.
  const { settled } = state.inventory.cash;
  const paid = withAccountCash(state, survey.balances.cash, plus(settled, state.cashMissing));
  const difference = differenceTo(paid, survey.balances);
  if (difference === null) return withHoldingsReading(paid, null);
  if (!isConfirmed(paid, survey, beganAt, config)) {
    return withHoldingsReading(paid, holdingsReadingOf(paid, survey, beganAt));
  }
  return noteAnomaly(
    withVenueHoldings(paid, survey.balances),
    `what we own is not what our trades add up to; the venue's count holds: ${difference}`,
  );
}

/** The budget after what an earlier session has spent and earned in this market, once settled. */
function budgetLeft({ trades }: Survey, { budget }: ExecutorConfig): MicroUsdc {
  const fills = trades.filter(({ status }) => isSettled(status)).flatMap((trade) => trade.fills);
  const flow = fills.reduce((sum, fill) => sum + cashOf(fill), 0);
  return microUsdc(Math.max(0, Math.min(budget + flow, BALANCE_MAX)));
}

/** No fill is owed, and nothing of ours has moved for so long that lagging balances are right. */
function isComparable(state: ExecutorState, survey: Survey, beganAt: MonotonicMs): boolean {
  const { winner, now, market, inventoryChangedAt } = state;
  const isCounted = ({ orderId, sizeMatched }: OrderReport): boolean => {
    const order = findOrder(state, orderId);
    return order === undefined || sizeMatched <= plus(order.matched, DUST);
  };
  return (
    winner === null &&
    state.survey.unreadable.length === 0 &&
    now.epochMs < market.endsAt &&
    pendingSince(state) === null &&
    beganAt >= after(inventoryChangedAt, COMPARE_QUIET_MS) &&
    workingOrders(state).every(({ phase }) => phase === "resting") &&
    [...survey.openOrders, ...survey.byId].every(isCounted)
  );
}

/** Which balances of shares differ from ours, in words; null where none does. */
function differenceTo({ inventory }: ExecutorState, balances: Balances): string | null {
  const tokens = TOKENS.filter(
    (token) => Math.abs(balances[token] - inventory[token].settled) > DUST,
  );
  const found = tokens.map(
    (token) =>
      `${token} ${formatMicro(balances[token])}, not ${formatMicro(inventory[token].settled)}`,
  );
  return found.length === 0 ? null : found.join(", ");
}

function isConfirmed(
  { survey: { holdingsReading } }: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  { surveyGapMs }: ExecutorConfig,
): boolean {
  if (holdingsReading === null || !isSameReading(holdingsReading, survey)) return false;
  // A trade that has just settled, or is about to, may be missing from both readings.
  const isRecent = survey.trades.some(
    ({ status }) => status !== "confirmed" && status !== "failed",
  );
  return beganAt >= after(holdingsReading.beganAt, isRecent ? BALANCE_LAG_MS : surveyGapMs);
}

// Cash is not compared, because other markets move it.
const isSameReading = ({ balances, trades }: HoldingsReading, survey: Survey): boolean =>
  balances.YES === survey.balances.YES &&
  balances.NO === survey.balances.NO &&
  trades === tradesOf(survey);

const tradesOf = ({ trades }: Survey): string =>
  trades
    .map(({ id, status }) => `${id} ${status}`)
    .toSorted()
    .join();

/** A reading that repeats the one before keeps the age of the first. */
const holdingsReadingOf = (
  { survey: { holdingsReading } }: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
): HoldingsReading =>
  holdingsReading !== null && isSameReading(holdingsReading, survey)
    ? holdingsReading
    : { beganAt, balances: survey.balances, trades: tradesOf(survey) };

const withHoldingsReading = (
  state: ExecutorState,
  holdingsReading: HoldingsReading | null,
): ExecutorState =>
  state.survey.holdingsReading === holdingsReading
    ? state
    : { ...state, survey: { ...state.survey, holdingsReading } };

/** Takes over the venue's count of shares; trades that have settled are part of that count. */
function withVenueHoldings(state: ExecutorState, balances: Balances): ExecutorState {
  const { inventory, survey, trades } = state;
  return {
    ...state,
    inventoryStep: state.step,
    inventoryChangedAt: state.now.monotonicMs,
    inventory: {
      ...inventory,
      YES: { ...inventory.YES, settled: balances.YES },
      NO: { ...inventory.NO, settled: balances.NO },
    },
    trades: mapValues(trades, (shard) =>
      mapValues(shard, (entry) =>
        isPending(entry.status) ? entry : { ...entry, isBaseline: true },
      ),
    ),
    survey: { ...survey, holdingsReading: null },
  };
}

/** Our own sum of cash, or what the account has where that is less; the rest is missing. */
function withAccountCash(state: ExecutorState, account: MicroUsdc, ours: MicroUsdc): ExecutorState {
  const settled = smaller(account, ours);
  const { inventory } = state;
  return {
    ...state,
    cashMissing: minus(ours, settled),
    inventory: { ...inventory, cash: { ...inventory.cash, settled } },
  };
}

const mapValues = <Value>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** If a survey that began well after an order closed shows the order live, the survey is believed. */
function evolveSurveyedOrder(
  state: ExecutorState,
  report: OrderReport,
  beganAt: MonotonicMs,
  { surveyGapMs }: ExecutorConfig,
): ExecutorState {
  const order = findOrder(state, report.orderId);
  // A lagging list may still show an order that has just ended, or that our fills have used up.
  const isBack =
    report.status === "live" &&
    order?.phase === "closed" &&
    order.matched < order.size &&
    beganAt >= after(order.phaseSince, surveyGapMs);
  return isBack ? signalOrder(state, order.id, "reappeared") : evolveReport(state, report);
}

function weighAbsence(
  state: ExecutorState,
  order: WorkingOrder,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  // The order was seen since the survey began, perhaps by the survey itself.
  if (order.phase !== "closed" && order.seenAt !== null && beganAt <= order.seenAt) return state;
  switch (order.phase) {
    case "placing":
    case "cancelling":
      return state; // an answer is on its way
    case "resting":
      return signalOrder(state, order.id, "cancelGone");
    case "unknown":
      return beganAt >= settledBy(order, config)
        ? countAbsence(state, order, beganAt, config)
        : state;
    case "closed":
      // The end was acknowledged and the trades were read after that, so nothing more will match.
      // Where the venue has counted matches, their trades may come late, but not for ever.
      return beganAt >=
        after(order.phaseSince, order.finalMatched === null ? config.surveyGapMs : TRADES_LATE_MS)
        ? countAbsence(state, order, beganAt, config)
        : state;
  }
}

/** The venue's count of matches runs ahead of its trades, but not longer than this. */
const TRADES_LATE_MS = 120_000;

/** The first survey without the order counts, the second decides. */
function countAbsence(
  state: ExecutorState,
  order: WorkingOrder,
  beganAt: MonotonicMs,
  { surveyGapMs }: ExecutorConfig,
): ExecutorState {
  if (order.absentSince === null) return withOrder(state, { ...order, absentSince: beganAt });
  return beganAt >= after(order.absentSince, surveyGapMs)
    ? signalOrder(state, order.id, "provenAbsent")
    : state;
}

/** A survey that begins then comes after every late booking, and after the order was last seen. */
const settledBy = (order: WorkingOrder, config: ExecutorConfig): MonotonicMs =>
  after(order.seenAt ?? order.answerableUntil ?? order.phaseSince, config.lateBookingMs);

function surveyAnswered(state: ExecutorState, survey: Survey, beganAt: MonotonicMs): ExecutorState {
  const { wantedSince, compareSince, holdingsReading, isFirstDone } = state.survey;
  const isOwningKnown = isFirstDone || holdingsReading === null;
  const hasForeign = survey.openOrders.some(({ orderId }) => !findOrder(state, orderId));
  const isAnswered = wantedSince !== null && beganAt >= wantedSince && !hasForeign && isOwningKnown;
  return {
    ...state,
    survey: {
      ...state.survey,
      wantedSince: isAnswered ? null : wantedSince,
      compareSince: compareSince !== null && beganAt >= compareSince ? null : compareSince,
      isFirstDone: isOwningKnown,
    },
  };
}
