/**
 * What was refused, per slot, kind of order and class of reason. Every step decides from the whole
 * state, so an instant refusal would make an endless loop: the order is withheld for 250 ms,
 * doubling to 30 s, and longer where the venue says so. Whether another price is another order
 * depends on the class.
 */
import {
  type Instant,
  type MonotonicMs,
  type OrderKind,
  type PlannedOrder,
  type RefusalReason,
  type WorkingOrder,
  after,
  larger,
} from "../types/index.ts";
import { type Condition, heldUntil } from "./due.ts";
import type { ExecutorState, RefusalClass, RefusedOrder, Withheld } from "./state.ts";
import { RETRY_AFTER_MAX_MS } from "./venueMode.ts";

/** A slot, kind and class gets this many refusals within the window, and so does the market. */
const REFUSALS_MAX = 10;
const REFUSALS_WINDOW_MS = 60_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 30_000;

interface RefusalRule {
  /** So many refusals in one window leave another price free to be tried at once. */
  readonly otherPrices: number;
  readonly pauseMaxMs: number;
  /** Whether the windows count it; what they do not count has its growing pause alone. */
  readonly isCounted: boolean;
}

/** A wish that wobbles by a tick must not escape a refusal that is not about the price. */
const RULES = {
  price: { otherPrices: 3, pauseMaxMs: BACKOFF_MAX_MS, isCounted: true },
  balance: { otherPrices: 0, pauseMaxMs: BACKOFF_MAX_MS, isCounted: true },
  rate: { otherPrices: 0, pauseMaxMs: BACKOFF_MAX_MS, isCounted: true },
  removed: { otherPrices: 0, pauseMaxMs: BACKOFF_MAX_MS, isCounted: true },
  other: { otherPrices: 0, pauseMaxMs: BACKOFF_MAX_MS, isCounted: true },
  // The bids of a thin book come and go, and a flatten must not miss them for long.
  unmatched: { otherPrices: 3, pauseMaxMs: 5_000, isCounted: false },
  notSent: { otherPrices: 0, pauseMaxMs: BACKOFF_MAX_MS, isCounted: false },
} as const satisfies Record<RefusalClass, RefusalRule>;

const CLASSES: Partial<Record<RefusedOrder["reason"], RefusalClass>> = {
  postOnlyCross: "price",
  tickSize: "price",
  insufficientBalance: "balance",
  rateLimited: "rate",
  removed: "removed",
  unmatched: "unmatched",
  notSent: "notSent",
};

export const backoffMs = (count: number): number =>
  Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (count - 1));

export function rememberRefusal(
  state: ExecutorState,
  order: Pick<WorkingOrder, "slot" | "kind" | "price">,
  reason: RefusalReason | "notSent" | "removed",
  retryAfterMs: number | null,
): ExecutorState {
  const now = state.now.monotonicMs;
  const { slot, kind, price } = order;
  const ofClass = CLASSES[reason] ?? "other";
  const rule = RULES[ofClass];
  const isSame = (each: RefusedOrder): boolean => isOf(each, order) && each.class === ofClass;
  const before = state.refused.find(isSame);
  const count = 1 + (before?.count ?? 0);
  const at = [...recent(before?.at ?? [], state.now), now].slice(-REFUSALS_MAX);
  const asked = after(now, Math.min(RETRY_AFTER_MAX_MS, retryAfterMs ?? 0));
  const retryAt = larger(asked, after(now, Math.min(rule.pauseMaxMs, backoffMs(count))));
  const shutUntil = larger(
    at.length > rule.otherPrices ? retryAt : asked,
    windowEnd({ kind, class: ofClass, at }) ?? now,
  );
  return {
    ...state,
    refused: [
      ...state.refused.filter((each) => !isSame(each)),
      { slot, kind, class: ofClass, price, reason, count, retryAt, shutUntil, at },
    ],
    consecutiveRefusals: isCounted(kind, rule)
      ? [...state.consecutiveRefusals, now].slice(-REFUSALS_MAX)
      : state.consecutiveRefusals,
  };
}

/** Refused quotes must not hold up a flatten: its closes are outside the windows. */
const isCounted = (kind: OrderKind, rule: RefusalRule): boolean =>
  rule.isCounted && kind !== "closeSell";

type Counted = Pick<RefusedOrder, "kind" | "class" | "at">;

/** Until when the window is full; null while it has room. */
function windowEnd({ kind, class: ofClass, at }: Counted): MonotonicMs | null {
  const [oldest] = at.slice(-REFUSALS_MAX);
  const isFull = isCounted(kind, RULES[ofClass]) && at.length >= REFUSALS_MAX;
  return isFull && oldest !== undefined ? after(oldest, REFUSALS_WINDOW_MS) : null;
}

/**
 * An order that has rested for a while, or has matched: refusals from before it was sent are over,
 * those of its own slot and kind and the row of the market. What a window counts stays counted.
 */
export function forgetRefusal(
  state: ExecutorState,
  { slot, kind, placedAt }: WorkingOrder,
): ExecutorState {
  const isOver = (at: MonotonicMs): boolean => at <= placedAt;
  const isStillCounted = (each: RefusedOrder): boolean =>
    isCounted(kind, RULES[each.class]) && recent(each.at, state.now).length > 0;
  // A close that has matched in part shows that bids are there, though the rest found none.
  const isEnded = (each: RefusedOrder): boolean =>
    isOf(each, { slot, kind }) && (each.class === "unmatched" || each.at.every(isOver));
  const isToChange = (each: RefusedOrder): boolean =>
    isEnded(each) && (each.count > 0 || !isStillCounted(each));
  if (!state.refused.some(isToChange) && !state.consecutiveRefusals.some(isOver)) return state;
  return {
    ...state,
    refused: state.refused
      .filter((each) => !isEnded(each) || isStillCounted(each))
      .map((each) => (isEnded(each) ? { ...each, count: 0 } : each)),
    consecutiveRefusals: state.consecutiveRefusals.filter((at) => !isOver(at)),
  };
}

/** What we own has been corrected, so a balance that fell short says nothing of the next order. */
export function forgetBalanceRefusals(state: ExecutorState): ExecutorState {
  const now = state.now.monotonicMs;
  const refused = state.refused.map((each) =>
    each.class === "balance"
      ? { ...each, count: 0, retryAt: now, shutUntil: windowEnd(each) ?? now }
      : each,
  );
  return { ...state, refused };
}

/** When the same order, and when any of its slot and kind, may be placed again. */
export const refusalPauses = (
  { retryAt, shutUntil }: RefusedOrder,
  now: Instant,
): readonly Condition[] => [heldUntil(retryAt, now), heldUntil(shutUntil, now)];

/** Why the order may not be placed again yet; null if it may. */
export function refusedBefore(
  { now, refused, consecutiveRefusals, working }: ExecutorState,
  order: PlannedOrder,
  deciding: number,
): Withheld["reason"] | null {
  for (const each of refused.filter((one) => isOf(one, order))) {
    if (heldUntil(windowEnd(each), now).holds) return "refusalsMax";
    if (heldUntil(each.shutUntil, now).holds) return "refusedBefore";
    if (each.price === order.price && heldUntil(each.retryAt, now).holds) return "refusedBefore";
  }
  if (order.kind === "closeSell") return null;
  const inRow = recent(consecutiveRefusals, now).length;
  const placing = Object.values(working).filter(({ phase }) => phase === "placing").length;
  return inRow > 0 && inRow + placing + deciding >= REFUSALS_MAX ? "refusalsMax" : null;
}

const recent = (at: readonly MonotonicMs[], now: Instant): readonly MonotonicMs[] =>
  at.filter((each) => now.monotonicMs < after(each, REFUSALS_WINDOW_MS));

const isOf = (each: RefusedOrder, { slot, kind }: Pick<PlannedOrder, "slot" | "kind">): boolean =>
  each.slot === slot && each.kind === kind;
