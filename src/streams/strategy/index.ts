export { BUILT_IN } from "./builtIn.ts";
export * from "./choice.ts";
export * from "./defineStrategy.ts";
export * from "./describe.ts";
export { digital, sampledOffset } from "./digital.ts";
export * from "./intents.ts";
export * from "./leg.ts";
export { type MarketOffset, OFFSET_SAMPLE_MS } from "./marketOffset.ts";
export * from "./parameters.ts";
