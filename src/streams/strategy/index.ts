export * from "./parameters.ts";
export * from "./quote.ts";
export * from "./strategy.ts";
