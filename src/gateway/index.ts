export * from "./fence.ts";
export * from "./gateway.ts";
export * from "./heartbeat.ts";
export * from "./limits.ts";
