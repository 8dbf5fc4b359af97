/** Conditions that time changes: each carries the moment, so no second list of moments is kept. */
import type { Instant, MonotonicMs } from "../types/index.ts";

/** A condition now, and when time alone will change it; null where no tick is owed for that. */
export interface Condition {
  readonly holds: boolean;
  readonly dueAt: MonotonicMs | null;
}

/** Holds from a moment on; never where there is none. */
export const heldFrom = (at: MonotonicMs | null, { monotonicMs }: Instant): Condition => ({
  holds: at !== null && monotonicMs >= at,
  dueAt: at,
});

/** Holds until a moment. */
export const heldUntil = (at: MonotonicMs | null, { monotonicMs }: Instant): Condition => ({
  holds: at !== null && monotonicMs < at,
  dueAt: at,
});
