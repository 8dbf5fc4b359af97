/**
 * May we quote? Every condition is checked at every step, and says how far it is from closing.
 * Each that fails has a word a person can look up, and is one of two kinds: a stop (we may be blind
 * or were told to: cancel everything, verify it) or a pull (nothing should rest for now: cancel by
 * id).
 */
import {
  FEEDS,
  type FeedName,
  type MonotonicMs,
  type WorkingOrder,
  after,
  larger,
} from "../types/index.ts";
import { canaryDueAt } from "./canary.ts";
import { isPossiblyLive } from "./orderTable.ts";
import { type ExecutorConfig, type ExecutorState, type VenueMode, workingOrders } from "./state.ts";
import { TRADES_MAX } from "./trades.ts";

/** One condition for quoting. */
export interface Check {
  readonly name: string;
  readonly verdict: "open" | "pull" | "stop";
  /** Why it is not open, in words that `docs/runbook.md` explains; empty while it is. */
  readonly reason: string;
  /** How long until time alone changes the verdict; null where time does not. */
  readonly marginMs: number | null;
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
  // A flatten needs to see the venue, not to know what the market is worth.
  const isFlattening = state.operator.level === "flatten";
  return [
    operatorCheck(state),
    ...(isFlattening ? [] : [strategyCheck(state)]),
    marketCheck(state, config),
    stopCheck(state, config),
    lookCheck(state),
    ...FEEDS.filter((feed) => !isFlattening || feed !== "reference").map((feed) =>
      feedCheck(state, feed),
    ),
    tradesCheck(state),
    heartbeatCheck(state),
    cancelsCheck(state),
    restrictionCheck(state),
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
  const dueAt = canaryDueAt(state, config);
  const marginMs = dueAt === null ? null : until(dueAt, state.now);
  const isLost = marginMs !== null && marginMs <= 0;
  return check(
    "canary",
    isLost && ["pull", "the user channel does not tell of the canary"],
    marginMs,
  );
}

const RESTRICTIONS: Record<VenueMode["mode"], string | null> = {
  restarting: "venue restarting",
  paused: "venue takes no orders",
  cancelOnly: "venue takes cancels only",
  // What we quote is post-only.
  postOnly: null,
};

function restrictionCheck({ venueMode, now }: ExecutorState): Check {
  const reason = venueMode === null ? null : RESTRICTIONS[venueMode.mode];
  if (venueMode === null || reason === null) return check("restriction", false);
  const marginMs = until(venueMode.until, now);
  return check("restriction", marginMs > 0 && ["pull", reason], marginMs);
}

function marketCheck({ winner, now, market }: ExecutorState, config: ExecutorConfig): Check {
  if (winner !== null) return check("market", ["pull", "market resolved"]);
  const marginMs = market.endsAt - config.cutoffMs - now.epochMs;
  return check("market", marginMs <= 0 && ["pull", "market is ending"], marginMs);
}

function stopCheck({ stop, now }: ExecutorState, { cooldownMs }: ExecutorConfig): Check {
  if (stop === null) return check("stop", false);
  if (stop.haltedAt === null) return check("stop", ["pull", "halting"]);
  return check("stop", ["pull", "cooling down"], until(after(stop.haltedAt, cooldownMs), now));
}

const lookCheck = ({ survey, now }: ExecutorState): Check =>
  check(
    "look",
    survey.wantedSince !== null && ["pull", "waiting for a look at the venue"],
    survey.wantedSince && until(larger(survey.wantedSince, survey.notBefore), now),
  );

const tradesCheck = ({ tradeCount }: ExecutorState): Check =>
  check("trades", tradeCount >= TRADES_MAX && ["pull", "too many trades in this market"]);

function intentCheck({ intent, now }: ExecutorState): Check {
  if (intent === null) return check("intent", ["pull", "no intent yet"]);
  const marginMs = until(intent.expiresAt, now);
  return check("intent", marginMs <= 0 && ["pull", "intent past its life"], marginMs);
}

const until = (at: MonotonicMs, { monotonicMs }: ExecutorState["now"]): number => at - monotonicMs;

function check(
  name: string,
  failed: false | undefined | readonly ["pull" | "stop", string],
  marginMs: number | null = null,
): Check {
  const [verdict, reason] = failed || (["open", ""] as const);
  return { name, verdict, reason, marginMs: marginMs !== null && marginMs > 0 ? marginMs : null };
}
