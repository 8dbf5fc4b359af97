/**
 * The life of one order. Every transition is in this table, whether a signal came by REST or by
 * socket.
 *
 * `ignore` is a signal that adds nothing. `anomaly` contradicts what we know: change nothing, raise
 * an alert, and survey the venue.
 */
import {
  type MicroShares,
  type MicroUsdc,
  type MonotonicMs,
  NO_SHARES,
  NO_USDC,
  type OrderPhase,
  type OrderSignal,
  SKEW_MAX_MS,
  type WorkingOrder,
  larger,
  microShares,
  minus,
  notionalCeil,
} from "../types/index.ts";

export const ORDER_TABLE = {
  placing: {
    acked: "resting",
    rejected: "closed",
    notSent: "closed",
    answerLost: "unknown",
    reportedLive: "resting",
    reportedClosed: "closed",
    filled: "closed",
    cancelSent: "anomaly",
    endAcked: "closed",
    cancelRefused: "ignore",
    cancelGone: "ignore",
    cancelLost: "ignore",
    provenAbsent: "anomaly",
    reappeared: "anomaly",
  },
  resting: {
    acked: "ignore",
    rejected: "anomaly",
    notSent: "anomaly",
    answerLost: "ignore",
    reportedLive: "ignore",
    reportedClosed: "closed",
    filled: "closed",
    cancelSent: "cancelling",
    endAcked: "closed",
    cancelRefused: "ignore",
    cancelGone: "unknown",
    cancelLost: "ignore",
    provenAbsent: "closed",
    reappeared: "ignore",
  },
  cancelling: {
    acked: "ignore",
    rejected: "closed",
    notSent: "closed",
    answerLost: "ignore",
    reportedLive: "ignore",
    reportedClosed: "closed",
    filled: "closed",
    cancelSent: "ignore",
    endAcked: "closed",
    cancelRefused: "resting",
    cancelGone: "unknown",
    cancelLost: "unknown",
    provenAbsent: "closed",
    reappeared: "ignore",
  },
  unknown: {
    acked: "resting",
    rejected: "closed",
    notSent: "closed",
    answerLost: "ignore",
    reportedLive: "resting",
    reportedClosed: "closed",
    filled: "closed",
    cancelSent: "cancelling",
    endAcked: "closed",
    cancelRefused: "resting",
    cancelGone: "ignore",
    cancelLost: "ignore",
    provenAbsent: "closed",
    reappeared: "resting",
  },
  closed: {
    acked: "ignore",
    rejected: "ignore",
    notSent: "ignore",
    answerLost: "ignore",
    reportedLive: "ignore",
    reportedClosed: "ignore",
    filled: "ignore",
    cancelSent: "anomaly",
    endAcked: "ignore",
    cancelRefused: "ignore",
    cancelGone: "ignore",
    cancelLost: "ignore",
    provenAbsent: "ignore",
    reappeared: "resting",
  },
} as const satisfies Record<OrderPhase, Record<OrderSignal, OrderPhase | "ignore" | "anomaly">>;

/** The venue's count of matches, where the signal carries one, may run ahead of our fills. */
export interface SignalFacts {
  readonly at: MonotonicMs;
  readonly sizeMatched?: MicroShares;
}

/** One signal applied to one order; null where it contradicts what we know. */
export function advance(
  order: WorkingOrder,
  signal: OrderSignal,
  facts: SignalFacts,
): WorkingOrder | null {
  const verdict = ORDER_TABLE[order.phase][signal];
  if (verdict === "anomaly") return null;
  const isSeen = isSighting(signal);
  const finalMatched = finalMatchedAfter(order, signal, facts);
  if (verdict === "ignore") {
    if (!isSeen && finalMatched === undefined) return order;
    return {
      ...order,
      finalMatched: finalMatched === undefined ? order.finalMatched : finalMatched,
      // After the venue's report that the order is over, a late sighting does not re-open it.
      closedByAbsence: signal === "reportedClosed" ? false : order.closedByAbsence,
      seenAt: isSeen ? facts.at : order.seenAt,
      absentSince: isSeen ? null : order.absentSince,
    };
  }
  return {
    ...order,
    phase: verdict,
    phaseSince: facts.at,
    finalMatched: finalMatched === undefined ? order.finalMatched : finalMatched,
    closedByAbsence: NEVER_THERE.has(signal),
    seenAt: isSeen ? facts.at : order.seenAt,
    absentSince: isSeen || verdict === "closed" ? null : order.absentSince,
  };
}

/** May it be on the venue's book, now or soon? */
export const isPossiblyLive = (order: WorkingOrder): boolean => order.phase !== "closed";

/** A request about the order is under way, so its slot is busy. */
export const isInFlight = (order: WorkingOrder): boolean =>
  order.phase === "placing" || order.phase === "cancelling";

/** The gateway answers or gives up well before this; without either the order is unknown. */
export const RECEIPT_OVERDUE_MS = 10_000;

/** The venue removes a GTD order this long before the expiry it was sent with. */
export const GTD_MARGIN_MS = 60_000;

/** The venue refuses an expiry that is closer than this by its own clock as the order arrives. */
const GTD_EXPIRY_MS_MIN = 180_000;

/** The shortest life that is never refused: by a clock ahead of ours, after a slow request. */
export const ORDER_LIFE_MS_MIN =
  GTD_EXPIRY_MS_MIN - GTD_MARGIN_MS + SKEW_MAX_MS + RECEIPT_OVERDUE_MS;

/** The venue's count of a completed order may differ from its trades by as much. */
export const DUST = microShares(10_000);

/** Size that the order may still take: what can match, or has matched without a fill so far. */
export function heldSize(order: WorkingOrder): MicroShares {
  const isOver = order.phase === "closed" && order.finalMatched !== null;
  const held = minus(isOver ? (order.finalMatched ?? order.size) : order.size, order.matched);
  return isOver && held <= DUST ? NO_SHARES : larger(NO_SHARES, held);
}

/** Stock promised to a SELL; a BUY promises none. */
export const heldStock = (order: WorkingOrder): MicroShares =>
  order.side === "SELL" ? heldSize(order) : NO_SHARES;

/** Cash promised to a BUY; a SELL promises none. */
export const heldCash = (order: WorkingOrder): MicroUsdc =>
  order.side === "BUY" ? notionalCeil(order.price, heldSize(order)) : NO_USDC;

/** Closed as never booked: a sighting contradicts that, and re-opens the order. */
const NEVER_THERE: ReadonlySet<OrderSignal> = new Set(["provenAbsent", "rejected", "notSent"]);

/** The signal of a sighting; a FAK never rests, so it is over by then. */
export function sighting(
  { kind, closedByAbsence }: WorkingOrder,
  signal: "acked" | "reportedLive",
): OrderSignal {
  if (kind === "closeSell") return "endAcked";
  return closedByAbsence ? "reappeared" : signal;
}

/** The venue shows that it has the order. */
const isSighting = (signal: OrderSignal): boolean =>
  signal === "acked" ||
  signal === "reportedLive" ||
  signal === "cancelRefused" ||
  signal === "reappeared";

// A cancel ack proves that the order is over, not how much of it had matched: only the venue's
// own count, or our fills adding up to the whole, closes the account of an order.
/** Undefined where the signal says nothing of it. */
function finalMatchedAfter(
  order: WorkingOrder,
  signal: OrderSignal,
  { sizeMatched = NO_SHARES }: SignalFacts,
): MicroShares | null | undefined {
  switch (signal) {
    case "rejected":
    case "notSent":
    case "provenAbsent":
      return order.matched;
    case "filled":
      return order.size;
    case "reportedClosed":
      return larger(larger(sizeMatched, order.finalMatched ?? NO_SHARES), order.matched);
    case "reappeared":
      return null;
    default:
      return undefined;
  }
}
