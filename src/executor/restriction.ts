/**
 * What the venue has told us it does not take for now, and when to try again: 1 s, doubling to
 * 30 s, unless it says when. It ends with the first place or cancel that is carried out; until then
 * one at a time asks whether it has.
 */
import type { PlannedOrder, Refusal, RefusalReason } from "../types/index.ts";
import { after, larger } from "../types/index.ts";
import type { ExecutorState, Restriction } from "./state.ts";

type Mode = Restriction["mode"];

/** Which refusals are of everything, not of this order. [protocol 3.10] */
const MODES: Partial<Record<RefusalReason, Mode>> = {
  restarting: "restarting",
  tradingDisabled: "paused",
  cancelOnly: "cancelOnly",
  postOnlyMode: "postOnly",
};

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Null where a refusal restricts nothing but what was refused. */
export function restricted(
  state: ExecutorState,
  { reason, retryAfterMs }: Refusal<RefusalReason>,
): ExecutorState | null {
  const mode = MODES[reason];
  if (mode === undefined) return null;
  const { restriction, survey } = state;
  const now = state.now.monotonicMs;
  // What was sent before the venue said so tells us nothing new.
  const count = (restriction?.count ?? 0) + (isHeld(state) ? 0 : 1);
  const pauseMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (count - 1));
  const until = larger(
    restriction?.until ?? now,
    after(now, Math.max(retryAfterMs ?? 0, isHeld(state) ? 0 : pauseMs)),
  );
  const told = { ...state, restriction: { mode, count, until } };
  // Whether what rested still does after a restart, the venue does not say: look before quoting.
  return mode === "postOnly"
    ? told
    : {
        ...told,
        survey: { ...survey, wantedSince: now, notBefore: larger(survey.notBefore, until) },
      };
}

/** It has carried something out. */
export const unrestricted = (state: ExecutorState): ExecutorState =>
  state.restriction === null ? state : { ...state, restriction: null };

/** Not before then is anything tried. */
const isHeld = ({ restriction, now }: ExecutorState): boolean =>
  restriction !== null && now.monotonicMs < restriction.until;

/** In a restart, and while it is paused, the venue takes no cancel either. */
export const takesCancels = (state: ExecutorState): boolean =>
  !isHeld(state) ||
  state.restriction?.mode === "cancelOnly" ||
  state.restriction?.mode === "postOnly";

/** Every order of ours is post-only, but for what closes a holding at once. */
export function takesOrder(
  state: ExecutorState,
  { kind }: Pick<PlannedOrder, "kind">,
  inFlight: number,
): boolean {
  const { restriction } = state;
  if (restriction === null) return true;
  if (restriction.mode === "postOnly") return kind !== "closeSell" || !isHeld(state);
  return !isHeld(state) && inFlight === 0;
}
