/** What was refused, and until when asking again waits: 250 ms, doubling to 30 s, per reason. */
import {
  type PlannedOrder,
  type RefusalReason,
  SLOTS,
  type WorkingOrder,
  after,
} from "../types/index.ts";
import type { ExecutorState, RefusedOrder, Withheld } from "./state.ts";

/** A venue that refuses everything gets this many places in the window, then silence. */
const REFUSALS_MAX = 10;
const REFUSALS_WINDOW_MS = 60_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 30_000;

export const backoffMs = (count: number): number =>
  Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (count - 1));

export function rememberRefusal(
  state: ExecutorState,
  order: WorkingOrder,
  reason: RefusalReason | "notSent",
  retryAfterMs: number | null,
): ExecutorState {
  const now = state.now.monotonicMs;
  const count = 1 + Math.max(...SLOTS.map((slot) => countOf(state.refused[slot], reason)));
  return {
    ...state,
    refused: {
      ...state.refused,
      [order.slot]: {
        kind: order.kind,
        price: order.price,
        reason,
        count,
        retryAt: after(now, retryAfterMs ?? backoffMs(count)),
      },
    },
    refusalRow:
      reason === "notSent" ? state.refusalRow : [...state.refusalRow, now].slice(-REFUSALS_MAX),
  };
}

export function forgetRefusal(state: ExecutorState, order: WorkingOrder): ExecutorState {
  const refused = state.refused[order.slot];
  if (refused?.kind !== order.kind && state.refusalRow.length === 0) return state;
  return {
    ...state,
    refused:
      refused?.kind === order.kind ? { ...state.refused, [order.slot]: null } : state.refused,
    refusalRow: [],
  };
}

/**
 * Deciding by level and an instant refusal make an endless loop, so a refusal shuts its slot for a
 * while unless the order has changed, and a row of refusals without an acceptance shuts it anyway.
 */
export function refusedBefore(
  { now, refused, refusalRow, working }: ExecutorState,
  order: PlannedOrder,
  deciding: number,
): Withheld["reason"] | null {
  const last = refused[order.slot];
  const isSame = last !== null && last.kind === order.kind && last.price === order.price;
  if (isSame && now.monotonicMs < last.retryAt) return "refusedBefore";
  const recent = refusalRow.filter((at) => now.monotonicMs < after(at, REFUSALS_WINDOW_MS)).length;
  const placing = Object.values(working).filter(({ phase }) => phase === "placing").length;
  return recent > 0 && recent + placing + deciding >= REFUSALS_MAX ? "refusalsMax" : null;
}

const countOf = (refused: RefusedOrder | null, reason: RefusedOrder["reason"]): number =>
  refused?.reason === reason ? refused.count : 0;
