/** An event to what we now know. Nothing is asked for here; only `decide` does that. */
import {
  type CancelAnswer,
  type Event,
  type FeedName,
  type InputName,
  type InputTimes,
  type LegAnswer,
  type Instant,
  type MonotonicMs,
  type NotSent,
  type OperatorCommand,
  type OrderId,
  type Refusal,
  type RefusalReason,
  type RequestId,
  type Stamped,
  TOKENS,
  type TradeReport,
  type WorkingOrder,
  after,
  areSound,
  causeOf,
  larger,
  whyNot,
} from "../types/index.ts";
import { evolveCanary } from "./canary.ts";
import { type Condition, heldFrom } from "./due.ts";
import { failedFor, toldOfFailure, works } from "./failures.ts";
import { isToStop } from "./gate.ts";
import { endedByOrder, endedByRequest, isOfOneOrder, triedNow, withLasting } from "./lasting.ts";
import { GTD_MARGIN_MS, RECEIPT_OVERDUE_MS, isInFlight, sighting } from "./orderTable.ts";
import { backoffMs, forgetRefusal, rememberRefusal } from "./refusals.ts";
import { ordersOf } from "./remembered.ts";
import { readOn } from "./resync.ts";
import { isNewer, withVenueMode, withoutVenueMode } from "./venueMode.ts";
import {
  type ExecutorConfig,
  type ExecutorState,
  type PendingSurvey,
  type UnreadSurvey,
  UNSEEN,
} from "./state.ts";
import {
  cancelAllUnderWay,
  cooldownEndsAt,
  endCancelAll,
  endStop,
  isCancelAllOverdue,
  weighOrders,
} from "./stop.ts";
import { evolveTrade } from "./trades.ts";
import {
  evolveReport,
  findOrder,
  noteAnomaly,
  signalOrder,
  wantSurvey,
  withOrder,
} from "./workingOrders.ts";

export function evolve(
  state: ExecutorState,
  input: Stamped,
  config: ExecutorConfig,
): ExecutorState {
  const current: ExecutorState = { ...state, step: input.seq, now: input.at };
  const evolved = readOn(evolveEvent(current, input.event, config), config);
  const marked = config.canary ? evolveCanary(evolved, input.event) : evolved;
  return evolveTime(marked, config);
}

function evolveEvent(state: ExecutorState, event: Event, config: ExecutorConfig): ExecutorState {
  switch (event.type) {
    case "clock.ticked":
      return { ...state, seen: event.seen ? toldOf(state.seen, event.seen) : UNSEEN };
    case "intent.published": {
      const { intent } = event;
      if (state.intent !== null && intent.seq <= state.intent.seq) return state;
      const unseenMatches = state.unseenMatches.filter(({ step }) => step > intent.inventoryStep);
      return { ...state, intent, unseenMatches };
    }
    case "parameters.changed":
      return state; // of the strategy alone: journalled, so that its intents can be understood
    case "account.limitsChanged":
      // Newer ones may have come first.
      return event.limits.seq > state.limits.seq ? { ...state, limits: event.limits } : state;
    case "operator.commanded":
      return evolveCommand(state, event.command, event.reason, event.accountEpoch);
    case "feed.restored":
      return {
        // What happened before the channel opened, only a survey begun after that can show.
        ...works(
          event.feed === "user" && event.session > state.feeds.user.session
            ? wantSurvey(state)
            : state,
          event.feed,
        ),
        feeds: { ...state.feeds, [event.feed]: { isAlive: true, session: event.session } },
        seen: withInputsOf(state.seen, event.feed, state.now.monotonicMs),
      };
    case "feed.lost":
      if (event.session < state.feeds[event.feed].session) return state;
      return {
        ...state,
        feeds: { ...state.feeds, [event.feed]: { isAlive: false, session: event.session } },
        seen: withInputsOf(state.seen, event.feed, null),
      };
    case "feed.failed":
      return toldOfFailure(state, event.feed, event);
    case "heartbeat.failed":
      return toldOfFailure(state, "heartbeat", event);
    case "heartbeat.beaten": {
      const heard = endedByRequest(state, "heartbeat", state.now.monotonicMs);
      return { ...works(heard, "heartbeat"), isHeartbeatArmed: true, isHeartbeatLapsed: false };
    }
    case "heartbeat.refused":
      return withLasting(state, event.refusal, "heartbeat", state.now.monotonicMs) ?? state;
    case "heartbeat.lapsed":
      return { ...state, isHeartbeatLapsed: true };
    case "permits.changed":
      return { ...state, arePermitsShort: event.areShort };
    case "load.changed":
      return { ...state, behind: event.isBehind ? event.detail : null };
    case "market.rulesChanged":
      return areSound(event.rules)
        ? { ...state, market: { ...state.market, rules: event.rules } }
        : noteAnomaly(state, `rules that no order of ours fits: tick ${event.rules.tick}`);
    case "market.resolved":
      return { ...state, winner: event.winner };
    case "order.reported":
      return evolveReport(state, event.report);
    case "trade.reported":
      return evolveTrade(state, event.report);
    case "order.acked":
      return evolveLegAnswer(
        state,
        event.orderId,
        { type: "acked", orderId: event.venueId },
        config,
      );
    case "order.rejected":
      return evolveLegAnswer(
        state,
        event.orderId,
        { type: "rejected", refusal: event.refusal },
        config,
      );
    case "order.notSent":
    case "order.answeredLate":
      return evolveLegAnswer(state, event.orderId, event.answer, config);
    case "order.unknown":
      return evolveDoubt(evolveSilence(state, event.orderId, event.cause, config), event);
    case "cancel.acked":
      return evolveCancelled(state, event.orderId);
    case "cancel.refused":
      return retryCancel(
        cancelAnswered(state, event.orderId),
        event.orderId,
        event.isGone ? "cancelGone" : "cancelRefused",
      );
    case "cancel.unknown": {
      const inMode = event.refusal === undefined ? null : withVenueMode(state, event.refusal);
      return inMode === null
        ? retryCancel(refusedRequest(state, event.refusal), event.orderId, "cancelLost")
        : signalOrder(inMode, event.orderId, "cancelLost");
    }
    case "cancelAll.answered":
      return evolveCancelAll(state, event.requestId, event.answer);
    case "survey.answered": {
      const { pending } = state.survey;
      if (pending?.requestId !== event.requestId) {
        return noteAnomaly(state, `an answer to a survey nobody awaits: ${event.requestId}`);
      }
      const heard = works(endedByRequest(state, "survey", pending.beganAt), "survey");
      return surveyEnded(heard, 0, {
        ...pending,
        trades: event.survey.trades,
        survey: event.survey,
      });
    }
    case "survey.failed": {
      const { pending } = state.survey;
      // A survey that was given up on fails late, when another may be under way.
      if (pending?.requestId !== event.requestId) return state;
      const failed = surveyFailed(
        failedFor(state, "survey", event.detail),
        pending,
        event.trades ?? [],
        event.refusal?.retryAfterMs ?? 0,
      );
      return refusedRequest(failed, event.refusal);
    }
    default:
      return event satisfies never;
  }
}

const INPUTS_OF: Readonly<Record<FeedName, readonly InputName[]>> = {
  market: TOKENS,
  user: [],
  reference: ["reference"],
  settlement: ["settlement"],
};

/** A link that is back begins with its own moment; of a lost one nothing is known. */
const withInputsOf = (seen: InputTimes, feed: FeedName, at: MonotonicMs | null): InputTimes =>
  INPUTS_OF[feed].reduce((acc, input) => ({ ...acc, [input]: at }), seen);

/**
 * An input that has not been seen since its link came back is as old as that. What is told counts
 * even where it is older: a market that begins hears that the reference is up, however long it is quiet.
 */
const toldOf = (known: InputTimes, told: Partial<InputTimes>): InputTimes => ({
  reference: told.reference ?? known.reference,
  settlement: told.settlement ?? known.settlement,
  YES: told.YES ?? known.YES,
  NO: told.NO ?? known.NO,
});

function evolveLegAnswer(
  state: ExecutorState,
  id: OrderId,
  answer: LegAnswer | NotSent,
  config: ExecutorConfig,
): ExecutorState {
  const order = findOrder(state, id);
  if (!order) return noteAnomaly(state, `${answer.type} for an order we do not know: ${id}`);
  switch (answer.type) {
    case "acked": {
      const tried = endedByOrder(state, order);
      const free = isNewer(state, order.placedAt) ? withoutVenueMode(tried) : tried;
      const acked = signalOrder(free, id, sighting(order, "acked"));
      return withVenueId(acked, order.id, answer.orderId);
    }
    case "rejected": {
      const { reason, retryAfterMs } = answer.refusal;
      // The venue has an order that it calls a duplicate.
      if (reason === "duplicate") return evolveSilence(state, id, "lost", config);
      const refused = signalOrder(state, id, "rejected");
      // A late answer does not say what the venue takes now.
      const ofAll =
        order.phase === "placing"
          ? (withVenueMode(refused, answer.refusal) ??
            withLasting(refused, answer.refusal, "order", order.placedAt))
          : null;
      if (ofAll !== null) return ofAll;
      const reached = isOfOneOrder(reason) ? endedByOrder(refused, order) : refused;
      return compareAfter(rememberRefusal(reached, order, reason, retryAfterMs), reason);
    }
    case "notSent": {
      const unsent = signalOrder(state, id, "notSent");
      const isOurDoing = answer.cause === "epoch" || answer.cause === "displaced";
      return isOurDoing ? unsent : rememberRefusal(unsent, order, "notSent", answer.retryAfterMs);
    }
  }
}

/** What the venue says we own is asked for at once. */
function compareAfter(state: ExecutorState, reason: RefusalReason): ExecutorState {
  if (reason !== "insufficientBalance") return state;
  const now = state.now.monotonicMs;
  return { ...state, survey: { ...state.survey, compareSince: now, balanceRefusedAt: now } };
}

/** A stop gives up on a request that is under way; otherwise its deadline has passed already. */
function evolveSilence(
  state: ExecutorState,
  id: OrderId,
  cause: Extract<Event, { type: "order.unknown" }>["cause"],
  { placeDeadlineMs }: ExecutorConfig,
): ExecutorState {
  const silent = signalOrder(state, id, "answerLost");
  const order = findOrder(silent, id);
  if (order?.phase !== "unknown") return silent;
  const now = state.now.monotonicMs;
  const answerableUntil = cause === "stopped" ? after(now, placeDeadlineMs) : now;
  return withOrder(silent, { ...order, answerableUntil });
}

/**
 * An answer that does not prove a refusal: the order is looked up, and what was said of the next
 * ones holds all the same. The look-up waits a moment too: whoever answered may refuse it as well.
 */
function evolveDoubt(
  state: ExecutorState,
  { orderId, refusal }: Extract<Event, { type: "order.unknown" }>,
): ExecutorState {
  const order = findOrder(state, orderId);
  if (refusal === undefined || order === undefined) return state;
  const { reason, retryAfterMs } = refusal;
  const known =
    withVenueMode(state, refusal) ?? rememberRefusal(state, order, reason, retryAfterMs);
  return surveyNotBefore(known, Math.max(backoffMs(1), retryAfterMs ?? 0));
}

/** The venue calls an order by another id than its hash: believe the venue, and raise an alert. */
function withVenueId(state: ExecutorState, ours: OrderId, theirs: OrderId): ExecutorState {
  const order = findOrder(state, ours);
  if (theirs === ours || !order) return state;
  const known = withOrder(state, { ...order, venueId: theirs });
  return noteAnomaly(known, `the venue calls order ${ours} by another id: ${theirs}`);
}

function evolveCommand(
  state: ExecutorState,
  command: OperatorCommand,
  reason: string,
  accountEpoch: number,
): ExecutorState {
  const commanded = { ...state, epoch: { ...state.epoch, account: accountEpoch } };
  return command === "resync"
    ? wantSurvey(triedNow(commanded))
    : { ...commanded, operator: { level: command, reason } };
}

function evolveCancelAll(
  state: ExecutorState,
  requestId: RequestId,
  answer: CancelAnswer,
): ExecutorState {
  const underWay = cancelAllUnderWay(state);
  if (underWay?.requestId !== requestId) {
    return noteAnomaly(state, `an answer to a cancel-all nobody awaits: ${requestId}`);
  }
  const resting = answer.type === "answered" ? answer.refused.filter(isProofOfLife) : [];
  const ended = endCancelAll(state, answer.type === "answered" && resting.length === 0);
  const cancelling = ordersOf(ended).filter(({ phase }) => phase === "cancelling");
  if (answer.type !== "answered") {
    const refusal = answer.type === "notSent" ? undefined : answer.refusal;
    const cause = answer.type === "refused" ? answer.refusal.text : whyNot(answer);
    const failed = failedFor(ended, "cancelAll", causeOf("cancel-all", cause));
    const inMode = (refusal && withVenueMode(failed, refusal)) ?? refusedRequest(failed, refusal);
    // A cancel-all that was not carried out does not prove that the orders rest.
    return cancelling.reduce((acc, { id }) => signalOrder(acc, id, "cancelLost"), inMode);
  }
  const cancelled = answer.cancelled.reduce(
    (acc, id) => signalOrder(acc, id, "endAcked"),
    works(isNewer(state, underWay.askedAt) ? cancelsTaken(ended) : ended, "cancelAll"),
  );
  const refused = resting.reduce(
    (acc, { orderId }) => signalOrder(acc, orderId, "cancelRefused"),
    cancelled,
  );
  // An order that the answer does not list may have matched, or may be booked yet.
  return ordersOf(refused)
    .filter(({ phase }) => phase === "cancelling")
    .reduce((acc, { id }) => signalOrder(acc, id, "cancelGone"), refused);
}

/** An order whose cancel is refused rests, unless the reason is that the order is gone. */
const isProofOfLife = ({
  refusal,
}: Extract<CancelAnswer, { type: "answered" }>["refused"][number]): boolean =>
  refusal.reason !== "gone";

/** In a mode that always takes cancels, a cancel that was carried out does not end the mode. */
const cancelsTaken = (state: ExecutorState): ExecutorState =>
  state.venueMode?.mode === "cancelOnly" || state.venueMode?.mode === "postOnly"
    ? state
    : withoutVenueMode(state);

/** A cancel sent since the last refusal was answered for its own order, whatever the answer. */
function cancelAnswered(state: ExecutorState, id: OrderId): ExecutorState {
  const asked = findOrder(state, id);
  return asked !== undefined && isNewer(state, asked.phaseSince) ? cancelsTaken(state) : state;
}

/** An order that rested for this long was accepted for good. */
const LASTED_MS = 500;

function evolveCancelled(state: ExecutorState, id: OrderId): ExecutorState {
  const cancelled = signalOrder(cancelAnswered(state, id), id, "endAcked");
  const order = findOrder(cancelled, id);
  return order && state.now.monotonicMs >= after(order.placedAt, LASTED_MS)
    ? forgetRefusal(cancelled, order)
    : cancelled;
}

/** Surveys show whether an order called gone is booked late, so cancels can be few. */
const GONE_RETRY_MS = 2_000;

/** A cancel that did nothing is tried again later; "gone" is not a failure. */
function retryCancel(
  state: ExecutorState,
  id: OrderId,
  signal: "cancelGone" | "cancelRefused" | "cancelLost",
): ExecutorState {
  const signalled = signalOrder(state, id, signal);
  const order = findOrder(signalled, id);
  if (!order || order.phase === "closed") return signalled;
  const isFailure = signal !== "cancelGone";
  const failures = order.cancelFailures + (isFailure ? 1 : 0);
  const pauseMs = isFailure ? backoffMs(failures) : GONE_RETRY_MS;
  return withOrder(signalled, {
    ...order,
    cancelFailures: failures,
    cancelRetryAt: after(state.now.monotonicMs, pauseMs),
  });
}

/** A cancel and a survey fail for the same reasons, of which only a survey is repeated for ever. */
const refusedRequest = (
  state: ExecutorState,
  refusal: Refusal<RefusalReason> | undefined,
): ExecutorState =>
  (refusal && withLasting(state, refusal, "survey", state.now.monotonicMs)) ?? state;

function surveyEnded(
  state: ExecutorState,
  failures: number,
  { trades, survey, beganAt, beganAtEpochMs }: Omit<UnreadSurvey, "taken">,
): ExecutorState {
  const unread =
    survey === null && trades.length === 0
      ? null
      : { trades, taken: 0, survey, beganAt, beganAtEpochMs };
  return { ...state, survey: { ...state.survey, pending: null, failures, unread } };
}

/** Longest pause between surveys that keep failing, whatever the venue asks for. */
const SURVEY_RETRY_MS_MAX = 8_000;

/** The trades that were read are facts all the same; what is missing keeps it from being a proof. */
function surveyFailed(
  state: ExecutorState,
  pending: PendingSurvey,
  trades: readonly TradeReport[],
  retryAfterMs = 0,
): ExecutorState {
  const failures = state.survey.failures + 1;
  const ended = surveyEnded(state, failures, { ...pending, trades, survey: null });
  return surveyNotBefore(ended, Math.max(backoffMs(failures), retryAfterMs));
}

function surveyNotBefore(state: ExecutorState, pauseMs: number): ExecutorState {
  const until = after(state.now.monotonicMs, Math.min(SURVEY_RETRY_MS_MAX, pauseMs));
  const notBefore = larger(state.survey.notBefore, until);
  return { ...state, survey: { ...state.survey, notBefore } };
}

const hasRested = ({ phase, phaseSince }: WorkingOrder, { monotonicMs }: Instant): boolean =>
  phase === "resting" && monotonicMs >= after(phaseSince, LASTED_MS);

/** What time alone changes. */
function evolveTime(before: ExecutorState, config: ExecutorConfig): ExecutorState {
  let accepted = before;
  for (const order of ordersOf(before)) {
    if (hasRested(order, before.now)) accepted = forgetRefusal(accepted, order);
  }
  const state = weighOrders(evolveOverdue(evolveExpiries(accepted, config), config));
  const isCooledDown = heldFrom(cooldownEndsAt(state, config), state.now).holds;
  return isCooledDown && !isToStop(state, config) ? endStop(state, config) : state;
}

function evolveOverdue(before: ExecutorState, config: ExecutorConfig): ExecutorState {
  let orders = before;
  for (const order of ordersOf(before)) {
    if (!isReceiptOverdue(order, before.now).holds) continue;
    const { id, phase } = order;
    const noted = noteAnomaly(orders, `no receipt for an order that is ${phase}: ${id}`);
    orders =
      phase === "placing"
        ? evolveSilence(noted, id, "deadline", config)
        : retryCancel(noted, id, "cancelLost");
  }
  const { survey } = orders;
  const underWay = cancelAllUnderWay(orders);
  const stopped =
    underWay !== null && isCancelAllOverdue(orders).holds
      ? evolveCancelAll(orders, underWay.requestId, { type: "lost", detail: "no receipt" })
      : orders;
  const { pending } = survey;
  return pending && heldFrom(after(pending.beganAt, SURVEY_OVERDUE_MS), before.now).holds
    ? surveyFailed(failedFor(stopped, "survey", "no receipt"), pending, [])
    : stopped;
}

/** The gateway reads the trades of a survey for a minute at most. */
const SURVEY_OVERDUE_MS = 70_000;

/** The gateway owes an answer about the order, and would have given up before. */
export const isReceiptOverdue = (order: WorkingOrder, now: Instant): Condition =>
  heldFrom(isInFlight(order) ? after(order.phaseSince, RECEIPT_OVERDUE_MS) : null, now);

/** The venue removes a GTD order before its expiry; this long after that it is surely gone. */
const EXPIRED_FOR_SURE_MS = 60_000;

/** Expired on both clocks, because a wall clock may step. */
function evolveExpiries(state: ExecutorState, { orderLifeMs }: ExecutorConfig): ExecutorState {
  if (orderLifeMs === null) return state;
  const { now } = state;
  const isExpired = ({ phase, expiresAt, placedAt }: WorkingOrder): boolean =>
    phase === "unknown" &&
    expiresAt !== null &&
    now.epochMs >= after(expiresAt, EXPIRED_FOR_SURE_MS) &&
    now.monotonicMs >= after(placedAt, orderLifeMs + GTD_MARGIN_MS + EXPIRED_FOR_SURE_MS);
  let evolved = state;
  for (const order of ordersOf(state)) {
    if (isExpired(order)) evolved = signalOrder(evolved, order.id, "provenAbsent");
  }
  return evolved;
}
