export {
  type AccountAt,
  type Header,
  type Origin,
  type Problem,
  type RecordedStep,
  type Segment,
  decode,
} from "./codec.ts";
export { type AccountRecord, accountFile, memoryAccount } from "./accountFile.ts";
export {
  OPERATOR_SOCKET,
  type FileJournalOptions,
  fileJournal,
  histories,
  prepareDirectory,
  readSegment,
  segmentLines,
  segmentPaths,
  segmentsOfTitle,
} from "./file.ts";
export { type LevelRecord, levelFile, memoryLevel } from "./level.ts";
export { readRegularFile, writeDraft } from "./ownFiles.ts";
export { type MemoryJournal, memoryJournal } from "./memory.ts";
export { type Refolded, type RefoldedStep, refold } from "./replay.ts";
