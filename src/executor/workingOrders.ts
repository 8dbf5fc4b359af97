/** The one place where an order of ours changes: every signal passes through the order table. */
import {
  type MicroShares,
  type MonotonicMs,
  type OrderId,
  type OrderReport,
  type OrderSignal,
  type WorkingOrder,
  after,
  formatMicro,
  larger,
  own,
} from "../types/index.ts";
import { WORKING_MAX } from "./admission.ts";
import { DUST, GTD_MARGIN_MS, advance, heldSize, sighting } from "./orderTable.ts";
import { rememberRefusal } from "./refusals.ts";
import { ordersOf } from "./remembered.ts";
import type { ExecutorState } from "./state.ts";

/** Settled orders remembered for late messages; the oldest are forgotten first. */
export const CLOSED_MAX = 500;

/** Admission stops at `WORKING_MAX`; beyond it there are only closed orders that came back. */
export const WORKING_KEPT_MAX = 2 * WORKING_MAX;

/** By our id, or by the one the venue has given it. */
export function findOrder(state: ExecutorState, id: OrderId): WorkingOrder | undefined {
  const known = own(state.working, id);
  if (known !== undefined) return known;
  for (const order of ordersOf(state)) if (isMeant(order, id)) return order;
  // The newest is most often meant; a copy in reverse would cost more than the search.
  for (let index = state.closed.length - 1; index >= 0; index -= 1) {
    const order = state.closed[index];
    if (order !== undefined && isMeant(order, id)) return order;
  }
  return undefined;
}

const isMeant = (order: WorkingOrder, id: OrderId): boolean =>
  order.id === id || order.venueId === id;

/** Puts the order where it belongs: settled ones leave the working set. */
export function withOrder(state: ExecutorState, order: WorkingOrder): ExecutorState {
  const isSettled = order.phase === "closed" && heldSize(order) === 0;
  const wasWorking = Object.hasOwn(state.working, order.id);
  if (!isSettled && !wasWorking && ordersOf(state).length >= WORKING_KEPT_MAX) {
    // Kept as it was: that it may rest is all that can be remembered of it.
    return noteAnomaly(
      { ...state, mayRestAtVenue: true },
      `more orders came back than are kept: ${order.id}`,
    );
  }
  const others = wasWorking ? state.closed : without(state.closed, order.id);
  return isSettled
    ? {
        ...state,
        working: wasWorking ? withoutKey(state.working, order.id) : state.working,
        closed: withNewest(others, order),
      }
    : { ...state, working: { ...state.working, [order.id]: order }, closed: others };
}

/** The list itself where it has no such order, as with every new one. */
const without = (closed: readonly WorkingOrder[], id: OrderId): readonly WorkingOrder[] =>
  closed.some((order) => order.id === id) ? closed.filter((order) => order.id !== id) : closed;

/** One copy of the list, though it is full. */
function withNewest(closed: readonly WorkingOrder[], order: WorkingOrder): readonly WorkingOrder[] {
  const kept = closed.concat([order]);
  while (kept.length > CLOSED_MAX) kept.shift();
  return kept;
}

export function signalOrder(
  state: ExecutorState,
  id: OrderId,
  signal: OrderSignal,
  sizeMatched?: MicroShares,
): ExecutorState {
  const order = findOrder(state, id);
  if (!order) return noteAnomaly(state, `${signal} for an order we do not know: ${id}`);
  const next = advance(order, signal, {
    at: state.now.monotonicMs,
    ...(sizeMatched === undefined ? {} : { sizeMatched }),
  });
  if (next === null) {
    return noteAnomaly(state, `${signal} for an order that is ${order.phase}: ${id}`);
  }
  if (next === order) return state;
  const changed = withOrder(state, next);
  return order.phase === "closed" && next.phase !== "closed"
    ? noteAnomaly(changed, `the venue has an order that we thought was over: ${id}`)
    : changed;
}

/** Where a report was read: on the user channel, in the list of open orders, or by id. */
export type ReportSource = "channel" | "list" | "byId";

/**
 * A read calls only an order matched that is over, be it in part; the channel also one that rests
 * on after a match.
 */
export const isReportedOver = (
  order: WorkingOrder,
  report: OrderReport,
  source: ReportSource,
): boolean =>
  !isOvercounted(order, report) &&
  (report.status === "cancelled" ||
    (report.status === "matched" &&
      (source !== "channel" || report.sizeMatched + DUST >= order.size)));

/** The venue counts more matches than the order is for. */
const isOvercounted = ({ size }: WorkingOrder, { sizeMatched }: OrderReport): boolean =>
  sizeMatched > size + DUST;

/** A report of one order, from the user channel or a survey: matches are counted, never booked. */
export function evolveReport(
  before: ExecutorState,
  report: OrderReport,
  source: ReportSource = "channel",
): ExecutorState {
  if (report.status === "unreadable") return evolveUnreadable(before, report.orderId, "order");
  const known = findOrder(before, report.orderId);
  // An order that is over, and long forgotten or of another program, needs nothing.
  if (!known) return report.status === "live" ? evolveForeign(before, report.orderId) : before;
  const order = withVenueCount(known, report, before.now.monotonicMs);
  const state = order === known ? before : withOrder(before, order);
  if (isOvercounted(order, report)) return evolveOvercounted(state, known, order, report, source);
  if (isReportedOver(order, report, source)) {
    const closed = signalOrder(state, report.orderId, "reportedClosed", report.sizeMatched);
    // The bid that a FAK did not find will not be back a moment later.
    const isNews = order.finalMatched === null;
    if (isNews && order.kind === "closeSell" && report.sizeMatched < order.size) {
      return rememberRefusal(closed, order, "unmatched", null);
    }
    return isRemoved(state, order, report)
      ? rememberRefusal(closed, order, "removed", null)
      : closed;
  }
  return signalOrder(state, report.orderId, sighting(order, "reportedLive"));
}

/** Remembers a count that is ahead of our fills; one that grows meanwhile keeps its age. */
function withVenueCount(
  order: WorkingOrder,
  { sizeMatched }: OrderReport,
  at: MonotonicMs,
): WorkingOrder {
  const { venueCount } = order;
  if (sizeMatched <= order.matched + DUST || sizeMatched <= (venueCount?.size ?? 0)) return order;
  return {
    ...order,
    venueCount: { size: sizeMatched, since: isAhead(order) ? order.venueCount.since : at },
  };
}

/** The venue has counted more matches than we have fills. */
export const isAhead = (
  order: WorkingOrder,
): order is WorkingOrder & { readonly venueCount: NonNullable<WorkingOrder["venueCount"]> } =>
  order.venueCount !== null && order.venueCount.size > order.matched + DUST;

/** Such a count is worth nothing, so an order that is over stays held until its trades are read. */
function evolveOvercounted(
  state: ExecutorState,
  known: WorkingOrder,
  order: WorkingOrder,
  { sizeMatched, status }: OrderReport,
  source: ReportSource,
): ExecutorState {
  const isOver = status === "cancelled" || (status === "matched" && source !== "channel");
  const signal = isOver ? "endAcked" : sighting(order, "reportedLive");
  const counted = `${formatMicro(sizeMatched)} matched of an order of ${formatMicro(order.size)}`;
  const noted =
    known.venueCount === order.venueCount ? state : noteAnomaly(state, `${counted}: ${order.id}`);
  return signalOrder(noted, order.id, signal);
}

/**
 * Kept with its reservation, seen but not understood, until a survey shows it otherwise. What is read
 * again with every survey is no new sighting: the trade of an order that was seen, any record of one
 * that is over.
 */
export function evolveUnreadable(
  state: ExecutorState,
  id: OrderId,
  record: "order" | "trade",
): ExecutorState {
  const { survey, now } = state;
  const order = findOrder(state, id);
  const others = survey.unreadable.filter((other) => other !== id);
  const unreadable = [...others, id].slice(-FOREIGN_MAX);
  const noted = noteAnomaly(
    { ...state, mayRestAtVenue: true, survey: { ...survey, unreadable } },
    `the venue's record of an order cannot be read: ${id}`,
  );
  const isSighting =
    order !== undefined &&
    Object.hasOwn(state.working, order.id) &&
    order.phase !== "closed" &&
    (record === "order" || order.seenAt === null);
  return isSighting
    ? withOrder(noted, { ...order, seenAt: now.monotonicMs, absentSince: null })
    : noted;
}

const FOREIGN_MAX = 64;

/** A stop has to prove that a foreign order is gone too. Each is reported once. */
function evolveForeign(state: ExecutorState, id: OrderId): ExecutorState {
  const { survey } = state;
  const dirty = { ...state, mayRestAtVenue: true };
  if (survey.foreign.includes(id)) return dirty;
  const foreign = [...survey.foreign, id].slice(-FOREIGN_MAX);
  return noteAnomaly(
    { ...dirty, survey: { ...survey, foreign } },
    `an order on our account is not ours: ${id}`,
  );
}

/** Accepted, then taken off the book unasked: treated like a refusal. */
const isRemoved = (
  { now, winner, market }: ExecutorState,
  { phase, expiresAt }: WorkingOrder,
  { status, sizeMatched }: OrderReport,
): boolean =>
  status === "cancelled" &&
  sizeMatched === 0 &&
  (phase === "placing" || phase === "resting") &&
  winner === null &&
  now.epochMs < market.endsAt &&
  (expiresAt === null || now.epochMs < after(expiresAt, -GTD_MARGIN_MS));

/** So many different contradictions within the window, and the market is stopped for a while. */
const ANOMALIES_MAX = 20;
const ANOMALIES_WINDOW_MS = 60_000;
const ANOMALIES_PAUSE_MS = 60_000;

/** Something contradicts what we know: raise an alert, and survey the venue before quoting on. */
export function noteAnomaly(state: ExecutorState, text: string): ExecutorState {
  const { anomalies, now } = state;
  const recent = anomalies.recent.filter(
    ({ at }) => now.monotonicMs < after(at, ANOMALIES_WINDOW_MS),
  );
  const others = recent.filter((each) => each.text !== text);
  // A repeat is counted, and raises no alert of its own.
  const isRepeat = others.length < recent.length && anomalies.told === anomalies.count;
  const known = [...others, { text, at: now.monotonicMs }].slice(-ANOMALIES_MAX);
  const isTooMuch = known.length >= ANOMALIES_MAX;
  return wantSurvey({
    ...state,
    anomalies: {
      count: anomalies.count + 1,
      told: anomalies.told + (isRepeat ? 1 : 0),
      last: text,
      recent: known,
      stoppedUntil: isTooMuch ? after(now.monotonicMs, ANOMALIES_PAUSE_MS) : anomalies.stoppedUntil,
    },
  });
}

/** Wants a survey that begins now or later; a later moment that is wanted already stays. */
export const wantSurvey = (state: ExecutorState): ExecutorState => {
  const { survey } = state;
  const now = state.now.monotonicMs;
  return { ...state, survey: { ...survey, wantedSince: larger(survey.wantedSince ?? now, now) } };
};

function withoutKey<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Readonly<Record<string, Value>> {
  const { [key]: _dropped, ...rest } = record;
  return rest;
}
