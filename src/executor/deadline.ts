/** The clock owes a tick at the next moment at which a condition changes by time alone. */
import type { MonotonicMs } from "../types/index.ts";
import { isCancelPaused, isCautious, isHoldOver, surveyReasons } from "./decide.ts";
import type { Condition } from "./due.ts";
import { isReceiptOverdue } from "./evolve.ts";
import { checks } from "./gate.ts";
import { isLastingHeld } from "./lasting.ts";
import { refusalPauses } from "./refusals.ts";
import { ordersOf } from "./remembered.ts";
import type { ExecutorConfig, ExecutorState } from "./state.ts";
import { isBeyondAnswering, isCancelAllDue, isCancelAllOverdue } from "./stop.ts";
import { areCancelsHeld, isVenueModeHeld } from "./venueMode.ts";

type Timed = Pick<Condition, "dueAt">;

/** Every condition that time changes, by the name of what it is about. */
export function timedConditions(
  state: ExecutorState,
  config: ExecutorConfig,
): Readonly<Record<string, readonly Timed[]>> {
  const { now, refused } = state;
  const orders = ordersOf(state);
  return {
    gate: checks(state, config),
    cancelAll: [isCancelAllDue(state)],
    cancelAllReceipt: [isCancelAllOverdue(state)],
    caution: [isCautious(state)],
    venueMode: [isVenueModeHeld(state)],
    lasting: [isLastingHeld(state)],
    cancelsById: [areCancelsHeld(state)],
    refusals: refused.flatMap((each) => refusalPauses(each, now)),
    surveys: surveyReasons(state, config),
    holds: orders.map((order) => isHoldOver(order, state, config)),
    cancelPauses: orders.map((order) => isCancelPaused(order, now)),
    lateAnswers: orders.map((order) => isBeyondAnswering(order, state)),
    receipts: orders.map((order) => isReceiptOverdue(order, now)),
  };
}

/** The next moment after now at which `decide` may decide otherwise; null if none is known. */
export function nextDeadline(state: ExecutorState, config: ExecutorConfig): MonotonicMs | null {
  let earliest: MonotonicMs | null = null;
  for (const conditions of Object.values(timedConditions(state, config))) {
    const at = earliestAfterNow(state, conditions);
    if (at !== null && (earliest === null || at < earliest)) earliest = at;
  }
  return earliest;
}

export function earliestAfterNow(
  { now }: ExecutorState,
  conditions: readonly Timed[],
): MonotonicMs | null {
  let earliest: MonotonicMs | null = null;
  for (const { dueAt } of conditions) {
    if (dueAt === null || dueAt <= now.monotonicMs) continue;
    if (earliest === null || dueAt < earliest) earliest = dueAt;
  }
  return earliest;
}
