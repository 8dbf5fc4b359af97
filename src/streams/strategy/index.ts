export { BUILT_IN } from "./builtIn.ts";
export * from "./choice.ts";
export * from "./defineStrategy.ts";
export * from "./describe.ts";
export { digital } from "./digital.ts";
export * from "./intents.ts";
export * from "./leg.ts";
export { othersMid } from "./othersBook.ts";
export * from "./parameters.ts";
