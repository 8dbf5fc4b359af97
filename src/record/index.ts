export { rebased } from "./rebased.ts";
export { type RecordedValue, type Recording, recording } from "./recording.ts";
export { type Join, type ReplayOptions, replayed } from "./replayed.ts";
