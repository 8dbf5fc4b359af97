export * from "./faults.ts";
export * from "./latency.ts";
export * from "./random.ts";
export * from "./referencePath.ts";
export * from "./venue.ts";
export * from "./virtualScheduler.ts";
export type { VenueFact } from "./state.ts";
