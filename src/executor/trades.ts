/** Fills of ours, from the user channel or from a read: applied once each, by trade and order. */
import type { Fill, TradeReport } from "../types/index.ts";
import { plus } from "../types/index.ts";
import { isContradiction, isSettled, laterStatus, settle } from "./inventory.ts";
import type { ExecutorState } from "./state.ts";
import { findOrder, noteAnomaly, signalOrder, withOrder } from "./working.ts";

/** A market's fills are all kept, for its result; a market that passes this is not quoted on. */
export const TRADES_MAX = 20_000;

export function absorbTrade(state: ExecutorState, report: TradeReport): ExecutorState {
  return report.fills.reduce((sofar, fill) => absorbFill(sofar, report, fill), state);
}

function absorbFill(state: ExecutorState, report: TradeReport, fill: Fill): ExecutorState {
  const key = `${report.id}:${fill.orderId}`;
  const entry = state.trades[key];
  if (entry === undefined) return absorbNewFill(state, key, report, fill);

  const status = laterStatus(entry.status, report.status);
  const known = isContradiction(entry.status, report.status)
    ? noteAnomaly(state, `trade ${report.id} is both ${entry.status} and ${report.status}`)
    : state;
  if (status === entry.status) return known;
  return {
    ...known,
    trades: { ...known.trades, [key]: { ...entry, status } },
    inventory: entry.isBaseline
      ? known.inventory
      : settle(known.inventory, fill, entry.status, status),
  };
}

function absorbNewFill(
  state: ExecutorState,
  key: string,
  report: TradeReport,
  fill: Fill,
): ExecutorState {
  // Before the first balances are read, what has settled is in them, not on top of them.
  const isBaseline = !state.survey.isFirstDone && isSettled(report.status);
  const booked: ExecutorState = {
    ...state,
    trades: {
      ...state.trades,
      [key]: {
        tradeId: report.id,
        fill,
        status: report.status,
        matchedAt: report.matchedAt,
        isBaseline,
      },
    },
    inventory: isBaseline ? state.inventory : settle(state.inventory, fill, null, report.status),
  };
  return countOnOrder(booked, fill);
}

/** A fill proves that its order was booked, however little we knew of it. */
function countOnOrder(state: ExecutorState, fill: Fill): ExecutorState {
  const order = findOrder(state, fill.orderId);
  if (!order) {
    return state.survey.isFirstDone
      ? noteAnomaly(state, `a fill of an order we do not know: ${fill.orderId}`)
      : state;
  }
  const matched = plus(order.matched, fill.size);
  const counted = withOrder(state, { ...order, matched });
  if (matched >= order.size) return signalOrder(counted, order.id, "filled");
  return signalOrder(counted, order.id, order.closedByAbsence ? "reappeared" : "reportedLive");
}
