/** tandem as a library: the app with its named streams, and what it needs to run. */
export { type App, type AppConfig, type Runtime, app, appConfig } from "./app/index.ts";
export {
  type Figures,
  type MarketSummary,
  type Summary,
  SUMMARY_VERSION,
} from "./observers/index.ts";
export {
  type HostOptions,
  type LiveRuntimeOptions,
  type ServedRuntimeOptions,
  type SimulatedOptions,
  type SimulatedVenue,
  liveIdentity,
  liveRuntime,
  servedRuntime,
  simulatedRuntime,
  simulatedVenue,
  systemChance,
  systemClock,
  systemLog,
  systemMacrotask,
  systemNonce,
  systemScheduler,
  systemTime,
} from "./runtimes/index.ts";
export {
  type ExecutorConfig,
  type ExecutorState,
  type Report,
  type Transition,
  explain,
  isPossiblyLive,
  workingOrders,
} from "./executor/index.ts";
export type { Receipt } from "./gateway/index.ts";
export { fileJournal, memoryJournal } from "./journal/index.ts";
export * from "./types/index.ts";
