import { WORKING_MAX } from "../../../src/executor/admission.ts";
import { type ExecutorState, tradeEntries } from "../../../src/executor/index.ts";
import { TRADES_MAX } from "../../../src/executor/trades.ts";
import { CLOSED_MAX } from "../../../src/executor/workingOrders.ts";
import { type Checker, blind } from "./checker.ts";

/** Most entries of each collection that a session may remember. */
const ENTRIES_MAX = {
  // Admission stops at the maximum; beyond it there are only orders that were thought over.
  working: 2 * WORKING_MAX,
  closed: CLOSED_MAX,
  unseenMatches: 1_000,
  // One per slot and kind: stock given up, a token bought, stock sold at once.
  refused: 2 * 3,
  consecutiveRefusals: 10,
} as const satisfies Partial<Record<keyof ExecutorState, number>>;

/** Everything else together, as it would be written down. */
const OTHERS_LENGTH_MAX = 16_384;
/** Writing it down costs too much for every step. */
const OTHERS_EVERY_STEPS = 50;

/** Nothing grows without a bound, and what has no bound of its own stays small. */
export function boundedMemory(): Checker {
  const violations = new Set<string>();
  return {
    ...blind,
    transition: ({ state }) => {
      if (state.tradeCount > TRADES_MAX + 1_000) violations.add("boundedMemory: too many trades");
      for (const name of NAMES) {
        const count = Object.keys(state[name]).length;
        if (count > ENTRIES_MAX[name]) violations.add(`boundedMemory: ${name} holds ${count}`);
      }
      if (state.tradeCount !== tradeEntries(state).length) {
        violations.add("boundedMemory: the trades are not as many as they are counted to be");
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

const NAMES = Object.keys(ENTRIES_MAX) as readonly (keyof typeof ENTRIES_MAX)[];
