/**
 * Where the venue's own account of itself meets our belief.
 *
 * 1. A look only adds evidence: it never forgets an order, and never books a fill twice.
 * 2. What a look does not show is absent only after two looks, the first begun when no late
 *    booking could follow, the second `surveyGapMs` later, with the trades read after each.
 * 3. A sighting between the two starts the count again.
 * 4. An order on our account that we did not place keeps the gate shut.
 */
import {
  type MonotonicMs,
  type OrderId,
  type OrderReport,
  type Survey,
  type WorkingOrder,
  after,
  microUsdc,
} from "../types/index.ts";
import { isPossiblyLive } from "./orders.ts";
import { type ExecutorConfig, type ExecutorState, workingOrders } from "./state.ts";
import { absorbTrade } from "./trades.ts";
import { absorbReport, findOrder, signalOrder, withOrder } from "./working.ts";

export function absorbSurvey(
  state: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  const withTrades = survey.trades.reduce(absorbTrade, adoptBalances(state, survey, config));
  const reported = [...survey.openOrders, ...survey.byId].reduce(
    (sofar, report) => absorbLook(sofar, report, beganAt, config),
    withTrades,
  );
  const shown = new Set<OrderId>([...survey.openOrders, ...survey.byId].map((r) => r.orderId));
  // Of an order that is over, the trades are what is absent, whether it is shown or not.
  const absent = workingOrders(reported).filter(
    ({ id, venueId, phase }) =>
      phase === "closed" || (!shown.has(id) && (venueId === null || !shown.has(venueId))),
  );
  const weighed = absent.reduce(
    (sofar, order) => weighAbsence(sofar, order, beganAt, config),
    reported,
  );
  return withStopEvidence(finished(weighed, survey, beganAt), survey, beganAt, config);
}

/** The first look of a session is where what we own comes from. */
function adoptBalances(
  state: ExecutorState,
  { balances }: Survey,
  { budget }: ExecutorConfig,
): ExecutorState {
  if (state.survey.isFirstDone) return state;
  const { inventory } = state;
  return {
    ...state,
    inventoryStep: state.step,
    inventory: {
      YES: { ...inventory.YES, settled: balances.YES },
      NO: { ...inventory.NO, settled: balances.NO },
      cash: { ...inventory.cash, settled: microUsdc(Math.min(balances.cash, budget)) },
    },
  };
}

/** A look that began well after an order was over, and still shows it live, is believed. */
function absorbLook(
  state: ExecutorState,
  report: OrderReport,
  beganAt: MonotonicMs,
  { surveyGapMs }: ExecutorConfig,
): ExecutorState {
  const order = findOrder(state, report.orderId);
  // A lagging list may still show one that has just ended, or that our fills have used up.
  const isBack =
    report.status === "live" &&
    order?.phase === "closed" &&
    order.matched < order.size &&
    beganAt >= after(order.phaseSince, surveyGapMs);
  return isBack ? signalOrder(state, order.id, "reappeared") : absorbReport(state, report);
}

function weighAbsence(
  state: ExecutorState,
  order: WorkingOrder,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  if (order.phase !== "closed" && order.seenAt !== null && beganAt <= order.seenAt) return state;
  switch (order.phase) {
    case "placing":
    case "cancelling":
      return state; // an answer is on its way
    case "resting":
      return beganAt > order.phaseSince ? signalOrder(state, order.id, "cancelGone") : state;
    case "unknown":
      return beganAt >= settledBy(order, config)
        ? countAbsence(state, order, beganAt, config)
        : state;
    case "closed":
      // Its end was acknowledged, and the trades were read after that: nothing more will match.
      // But what the venue itself has counted as matched is given up only long after its trades
      // were due.
      return beganAt >=
        after(order.phaseSince, order.finalMatched === null ? config.surveyGapMs : TRADES_LATE_MS)
        ? countAbsence(state, order, beganAt, config)
        : state;
  }
}

/** The venue's count of what has matched runs ahead of its trades, but not for minutes. */
const TRADES_LATE_MS = 120_000;

/** The first look counts, the second decides. */
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

/** From here on a late booking, or a reading from before it was seen, can no longer mislead. */
const settledBy = (order: WorkingOrder, config: ExecutorConfig): MonotonicMs =>
  after(order.seenAt ?? order.answerableUntil ?? order.phaseSince, config.lateBookingMs);

function finished(state: ExecutorState, survey: Survey, beganAt: MonotonicMs): ExecutorState {
  const { wantedSince } = state.survey;
  const hasForeign = survey.openOrders.some(({ orderId }) => !findOrder(state, orderId));
  const isAnswered = wantedSince !== null && beganAt >= wantedSince && !hasForeign;
  return {
    ...state,
    survey: {
      ...state.survey,
      wantedSince: isAnswered ? null : wantedSince,
      isFirstDone: true,
    },
  };
}

function withStopEvidence(
  state: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  const { stop } = state;
  if (stop === null || stop.haltedAt !== null || stop.quietSince === null) return state;
  if (beganAt < after(stop.quietSince, config.lateBookingMs)) return state;
  if (survey.openOrders.length > 0) return { ...state, stop: { ...stop, emptySince: null } };
  if (stop.emptySince === null) return { ...state, stop: { ...stop, emptySince: beganAt } };
  if (beganAt < after(stop.emptySince, config.surveyGapMs)) return state;
  if (workingOrders(state).some(isPossiblyLive)) return state;
  return {
    ...state,
    isVenueDirty: false,
    stop: { ...stop, haltedAt: state.now.monotonicMs },
  };
}
