export { type Latencies, type Latency, constantLatency, uniformLatency } from "./latency.ts";
export { type VirtualScheduler, virtualClock, virtualScheduler } from "./virtualScheduler.ts";
export {
  type MarketTruth,
  OUR_ACCOUNT,
  type Simulation,
  type SimulationOptions,
  type VenueTruth,
  simulation,
} from "./simulation.ts";
