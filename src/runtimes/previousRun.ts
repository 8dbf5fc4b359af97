/** The journal of the run before, for a market that it has traded too. */
import type { ExecutorState, History } from "../executor/index.ts";
import { decode, segmentLines, segmentsOfTitle } from "../journal/index.ts";
import type { Log, Market } from "../types/index.ts";
import { VERSION } from "../app/index.ts";

/**
 * The history in the newest segment that can be used: a run may have died at its first line. Null
 * without one; the first survey then finds the orders that were left as foreign.
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
    log.error({ ...facts, line, detail }, "the journal of an earlier run cannot be read");
    return null;
  }
  const { state, version, market: recorded } = segment.header;
  if (version !== VERSION || recorded.id !== market.id || !isState(state)) {
    log.warn({ ...facts, version }, "the journal of an earlier run is of another version");
    return null;
  }
  const { schema } = segment.header;
  log.info({ ...facts, schema, steps: segment.steps.length }, "taking over from an earlier run");
  return { state, steps: segment.steps };
}

/** Checks what a restart reads: these three have kept their names since schema 1. */
const isState = (value: unknown): value is ExecutorState =>
  typeof value === "object" &&
  value !== null &&
  "working" in value &&
  "closed" in value &&
  "tradesSince" in value;
