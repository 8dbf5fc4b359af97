export * from "./app.ts";
export * from "./config.ts";
export type { Output } from "./output.ts";
export * from "./runtime.ts";
export * from "./simulated.ts";
export * from "./summary.ts";
export * from "./wired.ts";
