/** What the last session of a market has left in the journal's directory. */
import type { ExecutorState, History } from "../executor/index.ts";
import { decode, latestSegment } from "../journal/index.ts";
import type { Log, Market } from "../types/index.ts";
import { VERSION } from "./version.ts";

/** Null where there is nothing, or nothing this version can use: orders left are then found as foreign. */
export function recordedHistory(directory: string, market: Market, log: Log): History | null {
  const lines = latestSegment(directory, market.slug);
  if (lines === null) return null;
  const segment = decode(lines);
  const facts = { market: market.slug };
  if (segment.type === "problem") {
    log.error({ ...facts, ...segment }, "the journal of the last session cannot be read");
    return null;
  }
  const { state, version } = segment.header;
  if (version !== VERSION || !isState(state)) {
    log.warn({ ...facts, version }, "the journal of the last session is of another version");
    return null;
  }
  log.info({ ...facts, steps: segment.steps.length }, "taking over from an earlier session");
  return { state, steps: segment.steps };
}

/** As far as a restart reads it; the version says the rest. */
const isState = (value: unknown): value is ExecutorState =>
  typeof value === "object" &&
  value !== null &&
  "working" in value &&
  "closed" in value &&
  "tradesSince" in value;
