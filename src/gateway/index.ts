export { type Bucket, type Buckets, bucket, buckets } from "./buckets.ts";
export * from "./fence.ts";
export * from "./gateway.ts";
export * from "./heartbeat.ts";
export { DEADLINES, type Deadlines } from "./limits.ts";
export { type Reserve, reserve } from "./reserve.ts";
export { shortage } from "./shortage.ts";
