export * from "./app.ts";
export * from "./config.ts";
export { reconnect } from "./marketSession.ts";
export * from "./runtime.ts";
export { VERSION } from "./version.ts";
