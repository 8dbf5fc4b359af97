/** The door for readers: types alone, so nothing behind it can run because of a reader. */
export type { Transition } from "./executor.ts";
export type { Report } from "./explain.ts";
export type { Check } from "./gate.ts";
export type { Identity } from "./identity.ts";
export type { TradeEntry } from "./inventory.ts";
export type { ExecutorStep, Reduce } from "./reducer.ts";
export type { History } from "./restart.ts";
export type * from "./state.ts";
export type { TradeChange } from "./trades.ts";
