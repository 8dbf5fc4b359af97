/**
 * Fills of ours, from the user channel or a survey: applied once each, by trade and order. A fill
 * that contradicts its order is kept and counted on it, but only the venue's balances say what it
 * has done to what we own.
 */
import {
  type EpochMs,
  type Fill,
  type Inventory,
  type MicroShares,
  type OrderId,
  type PriceBp,
  type TradeId,
  type TradeReport,
  type TradeStatus,
  type WorkingOrder,
  after,
  formatMicro,
  formatPriceBp,
  larger,
  microUsdc,
  minus,
  plus,
  NO_SHARES,
  NO_USDC,
} from "../types/index.ts";
import {
  BALANCE_LAG_MS,
  type TradeEntry,
  cashOf,
  isContradiction,
  isPending,
  isSettled,
  isUnfinished,
  laterStatus,
  settle,
} from "./inventory.ts";
import { DUST, sighting } from "./orderTable.ts";
import { forgetRefusal } from "./refusals.ts";
import { remembered } from "./remembered.ts";
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
/** Fills that are still booked after that; those beyond are left to the balances. */
export const TRADES_KEPT_MAX = TRADES_MAX + 1_000;
/** Fills that one intent may not have seen; an intent lives for seconds. */
const UNSEEN_MAX = 1_000;
/** Trades that wait for a comparison; of more the oldest are waited for no longer. */
export const DOUBTS_MAX = 64;
/** Arrivals of the last moments that are remembered. */
export const ARRIVALS_MAX = 200;
/** A trade that contradicts its order is waited for so long to settle, or to fail. */
const UNSETTLED_MS = 120_000;

export function evolveTrade(state: ExecutorState, report: TradeReport): ExecutorState {
  const known = report.fills.reduce((acc, fill) => evolveFill(acc, report, fill), state);
  return (report.unreadable ?? []).reduce((acc, id) => evolveUnreadable(acc, id, "trade"), known);
}

function evolveFill(state: ExecutorState, report: TradeReport, reported: Fill): ExecutorState {
  const { key, entry } = keyed(state, report.id, reported.orderId);
  if (entry === undefined) {
    // Not even counted on its order: a repeat of a fill that is not kept would count again.
    return state.tradeCount < TRADES_KEPT_MAX
      ? evolveNewFill(state, key, report, reported)
      : noteAnomaly(state, "more fills than are kept");
  }

  const status = laterStatus(entry.status, report.status);
  const dispute = disputeOf(entry, report, reported);
  const isNews = dispute !== null && !entry.isDisputed;
  if (status === entry.status && !isNews) return state;
  const known = isNews ? withDoubt(noteAnomaly(state, dispute), key) : state;
  const next = { ...entry, status, isDisputed: entry.isDisputed || dispute !== null };
  const kept = withEntry(known, key, next);
  // The fill as first reported is settled or reversed, whatever terms a later report has.
  return status === entry.status ? kept : applied(kept, key, entry, status);
}

/** A fill is kept once, under whichever of its order's two ids it is reported. */
function keyed(
  state: ExecutorState,
  trade: TradeId,
  id: OrderId,
): { readonly key: string; readonly entry: TradeEntry | undefined } {
  const under = (of: OrderId): { readonly key: string; readonly entry: TradeEntry | undefined } => {
    const key = `${trade}:${of}`;
    return { key, entry: state.trades[shardOf(key)]?.[key] };
  };
  const asReported = under(id);
  if (asReported.entry !== undefined) return asReported;
  const order = findOrder(state, id);
  if (order === undefined || order.venueId === null) return asReported;
  // Before the acknowledgement, its other id was one of an order that we did not know.
  const asTheirs = under(order.venueId);
  return asTheirs.entry === undefined ? under(order.id) : asTheirs;
}

/** What we own after a trade has moved on; `from` is null at its first report. */
function applied(
  state: ExecutorState,
  key: string,
  { fill, doubt, isBaseline, matchedAt, status: from }: Omit<TradeEntry, "status"> & Stage,
  to: TradeStatus,
): ExecutorState {
  if (doubt === "contrary") return withDoubt(state, key, isPending(to));
  const isInBudget = matchedAt >= state.tradesSince;
  if (isBaseline)
    return to === "failed" ? withDoubt(withoutBaseline(state, fill, isInBudget), key) : state;
  const settled = withInventory(state, settle(state.inventory, fill, from, to));
  const isBuy = fill.side === "BUY";
  // A sale that fails gives back what only later balances can show: the last ones may have been
  // lower for another reason than the sale.
  if (from !== null && to === "failed" && !isBuy) return withDoubt(withMissing(settled, fill), key);
  if (from !== null && isSettled(from)) return settled;
  if (isPending(to) || (from === null && to === "failed")) return settled;
  // It may have brought shares: now, or already with the balances that we took over.
  if (doubt === "unshown") return withDoubt(isBuy ? withMissing(settled, fill) : settled, key);
  return isBuy && to !== "failed" ? withArrival(settled, fill) : settled;
}

interface Stage {
  readonly status: TradeStatus | null;
}

/**
 * A trade in the balances that we took over has failed: what it had brought goes at once, what it
 * had taken comes back with a comparison. Cash of trades before ours is in no budget of ours.
 */
function withoutBaseline(state: ExecutorState, fill: Fill, isInBudget: boolean): ExecutorState {
  const { inventory } = state;
  const stock = inventory[fill.token];
  const flow = isInBudget ? cashOf(fill) : 0;
  if (fill.side === "BUY") {
    const settled = larger(NO_SHARES, minus(stock.settled, fill.size));
    const owning = withInventory(state, { ...inventory, [fill.token]: { ...stock, settled } });
    return { ...owning, cashMissing: microUsdc(state.cashMissing - flow) };
  }
  const settled = larger(NO_USDC, microUsdc(inventory.cash.settled - flow));
  return withInventory(state, { ...inventory, cash: { ...inventory.cash, settled } });
}

const withMissing = (state: ExecutorState, { token, size }: Fill): ExecutorState => ({
  ...state,
  sharesMissing: { ...state.sharesMissing, [token]: plus(state.sharesMissing[token], size) },
});

function withArrival(state: ExecutorState, { token, size }: Fill): ExecutorState {
  const arrival = { at: state.now.monotonicMs, token, size };
  return { ...state, arrivals: [...state.arrivals, arrival].slice(-ARRIVALS_MAX) };
}

/** Only a comparison with the venue, begun when balances have the trade, says what we own. */
function withDoubt(state: ExecutorState, key: string, isUnsettled = false): ExecutorState {
  const isContrary = state.trades[shardOf(key)]?.[key]?.doubt === "contrary";
  return doubting(state, key, isContrary, isUnsettled ? UNSETTLED_MS : BALANCE_LAG_MS);
}

/** An order is given up with a record that nobody could read: only a comparison says what it did. */
export const withOrderInDoubt = (state: ExecutorState, { id }: WorkingOrder): ExecutorState =>
  doubting(state, `unreadable:${id}`, true, BALANCE_LAG_MS);

function doubting(
  state: ExecutorState,
  key: string,
  isContrary: boolean,
  waitMs: number,
): ExecutorState {
  const { [key]: _before, ...others } = state.doubts;
  const doubt = { comparableAt: after(state.now.monotonicMs, waitMs), isContrary };
  const newest = Object.entries(others).slice(1 - DOUBTS_MAX);
  return { ...state, doubts: { ...Object.fromEntries(newest), [key]: doubt } };
}

/** The contradiction between two reports of one trade, in words; null where there is none. */
function disputeOf(entry: TradeEntry, report: TradeReport, reported: Fill): string | null {
  if (isContradiction(entry.status, report.status)) {
    return `trade ${report.id} is both ${entry.status} and ${report.status}`;
  }
  const { size, price, token, side } = entry.fill;
  const isSame =
    size === reported.size &&
    price === reported.price &&
    token === reported.token &&
    side === reported.side;
  return isSame ? null : `trade ${report.id} has changed its terms`;
}

/** What in a fill its order cannot have agreed to, in words; null where nothing is. */
function contradictionOf(order: WorkingOrder, fill: Fill, tick: PriceBp): string | null {
  if (fill.token !== order.token) return `${fill.token}, not ${order.token}`;
  if (fill.side !== order.side) return `a ${fill.side}, not a ${order.side}`;
  const worse = order.side === "BUY" ? fill.price - order.price : order.price - fill.price;
  // The price of a taker may be a mean of several, rounded.
  if (worse > tick) return `at ${formatPriceBp(fill.price)}, not ${formatPriceBp(order.price)}`;
  const left = minus(order.size, order.matched);
  return fill.size > left + DUST ? `${formatMicro(fill.size)} of ${formatMicro(left)} left` : null;
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
  const order = findOrder(state, fill.orderId);
  const contradiction = order && contradictionOf(order, fill, state.market.rules.tick);
  const isStranger = order === undefined && state.survey.isFirstDone;
  const doubt = contradiction ? "contrary" : isStranger ? "unshown" : null;
  const entry = { tradeId, fill, status, matchedAt, isBaseline, doubt, isDisputed: false } as const;
  const kept = { ...withEntry(state, key, entry), tradeCount: state.tradeCount + 1 };
  const known = applied(kept, key, { ...entry, status: null }, status);
  // What contradicts its order says nothing of it: it may rest, and match, as before.
  return contradiction
    ? noteAnomaly(known, `the fill ${key} contradicts its order: ${contradiction}`)
    : countOnOrder(known, fill);
}

function withEntry(state: ExecutorState, key: string, entry: TradeEntry): ExecutorState {
  const shard = shardOf(key);
  const before = state.trades[shard]?.[key];
  const fills = { ...state.trades[shard], [key]: entry };
  const moved = { shard, before, entry, fills };
  return {
    ...state,
    trades: { ...state.trades, [shard]: fills },
    unsettled: oldestAfter(state.unsettled, moved, isAwaited),
    unfinished: oldestAfter(state.unfinished, moved, ({ status }) => isUnfinished(status)),
  };
}

/** What is not booked is not on its way either. */
const isAwaited = ({ status, doubt }: TradeEntry): boolean =>
  isPending(status) && doubt !== "contrary";

interface MovedEntry {
  readonly shard: string;
  readonly before: TradeEntry | undefined;
  readonly entry: TradeEntry;
  readonly fills: Readonly<Record<string, TradeEntry>>;
}

/** The oldest of each shard; looked for in one shard, and only where its oldest has moved on. */
function oldestAfter(
  oldest: Readonly<Record<string, EpochMs>>,
  { shard, before, entry, fills }: MovedEntry,
  isOpen: (entry: TradeEntry) => boolean,
): Readonly<Record<string, EpochMs>> {
  const first = oldest[shard];
  if (isOpen(entry)) {
    return first !== undefined && first <= entry.matchedAt
      ? oldest
      : { ...oldest, [shard]: entry.matchedAt };
  }
  if (before === undefined || !isOpen(before) || first !== before.matchedAt) return oldest;
  const { [shard]: _left, ...others } = oldest;
  const next = earliest(
    Object.values(fills)
      .filter(isOpen)
      .map(({ matchedAt }) => matchedAt),
  );
  return next === null ? others : { ...others, [shard]: next };
}

const earliest = (moments: readonly EpochMs[]): EpochMs | null =>
  moments.reduce<EpochMs | null>((first, at) => (first === null || at < first ? at : first), null);

/** When the oldest fill that has not settled was matched; null if all have. */
export const pendingSince = ({ unsettled }: ExecutorState): EpochMs | null =>
  oldestUnsettled(unsettled);
const oldestUnsettled = remembered((unsettled: ExecutorState["unsettled"]) =>
  earliest(Object.values(unsettled)),
);

/** When the oldest fill was matched that is neither confirmed nor failed; null without one. */
export const unfinishedSince = ({ unfinished }: ExecutorState): EpochMs | null =>
  earliest(Object.values(unfinished));

/** Whether a comparison is awaited for a fill that contradicts this order. */
export const isContradicted = ({ doubts }: ExecutorState, { id }: WorkingOrder): boolean =>
  Object.entries(doubts).some(([key, { isContrary }]) => isContrary && key.endsWith(`:${id}`));

/** Every known fill. */
export const tradeEntries = ({ trades }: ExecutorState): readonly TradeEntry[] =>
  Object.values(trades).flatMap((shard) => Object.values(shard));

export interface TradeChange {
  readonly shard: string;
  readonly key: string;
  /** Null for a fill that is heard of for the first time, from whatever source. */
  readonly from: TradeEntry | null;
  readonly to: TradeEntry;
}

/** Fills that are new, or whose trade has moved on. */
export function tradeChanges(
  before: ExecutorState | undefined,
  { trades }: ExecutorState,
): readonly TradeChange[] {
  if (before?.trades === trades) return NO_CHANGES;
  const changes: TradeChange[] = [];
  for (const [shard, entries] of Object.entries(trades)) {
    const known = before?.trades[shard];
    if (entries === known) continue;
    for (const [key, to] of Object.entries(entries)) {
      const from = known?.[key] ?? null;
      if (from?.status !== to.status) changes.push({ shard, key, from, to });
    }
  }
  return changes;
}

const NO_CHANGES: readonly TradeChange[] = [];

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
  // A fill beyond the order's size is no proof of more.
  const sum = plus(order.matched, fill.size);
  const matched = sum > order.size + DUST ? larger(order.matched, order.size) : sum;
  const isLate = order.finalMatched !== null && matched > order.finalMatched + DUST;
  const next = { ...order, matched, finalMatched: isLate ? matched : order.finalMatched };
  if (!state.survey.isFirstDone) {
    // An old fill, read by the first survey, says how much matched, not that anything rests.
    const counted = withOrder(state, next);
    return matched >= order.size ? signalOrder(counted, order.id, "filled") : counted;
  }
  const counted = withOrder(
    forgetRefusal(seenBy(state, order, minus(matched, order.matched)), order),
    next,
  );
  const booked = isLate
    ? noteAnomaly(counted, `a fill of an order whose account was closed: ${order.id}`)
    : counted;
  if (matched >= order.size) return signalOrder(booked, order.id, "filled");
  return signalOrder(booked, order.id, sighting(order, "reportedLive"));
}

/** The standing intent was made before this fill, so what it wants is that much smaller. */
const seenBy = (
  state: ExecutorState,
  { slot }: WorkingOrder,
  size: MicroShares,
): ExecutorState => ({
  ...state,
  unseenMatches: [...state.unseenMatches, { step: state.step, slot, size }].slice(-UNSEEN_MAX),
});
