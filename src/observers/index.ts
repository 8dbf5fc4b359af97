export { type Verdict, endLines, verdictOf } from "./endLines.ts";
export type { AppOutput, ReferenceDoubts } from "./output.ts";
export type { Reader } from "./reader.ts";
export * from "./readers.ts";
export * from "./summary.ts";
