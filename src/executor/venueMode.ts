/**
 * What the venue has told us it does not take for now, and when to try again: 1 s, doubling to
 * 30 s, unless it says when. It ends with the first place or cancel that was asked for after that
 * and is carried out; until then one place at a time asks whether it has, and a cancel every 2 s.
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

type Mode = VenueMode["mode"];

/** Which refusals are of everything, not of this order. [protocol 3.10] */
const MODES: Partial<Record<RefusalReason, Mode>> = {
  restarting: "restarting",
  tradingDisabled: "paused",
  cancelOnly: "cancelOnly",
  postOnlyMode: "postOnly",
};

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Longer than any mode of the venue is known to last; what it says beyond that is not believed. */
const RETRY_AFTER_MAX_MS = 600_000;
/** A cancel is worth a try however long places have to wait: what rests may match. */
const CANCEL_RETRY_MS = 2_000;

/** Null where a refusal restricts nothing but what was refused. */
export function withVenueMode(
  state: ExecutorState,
  { reason, retryAfterMs }: Refusal<RefusalReason>,
): ExecutorState | null {
  const mode = MODES[reason];
  if (mode === undefined) return null;
  const { venueMode, survey } = state;
  const now = state.now.monotonicMs;
  // What was sent before the venue said so tells us nothing new.
  const isNews = !isVenueModeHeld(state).holds || venueMode?.mode !== mode;
  const count = (venueMode?.count ?? 0) + (isNews ? 1 : 0);
  const pauseMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (count - 1));
  const waitMs = Math.min(RETRY_AFTER_MAX_MS, Math.max(retryAfterMs ?? 0, isNews ? pauseMs : 0));
  const until = larger(isNews ? now : (venueMode?.until ?? now), after(now, waitMs));
  const told = { ...state, venueMode: { mode, count, until, refusedAt: now } };
  // Whether what rested still does after a restart, the venue does not say: look before quoting.
  return mode === "postOnly" ? told : { ...told, survey: { ...survey, wantedSince: until } };
}

/** It has carried something out, so it can be looked at too. */
export function withoutVenueMode(state: ExecutorState): ExecutorState {
  const { venueMode, survey, now } = state;
  if (venueMode === null) return state;
  const wantedSince = survey.wantedSince && smaller(survey.wantedSince, now.monotonicMs);
  return { ...state, venueMode: null, survey: { ...survey, wantedSince } };
}

/** The venue takes less than everything, and is not tried again before then. */
export const isVenueModeHeld = ({ venueMode, now }: ExecutorState): Condition =>
  heldUntil(venueMode && venueMode.until, now);

/** A venue that restarts, or is paused, takes no cancel by id either. */
export const areCancelsHeld = ({ venueMode, now }: ExecutorState): Condition => {
  const takesCancels =
    venueMode === null || venueMode.mode === "cancelOnly" || venueMode.mode === "postOnly";
  const retryAt = takesCancels
    ? null
    : smaller(venueMode.until, after(venueMode.refusedAt, CANCEL_RETRY_MS));
  return heldUntil(retryAt, now);
};

/** Asked for after the venue last refused, so that its being carried out is news. */
export const isNewer = ({ venueMode }: ExecutorState, askedAt: MonotonicMs): boolean =>
  venueMode === null || askedAt >= venueMode.refusedAt;

/** Every order of ours is post-only, but for what closes a holding at once. */
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
