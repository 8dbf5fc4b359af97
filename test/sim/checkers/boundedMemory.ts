import { WORKING_MAX } from "../../../src/executor/admission.ts";
import type { ExecutorState } from "../../../src/executor/index.ts";
import { ARRIVALS_MAX, DOUBTS_MAX, TRADES_MAX } from "../../../src/executor/trades.ts";
import { CLOSED_MAX } from "../../../src/executor/workingOrders.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** The most entries of each collection that a market session may hold. */
const ENTRIES_MAX = {
  // Admission stops at the maximum; beyond it are only orders that were believed closed and reappeared.
  working: 2 * WORKING_MAX,
  closed: CLOSED_MAX,
  unseenMatches: 1_000,
  // One for each slot, kind of order and class of reason.
  refused: 2 * 3 * 7,
  consecutiveRefusals: 10,
  arrivals: ARRIVALS_MAX,
  doubts: DOUBTS_MAX,
} as const satisfies Partial<Record<keyof ExecutorState, number>>;

/** Everything else together, in characters of JSON. */
const OTHERS_LENGTH_MAX = 16_384;
/** Serialising the state at every step would cost too much. */
const OTHERS_EVERY_STEPS = 50;

/** No collection grows beyond its bound, and the rest of the state stays small. */
export function boundedMemory(): Checker {
  const violations = new Set<string>();
  let before: ExecutorState | null = null;
  return {
    ...ignoreAll,
    transition: ({ state }) => {
      // What is the same value as a step before has been looked at, whichever market's it was.
      const known = before;
      before = state;
      for (const name of NAMES) {
        if (state[name] === known?.[name]) continue;
        const count = Object.keys(state[name]).length;
        if (count > ENTRIES_MAX[name]) violations.add(`boundedMemory: ${name} holds ${count}`);
      }
      if (state.tradeCount !== known?.tradeCount || state.trades !== known.trades) {
        if (state.tradeCount > TRADES_MAX + 1_000) violations.add("boundedMemory: too many trades");
        if (state.tradeCount !== countOf(state)) {
          violations.add("boundedMemory: the trades are not as many as they are counted to be");
        }
      }
      if (state.step % OTHERS_EVERY_STEPS > 0) return;
      const others = Object.entries(state).filter(
        ([name]) => !(name in ENTRIES_MAX) && name !== "trades" && name !== "pending",
      );
      const { length } = JSON.stringify(others);
      if (length > OTHERS_LENGTH_MAX) violations.add(`boundedMemory: the rest takes ${length}`);
    },
    verdict: () => [...violations],
  };
}

/** Of each shard, which never changes: its keys are counted once. */
const sizes = new WeakMap<ExecutorState["trades"][string], number>();

function countOf({ trades }: ExecutorState): number {
  let count = 0;
  for (const shard of Object.values(trades)) {
    let size = sizes.get(shard);
    if (size === undefined) sizes.set(shard, (size = Object.keys(shard).length));
    count += size;
  }
  return count;
}

const NAMES = Object.keys(ENTRIES_MAX) as readonly (keyof typeof ENTRIES_MAX)[];
