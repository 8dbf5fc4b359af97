/** The pause before a refused order is placed again: 250 ms, doubling to 30 s, per reason. */
import { type Instant, type PlannedOrder, type WorkingOrder, after } from "../types/index.ts";
import { type Condition, heldUntil } from "./due.ts";
import type { ExecutorState, RefusedOrder, Withheld } from "./state.ts";

/** A venue that refuses everything gets this many places within the window, then none. */
const REFUSALS_MAX = 10;
const REFUSALS_WINDOW_MS = 60_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 30_000;

export const backoffMs = (count: number): number =>
  Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (count - 1));

export function rememberRefusal(
  state: ExecutorState,
  order: WorkingOrder,
  reason: RefusedOrder["reason"],
  retryAfterMs: number | null,
): ExecutorState {
  const now = state.now.monotonicMs;
  const counts = state.refused.filter((each) => each.reason === reason).map(({ count }) => count);
  const count = 1 + Math.max(0, ...counts);
  const { slot, kind, price } = order;
  const retryAt = after(now, Math.max(retryAfterMs ?? 0, backoffMs(count)));
  return {
    ...state,
    refused: [...others(state, order), { slot, kind, price, reason, count, retryAt }],
    consecutiveRefusals:
      reason === "notSent" || reason === "unmatched"
        ? state.consecutiveRefusals
        : [...state.consecutiveRefusals, now].slice(-REFUSALS_MAX),
  };
}

/** Whether the last order of this kind was accepted, and then removed unasked. */
export const wasRemoved = ({ refused }: ExecutorState, { slot, kind }: WorkingOrder): boolean =>
  refused.some((each) => each.slot === slot && each.kind === kind && each.reason === "removed");

/** An accepted order ends the row of refusals, and the pause of its kind. */
export const forgetRefusal = (state: ExecutorState, order: WorkingOrder): ExecutorState =>
  state.refused.length === 0 && state.consecutiveRefusals.length === 0
    ? state
    : { ...state, refused: others(state, order), consecutiveRefusals: [] };

/** The same order is not placed again yet. */
export const isShutOut = ({ retryAt }: RefusedOrder, now: Instant): Condition =>
  heldUntil(retryAt, now);

/**
 * Every step decides from the whole state, so an instant refusal would make an endless loop. A
 * refused order is therefore withheld for a while unless its price changes, and after a row of
 * refusals without an acceptance everything is.
 */
export function refusedBefore(
  { now, refused, consecutiveRefusals, working }: ExecutorState,
  order: PlannedOrder,
  deciding: number,
): Withheld["reason"] | null {
  const isSame = (each: RefusedOrder): boolean =>
    each.slot === order.slot && each.kind === order.kind && each.price === order.price;
  if (refused.some((each) => isSame(each) && isShutOut(each, now).holds)) {
    return "refusedBefore";
  }
  // Refused quotes must not hold up a flatten, whose own pauses grow.
  if (order.kind === "closeSell") return null;
  const recent = consecutiveRefusals.filter(
    (at) => now.monotonicMs < after(at, REFUSALS_WINDOW_MS),
  ).length;
  const placing = Object.values(working).filter(({ phase }) => phase === "placing").length;
  return recent > 0 && recent + placing + deciding >= REFUSALS_MAX ? "refusalsMax" : null;
}

const others = (
  { refused }: ExecutorState,
  { slot, kind }: WorkingOrder,
): readonly RefusedOrder[] => refused.filter((each) => each.slot !== slot || each.kind !== kind);
