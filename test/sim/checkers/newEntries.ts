import type { ExecutorState, TradeEntry } from "../../../src/executor/index.ts";

/**
 * Every fill of a state that may have changed since the last one that was asked about: those of the shards that
 * were not seen before, since a shard never changes.
 */
export function newEntries(): (state: ExecutorState) => readonly TradeEntry[] {
  const seen = new WeakSet<ExecutorState["trades"][string]>();
  let last: ExecutorState["trades"] | null = null;
  return ({ trades }) => {
    if (trades === last) return NONE;
    last = trades;
    const entries: TradeEntry[] = [];
    for (const shard of Object.values(trades)) {
      if (seen.has(shard)) continue;
      seen.add(shard);
      entries.push(...Object.values(shard));
    }
    return entries;
  };
}

const NONE: readonly TradeEntry[] = [];
