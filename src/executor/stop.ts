/**
 * The life of a stop: cancel everything, wait until no request can be answered any more, let two
 * surveys show that nothing rests, and stay halted until the cause has gone. Every transition is in
 * this table, and only this file reads what a state carries.
 *
 * `ignore` is a signal that adds nothing. `anomaly` contradicts what we know: change nothing, raise
 * an alert, and survey the venue.
 */
import {
  type MonotonicMs,
  type RequestId,
  type Survey,
  type WorkingOrder,
  after,
  mayRest,
} from "../types/index.ts";
import { type Condition, heldFrom } from "./due.ts";
import { requestIdOf } from "./identity.ts";
import { RECEIPT_OVERDUE_MS, isInFlight, isPossiblyLive } from "./orderTable.ts";
import { ordersOf } from "./remembered.ts";
import {
  type CancelAllResult,
  type ExecutorConfig,
  type ExecutorState,
  type Stop,
} from "./state.ts";
import { unfinishedSince } from "./trades.ts";
import { noteAnomaly } from "./workingOrders.ts";

export type StopSignal =
  /** Everything is being cancelled: the beginning of a stop, or another attempt. */
  | "cancelAllSent"
  /** Carried out by the venue, with no order that it could not cancel. */
  | "cancelAllAnswered"
  /** Lost, not sent, refused, or an order could not be cancelled. */
  | "cancelAllFailed"
  /** No order has a request under way, or one that may still be carried out. */
  | "becameQuiet"
  | "becameBusy"
  /** Begun after the last late booking; the second one also long enough after the first. */
  | "surveyEmpty"
  | "surveyNotEmpty"
  /** An order of ours may be live after all. */
  | "orderFound"
  /** The cooldown is over, and nothing is left to stop for. */
  | "causeGone";

export const STOP_TABLE = {
  running: {
    cancelAllSent: "cancelling",
    cancelAllAnswered: "anomaly",
    cancelAllFailed: "anomaly",
    becameQuiet: "ignore",
    becameBusy: "ignore",
    surveyEmpty: "ignore",
    surveyNotEmpty: "ignore",
    orderFound: "ignore",
    causeGone: "ignore",
  },
  cancelling: {
    cancelAllSent: "cancelling",
    cancelAllAnswered: "draining",
    cancelAllFailed: "draining",
    becameQuiet: "ignore", // the cancel-all itself is under way
    becameBusy: "ignore",
    surveyEmpty: "ignore",
    surveyNotEmpty: "ignore",
    orderFound: "ignore",
    causeGone: "ignore", // a stop is carried through, whatever becomes of its cause
  },
  draining: {
    cancelAllSent: "cancelling",
    cancelAllAnswered: "anomaly",
    cancelAllFailed: "anomaly",
    becameQuiet: "quiet",
    becameBusy: "ignore",
    surveyEmpty: "ignore",
    surveyNotEmpty: "ignore",
    orderFound: "ignore",
    causeGone: "ignore",
  },
  quiet: {
    cancelAllSent: "cancelling",
    cancelAllAnswered: "anomaly",
    cancelAllFailed: "anomaly",
    becameQuiet: "ignore",
    becameBusy: "draining",
    surveyEmpty: "emptyOnce",
    surveyNotEmpty: "ignore",
    orderFound: "ignore",
    causeGone: "ignore",
  },
  emptyOnce: {
    cancelAllSent: "cancelling",
    cancelAllAnswered: "anomaly",
    cancelAllFailed: "anomaly",
    becameQuiet: "ignore",
    becameBusy: "draining",
    surveyEmpty: "halted",
    surveyNotEmpty: "quiet",
    orderFound: "ignore",
    causeGone: "ignore",
  },
  halted: {
    cancelAllSent: "cancelling",
    cancelAllAnswered: "anomaly",
    cancelAllFailed: "anomaly",
    becameQuiet: "ignore",
    becameBusy: "ignore",
    surveyEmpty: "ignore",
    surveyNotEmpty: "ignore",
    orderFound: "draining",
    causeGone: "running",
  },
} as const satisfies Record<
  Stop["state"],
  Record<StopSignal, Stop["state"] | "ignore" | "anomaly">
>;

/** One signal applied to the stop; `at` is the moment that the signal is about. */
export function signalStop(
  state: ExecutorState,
  signal: StopSignal,
  at: MonotonicMs = state.now.monotonicMs,
): ExecutorState {
  const verdict = STOP_TABLE[state.stop.state][signal];
  switch (verdict) {
    case "ignore":
      return state;
    case "anomaly":
      return noteAnomaly(state, `${signal} in a stop that is ${state.stop.state}`);
    default:
      return { ...state, stop: entered(verdict, state, signal, at) };
  }
}

function entered(
  name: Stop["state"],
  state: ExecutorState,
  signal: StopSignal,
  at: MonotonicMs,
): Stop {
  const { stop, now } = state;
  const last = resultOf(stop, signal, now.monotonicMs);
  const quietSince = stop.state === "quiet" || stop.state === "emptyOnce" ? stop.quietSince : at;
  switch (name) {
    case "running":
      return { state: name };
    case "cancelling":
      return {
        state: name,
        attempts: last.attempts + 1,
        requestId: cancelAllIdOf(state),
        askedAt: at,
      };
    case "draining":
      return { state: name, last };
    case "quiet":
      return { state: name, last, quietSince };
    case "emptyOnce":
      return { state: name, last, quietSince, emptySince: at };
    case "halted":
      // Proven by the answer, not by the beginning of its survey: the cooldown begins now.
      return { state: name, last, haltedAt: now.monotonicMs };
  }
}

/** Names the cancel-all of this step. */
export const cancelAllIdOf = ({ market, step }: ExecutorState): RequestId =>
  requestIdOf(market.id, step, "cancelAll");

/** A cancel-all is sent again this long after the last one has failed, doubling five times. */
const CANCEL_ALL_RETRY_MS = 250;
const CANCEL_ALL_DOUBLINGS_MAX = 5;

/** How the last cancel-all has ended, once the signal has been applied. */
function resultOf(stop: Stop, signal: StopSignal, now: MonotonicMs): CancelAllResult {
  switch (stop.state) {
    case "running":
      return { attempts: 0, isCarriedOut: false, retryAt: now };
    case "cancelling": {
      const { attempts } = stop;
      const pauseMs = CANCEL_ALL_RETRY_MS * 2 ** Math.min(attempts, CANCEL_ALL_DOUBLINGS_MAX);
      const isCarriedOut = signal === "cancelAllAnswered";
      return { attempts, isCarriedOut, retryAt: after(now, pauseMs) };
    }
    case "halted":
      // Whatever was found has come after the last cancel-all.
      return { ...stop.last, isCarriedOut: false };
    default:
      return stop.last;
  }
}

// ---- what happens to a stop -------------------------------------------------------------------

/** Begins a stop, which raises the market's epoch once, or cancels everything another time. */
export const beginCancelAll = (state: ExecutorState): ExecutorState => ({
  ...signalStop(state, "cancelAllSent"),
  epoch: isStopping(state) ? state.epoch : { ...state.epoch, market: state.epoch.market + 1 },
  mayRestAtVenue: true,
  cautionUntil: null,
});

export const endCancelAll = (state: ExecutorState, isCarriedOut: boolean): ExecutorState =>
  signalStop(state, isCarriedOut ? "cancelAllAnswered" : "cancelAllFailed");

/** What our own orders say of the stop, after every event. */
export function weighOrders(state: ExecutorState): ExecutorState {
  const orders = ordersOf(state);
  switch (state.stop.state) {
    case "running":
      return state;
    case "halted":
      return orders.some(isPossiblyLive)
        ? { ...signalStop(state, "orderFound"), mayRestAtVenue: true }
        : state;
    default: {
      const isQuiet = orders.every((order) => isBeyondAnswering(order, state).holds);
      return signalStop(state, isQuiet ? "becameQuiet" : "becameBusy");
    }
  }
}

/** No request about the order is under way, and none given up on can be within its deadline. */
export const isBeyondAnswering = (
  order: WorkingOrder,
  { now: { monotonicMs } }: ExecutorState,
): Condition => ({
  holds:
    !isInFlight(order) && (order.answerableUntil === null || monotonicMs >= order.answerableUntil),
  dueAt: order.answerableUntil,
});

/** What a survey says of the stop; nothing where it began too early to prove anything. */
export function weighSurvey(
  state: ExecutorState,
  { openOrders }: Survey,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  const { stop } = state;
  if (stop.state !== "quiet" && stop.state !== "emptyOnce") return state;
  if (beganAt < after(stop.quietSince, config.lateBookingMs)) return state;
  if (openOrders.some(mayRest)) return signalStop(state, "surveyNotEmpty");
  if (stop.state === "quiet") return signalStop(state, "surveyEmpty", beganAt);
  if (beganAt < after(stop.emptySince, config.surveyGapMs)) return state;
  if (ordersOf(state).some(isPossiblyLive)) return state;
  return { ...signalStop(state, "surveyEmpty", beganAt), mayRestAtVenue: false };
}

/** Quoting begins again, with half the size at first; asked once nothing is left to stop for. */
export const endStop = (state: ExecutorState, { cautionMs }: ExecutorConfig): ExecutorState => ({
  ...signalStop(state, "causeGone"),
  cautionUntil: after(state.now.monotonicMs, cautionMs),
});

// ---- what others ask of a stop ----------------------------------------------------------------

/** From the first cancel-all until quoting may begin again. */
export const isStopping = ({ stop }: ExecutorState): boolean => stop.state !== "running";

/** Proven: nothing of ours rests. */
export const isHalted = ({ stop }: ExecutorState): boolean => stop.state === "halted";

/** The cancel-all that an answer is awaited for. */
export const cancelAllUnderWay = ({
  stop,
}: ExecutorState): { readonly requestId: RequestId; readonly askedAt: MonotonicMs } | null =>
  stop.state === "cancelling" ? stop : null;

/** No answer has come, and none will: the gateway would have given up before. */
export const isCancelAllOverdue = ({ stop, now }: ExecutorState): Condition =>
  heldFrom(stop.state === "cancelling" ? after(stop.askedAt, RECEIPT_OVERDUE_MS) : null, now);

/** Whether everything has to be cancelled now, if there is a reason to stop. */
export function isCancelAllDue(state: ExecutorState): Condition {
  const { stop, now } = state;
  switch (stop.state) {
    case "running":
      return { holds: true, dueAt: null };
    case "cancelling":
      return { holds: false, dueAt: null };
    case "halted":
      return { holds: false, dueAt: stop.last.retryAt };
    default: {
      const { isCarriedOut, retryAt } = stop.last;
      // A failure matters no more once a survey has shown nothing.
      const isNeeded = hasResting(state) || (!isCarriedOut && stop.state !== "emptyOnce");
      return { holds: isNeeded && now.monotonicMs >= retryAt, dueAt: retryAt };
    }
  }
}

const hasResting = (state: ExecutorState): boolean =>
  ordersOf(state).some(({ phase }) => phase === "resting");

/** When the next of the two surveys that prove a stop may begin; null while none could prove it. */
export function proofSurveyDueAt(
  { stop }: ExecutorState,
  { lateBookingMs, surveyGapMs }: ExecutorConfig,
): MonotonicMs | null {
  switch (stop.state) {
    case "quiet":
      return after(stop.quietSince, lateBookingMs);
    case "emptyOnce":
      return after(stop.emptySince, surveyGapMs);
    default:
      return null;
  }
}

/** When the cooldown ends; null while nothing is proven. */
export const cooldownEndsAt = (
  { stop }: ExecutorState,
  { cooldownMs }: ExecutorConfig,
): MonotonicMs | null => (stop.state === "halted" ? after(stop.haltedAt, cooldownMs) : null);

/** Nothing of ours rests, and nothing that left can rest any more. */
export const isVerifiedEmpty = (state: ExecutorState): boolean =>
  state.survey.isFirstDone &&
  !ordersOf(state).some(isPossiblyLive) &&
  (isHalted(state) || (!isStopping(state) && !state.mayRestAtVenue));

// ---- when a market is left --------------------------------------------------------------------

/** After the end of a resolved market, what may still change is waited for this long. */
const LINGER_MS = 5 * 60_000;
/** A resolution not reported by then is not waited for: its message may be lost. */
const UNRESOLVED_MS = 10 * 60_000;

/** Nothing of this market can change any more, or it is left because the program ends. */
export function isOver(state: ExecutorState, isShuttingDown: boolean): boolean {
  if (isShuttingDown && state.operator.level === "halt") return isVerifiedEmpty(state);
  // A closed order may still owe us fills, and a trade that was mined may yet fail.
  // Before the first survey, nothing is known of what a session before has left.
  const isSettled =
    state.survey.isFirstDone && ordersOf(state).length === 0 && unfinishedSince(state) === null;
  const sinceEndMs = state.now.epochMs - state.market.endsAt;
  return state.winner === null
    ? (isSettled && sinceEndMs > UNRESOLVED_MS) || sinceEndMs > UNRESOLVED_MS + LINGER_MS
    : isSettled || sinceEndMs > LINGER_MS;
}
