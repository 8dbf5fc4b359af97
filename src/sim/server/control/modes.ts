/** The venue's modes: what each admits, and the refusals of the rest (protocol 3.10). */
import type { EpochMs } from "../../../types/index.ts";
import type { Command } from "../../exchange/index.ts";
import { type Answer, failure } from "../state/index.ts";

export const VENUE_MODES = ["normal", "restarting", "postOnly", "cancelOnly", "paused"] as const;
export type VenueMode = (typeof VENUE_MODES)[number];

export interface ModeSetting {
  readonly mode: VenueMode;
  /** Null lasts until another mode is set. */
  readonly until: EpochMs | null;
}

/** The mode at one time, and how much longer it lasts; null where it has no end. */
export interface ActiveMode {
  readonly mode: VenueMode;
  readonly remainingMs: number | null;
}

export const NORMAL: ModeSetting = { mode: "normal", until: null };

/** After every restart only post-only orders are admitted for so long. */
export const POST_ONLY_MS = 120_000;
/** How long a restart takes by default. */
export const RESTART_MS = 90_000;

export const DISABLED = "Trading is currently disabled. Check polymarket.com for updates";
export const POST_ONLY = "post-only mode: only post-only orders and cancels are allowed";
const CANCEL_ONLY =
  "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.";
/** The body of a 425 is undocumented; this text has been seen. */
const NOT_READY = "service not ready";

export function modeAt({ mode, until }: ModeSetting, now: EpochMs): ActiveMode {
  if (until === null || now < until)
    return { mode, remainingMs: until === null ? null : until - now };
  const remainingMs = until + POST_ONLY_MS - now;
  return mode === "restarting" && remainingMs > 0
    ? { mode: "postOnly", remainingMs }
    : { mode: "normal", remainingMs: null };
}

/** The refusal of a whole request; null where the mode admits it. */
export function modeRefusal(
  { mode, remainingMs }: ActiveMode,
  kind: "orders" | "cancels",
): Answer | null {
  if (mode === "restarting") return notReady(remainingMs);
  if (mode === "paused") return failure(503, DISABLED);
  return mode === "cancelOnly" && kind === "orders" ? failure(503, CANCEL_ONLY) : null;
}

export const notReady = (remainingMs: number | null): Answer => ({
  ...failure(425, NOT_READY),
  ...(remainingMs !== null && { headers: retryAfter(remainingMs) }),
});

/** For a single order that is not post-only; a leg of a batch is refused with the text alone. */
export function postOnlyRefusal({ remainingMs }: ActiveMode): Answer {
  const left = Math.ceil((remainingMs ?? POST_ONLY_MS) / 1_000);
  return {
    status: 503,
    body: { error: POST_ONLY, code: "post_only_mode", retry_after_seconds: left },
    headers: { "Retry-After": String(left) },
  };
}

/** For commands of the simulated traders, which the mode binds like any client. */
export function admits({ mode }: ActiveMode, command: Command): boolean {
  if (command.type === "place")
    return mode === "normal" || (mode === "postOnly" && command.ticket.postOnly);
  const isCancel = command.type === "cancel" || command.type === "cancelAll";
  return !isCancel || (mode !== "restarting" && mode !== "paused");
}

/** In whole seconds, as HTTP demands. */
export const retryAfter = (ms: number) => ({ "Retry-After": String(Math.ceil(ms / 1_000)) });
