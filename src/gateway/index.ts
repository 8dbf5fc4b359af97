export { type Bucket, type Buckets, bucket, buckets } from "./buckets.ts";
export * from "./fence.ts";
export * from "./gateway.ts";
export * from "./heartbeat.ts";
export { DEADLINES, type Deadlines } from "./limits.ts";
export { type CancelReserve, cancelReserve } from "./cancelReserve.ts";
export { rateLimitWarning } from "./rateLimitWarning.ts";
