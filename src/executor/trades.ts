/** Fills of ours, from the user channel or from a read: applied once each, by trade and order. */
import {
  type EpochMs,
  type Fill,
  type Inventory,
  type TradeReport,
  type WorkingOrder,
  plus,
} from "../types/index.ts";
import {
  type TradeEntry,
  isContradiction,
  isPending,
  isSettled,
  laterStatus,
  settle,
} from "./inventory.ts";
import { DUST, sighting } from "./orderTable.ts";
import { forgetRefusal } from "./refusals.ts";
import type { ExecutorState } from "./state.ts";
import { findOrder, noteAnomaly, signalOrder, withOrder } from "./workingOrders.ts";

/** A market's fills are all kept, for its result; one with more than this is not quoted on. */
export const TRADES_MAX = 20_000;
/** Fills that one intent may miss; it lives for seconds. */
const UNSEEN_MAX = 1_000;

export function evolveTrade(state: ExecutorState, report: TradeReport): ExecutorState {
  return report.fills.reduce((acc, fill) => absorbFill(acc, report, fill), state);
}

function absorbFill(state: ExecutorState, report: TradeReport, reported: Fill): ExecutorState {
  const key = `${report.id}:${reported.orderId}`;
  const entry = state.trades[shardOf(key)]?.[key];
  if (entry === undefined) return absorbNewFill(state, key, report, reported);

  // What was applied is what moves on and what is reversed, whatever a later report calls it.
  const { fill } = entry;
  const status = laterStatus(entry.status, report.status);
  const dispute = disputeOf(entry, report, reported);
  const isNews = dispute !== null && !entry.isDisputed;
  if (status === entry.status && !isNews) return state;
  const known = isNews ? noteAnomaly(state, dispute) : state;
  const told = { ...entry, status, isDisputed: entry.isDisputed || dispute !== null };
  if (status === entry.status || entry.isBaseline) return withEntry(known, key, told);
  return withInventory(
    withEntry(known, key, told),
    settle(known.inventory, fill, entry.status, status),
  );
}

/** What cannot be true of one trade, in words; null where nothing contradicts. */
function disputeOf(entry: TradeEntry, report: TradeReport, reported: Fill): string | null {
  if (isContradiction(entry.status, report.status)) {
    return `trade ${report.id} is both ${entry.status} and ${report.status}`;
  }
  const { size, price } = entry.fill;
  return size === reported.size && price === reported.price
    ? null
    : `trade ${report.id} has changed its terms`;
}

function absorbNewFill(
  state: ExecutorState,
  key: string,
  report: TradeReport,
  fill: Fill,
): ExecutorState {
  const { status, matchedAt, id: tradeId } = report;
  // So old that no look can show it: what we adopted holds it already.
  const isBaseline = isSettled(status) && matchedAt < state.tradesSince;
  const entry = { tradeId, fill, status, matchedAt, isBaseline, isDisputed: false };
  const booked = { ...withEntry(state, key, entry), tradeCount: state.tradeCount + 1 };
  return countOnOrder(
    isBaseline ? booked : withInventory(booked, settle(state.inventory, fill, null, status)),
    fill,
  );
}

function withEntry(state: ExecutorState, key: string, entry: TradeEntry): ExecutorState {
  const drawer = shardOf(key);
  const { [key]: _moved, ...others } = state.pending;
  const pending = isPending(entry.status) ? { ...others, [key]: entry.matchedAt } : others;
  return {
    ...state,
    trades: { ...state.trades, [drawer]: { ...state.trades[drawer], [key]: entry } },
    pending,
  };
}

/** When the oldest fill that has not settled was matched; null if all have. */
export const pendingSince = ({ pending }: ExecutorState): EpochMs | null =>
  Object.values(pending).reduce<EpochMs | null>(
    (first, at) => (first === null || at < first ? at : first),
    null,
  );

/** Every fill we know of. */
export const tradeEntries = ({ trades }: ExecutorState): readonly TradeEntry[] =>
  Object.values(trades).flatMap((drawer) => Object.values(drawer));

/** Fills lie in drawers, so that one more copies one drawer, and not all there are. */
const DRAWERS = 128;

function shardOf(key: string): string {
  let sum = 0;
  for (let index = 0; index < key.length; index += 1) sum += key.charCodeAt(index) * (index + 1);
  return String(sum % DRAWERS);
}

const withInventory = (state: ExecutorState, inventory: Inventory): ExecutorState => ({
  ...state,
  inventory,
  inventoryStep: state.step,
  inventoryChangedAt: state.now.monotonicMs,
});

/** A fill proves that its order was booked, however little we knew of it. */
function countOnOrder(state: ExecutorState, fill: Fill): ExecutorState {
  const order = findOrder(state, fill.orderId);
  if (!order) {
    return state.survey.isFirstDone
      ? noteAnomaly(state, `a fill of an order we do not know: ${fill.orderId}`)
      : state;
  }
  const matched = plus(order.matched, fill.size);
  const isLate = order.finalMatched !== null && matched > order.finalMatched + DUST;
  const next = { ...order, matched, finalMatched: isLate ? matched : order.finalMatched };
  if (!state.survey.isFirstDone) {
    // Old news, read again: it says how much matched, not that anything rests.
    const counted = withOrder(state, next);
    return matched >= order.size ? signalOrder(counted, order.id, "filled") : counted;
  }
  const counted = withOrder(forgetRefusal(seenBy(state, order, fill), order), next);
  const told = isLate
    ? noteAnomaly(counted, `a fill of an order whose account was closed: ${order.id}`)
    : counted;
  if (matched >= order.size) return signalOrder(told, order.id, "filled");
  return signalOrder(told, order.id, sighting(order, "reportedLive"));
}

/** The standing intent was made before this fill: its wish is that much smaller now. */
const seenBy = (state: ExecutorState, { slot }: WorkingOrder, { size }: Fill): ExecutorState => ({
  ...state,
  unseenMatches: [...state.unseenMatches, { step: state.step, slot, size }].slice(-UNSEEN_MAX),
});
