/** When something changes by time alone: the clock owes us a tick then. */
import { cancelsDueAt } from "./venueMode.ts";
import { type MonotonicMs, after, larger, monotonicMs } from "../types/index.ts";
import { canaryDueAt } from "./canary.ts";
import { RECEIPT_OVERDUE_MS, isInFlight } from "./orderTable.ts";
import { CONFIRM_MS, holdingsDueAt, haltSurveyDueAt } from "./decide.ts";
import { type ExecutorConfig, type ExecutorState, workingOrders } from "./state.ts";

/** The next moment after now at which `decide` may decide otherwise; null if none is known. */
export function nextDeadline(state: ExecutorState, config: ExecutorConfig): MonotonicMs | null {
  const { stop, survey, intent, cautionUntil } = state;
  const candidates: readonly (MonotonicMs | null | undefined)[] = [
    intent?.expiresAt,
    cautionUntil,
    survey.wantedSince && larger(survey.wantedSince, survey.notBefore),
    survey.compareSince === null ? null : survey.notBefore,
    survey.holdingsReading && holdingsDueAt(survey.holdingsReading, config),
    state.venueMode?.until,
    cancelsDueAt(state),
    canaryDueAt(state, config),
    stop?.retryAt,
    stop?.pending == null ? null : after(stop.pending.askedAt, RECEIPT_OVERDUE_MS),
    stop && haltSurveyDueAt(stop, config),
    stop?.haltedAt != null ? after(stop.haltedAt, config.cooldownMs) : null,
    ...state.refused.map(({ retryAt }) => retryAt),
    ...workingOrders(state).flatMap((order) => [
      order.cancelRetryAt,
      order.answerableUntil,
      isInFlight(order) ? after(order.phaseSince, RECEIPT_OVERDUE_MS) : null,
      order.phase === "closed" ? after(order.phaseSince, CONFIRM_MS) : null,
      order.phase === "unknown" ? survey.notBefore : null,
    ]),
  ];
  const due = candidates.filter((at) => at != null && at > state.now.monotonicMs);
  return due.length === 0 ? null : monotonicMs(Math.min(...due.map(Number)));
}
