export * from "./app.ts";
export * from "./config.ts";
export { parameterWarnings } from "./parameterWarnings.ts";
export * from "./runtime.ts";
export type { SetAnswer, StrategySettings } from "./strategies.ts";
export { VERSION } from "./version.ts";
