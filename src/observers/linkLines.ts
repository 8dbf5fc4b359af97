/** A feed is lost and restored: one that flaps is counted, and does not bury the rest of the log. */
import {
  type Facts,
  type Failures,
  type FeedName,
  type MonotonicMs,
  NO_FAILURES,
  after,
  withFailure,
} from "../types/index.ts";
import { type LogLine, lineAt } from "./logLine.ts";

const { debug, info, warn } = lineAt;

export type LinkEvent =
  | { readonly type: "feed.lost" | "lost"; readonly cause: string }
  | { readonly type: "feed.restored" | "restored"; readonly session: number };

/** How a feed has been lost since it was last steady. */
export interface LinkMemory {
  readonly losses: Failures;
  /** Whether the last loss was said; so is its end. */
  readonly isTold: boolean;
  readonly restoredAt: MonotonicMs | null;
}

export const NEW_LINK: LinkMemory = { losses: NO_FAILURES, isTold: true, restoredAt: null };

/** What is lost after so long is a loss of its own. */
const STEADY_MS = 10_000;

export function linkAfter(before: LinkMemory, event: LinkEvent, at: MonotonicMs): LinkMemory {
  if (!("cause" in event)) return { ...before, restoredAt: at };
  const isSteady = before.restoredAt !== null && at >= after(before.restoredAt, STEADY_MS);
  const known = isSteady ? NO_FAILURES : before.losses;
  const losses = withFailure(known, event.cause, at);
  return { ...before, losses, isTold: losses.told !== known.told };
}

/** `link` is what is remembered with this event. A first connection is no news: a start says what it waits for. */
export function linkLines(
  feed: FeedName,
  event: LinkEvent,
  facts: Facts,
  { losses: { told }, isTold }: LinkMemory,
): readonly LogLine[] {
  if ("cause" in event) {
    const count = isTold && told !== null && told.tries > 1 ? { count: told.tries } : {};
    const known = { ...facts, cause: event.cause, ...count };
    return [(isTold ? warn : debug)(`${feed} feed lost`, known)];
  }
  const { session } = event;
  const isNews = isTold && session > 1;
  return [(isNews ? info : debug)(`${feed} feed restored`, { ...facts, session })];
}
