export * from "./doubts.ts";
export * from "./feed.ts";
