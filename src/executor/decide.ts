/**
 * What to do about everything we know, whichever event came last. An order that was withheld,
 * refused or interrupted is therefore never forgotten: the next step decides about it again.
 */
import {
  type ExecutionPlan,
  type Instant,
  type Intent,
  type Inventory,
  type LegPlan,
  type Market,
  type MarketRules,
  type MicroShares,
  type MonotonicMs,
  type OperatorLevel,
  type OrderId,
  type PlannedOrder,
  type Residual,
  SLOTS,
  type Slot,
  type WorkingOrder,
  after,
  larger,
  microShares,
  netShares,
  smaller,
} from "../types/index.ts";
import {
  type Exposure,
  exposureOf,
  exposuresOf,
  ownedWithinLimits,
  plannedExposure,
  sellable,
  withheldReason,
  slotOrders,
} from "./admission.ts";
import { canaryPlan, isAwaited } from "./canary.ts";
import { type Condition, heldFrom, heldUntil } from "./due.ts";
import { type Verdict, gate, lastingReason } from "./gate.ts";
import { isTrialDue, levelAllowed, mayTry } from "./lasting.ts";
import { BALANCE_LAG_MS } from "./inventory.ts";
import { GTD_MARGIN_MS, heldSize, isInFlight, isPossiblyLive } from "./orderTable.ts";
import { EMPTY_PLAN, plan, roomBeyond } from "./planner.ts";
import { type KeepPolicy, type PriceMark, exactly, reconcile } from "./reconciler.ts";
import { refusedBefore } from "./refusals.ts";
import { ordersOf } from "./remembered.ts";
import { areCancelsHeld, takesOrder } from "./venueMode.ts";
import {
  type ExecutorConfig,
  type ExecutorState,
  type Explanation,
  SURVEY_MIN_GAP_MS,
  type Withheld,
} from "./state.ts";
import { isCancelAllDue, isHalted, isStopping, proofSurveyDueAt } from "./stop.ts";
import { pendingSince } from "./trades.ts";
import { isAhead } from "./workingOrders.ts";

/** Orders read by id in one survey, oldest first, so that the survey meets its deadline. */
const SURVEY_IDS_MAX = 8;
/** A GTD order this close to its removal is replaced while it still rests. */
const RENEW_MS = 15_000;
/** While permits are short, an order this far behind its planned price stays, however long. */
const SHED_TICKS = 2;
/** A trade that has not settled by then may have settled without a message: survey, this often. */
const SETTLED_WITHIN_MS = 30_000;
const LATE_SETTLEMENT_SURVEY_GAP_MS = 10_000;
/** What one survey has not settled is asked for again. */
const AGAIN_MS = 10_000;
/** While anything rests, because an open user channel may have stopped sending. */
const ROUTINE_SURVEY_GAP_MS = 30_000;
/** The venue's count of matches comes within this time of a cancel's acknowledgement. */
const CONFIRM_MS = 1_000;
/** The trades behind a count of matches come within this time. */
const COUNT_AHEAD_MS = 500;

export interface Wave {
  readonly slot: Slot;
  readonly orders: readonly PlannedOrder[];
}

export interface Decision {
  readonly cancelAll: boolean;
  readonly cancels: readonly OrderId[];
  readonly waves: readonly Wave[];
  /** Orders whose price has left the plan's, or has come back. */
  readonly marks: readonly PriceMark[];
  /** Ids to read one by one in a survey; null for no survey. */
  readonly survey: readonly OrderId[] | null;
  readonly alert: string | null;
  readonly why: Explanation;
}

export function decide(state: ExecutorState, config: ExecutorConfig): Decision {
  const verdict = gate(state, config);
  const mustStop =
    isStopping(state) || (verdict.stops.length > 0 && (state.mayRestAtVenue || hasLive(state)));
  const { cancelAll, cancels, waves, marks, why } = mustStop
    ? stopped(state, verdict)
    : quoted(state, config, verdict);
  return {
    cancelAll,
    cancels,
    waves,
    marks,
    survey: wantsSurvey(state, config) ? unsettledIds(state) : null,
    alert: state.anomalies.count > state.anomalies.told ? state.anomalies.last : null,
    why,
  };
}

type Orders = Pick<Decision, "cancelAll" | "cancels" | "waves" | "marks" | "why">;

function stopped(state: ExecutorState, { stops, pulls }: Verdict): Orders {
  return {
    cancelAll: isCancelAllDue(state).holds,
    cancels: [],
    waves: [],
    marks: [],
    why: { gate: [...stops, ...pulls], plan: null, withheld: [] },
  };
}

function quoted(state: ExecutorState, config: ExecutorConfig, verdict: Verdict): Orders {
  const reasons = [...verdict.stops, ...verdict.pulls];
  const isOpen = reasons.length === 0;
  const wanted = isOpen || isTrial(state, verdict) ? planned(state, config) : EMPTY_PLAN;
  const owned = ownedWithinLimits(state, config);
  // While old orders still hold room, the leg that brings YES - NO towards zero has it first.
  const slots = netShares(state.inventory) > 0 ? SLOTS.toReversed() : SLOTS;
  const admittedBy = (bands: (policy: KeepPolicy) => KeepPolicy): Admitted =>
    slots.reduce<Admitted>(
      (acc, slot) =>
        admit(
          acc,
          { state, owned, config },
          wanted[slot],
          bands(keepPolicy({ state, owned, config }, wanted, slot)),
        ),
      { ...NOTHING_ADMITTED, exposures: exposuresOf(state) },
    );
  const holding = admittedBy(asTheyAre);
  const admitted = isObstructed(holding, owned, config) ? admittedBy(exactly) : holding;
  return {
    cancelAll: false,
    cancels: inSlots(admitted.cancels, (id) => state.working[id]?.slot),
    waves: inSlots(admitted.waves, ({ slot }) => slot),
    marks: admitted.marks,
    why: {
      gate: reasons,
      plan: isOpen ? wanted : null,
      withheld: admitted.withheld,
    },
  };
}

/** Shut by a lasting refusal alone: one order finds out whether it lasts. */
const isTrial = (state: ExecutorState, { stops, pulls }: Verdict): boolean =>
  stops.length === 0 &&
  pulls.every((reason) => reason === lastingReason(state)) &&
  isTrialDue(state);

const inSlots = <Item>(
  items: readonly Item[],
  slotOf: (item: Item) => Slot | undefined,
): readonly Item[] =>
  items.length === 0
    ? items
    : SLOTS.flatMap((slot) => items.filter((item) => slotOf(item) === slot));

function planned(state: ExecutorState, config: ExecutorConfig): ExecutionPlan {
  const { intent, inventory } = state;
  if (intent === null) return EMPTY_PLAN;
  if (isAwaited(state, config)) return canaryPlan(state);
  const parts = {
    inventory,
    cashMissing: state.cashMissing,
    limits: state.limits,
    sharesMissing: state.sharesMissing,
    unseenMatches: state.unseenMatches,
    rules: state.market.rules,
    config,
    level: levelAllowed(state),
    isCautious: isCautious(state).holds,
  };
  const last = PLANS.get(state.market);
  if (last?.intent === intent && areSame(last.parts, parts)) return last.plan;
  const made = planFor(intent, parts);
  PLANS.set(state.market, { intent, parts, plan: made });
  return made;
}

/** All that a plan is made of, beside its intent. */
interface PlanParts extends Pick<
  ExecutorState,
  "inventory" | "cashMissing" | "limits" | "sharesMissing" | "unseenMatches"
> {
  readonly rules: MarketRules;
  readonly config: ExecutorConfig;
  readonly level: OperatorLevel;
  readonly isCautious: boolean;
}

/** The last plan of each market: most steps change nothing that it is made of. */
const PLANS = new WeakMap<Market, LastPlan>();

interface LastPlan {
  readonly intent: Intent;
  readonly parts: PlanParts;
  readonly plan: ExecutionPlan;
}

const areSame = (one: PlanParts, other: PlanParts): boolean =>
  one.inventory === other.inventory &&
  one.cashMissing === other.cashMissing &&
  one.limits === other.limits &&
  one.sharesMissing === other.sharesMissing &&
  one.unseenMatches === other.unseenMatches &&
  one.rules === other.rules &&
  one.config === other.config &&
  one.level === other.level &&
  one.isCautious === other.isCautious;

const planFor = (intent: Intent, parts: PlanParts): ExecutionPlan =>
  plan({
    intent,
    // A plan that counted our own SELLs would flip between selling and buying the complement
    // for ever.
    sellable: { YES: sellable(parts, "YES"), NO: sellable(parts, "NO") },
    inventory: ownedWithinLimits(parts, parts.config),
    matchedSince: { bid: matchedIn(parts, "bid"), ask: matchedIn(parts, "ask") },
    rules: parts.rules,
    level: parts.level,
    policy: parts.config.minSizePolicy,
    netMax: parts.config.netMax,
    grossMax: parts.config.grossMax,
    flattenSlippage: parts.config.flattenSlippage,
    widenBp: parts.limits.widenBp,
    isCautious: parts.isCautious,
  });

/** Quoting has begun again after a stop, with half the size. */
export const isCautious = ({ cautionUntil, now }: ExecutorState): Condition =>
  heldUntil(cautionUntil, now);

const matchedIn = ({ unseenMatches }: PlanParts, slot: Slot): MicroShares =>
  microShares(unseenMatches.reduce((sum, each) => sum + (each.slot === slot ? each.size : 0), 0));

interface Admitted {
  readonly cancels: readonly OrderId[];
  readonly waves: readonly Wave[];
  readonly marks: readonly PriceMark[];
  readonly withheld: readonly Withheld[];
  readonly exposures: readonly Exposure[];
  /** Orders that stay though they are not quite as planned. */
  readonly loose: readonly WorkingOrder[];
}

const asTheyAre = (policy: KeepPolicy): KeepPolicy => policy;

const NOTHING_ADMITTED: Omit<Admitted, "exposures"> = {
  cancels: [],
  waves: [],
  marks: [],
  withheld: [],
  loose: [],
};

/** A law or a limit withholds an order only because of what is held; so nothing is held. */
function isObstructed(
  { withheld, exposures, loose }: Admitted,
  owned: Inventory,
  config: ExecutorConfig,
): boolean {
  if (withheld.length === 0 || loose.length === 0) return false;
  const ours = loose.map(exposureOf);
  const others = exposures.filter((each) => !ours.some((own) => isSame(own, each)));
  return withheld.some(
    ({ order, reason }) =>
      OF_OTHERS.has(reason) && withheldReason(order, owned, others, config) === null,
  );
}

const isSame = (one: Exposure, other: Exposure): boolean =>
  one.token === other.token &&
  one.side === other.side &&
  one.price === other.price &&
  one.size === other.size;

/** What other orders of ours withhold an order for. */
const OF_OTHERS: ReadonlySet<Withheld["reason"]> = new Set([
  "awaitingCancel",
  "stock",
  "cash",
  "netMax",
  "grossMax",
  "selfTrade",
]);

interface Known {
  readonly state: ExecutorState;
  /** What may be used of what is owned. */
  readonly owned: Inventory;
  readonly config: ExecutorConfig;
}

/** One slot, after what the slots before it have already taken. */
function admit(
  acc: Admitted,
  { state, owned, config }: Known,
  wanted: LegPlan,
  policy: KeepPolicy,
): Admitted {
  const { slot } = wanted;
  const working = slotOrders(ordersOf(state), slot);
  const difference = reconcile(wanted, working, policy);
  const marks = joined(acc.marks, difference.marks);
  const loose = joined(acc.loose, difference.loose);
  if (working.some(isInFlight)) {
    // One wave at a time; but a pull does not wait for the answer to another order.
    const pulled = wanted.orders.length === 0 ? difference.cancels : [];
    const withheld = wanted.orders.map((order) => ({ order, reason: "slotBusy" as const }));
    return {
      cancels: withCancels(acc.cancels, state, pulled),
      waves: acc.waves,
      marks,
      loose,
      withheld: joined(acc.withheld, withheld),
      exposures: acc.exposures,
    };
  }
  if (difference.places.length === 0 && difference.held.length === 0) {
    if (difference.cancels.length + marks.length + loose.length === 0) return acc;
    return { ...acc, marks, loose, cancels: withCancels(acc.cancels, state, difference.cancels) };
  }
  const orders: PlannedOrder[] = [];
  const withheld: Withheld[] = difference.held.map((order) => ({ order, reason: "held" }));
  const decided = acc.waves.reduce((sum, wave) => sum + wave.orders.length, 0);
  let exposures = acc.exposures;
  for (const order of difference.places) {
    const inFlight = decided + orders.length;
    const reason =
      (isTaken(state, order, inFlight + placing(state)) ? null : "restricted") ??
      refusedBefore(state, order, inFlight) ??
      withheldReason(order, owned, exposures, config);
    if (reason !== null) {
      withheld.push({ order, reason });
      continue;
    }
    orders.push(order);
    exposures = [...exposures, plannedExposure(order)];
  }
  return {
    cancels: withCancels(acc.cancels, state, difference.cancels),
    waves: orders.length > 0 ? [...acc.waves, { slot, orders }] : acc.waves,
    marks,
    loose,
    withheld: joined(acc.withheld, withheld),
    exposures,
  };
}

const withCancels = (
  cancels: readonly OrderId[],
  state: ExecutorState,
  orders: readonly WorkingOrder[],
): readonly OrderId[] =>
  joined(
    cancels,
    orders.filter((order) => mayCancel(state, order)).map(({ id }) => id),
  );

/** Most steps add nothing to a list, which is no reason to copy it. */
const joined = <Item>(items: readonly Item[], more: readonly Item[]): readonly Item[] =>
  more.length === 0 ? items : [...items, ...more];

const isTaken = (state: ExecutorState, order: PlannedOrder, inFlight: number): boolean =>
  takesOrder(state, order, inFlight) && mayTry(state, order, inFlight);

/** The bands of a slot. A limit that has cut the plan needs the size that is left, and no more. */
function keepPolicy(
  { state, owned, config }: Known,
  wanted: ExecutionPlan,
  slot: Slot,
): KeepPolicy {
  const { rules } = state.market;
  const level = levelAllowed(state);
  const isCut = SLOTS.some((of) =>
    wanted[of].residuals.some(
      ({ reason }) => CUT_FOR_BOTH.has(reason) || (reason === "netMax" && of === slot),
    ),
  );
  const part = config.holdSizePercent / 100;
  return {
    ...priceBands(state, config),
    excessPart: isCut ? 0 : part,
    excessMax: roomBeyond({ ...config, inventory: owned, level, rules }, wanted, slot),
    growthPart: part,
    topUp: config.topUp,
    topUpsMax: config.topUpsMax,
    keepsBuys: config.holdComplement && !isCut && level === "normal",
    sellable: { YES: sellable(state, "YES"), NO: sellable(state, "NO") },
    renewBy: after(state.now.epochMs, GTD_MARGIN_MS + RENEW_MS),
    now: state.now.monotonicMs,
    rules,
  };
}

/** Limits that both legs share. */
const CUT_FOR_BOTH: ReadonlySet<Residual["reason"]> = new Set(["cash", "grossMax", "reduceOnly"]);

/** While permits are short, an order that asks for a little more than planned stays for as long. */
function priceBands(
  { arePermitsShort, market: { rules } }: ExecutorState,
  { holdBehindTicks, holdBehindMs, holdAheadTicks, holdAheadMs }: ExecutorConfig,
): Pick<KeepPolicy, "behind" | "ahead"> {
  return {
    behind: arePermitsShort
      ? { maxBp: Math.max(holdBehindTicks, SHED_TICKS) * rules.tick, forMs: Infinity }
      : { maxBp: holdBehindTicks * rules.tick, forMs: holdBehindMs },
    ahead: { maxBp: holdAheadTicks * rules.tick, forMs: holdAheadMs },
  };
}

/** An order has been off its planned price for as long as it may. */
export function isHoldOver(
  { offPrice }: WorkingOrder,
  state: ExecutorState,
  config: ExecutorConfig,
): Condition {
  if (offPrice === null) return heldFrom(null, state.now);
  const { behind, ahead } = priceBands(state, config);
  const { forMs } = offPrice.isBehind ? behind : ahead;
  return heldFrom(forMs === Infinity ? null : after(offPrice.since, forMs), state.now);
}

const mayCancel = (state: ExecutorState, order: WorkingOrder): boolean =>
  !areCancelsHeld(state).holds && !isInFlight(order) && !isCancelPaused(order, state.now).holds;

/** A cancel of this order has just done nothing: the next one waits. */
export const isCancelPaused = ({ cancelRetryAt }: WorkingOrder, now: Instant): Condition =>
  heldUntil(cancelRetryAt, now);

const placing = (state: ExecutorState): number =>
  ordersOf(state).filter(({ phase }) => phase === "placing").length;
const hasLive = (state: ExecutorState): boolean => ordersOf(state).some(isPossiblyLive);

/** Orders whose fate only the venue can tell. */
const unsettledIds = (state: ExecutorState): readonly OrderId[] =>
  ordersOf(state)
    .filter((order) => order.phase === "unknown" || order.phase === "closed")
    .toSorted((a, b) => a.phaseSince - b.phaseSince)
    .slice(0, SURVEY_IDS_MAX)
    .map(({ id }) => id);

const wantsSurvey = (state: ExecutorState, config: ExecutorConfig): boolean =>
  state.survey.pending === null &&
  state.survey.unread === null &&
  state.now.monotonicMs >= state.survey.notBefore &&
  surveyReasons(state, config).some(({ holds }) => holds);

/** Why the venue is surveyed. A reason that owes no tick is found by one of the regular ticks. */
export function surveyReasons(state: ExecutorState, config: ExecutorConfig): readonly Condition[] {
  const { wantedSince, compareSince, holdingsReading, notBefore } = state.survey;
  const { now } = state;
  // While a stop is being proven, only the surveys of the proof are added.
  const isProving = isStopping(state) && !isHalted(state);
  const reasons: readonly Condition[] = [
    {
      holds: heldFrom(wantedSince, now).holds,
      dueAt: wantedSince && larger(wantedSince, notBefore),
    },
    {
      holds: heldFrom(compareSince, now).holds,
      dueAt: compareSince && larger(compareSince, notBefore),
    },
    heldFrom(holdingsReading && after(holdingsReading.beganAt, config.surveyGapMs), now),
    heldFrom(proofSurveyDueAt(state, config), now),
  ];
  const others = ordersInDoubt(state);
  others.push(isSettlementLate(state), isRoutineDue(state, config), isOwningInDoubt(state));
  return reasons.concat(isProving ? others.map(({ dueAt }) => ({ holds: false, dueAt })) : others);
}

/** The last survey began long ago. */
const isSurveyOlderThan = ({ survey, now }: ExecutorState, ageMs: number): boolean =>
  now.monotonicMs >= after(survey.notBefore, ageMs);

function isSettlementLate(state: ExecutorState): Condition {
  const oldest = pendingSince(state);
  const isLate = oldest !== null && state.now.epochMs >= after(oldest, SETTLED_WITHIN_MS);
  return { holds: isLate && isSurveyOlderThan(state, LATE_SETTLEMENT_SURVEY_GAP_MS), dueAt: null };
}

const isRoutineDue = (state: ExecutorState, config: ExecutorConfig): Condition => ({
  holds:
    (hasLive(state) || isShortOfCash(state, config)) &&
    isSurveyOlderThan(state, ROUTINE_SURVEY_GAP_MS),
  dueAt: isShortOfCash(state, config) ? after(state.survey.notBefore, ROUTINE_SURVEY_GAP_MS) : null,
});

/** Without cash nothing rests; and only the balances of a survey can show the account that there is some. */
const isShortOfCash = (
  { limits, market, now, winner }: ExecutorState,
  { budget }: ExecutorConfig,
): boolean => limits.cash < budget && winner === null && now.epochMs < market.endsAt;

/** At a moment for what has come up since another; then again while no survey has settled it. */
function surveyDueAt(
  { survey: { notBefore } }: ExecutorState,
  since: MonotonicMs,
  at: MonotonicMs,
): MonotonicMs {
  const hasBegun = notBefore >= after(since, SURVEY_MIN_GAP_MS);
  return hasBegun ? after(notBefore, AGAIN_MS) : larger(at, notBefore);
}

/**
 * The venue's last balance was lower than what we believe, or a trade is in doubt: as soon as that
 * can be compared. Once the market has ended nothing is compared any more.
 */
function isOwningInDoubt(state: ExecutorState): Condition {
  const { doubts, sharesMissing, inventoryChangedAt, survey, now, market, winner } = state;
  const doubted = Object.values(doubts);
  const isMissing = sharesMissing.YES > 0 || sharesMissing.NO > 0;
  const isDoubted = doubted.length > 0 || isMissing;
  if (!isDoubted || winner !== null || now.epochMs >= market.endsAt) return heldFrom(null, now);
  const again = after(survey.notBefore, AGAIN_MS);
  const quietAt = after(inventoryChangedAt, BALANCE_LAG_MS);
  const due = doubted.map(({ comparableAt }) => {
    const at = larger(comparableAt, quietAt);
    return surveyDueAt(state, at, at);
  });
  return heldFrom(due.reduce(smaller, again), now);
}

const countDueAt = (
  state: ExecutorState,
  { since }: { readonly since: MonotonicMs },
): MonotonicMs => surveyDueAt(state, since, after(since, COUNT_AHEAD_MS));

/** Orders whose fate, or whose count of matches, only the venue can tell. */
function ordersInDoubt(state: ExecutorState): Condition[] {
  const found: Condition[] = [];
  for (const order of ordersOf(state)) {
    switch (order.phase) {
      case "unknown":
        found.push({ holds: true, dueAt: state.survey.notBefore });
        break;
      case "closed": {
        const { holds, dueAt } = heldFrom(after(order.phaseSince, CONFIRM_MS), state.now);
        found.push({ holds: holds && heldSize(order) > 0, dueAt });
        break;
      }
      default:
        if (isAhead(order)) {
          found.push(heldFrom(countDueAt(state, order.venueCount), state.now));
        }
    }
  }
  return found;
}
