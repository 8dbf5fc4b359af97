/**
 * May we quote? Every condition is checked at every step, and says when time will change it. One
 * that fails has a reason that the runbook explains, and is either a stop (we may be blind, or the
 * operator or the strategy says so: cancel everything and verify it) or a pull (nothing should rest
 * for now: cancel by id).
 */
import {
  FEEDS,
  type FeedName,
  INPUTS,
  type InputName,
  type Instant,
  type LastingReason,
  type MarketLimits,
  type MonotonicMs,
  type WorkingOrder,
  after,
  larger,
} from "../types/index.ts";
import { canaryDueAt } from "./canary.ts";
import { heldFrom, heldUntil } from "./due.ts";
import { because } from "./failures.ts";
import { isLastingHeld } from "./lasting.ts";
import { isPossiblyLive } from "./orderTable.ts";
import { ordersOf } from "./remembered.ts";
import { type ExecutorConfig, type ExecutorState, type VenueMode, levelOf } from "./state.ts";
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
  const stops: string[] = [];
  const pulls: string[] = [];
  for (const { verdict, reason } of checks(state, config)) {
    if (verdict === "stop") stops.push(reason);
    if (verdict === "pull") pulls.push(reason);
  }
  return { stops, pulls };
}

/** Whether a reason is left to stop for. */
export const isToStop = (state: ExecutorState, config: ExecutorConfig): boolean =>
  checks(state, config).some(({ verdict }) => verdict === "stop");

export function checks(state: ExecutorState, config: ExecutorConfig): readonly Check[] {
  // A flatten has to see the venue; what the market is worth does not matter.
  const isFlattening = levelOf(state) === "flatten";
  const all: Check[] = [operatorCheck(state), accountCheck(state)];
  // A flatten sees the venue through bounds of its own, and must not wait for a slow machine.
  if (!isFlattening) all.push(strategyCheck(state), loadCheck(state));
  all.push(marketCheck(state, config), stopCheck(state, config), surveyCheck(state));
  for (const feed of FEEDS) if (isNeeded(state, feed)) all.push(feedCheck(state, feed));
  for (const input of INPUTS) if (isNeeded(state, input)) all.push(ageCheck(state, input));
  all.push(
    tradesCheck(state),
    holdingsCheck(state),
    recordsCheck(state),
    anomaliesCheck(state),
    heartbeatCheck(state),
    cancelsCheck(state),
    venueModeCheck(state),
    lastingCheck(state),
    canaryCheck(state, config),
    intentCheck(state),
  );
  return all;
}

const operatorCheck = ({ operator: { level, reason } }: ExecutorState): Check =>
  check("operator", level === "halt" && ["stop", `operator: ${reason}`]);

/** With the figures of each limit that halts. */
const accountCheck = ({ limits }: ExecutorState): Check =>
  check("account", limits.level === "halt" && ["stop", `account: ${limitWords(limits)}`]);

const limitWords = ({ hits }: MarketLimits): string =>
  hits
    .filter(({ action }) => action === "halt")
    .map(({ limit, value, max }) => `${limit} ${value} of ${max}`)
    .join(", ");

const strategyCheck = ({ intent }: ExecutorState): Check =>
  check("strategy", intent?.mode === "stop" && ["stop", `strategy: ${intent.reason}`]);

/** What the market is worth does not matter to a flatten, and a mean only where it settles the market. */
function isNeeded(state: ExecutorState, name: FeedName | InputName): boolean {
  const isOfWorth = name === "reference" || name === "settlement";
  if (isOfWorth && levelOf(state) === "flatten") return false;
  return name !== "settlement" || state.market.settledBy === "twap60";
}

const FEED_WORDS: Readonly<Record<FeedName, string>> = {
  market: "market feed",
  user: "user feed",
  reference: "reference feed",
  settlement: "settlement feed",
};

function feedCheck(state: ExecutorState, feed: FeedName): Check {
  const { isAlive } = state.feeds[feed];
  const name = FEED_WORDS[feed];
  if (isAlive) return check(name, false);
  const cause = because(state, feed);
  if (isAlive === null) return check(name, ["pull", `${name} not connected yet`, cause]);
  // Without it a price is missing, not our sight of what rests.
  const verdict = feed === "settlement" ? "pull" : "stop";
  return check(name, [verdict, `${name} lost`, cause]);
}

/**
 * How long an input may be neither heard nor confirmed. Each has room for two questions to its second
 * source and their answers, and is shorter than the link itself waits for them. The mean comes each
 * second, and has none.
 */
export const INPUT_AGE_MAX_MS: Readonly<Record<InputName, number>> = {
  reference: 5_000,
  settlement: 5_000,
  YES: 20_000,
  NO: 20_000,
};

const INPUT_WORDS: Readonly<Record<InputName, string>> = {
  reference: "reference price",
  settlement: "settlement mean",
  YES: "YES book",
  NO: "NO book",
};

function ageCheck({ seen, now, market }: ExecutorState, input: InputName): Check {
  const name = INPUT_WORDS[input];
  const maxMs = INPUT_AGE_MAX_MS[input];
  const seenAt = seen[input];
  // A market that is over has no book any more, and nothing is quoted in it for that reason.
  if (now.epochMs >= market.endsAt) return check(name, false);
  const old = heldFrom(seenAt === null ? null : after(seenAt, maxMs), now);
  return check(
    name,
    old.holds && ["pull", `${name} older than ${maxMs} ms`],
    until(old.dueAt, now),
  );
}

/** A journal from before this input has no `behind`. */
const loadCheck = ({ behind }: ExecutorState): Check =>
  check("load", behind ? ["pull", `program is behind: ${behind}`] : false);

function heartbeatCheck(state: ExecutorState): Check {
  if (state.isHeartbeatArmed && !state.isHeartbeatLapsed) return check("heartbeat", false);
  const cause = because(state, "heartbeat");
  return state.isHeartbeatLapsed
    ? check("heartbeat", ["stop", "heartbeat lapsed", cause])
    : check("heartbeat", ["pull", "heartbeat not armed", cause]);
}

/** Cancels by id that failed in a row before everything is cancelled instead. */
const CANCEL_FAILURES_MAX = 3;

const isStuck = (order: WorkingOrder): boolean =>
  isPossiblyLive(order) && order.cancelFailures >= CANCEL_FAILURES_MAX;

const cancelsCheck = (state: ExecutorState): Check =>
  check("cancels", ordersOf(state).some(isStuck) && ["stop", "a cancel keeps failing"]);

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

/** With what to do about it. Null where what gives up what we own is still taken. */
const LASTING_REASONS: Record<LastingReason, string | null> = {
  walletKind:
    "nothing is quoted: the venue wants a deposit wallet: set the wallet's kind and address",
  restricted: "nothing is quoted: restricted in this region: run it where trading is allowed",
  banned: "nothing is quoted: the venue has banned this account: ask the venue",
  closedOnly: null,
  signature: "nothing is quoted: signatures not accepted: check the key, the wallet and its kind",
  orderVersion: "nothing is quoted: orders of another version are wanted: update the program",
  auth: "nothing is quoted: API credentials not accepted: give other ones, or none",
  marketNotReady: "nothing is quoted: the market takes no orders yet: wait",
  marketClosed: "nothing is quoted: the market has no order book: wait, or choose another market",
};

/** Why the gate is shut for good; null where it is not. */
export const lastingReason = ({ lasting }: ExecutorState): string | null =>
  lasting && LASTING_REASONS[lasting.reason];

function lastingCheck(state: ExecutorState): Check {
  const reason = lastingReason(state);
  return check(
    "lasting refusal",
    reason !== null && ["pull", reason],
    until(isLastingHeld(state).dueAt, state.now),
  );
}

function marketCheck({ winner, now, market }: ExecutorState, config: ExecutorConfig): Check {
  if (winner !== null) return check("market", ["pull", "market resolved"]);
  const marginMs = market.endsAt - config.cutoffMs - now.epochMs;
  return check("market", marginMs <= 0 && ["pull", "market is ending"], { marginMs, dueAt: null });
}

function stopCheck(state: ExecutorState, config: ExecutorConfig): Check {
  if (!isStopping(state)) return check("stop", false);
  const endsAt = cooldownEndsAt(state, config);
  if (endsAt === null) {
    const cause = because(state, "cancelAll") || because(state, "survey");
    return check("stop", ["pull", "halting", cause]);
  }
  return check("stop", ["pull", "cooling down"], until(endsAt, state.now));
}

function surveyCheck(state: ExecutorState): Check {
  const { survey, now } = state;
  const { wantedSince, notBefore, unread } = survey;
  if (unread !== null) {
    // Bought may be in and sold not; the next part is due at once.
    const nextAt = after(now.monotonicMs, 1);
    return check("survey", ["pull", "taking in a survey of the venue"], until(nextAt, now));
  }
  return check(
    "survey",
    wantedSince !== null && ["pull", "waiting for a survey of the venue", because(state, "survey")],
    until(wantedSince && larger(wantedSince, notBefore), now),
  );
}

const tradesCheck = ({ tradeCount }: ExecutorState): Check =>
  check("trades", tradeCount >= TRADES_MAX && ["pull", "too many trades in this market"]);

/** What we own is not known before a comparison, so nothing is offered. */
const holdingsCheck = ({ doubts }: ExecutorState): Check =>
  check(
    "holdings",
    Object.values(doubts).some(({ isContrary }) => isContrary) && [
      "pull",
      "a fill contradicts its order",
    ],
  );

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

/** Time does not change it. */
const UNCHANGING: Change = { marginMs: null, dueAt: null };

const until = (dueAt: MonotonicMs | null, { monotonicMs }: Instant): Change => ({
  dueAt,
  marginMs: dueAt === null ? null : dueAt - monotonicMs,
});

function check(
  name: string,
  failed: false | undefined | readonly ["pull" | "stop", string, cause?: string],
  { marginMs, dueAt }: Change = UNCHANGING,
): Check {
  const ahead = marginMs !== null && marginMs > 0 ? marginMs : null;
  if (!failed) return { name, verdict: "open", reason: "", marginMs: ahead, dueAt };
  const [verdict, reason, cause = ""] = failed;
  return { name, verdict, reason: `${reason}${cause}`, marginMs: ahead, dueAt };
}
