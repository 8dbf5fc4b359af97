/**
 * A refusal of everything that does not pass by itself. Nothing is quoted until the venue takes what
 * it has refused: one order is tried after a minute, doubling to ten; a survey and a heartbeat are
 * tried as ever. A market without a book gets one within minutes, so there every 7 s: below ten a minute.
 */
import {
  type LastingReason,
  type MonotonicMs,
  type OperatorLevel,
  type PlannedOrder,
  type Refusal,
  type RefusalReason,
  after,
  larger,
} from "../types/index.ts";
import { type Condition, heldUntil } from "./due.ts";
import { type ExecutorState, type LastingRefusal, levelOf } from "./state.ts";

/** The longest pause before the next order, by reason. */
const PAUSE_MAX_MS: Readonly<Record<LastingReason, number>> = {
  walletKind: 600_000,
  restricted: 600_000,
  banned: 600_000,
  closedOnly: 600_000,
  signature: 600_000,
  orderVersion: 600_000,
  auth: 600_000,
  marketNotReady: 7_000,
  marketClosed: 7_000,
};
const PAUSE_MIN_MS = 60_000;

const isLasting = (reason: RefusalReason): reason is LastingReason => reason in PAUSE_MAX_MS;

/** Reasons that are about us, whatever is asked; the others are about orders. */
const OF_ANY_REQUEST: ReadonlySet<RefusalReason> = new Set(["auth", "restricted"]);

/** Null where the refusal passes by itself, or is about one order. */
export function withLasting(
  state: ExecutorState,
  { reason, text }: Refusal<RefusalReason>,
  source: LastingRefusal["source"],
  askedAt: MonotonicMs,
): ExecutorState | null {
  if (!isLasting(reason) || (source !== "order" && !OF_ANY_REQUEST.has(reason))) return null;
  const { lasting } = state;
  const now = state.now.monotonicMs;
  const refusals = (lasting?.refusals ?? 0) + 1;
  // A refusal of what was sent before it was known says nothing new.
  if (lasting?.reason === reason && askedAt < lasting.refusedAt) {
    return { ...state, lasting: { ...lasting, refusals } };
  }
  const pauses = (lasting?.pauses ?? 0) + (source === "order" ? 1 : 0);
  const pauseMs = Math.min(PAUSE_MAX_MS[reason], PAUSE_MIN_MS * 2 ** (pauses - 1));
  const until = source === "order" ? after(now, pauseMs) : now;
  const known: LastingRefusal = { reason, text, source, refusals, pauses, until, refusedAt: now };
  const { survey } = state;
  // Only a survey that begins from now on can tell when requests are taken again: one under way cannot.
  return source === "survey"
    ? {
        ...state,
        lasting: known,
        survey: { ...survey, wantedSince: larger(survey.wantedSince ?? now, now) },
      }
    : { ...state, lasting: known };
}

/** An order that was sent after the refusal got further than that. */
export const endedByOrder = (
  state: ExecutorState,
  { side, placedAt }: { readonly side: PlannedOrder["side"]; readonly placedAt: MonotonicMs },
): ExecutorState =>
  state.lasting === null ||
  placedAt < state.lasting.refusedAt ||
  (state.lasting.reason === "closedOnly" && side === "SELL")
    ? state
    : { ...state, lasting: null };

/** A request of the kind that was refused has been taken. */
export const endedByRequest = (
  state: ExecutorState,
  source: "survey" | "heartbeat",
  askedAt: MonotonicMs,
): ExecutorState =>
  state.lasting?.source === source && askedAt >= state.lasting.refusedAt
    ? { ...state, lasting: null }
    : state;

/** The venue looks at the price and the money last, so a refusal for these ends any other. */
const LATER_REASONS: ReadonlySet<RefusalReason> = new Set([
  "postOnlyCross",
  "insufficientBalance",
  "unmatched",
]);
export const isOfOneOrder = (reason: RefusalReason): boolean => LATER_REASONS.has(reason);

/** The operator asks for a try at once. */
export const triedNow = (state: ExecutorState): ExecutorState =>
  state.lasting === null
    ? state
    : { ...state, lasting: { ...state.lasting, until: state.now.monotonicMs } };

/** No order is tried yet. */
export const isLastingHeld = ({ lasting, now }: ExecutorState): Condition =>
  heldUntil(lasting && larger(lasting.until, lasting.refusedAt), now);

/** It is time to find out with one order whether orders are taken again. */
export const isTrialDue = (state: ExecutorState): boolean =>
  state.lasting?.source === "order" && !isLastingHeld(state).holds;

/** Whether such an order may be tried; what gives up what is owned always may in closed-only mode. */
export function mayTry(
  state: ExecutorState,
  { side }: Pick<PlannedOrder, "side">,
  inFlight: number,
): boolean {
  const { lasting } = state;
  if (lasting === null || (lasting.reason === "closedOnly" && side === "SELL")) return true;
  return !isLastingHeld(state).holds && inFlight === 0;
}

/** What may be planned: in closed-only mode nothing that buys, but for the order that is tried. */
export const levelAllowed = (state: ExecutorState): OperatorLevel => {
  const level = levelOf(state);
  const isClosedOnly = state.lasting?.reason === "closedOnly" && isLastingHeld(state).holds;
  return isClosedOnly && level === "normal" ? "reduceOnly" : level;
};
