/** The clock owes a tick at the next moment at which a condition changes by time alone. */
import { type MonotonicMs, monotonicMs } from "../types/index.ts";
import { isCancelPaused, isCautious, surveyReasons } from "./decide.ts";
import type { Condition } from "./due.ts";
import { isReceiptOverdue } from "./evolve.ts";
import { checks } from "./gate.ts";
import { isLastingHeld } from "./lasting.ts";
import { refusalPauses } from "./refusals.ts";
import { type ExecutorConfig, type ExecutorState, workingOrders } from "./state.ts";
import { isBeyondAnswering, isCancelAllDue, isCancelAllOverdue } from "./stop.ts";
import { areCancelsHeld, isVenueModeHeld } from "./venueMode.ts";

type Timed = Pick<Condition, "dueAt">;

/** Every condition that time changes, by the name of what it is about. */
export function timedConditions(
  state: ExecutorState,
  config: ExecutorConfig,
): Readonly<Record<string, readonly Timed[]>> {
  const { now, refused } = state;
  const orders = workingOrders(state);
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
    cancelPauses: orders.map((order) => isCancelPaused(order, now)),
    lateAnswers: orders.map((order) => isBeyondAnswering(order, state)),
    receipts: orders.map((order) => isReceiptOverdue(order, now)),
  };
}

/** The next moment after now at which `decide` may decide otherwise; null if none is known. */
export const nextDeadline = (state: ExecutorState, config: ExecutorConfig): MonotonicMs | null =>
  earliestAfterNow(state, Object.values(timedConditions(state, config)).flat());

export function earliestAfterNow(
  { now }: ExecutorState,
  conditions: readonly Timed[],
): MonotonicMs | null {
  const due = conditions.flatMap(({ dueAt }) =>
    dueAt !== null && dueAt > now.monotonicMs ? [Number(dueAt)] : [],
  );
  return due.length === 0 ? null : monotonicMs(Math.min(...due));
}
