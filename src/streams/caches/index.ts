export * from "./bookCache.ts";
export * from "./cache.ts";
export * from "./contained.ts";
export * from "./priceFilter.ts";
export * from "./publicTrades.ts";
export * from "./referenceCache.ts";
export * from "./settlementCache.ts";
