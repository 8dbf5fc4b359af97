export * from "./silenceDetector.ts";
export * from "./feed.ts";
