export * from "./fence.ts";
export * from "./gateway.ts";
export * from "./heartbeat.ts";
export { DEADLINES, type Deadlines, STANDARD_TIER } from "./limits.ts";
