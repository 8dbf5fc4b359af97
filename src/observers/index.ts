export { type EventLog, eventLog } from "./eventLog.ts";
export type { AppOutput } from "./output.ts";
export * from "./summary.ts";
