/**
 * A mode in which the venue takes only part of what it is asked, or nothing, and when to try again:
 * after 1 s, doubling to 30 s, unless the venue says when. The mode ends with the first place that
 * was sent after the refusal and is carried out, or cancel that is answered for its own order. Until then one place at a time is
 * tried, and cancels every 2 s.
 */
import {
  type MonotonicMs,
  type PlannedOrder,
  type Refusal,
  type RefusalReason,
  after,
  larger,
  smaller,
} from "../types/index.ts";
import { type Condition, heldUntil } from "./due.ts";
import type { ExecutorState, VenueMode } from "./state.ts";

type VenueModeName = VenueMode["mode"];

/** The refusals that are about everything, not about one order. [protocol 3.10] */
const MODES: Partial<Record<RefusalReason, VenueModeName>> = {
  restarting: "restarting",
  tradingDisabled: "paused",
  cancelOnly: "cancelOnly",
  postOnlyMode: "postOnly",
};

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Longer than any mode is known to last; a longer pause asked for by the venue is cut to this. */
export const RETRY_AFTER_MAX_MS = 600_000;
/** Cancels are tried this often however long places wait, because resting orders may match. */
const CANCEL_RETRY_MS = 2_000;

/** Null where the refusal is about one order only. */
export function withVenueMode(
  state: ExecutorState,
  { reason, retryAfterMs }: Refusal<RefusalReason>,
): ExecutorState | null {
  const mode = MODES[reason];
  if (mode === undefined) return null;
  const { venueMode, survey } = state;
  const now = state.now.monotonicMs;
  // A refusal of something sent before the mode was known says nothing new.
  const isNews = !isVenueModeHeld(state).holds || venueMode?.mode !== mode;
  const count = (venueMode?.count ?? 0) + (isNews ? 1 : 0);
  const pauseMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (count - 1));
  const waitMs = Math.min(RETRY_AFTER_MAX_MS, Math.max(retryAfterMs ?? 0, isNews ? pauseMs : 0));
  const until = larger(isNews ? now : (venueMode?.until ?? now), after(now, waitMs));
  const known = { ...state, venueMode: { mode, count, until, refusedAt: now } };
  // The venue does not say whether orders survive a restart, so survey it before quoting.
  return mode === "postOnly" ? known : { ...known, survey: { ...survey, wantedSince: until } };
}

/** The venue has carried something out, so a survey may begin at once. */
export function withoutVenueMode(state: ExecutorState): ExecutorState {
  const { venueMode, survey, now } = state;
  if (venueMode === null) return state;
  const wantedSince = survey.wantedSince && smaller(survey.wantedSince, now.monotonicMs);
  return { ...state, venueMode: null, survey: { ...survey, wantedSince } };
}

/** Not tried again yet. */
export const isVenueModeHeld = ({ venueMode, now }: ExecutorState): Condition =>
  heldUntil(venueMode && venueMode.until, now);

/** Cancels by id are not tried again yet, of a venue that restarts or is paused. */
export const areCancelsHeld = ({ venueMode, now }: ExecutorState): Condition => {
  const takesCancels =
    venueMode === null || venueMode.mode === "cancelOnly" || venueMode.mode === "postOnly";
  const retryAt = takesCancels
    ? null
    : smaller(venueMode.until, after(venueMode.refusedAt, CANCEL_RETRY_MS));
  return heldUntil(retryAt, now);
};

/** Sent after the last refusal, so that its being carried out ends the mode. */
export const isNewer = ({ venueMode }: ExecutorState, askedAt: MonotonicMs): boolean =>
  venueMode === null || askedAt >= venueMode.refusedAt;

/** Whether the venue takes such an order now; all but the closes of a flatten are post-only. */
export function takesOrder(
  state: ExecutorState,
  { kind }: Pick<PlannedOrder, "kind">,
  inFlight: number,
): boolean {
  const { venueMode } = state;
  if (venueMode === null) return true;
  const isHeld = isVenueModeHeld(state).holds;
  if (venueMode.mode === "postOnly") return kind !== "closeSell" || !isHeld;
  return !isHeld && inFlight === 0;
}
