/** The door for the graph, which runs the executor; its types have a door of their own. */
export type * from "./types.ts";

export { executor } from "./executor.ts";
export { reducer } from "./reducer.ts";
export { initialState, levelOf, workingOrders } from "./state.ts";
export { resumed } from "./restart.ts";
export { nextDeadline } from "./deadline.ts";

// Questions about a state.
export { explain, inputAges } from "./explain.ts";
export { checks } from "./gate.ts";
export { ORDER_LIFE_MS_MIN, isPossiblyLive } from "./orderTable.ts";
export { isOver, isVerifiedEmpty } from "./stop.ts";
export { cashOf, isSettled } from "./inventory.ts";
export { type WorstCase, isAtRest, worstCaseOf } from "./worstCase.ts";
export { pendingSince, tradeChanges, tradeEntries } from "./trades.ts";
