export { type Faults, noFaults } from "./faults.ts";
export { constantLatency, type Latencies, type Latency, uniformLatency } from "./latency.ts";
export type { TradersName } from "./presets.ts";
export { type Random, random, type Ratio } from "./random.ts";
export { type ReferencePathOptions, syntheticReference } from "./referencePath.ts";
export type { VenueFact } from "./state.ts";
export * from "./venue.ts";
export { virtualClock, type VirtualScheduler, virtualScheduler } from "./virtualScheduler.ts";
