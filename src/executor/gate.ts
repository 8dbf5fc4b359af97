/**
 * May we quote? Every condition is checked at every step, and says when time will change it. One
 * that fails has a reason that the runbook explains, and is either a stop (we may be blind, or the
 * operator or the strategy says so: cancel everything and verify it) or a pull (nothing should rest
 * for now: cancel by id).
 */
import {
  FEEDS,
  type FeedName,
  type Instant,
  type MonotonicMs,
  type WorkingOrder,
  larger,
} from "../types/index.ts";
import { canaryDueAt } from "./canary.ts";
import { heldFrom, heldUntil } from "./due.ts";
import { isPossiblyLive } from "./orderTable.ts";
import { type ExecutorConfig, type ExecutorState, type VenueMode, workingOrders } from "./state.ts";
import { cooldownEndsAt, isStopping } from "./stop.ts";
import { TRADES_MAX } from "./trades.ts";
import { isVenueModeHeld } from "./venueMode.ts";

/** One condition for quoting. */
export interface Check {
  readonly name: string;
  readonly verdict: "open" | "pull" | "stop";
  /** Why it is not open, in words that `docs/runbook.md` explains; empty while it is. */
  readonly reason: string;
  /** How long until time alone changes the verdict; null where time does not. */
  readonly marginMs: number | null;
  /** The same on the monotonic clock; null where the wall clock decides, which may step. */
  readonly dueAt: MonotonicMs | null;
}

export interface Verdict {
  /** Reasons that demand a cancel-all and a proof that nothing rests. */
  readonly stops: readonly string[];
  /** Reasons to show nothing for now. */
  readonly pulls: readonly string[];
}

export function gate(state: ExecutorState, config: ExecutorConfig): Verdict {
  const closed = checks(state, config);
  const reasons = (kind: Check["verdict"]): readonly string[] =>
    closed.filter(({ verdict }) => verdict === kind).map(({ reason }) => reason);
  return { stops: reasons("stop"), pulls: reasons("pull") };
}

/** Whether a reason is left to stop for. */
export const isToStop = (state: ExecutorState, config: ExecutorConfig): boolean =>
  checks(state, config).some(({ verdict }) => verdict === "stop");

export function checks(state: ExecutorState, config: ExecutorConfig): readonly Check[] {
  // A flatten has to see the venue; what the market is worth does not matter.
  const isFlattening = state.operator.level === "flatten";
  return [
    operatorCheck(state),
    ...(isFlattening ? [] : [strategyCheck(state)]),
    marketCheck(state, config),
    stopCheck(state, config),
    surveyCheck(state),
    ...FEEDS.filter((feed) => !isFlattening || feed !== "reference").map((feed) =>
      feedCheck(state, feed),
    ),
    tradesCheck(state),
    recordsCheck(state),
    anomaliesCheck(state),
    heartbeatCheck(state),
    cancelsCheck(state),
    venueModeCheck(state),
    canaryCheck(state, config),
    intentCheck(state),
  ];
}

const operatorCheck = ({ operator: { level, reason } }: ExecutorState): Check =>
  check("operator", level === "halt" && ["stop", `operator: ${reason}`]);

const strategyCheck = ({ intent }: ExecutorState): Check =>
  check("strategy", intent?.mode === "stop" && ["stop", `strategy: ${intent.reason}`]);

function feedCheck({ feeds }: ExecutorState, feed: FeedName): Check {
  const { isAlive } = feeds[feed];
  const name = `${feed} feed`;
  if (isAlive === null) return check(name, ["pull", `${name} not connected yet`]);
  return check(name, !isAlive && ["stop", `${name} lost`]);
}

function heartbeatCheck({ isHeartbeatArmed, isHeartbeatLapsed }: ExecutorState): Check {
  if (isHeartbeatLapsed) return check("heartbeat", ["stop", "heartbeat lapsed"]);
  return check("heartbeat", !isHeartbeatArmed && ["pull", "heartbeat not armed"]);
}

/** Cancels by id that failed in a row before everything is cancelled instead. */
const CANCEL_FAILURES_MAX = 3;

const isStuck = (order: WorkingOrder): boolean =>
  isPossiblyLive(order) && order.cancelFailures >= CANCEL_FAILURES_MAX;

const cancelsCheck = (state: ExecutorState): Check =>
  check("cancels", workingOrders(state).some(isStuck) && ["stop", "a cancel keeps failing"]);

function canaryCheck(state: ExecutorState, config: ExecutorConfig): Check {
  const lost = heldFrom(canaryDueAt(state, config), state.now);
  return check(
    "canary",
    lost.holds && ["pull", "the user channel does not report the canary order"],
    until(lost.dueAt, state.now),
  );
}

/** Null where the venue still takes our quotes. */
const VENUE_MODE_REASONS: Record<VenueMode["mode"], string | null> = {
  restarting: "venue restarting",
  paused: "venue takes no orders",
  cancelOnly: "venue takes cancels only",
  postOnly: null,
};

function venueModeCheck(state: ExecutorState): Check {
  const { venueMode, now } = state;
  const reason = venueMode && VENUE_MODE_REASONS[venueMode.mode];
  if (reason === null) return check("venue mode", false);
  const held = isVenueModeHeld(state);
  return check("venue mode", held.holds && ["pull", reason], until(held.dueAt, now));
}

function marketCheck({ winner, now, market }: ExecutorState, config: ExecutorConfig): Check {
  if (winner !== null) return check("market", ["pull", "market resolved"]);
  const marginMs = market.endsAt - config.cutoffMs - now.epochMs;
  return check("market", marginMs <= 0 && ["pull", "market is ending"], { marginMs, dueAt: null });
}

function stopCheck(state: ExecutorState, config: ExecutorConfig): Check {
  if (!isStopping(state)) return check("stop", false);
  const endsAt = cooldownEndsAt(state, config);
  if (endsAt === null) return check("stop", ["pull", "halting"]);
  return check("stop", ["pull", "cooling down"], until(endsAt, state.now));
}

const surveyCheck = ({ survey: { wantedSince, notBefore }, now }: ExecutorState): Check =>
  check(
    "survey",
    wantedSince !== null && ["pull", "waiting for a survey of the venue"],
    until(wantedSince && larger(wantedSince, notBefore), now),
  );

const tradesCheck = ({ tradeCount }: ExecutorState): Check =>
  check("trades", tradeCount >= TRADES_MAX && ["pull", "too many trades in this market"]);

const recordsCheck = ({ survey: { unreadable } }: ExecutorState): Check =>
  check(
    "records",
    unreadable.length > 0 && ["pull", "the venue's record of an order cannot be read"],
  );

/** Another market of the same venue trades on. */
function anomaliesCheck({ anomalies: { stoppedUntil }, now }: ExecutorState): Check {
  const held = heldUntil(stoppedUntil, now);
  return check(
    "contradictions",
    held.holds && ["stop", "the venue keeps contradicting itself"],
    until(held.dueAt, now),
  );
}

function intentCheck({ intent, now }: ExecutorState): Check {
  if (intent === null) return check("intent", ["pull", "no intent yet"]);
  const expired = heldFrom(intent.expiresAt, now);
  return check(
    "intent",
    expired.holds && ["pull", "intent past its life"],
    until(expired.dueAt, now),
  );
}

type Change = Pick<Check, "marginMs" | "dueAt">;

const until = (dueAt: MonotonicMs | null, { monotonicMs }: Instant): Change => ({
  dueAt,
  marginMs: dueAt === null ? null : dueAt - monotonicMs,
});

function check(
  name: string,
  failed: false | undefined | readonly ["pull" | "stop", string],
  { marginMs, dueAt }: Change = { marginMs: null, dueAt: null },
): Check {
  const [verdict, reason] = failed || (["open", ""] as const);
  const isAhead = marginMs !== null && marginMs > 0;
  return { name, verdict, reason, marginMs: isAhead ? marginMs : null, dueAt };
}
