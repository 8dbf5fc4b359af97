export * from "./app.ts";
export * from "./config.ts";
export { parameterWarnings } from "./parameterWarnings.ts";
export * from "./runtime.ts";
export { VERSION } from "./version.ts";
