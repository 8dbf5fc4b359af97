export { dryRun } from "./dryRun.ts";
export type { HostOptions } from "./host.ts";
export * from "./inProcess.ts";
export * from "./live.ts";
export * from "./polymarket.ts";
export { coinsServed } from "./series.ts";
export * from "./served.ts";
export * from "./system.ts";
