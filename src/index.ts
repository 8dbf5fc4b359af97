/** tandem as a library: the app with its named streams, and what it needs to run. */
export * from "./app/index.ts";
export type { ExecutorConfig, ExecutorState, Transition } from "./executor/index.ts";
export type { Receipt } from "./gateway/index.ts";
export * from "./types/index.ts";
