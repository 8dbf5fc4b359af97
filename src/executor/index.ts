export * from "./deadline.ts";
export * from "./executor.ts";
export * from "./explain.ts";
export type { Check } from "./gate.ts";
export type { Identity } from "./identity.ts";
export * from "./reducer.ts";
export type { TradeEntry } from "./inventory.ts";
export { isPossiblyLive } from "./orders.ts";
export * from "./state.ts";
