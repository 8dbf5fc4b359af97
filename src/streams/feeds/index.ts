export * from "./silenceDetector.ts";
export * from "./feed.ts";
export * from "./backoff.ts";
