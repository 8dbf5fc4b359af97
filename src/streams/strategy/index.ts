export * from "./defineStrategy.ts";
export { digital } from "./digital.ts";
export * from "./intents.ts";
export * from "./parameters.ts";
