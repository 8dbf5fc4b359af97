/** tandem as a library: the app with its named streams, and what it needs to run. */
export {
  type App,
  type AppConfig,
  type Figures,
  type MarketSummary,
  type Mode,
  type Runtime,
  type SimulatedOptions,
  type Summary,
  SUMMARY_VERSION,
  app,
  appConfig,
  simulatedRuntime,
  simulatedVenue,
  systemChance,
  systemClock,
  systemLog,
  systemMacrotask,
  systemNonce,
  systemScheduler,
} from "./app/index.ts";
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
