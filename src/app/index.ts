export * from "./app.ts";
export * from "./config.ts";
export * from "./runtime.ts";
export { VERSION } from "./version.ts";
