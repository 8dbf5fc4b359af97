export { type InProcessFault, noFaults } from "./faults/index.ts";
export {
  type MarketTruth,
  OUR_ACCOUNT,
  type Simulation,
  type SimulationOptions,
  type VenueTruth,
  simulation,
  constantLatency,
  type Latencies,
  type Latency,
  uniformLatency,
  virtualClock,
  type VirtualScheduler,
  virtualScheduler,
} from "./inProcess/index.ts";
export {
  TRADERS_NAMES,
  type TradersName,
  CHAINLINK_DAY_VARIANCE,
  type ReferencePathOptions,
  type VarianceFactor,
  syntheticReference,
} from "./traders/index.ts";
export {
  CRYPTO_FEE_BP,
  type Random,
  random,
  type Ratio,
  type VenueFact,
} from "./exchange/index.ts";
