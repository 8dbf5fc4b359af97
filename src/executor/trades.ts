/** Fills of ours, from the user channel or a survey: applied once each, by trade and order. */
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
import {
  evolveUnreadable,
  findOrder,
  noteAnomaly,
  signalOrder,
  withOrder,
} from "./workingOrders.ts";

/** A market's fills are all kept, for its result; beyond this many the market is quoted no more. */
export const TRADES_MAX = 20_000;
/** Fills that may still come in after quoting has ended for too many of them. */
export const TRADES_KEPT_MAX = TRADES_MAX + 1_000;
/** Fills that one intent may not have seen; an intent lives for seconds. */
const UNSEEN_MAX = 1_000;

export function evolveTrade(state: ExecutorState, report: TradeReport): ExecutorState {
  const known = report.fills.reduce((acc, fill) => evolveFill(acc, report, fill), state);
  return (report.unreadable ?? []).reduce(evolveUnreadable, known);
}

function evolveFill(state: ExecutorState, report: TradeReport, reported: Fill): ExecutorState {
  const key = `${report.id}:${reported.orderId}`;
  const entry = state.trades[shardOf(key)]?.[key];
  if (entry === undefined) {
    return state.tradeCount < TRADES_KEPT_MAX
      ? evolveNewFill(state, key, report, reported)
      : noteAnomaly(state, "more fills than are kept");
  }

  // The fill as first reported is settled or reversed, whatever terms a later report has.
  const { fill } = entry;
  const status = laterStatus(entry.status, report.status);
  const dispute = disputeOf(entry, report, reported);
  const isNews = dispute !== null && !entry.isDisputed;
  if (status === entry.status && !isNews) return state;
  const known = isNews ? noteAnomaly(state, dispute) : state;
  const next = { ...entry, status, isDisputed: entry.isDisputed || dispute !== null };
  if (status === entry.status || entry.isBaseline) return withEntry(known, key, next);
  return withInventory(
    withEntry(known, key, next),
    settle(known.inventory, fill, entry.status, status),
  );
}

/** The contradiction between two reports of one trade, in words; null where there is none. */
function disputeOf(entry: TradeEntry, report: TradeReport, reported: Fill): string | null {
  if (isContradiction(entry.status, report.status)) {
    return `trade ${report.id} is both ${entry.status} and ${report.status}`;
  }
  const { size, price } = entry.fill;
  return size === reported.size && price === reported.price
    ? null
    : `trade ${report.id} has changed its terms`;
}

function evolveNewFill(
  state: ExecutorState,
  key: string,
  report: TradeReport,
  fill: Fill,
): ExecutorState {
  const { status, matchedAt, id: tradeId } = report;
  // Older than what surveys read: the balances that we started from hold it already.
  const isBaseline = isSettled(status) && matchedAt < state.tradesSince;
  const entry = { tradeId, fill, status, matchedAt, isBaseline, isDisputed: false };
  const booked = { ...withEntry(state, key, entry), tradeCount: state.tradeCount + 1 };
  return countOnOrder(
    isBaseline ? booked : withInventory(booked, settle(state.inventory, fill, null, status)),
    fill,
  );
}

function withEntry(state: ExecutorState, key: string, entry: TradeEntry): ExecutorState {
  const shard = shardOf(key);
  const { [key]: _moved, ...others } = state.pending;
  const pending = isPending(entry.status) ? { ...others, [key]: entry.matchedAt } : others;
  return {
    ...state,
    trades: { ...state.trades, [shard]: { ...state.trades[shard], [key]: entry } },
    pending,
  };
}

/** When the oldest fill that has not settled was matched; null if all have. */
export const pendingSince = ({ pending }: ExecutorState): EpochMs | null =>
  Object.values(pending).reduce<EpochMs | null>(
    (first, at) => (first === null || at < first ? at : first),
    null,
  );

/** Every known fill. */
export const tradeEntries = ({ trades }: ExecutorState): readonly TradeEntry[] =>
  Object.values(trades).flatMap((shard) => Object.values(shard));

/** Fills are kept in shards, so that adding one copies one shard only. */
const SHARDS = 128;

function shardOf(key: string): string {
  let sum = 0;
  for (let index = 0; index < key.length; index += 1) sum += key.charCodeAt(index) * (index + 1);
  return String(sum % SHARDS);
}

const withInventory = (state: ExecutorState, inventory: Inventory): ExecutorState => ({
  ...state,
  inventory,
  inventoryStep: state.step,
  inventoryChangedAt: state.now.monotonicMs,
});

/** A fill proves that its order was booked. */
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
    // An old fill, read by the first survey, says how much matched, not that anything rests.
    const counted = withOrder(state, next);
    return matched >= order.size ? signalOrder(counted, order.id, "filled") : counted;
  }
  const counted = withOrder(forgetRefusal(seenBy(state, order, fill), order), next);
  const booked = isLate
    ? noteAnomaly(counted, `a fill of an order whose account was closed: ${order.id}`)
    : counted;
  if (matched >= order.size) return signalOrder(booked, order.id, "filled");
  return signalOrder(booked, order.id, sighting(order, "reportedLive"));
}

/** The standing intent was made before this fill, so what it wants is that much smaller. */
const seenBy = (state: ExecutorState, { slot }: WorkingOrder, { size }: Fill): ExecutorState => ({
  ...state,
  unseenMatches: [...state.unseenMatches, { step: state.step, slot, size }].slice(-UNSEEN_MAX),
});
