export { dryRun } from "./dryRun.ts";
export * from "./inProcess.ts";
export * from "./polymarket.ts";
export * from "./served.ts";
export * from "./system.ts";
