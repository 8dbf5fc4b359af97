/** What the last session of a market has left in the journal's directory. */
import type { ExecutorState, History } from "../executor/index.ts";
import { decode, segmentLines, segmentsOfTitle } from "../journal/index.ts";
import type { Log, Market } from "../types/index.ts";
import { VERSION } from "../app/index.ts";

/**
 * Of the newest segment that can be used: one may be empty, where a session died at its first line.
 * Null where there is none; orders that were left are then found as foreign.
 */
export function previousRun(directory: string, market: Market, log: Log): History | null {
  for (const path of segmentsOfTitle(directory, market.slug)) {
    const history = historyIn(path, market, log);
    if (history !== null) return history;
  }
  return null;
}

function historyIn(path: string, market: Market, log: Log): History | null {
  const segment = decode(segmentLines(path));
  const facts = { market: market.slug, path };
  if (segment.type === "problem") {
    const { line, detail } = segment;
    log.error({ ...facts, line, detail }, "the journal of an earlier session cannot be read");
    return null;
  }
  const { state, version, market: recorded } = segment.header;
  if (version !== VERSION || recorded.id !== market.id || !isState(state)) {
    log.warn({ ...facts, version }, "the journal of an earlier session is of another version");
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
