/**
 * What to do about everything we know, blind to which event came last. A thing withheld, refused
 * or interrupted is therefore never forgotten: it is decided again, from the whole, next time.
 */
import {
  type ExecutionPlan,
  type MicroShares,
  type MonotonicMs,
  type OrderId,
  type PlannedOrder,
  SLOTS,
  type Slot,
  type WorkingOrder,
  after,
  microShares,
} from "../types/index.ts";
import {
  type Exposure,
  exposureOf,
  plannedExposure,
  withheldReason,
  slotOrders,
} from "./admission.ts";
import { canaryPlan, isAwaited } from "./canary.ts";
import { type Verdict, gate } from "./gate.ts";
import { GTD_MARGIN_MS, heldSize, isInFlight, isPossiblyLive } from "./orderTable.ts";
import { EMPTY_PLAN, plan } from "./planner.ts";
import { type KeepPolicy, reconcile } from "./reconciler.ts";
import { refusedBefore } from "./refusals.ts";
import { takesCancels, takesOrder } from "./venueMode.ts";
import {
  type HoldingsReading,
  type ExecutorConfig,
  type ExecutorState,
  type Explanation,
  type Stop,
  type Withheld,
  workingOrders,
} from "./state.ts";
import { pendingSince } from "./trades.ts";

/** Asked for by name in one look, oldest first: a look must fit its deadline. */
const SURVEY_IDS_MAX = 8;
/** A GTD order this close to its removal is replaced while it still rests. */
const RENEW_MS = 15_000;
/** While permits are short, an order this far behind its planned price is left where it is. */
const SHED_TICKS = 2;
/** A trade that has not settled by then may have done so unheard: look, this often. */
const SETTLED_WITHIN_MS = 30_000;
const OVERDUE_SURVEY_GAP_MS = 10_000;
/** While anything rests: a user channel may be open and say nothing any more. */
const ROUTINE_SURVEY_GAP_MS = 30_000;
/** After a cancel is acknowledged, the venue's word on what had matched is waited for this long. */
export const CONFIRM_MS = 1_000;

export interface Wave {
  readonly slot: Slot;
  readonly orders: readonly PlannedOrder[];
}

export interface Decision {
  readonly cancelAll: boolean;
  readonly cancels: readonly OrderId[];
  readonly waves: readonly Wave[];
  /** Ids to ask for by name in a look at the venue; null for no look. */
  readonly survey: readonly OrderId[] | null;
  readonly alert: string | null;
  readonly why: Explanation;
}

export function decide(state: ExecutorState, config: ExecutorConfig): Decision {
  const verdict = gate(state, config);
  const isStopping =
    state.stop !== null || (verdict.stops.length > 0 && (state.mayRestAtVenue || hasLive(state)));
  return {
    ...(isStopping ? stopped(state, verdict) : quoted(state, config, verdict)),
    survey: wantsSurvey(state, config) ? unsettledIds(state) : null,
    alert: state.anomalies.count > state.anomalies.told ? state.anomalies.last : null,
  };
}

type Orders = Pick<Decision, "cancelAll" | "cancels" | "waves" | "why">;

function stopped(state: ExecutorState, { stops, pulls }: Verdict): Orders {
  const { stop, now } = state;
  const isDue =
    stop === null ||
    (stop.pending === null &&
      stop.haltedAt === null &&
      now.monotonicMs >= stop.retryAt &&
      (hasResting(state) || (!stop.isAnswered && stop.emptySince === null)));
  return {
    cancelAll: isDue,
    cancels: [],
    waves: [],
    why: { gate: [...stops, ...pulls], plan: null, withheld: [] },
  };
}

function quoted(state: ExecutorState, config: ExecutorConfig, verdict: Verdict): Orders {
  const reasons = [...verdict.stops, ...verdict.pulls];
  const wanted = reasons.length === 0 ? planned(state, config) : EMPTY_PLAN;
  const admitted = SLOTS.reduce<Admitted>((acc, slot) => admit(acc, state, config, wanted, slot), {
    cancels: [],
    waves: [],
    withheld: [],
    exposures: workingOrders(state).map(exposureOf),
  });
  return {
    cancelAll: false,
    cancels: admitted.cancels,
    waves: admitted.waves,
    why: {
      gate: reasons,
      plan: reasons.length === 0 ? wanted : null,
      withheld: admitted.withheld,
    },
  };
}

function planned(state: ExecutorState, config: ExecutorConfig): ExecutionPlan {
  const { intent, inventory, now } = state;
  if (intent === null) return EMPTY_PLAN;
  if (isAwaited(state, config)) return canaryPlan(state);
  return plan({
    intent,
    // Our own SELLs are credited back: a plan that counted them would flip between selling and
    // buying the complement for ever.
    sellable: {
      YES: microShares(inventory.YES.settled - inventory.YES.pendingOut),
      NO: microShares(inventory.NO.settled - inventory.NO.pendingOut),
    },
    inventory,
    matchedSince: { bid: matchedIn(state, "bid"), ask: matchedIn(state, "ask") },
    rules: state.market.rules,
    level: state.operator.level,
    policy: config.minSizePolicy,
    netMax: config.netMax,
    grossMax: config.grossMax,
    flattenSlippage: config.flattenSlippage,
    isCautious: state.cautionUntil !== null && now.monotonicMs < state.cautionUntil,
  });
}

const matchedIn = ({ unseenMatches }: ExecutorState, slot: Slot): MicroShares =>
  microShares(
    unseenMatches.filter((each) => each.slot === slot).reduce((sum, { size }) => sum + size, 0),
  );

interface Admitted {
  readonly cancels: readonly OrderId[];
  readonly waves: readonly Wave[];
  readonly withheld: readonly Withheld[];
  readonly exposures: readonly Exposure[];
}

/** One slot on top of what the slots before it have already taken. */
function admit(
  acc: Admitted,
  state: ExecutorState,
  config: ExecutorConfig,
  wanted: ExecutionPlan,
  slot: Slot,
): Admitted {
  const working = slotOrders(workingOrders(state), slot);
  const difference = reconcile(wanted[slot], working, keepPolicy(state, config));
  if (working.some(isInFlight)) {
    // One wave at a time; but a pull does not wait for the answer of another order.
    const pulled = wanted[slot].orders.length === 0 ? difference.cancels : [];
    const withheld = wanted[slot].orders.map((order) => ({ order, reason: "slotBusy" as const }));
    return {
      ...acc,
      cancels: [...acc.cancels, ...pulled.filter(mayCancel(state)).map(({ id }) => id)],
      withheld: [...acc.withheld, ...withheld],
    };
  }
  const orders: PlannedOrder[] = [];
  const withheld: Withheld[] = difference.shed.map((order) => ({ order, reason: "shed" }));
  let exposures = acc.exposures;
  for (const order of difference.places) {
    const inFlight = acc.waves.flatMap((wave) => wave.orders).length + orders.length;
    const reason =
      (takesOrder(state, order, inFlight + placing(state)) ? null : "restricted") ??
      refusedBefore(state, order, inFlight) ??
      withheldReason(order, state.inventory, exposures, config);
    if (reason !== null) {
      withheld.push({ order, reason });
      continue;
    }
    orders.push(order);
    exposures = [...exposures, plannedExposure(order)];
  }
  return {
    cancels: [...acc.cancels, ...difference.cancels.filter(mayCancel(state)).map(({ id }) => id)],
    waves: orders.length > 0 ? [...acc.waves, { slot, orders }] : acc.waves,
    withheld: [...acc.withheld, ...withheld],
    exposures,
  };
}

function keepPolicy(state: ExecutorState, config: ExecutorConfig): KeepPolicy {
  return {
    topUp: config.topUp,
    renewBy: after(state.now.epochMs, GTD_MARGIN_MS + RENEW_MS),
    lagMaxBp: state.arePermitsShort ? SHED_TICKS * state.market.rules.tick : 0,
  };
}

const mayCancel =
  (state: ExecutorState) =>
  (order: WorkingOrder): boolean =>
    takesCancels(state) &&
    !isInFlight(order) &&
    (order.cancelRetryAt === null || state.now.monotonicMs >= order.cancelRetryAt);

const placing = (state: ExecutorState): number =>
  workingOrders(state).filter(({ phase }) => phase === "placing").length;
const hasResting = (state: ExecutorState): boolean =>
  workingOrders(state).some(({ phase }) => phase === "resting");
const hasLive = (state: ExecutorState): boolean => workingOrders(state).some(isPossiblyLive);

/** Orders whose fate only the venue can tell. */
const unsettledIds = (state: ExecutorState): readonly OrderId[] =>
  workingOrders(state)
    .filter((order) => order.phase === "unknown" || order.phase === "closed")
    .toSorted((a, b) => a.phaseSince - b.phaseSince)
    .slice(0, SURVEY_IDS_MAX)
    .map(({ id }) => id);

function wantsSurvey(state: ExecutorState, config: ExecutorConfig): boolean {
  const { survey, stop, now } = state;
  if (survey.pending !== null || now.monotonicMs < survey.notBefore) return false;
  if (survey.wantedSince !== null && now.monotonicMs >= survey.wantedSince) return true;
  if (survey.compareSince !== null) return true;
  if (
    survey.holdingsReading !== null &&
    now.monotonicMs >= holdingsDueAt(survey.holdingsReading, config)
  )
    return true;
  if (stop !== null && stop.haltedAt === null) {
    const dueAt = haltSurveyDueAt(stop, config);
    return dueAt !== null && now.monotonicMs >= dueAt;
  }
  const oldest = pendingSince(state);
  const isOverdue =
    oldest !== null &&
    now.epochMs >= after(oldest, SETTLED_WITHIN_MS) &&
    now.monotonicMs >= after(survey.notBefore, OVERDUE_SURVEY_GAP_MS);
  const isRoutineDue =
    hasLive(state) && now.monotonicMs >= after(survey.notBefore, ROUTINE_SURVEY_GAP_MS);
  if (isOverdue || isRoutineDue) return true;
  return workingOrders(state).some(
    (order) =>
      order.phase === "unknown" ||
      (order.phase === "closed" &&
        heldSize(order) > 0 &&
        now.monotonicMs >= after(order.phaseSince, CONFIRM_MS)),
  );
}

/** When what a look said of our holdings may be confirmed by another. */
export const holdingsDueAt = (
  { beganAt }: HoldingsReading,
  { surveyGapMs }: ExecutorConfig,
): MonotonicMs => after(beganAt, surveyGapMs);

/** When the next of the two looks that prove a stop may begin; null while a request is open. */
export function haltSurveyDueAt(
  { quietSince, emptySince }: Stop,
  config: ExecutorConfig,
): MonotonicMs | null {
  if (quietSince === null) return null;
  return emptySince === null
    ? after(quietSince, config.lateBookingMs)
    : after(emptySince, config.surveyGapMs);
}
