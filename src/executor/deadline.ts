/** The clock owes a tick at the next moment at which a condition changes by time alone. */
import { type MonotonicMs, monotonicMs } from "../types/index.ts";
import { isCancelPaused, isCautious, surveyReasons } from "./decide.ts";
import type { Condition } from "./due.ts";
import { isReceiptOverdue } from "./evolve.ts";
import { checks } from "./gate.ts";
import { isShutOut } from "./refusals.ts";
import { type ExecutorConfig, type ExecutorState, workingOrders } from "./state.ts";
import { isBeyondAnswering, isCancelAllDue, isCancelAllOverdue } from "./stop.ts";
import { areCancelsHeld, isVenueModeHeld } from "./venueMode.ts";

/** The next moment after now at which `decide` may decide otherwise; null if none is known. */
export function nextDeadline(state: ExecutorState, config: ExecutorConfig): MonotonicMs | null {
  const conditions: readonly Pick<Condition, "dueAt">[] = [
    ...checks(state, config),
    isCancelAllDue(state),
    isCancelAllOverdue(state),
    isCautious(state),
    isVenueModeHeld(state),
    areCancelsHeld(state),
    ...state.refused.map((refused) => isShutOut(refused, state.now)),
    ...surveyReasons(state, config),
    ...workingOrders(state).flatMap((order) => [
      isCancelPaused(order, state.now),
      isBeyondAnswering(order, state),
      isReceiptOverdue(order, state.now),
    ]),
  ];
  const due = conditions.flatMap(({ dueAt }) =>
    dueAt !== null && dueAt > state.now.monotonicMs ? [Number(dueAt)] : [],
  );
  return due.length === 0 ? null : monotonicMs(Math.min(...due));
}
