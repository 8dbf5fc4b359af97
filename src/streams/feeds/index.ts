export * from "./silenceDetector.ts";
export * from "./feed.ts";
export * from "./backoff.ts";
export * from "./freshness.ts";
export * from "./secondSource.ts";
export * from "./load.ts";
