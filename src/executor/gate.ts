/**
 * May we quote? Every reason not to is a word a person can look up, and each is one of two kinds:
 * a stop (we may be blind or were told to: cancel everything, verify it) or a pull (nothing should
 * rest for now: cancel by id).
 */
import { FEEDS, type WorkingOrder, after } from "../types/index.ts";
import { isPossiblyLive } from "./orders.ts";
import { type ExecutorConfig, type ExecutorState, workingOrders } from "./state.ts";
import { TRADES_MAX } from "./trades.ts";

export interface Verdict {
  /** Reasons that demand a cancel-all and a proof that nothing rests. */
  readonly stops: readonly string[];
  /** Reasons to show nothing for now. */
  readonly pulls: readonly string[];
}

export function gate(state: ExecutorState, config: ExecutorConfig): Verdict {
  return { stops: stopReasons(state), pulls: [...pulls(state, config)] };
}

export const stopReasons = (state: ExecutorState): readonly string[] => [...stops(state)];

function* stops(state: ExecutorState): Generator<string> {
  if (state.operator.level === "halt") yield `operator: ${state.operator.reason}`;
  if (state.intent?.mode === "stop") yield `strategy: ${state.intent.reason}`;
  for (const feed of FEEDS) {
    if (state.feeds[feed].isAlive === false) yield `${feed} feed lost`;
  }
  if (state.isHeartbeatLapsed) yield "heartbeat lapsed";
  if (workingOrders(state).some(isStuck)) yield "a cancel keeps failing";
}

/** Cancels by id that failed in a row before everything is cancelled instead. */
const CANCEL_FAILURES_MAX = 3;

const isStuck = (order: WorkingOrder): boolean =>
  isPossiblyLive(order) && order.cancelFailures >= CANCEL_FAILURES_MAX;

function* pulls(state: ExecutorState, config: ExecutorConfig): Generator<string> {
  const { now, intent } = state;
  if (state.winner !== null) yield "market resolved";
  else if (now.epochMs >= after(state.market.endsAt, -config.cutoffMs)) yield "market is ending";
  if (state.stop !== null) yield stopStage(state);
  if (state.survey.wantedSince !== null) yield "waiting for a look at the venue";
  for (const feed of FEEDS) {
    if (state.feeds[feed].isAlive === null) yield `${feed} feed not connected yet`;
  }
  if (state.tradeCount >= TRADES_MAX) yield "too many trades in this market";
  if (!state.isHeartbeatArmed) yield "heartbeat not armed";
  if (intent === null) yield "no intent yet";
  else if (now.monotonicMs >= intent.expiresAt) yield "intent past its life";
}

function stopStage({ stop }: ExecutorState): string {
  if (stop === null || stop.haltedAt === null) return "halting";
  return "cooling down";
}
