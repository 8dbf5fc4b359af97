/**
 * A journal on disk, in segments `name.000001.ndjson`, `name.000002.ndjson`, … Each begins with a
 * header that carries the state, so it refolds without the ones before it.
 */
import {
  accessSync,
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError, type Journal, assert, causeOf, own } from "../types/index.ts";
import {
  type Origin,
  type Problem,
  type Segment,
  decode,
  encodeEffects,
  encodeEvent,
  encodeHeader,
  isTornHeader,
} from "./codec.ts";
import { orderedJournal } from "./ordered.ts";
import { createOwnFile, makeDirectory, readRegularFile, writeWhole } from "./ownFiles.ts";

const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;

export interface FileJournalOptions {
  /** Made if it is missing; journals may share it. */
  readonly directory: string;
  /** Of this history. Its segments are numbered on from those already there. */
  readonly name: string;
  /** A segment ends before the event that would make it longer than this; one step always fits. */
  readonly segmentBytesMax?: number;
  /** For all journals in the directory together; room is made before a segment begins. */
  readonly totalBytesMax: number;
  readonly header: Origin;
  /** The state after the last decided step, for the header of the next segment. */
  readonly snapshot: () => unknown;
}

interface OpenSegment {
  readonly number: number;
  readonly path: string;
  readonly descriptor: number;
  readonly bytes: number;
  readonly isEmpty: boolean;
}

const SEGMENT_FILE = /^(?<name>[\w-]+)\.(?<number>\d{6,})\.ndjson$/;

// The segments this process writes, of every journal: no journal may prune another's.
const pathsBeingWritten = new Set<string>();

/** @throws ConfigError if the options make no sense or the directory cannot be written to. */
export function fileJournal(options: FileJournalOptions): Journal {
  const { name, segmentBytesMax = SEGMENT_BYTES_MAX, totalBytesMax, header, snapshot } = options;
  const directory = resolve(options.directory);
  const problems = problemsOf(name, { segmentBytesMax, totalBytesMax });
  if (problems.length > 0) throw new ConfigError(problems);

  const begun = (number: number, line: string): OpenSegment => {
    prune(directory, totalBytesMax, segmentBytesMax);
    const segment = opened(directory, name, number);
    try {
      return { ...written(segment, bytesOf(line)), isEmpty: true };
    } catch (error) {
      shut(segment);
      throw error;
    }
  };

  const first = 1 + (segmentsOf(directory, name).at(-1)?.number ?? 0);
  const firstLine = encodeHeader(header, first);
  makeWritable(directory);
  let current = orConfigError(directory, () => begun(first, firstLine));

  return orderedJournal(header.step, {
    writeEvent: (input, step) => {
      const bytes = bytesOf(encodeEvent(input));
      if (!current.isEmpty && current.bytes + bytes.length > segmentBytesMax) {
        const number = current.number + 1;
        const before = current;
        current = begun(number, encodeHeader({ ...header, state: snapshot(), step }, number));
        shut(before);
      }
      current = written(current, bytes);
    },
    writeEffects: (seq, effects) => {
      current = written(current, bytesOf(encodeEffects(seq, effects)));
    },
    close: () => {
      if (pathsBeingWritten.has(current.path)) shut(current);
    },
  });
}

/**
 * Makes the directory and checks that it can be written to, by us alone, before there is anything
 * to stop. `user` is our own id; null where the machine has none.
 * @throws ConfigError with everything that is wrong with it.
 */
export function prepareDirectory(directory: string, user: number | null): void {
  makeWritable(directory);
  const problems = orConfigError(directory, () => problemsIn(directory, user));
  if (problems.length > 0) throw new ConfigError(problems);
}

function makeWritable(directory: string): void {
  orConfigError(directory, () => {
    makeDirectory(directory);
    if (!statSync(directory).isDirectory()) {
      throw new ConfigError([`journal directory ${directory}: not a directory: give another one`]);
    }
    accessSync(directory, constants.W_OK | constants.X_OK);
  });
}

const OF_OTHERS_TO_WRITE = 0o022;
/** Where a run hears its operator, beside its journals; one that died leaves it behind. */
export const OPERATOR_SOCKET = "operator.sock";
/** Names that journals, locks and the level use; a directory of another name may be another mode's. */
const OUR_FILE = /\.(ndjson|json|lock|new|taking)$/;

function problemsIn(directory: string, user: number | null): readonly string[] {
  const { mode, uid } = statSync(directory);
  const problems: string[] = [];
  if ((mode & OF_OTHERS_TO_WRITE) !== 0) {
    const octal = (mode & 0o777).toString(8);
    problems.push(
      `journal directory ${directory}: other users may write to it (mode ${octal}): chmod go-w`,
    );
  }
  if (user !== null && uid !== user) {
    problems.push(
      `journal directory ${directory}: it belongs to user ${uid}, who may change what is read here: give another --journal`,
    );
  }
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isSocket() && entry.name === OPERATOR_SOCKET) continue;
    if (entry.isFile() || (entry.isDirectory() && !OUR_FILE.test(entry.name))) continue;
    const what = entry.isSymbolicLink() ? "a symbolic link" : "not a regular file";
    problems.push(`${join(directory, entry.name)}: ${what}: move it out of the journal directory`);
  }
  return problems;
}

/** The segments of one history, oldest first. */
export function segmentPaths(directory: string, name: string): readonly string[] {
  return segmentsOf(resolve(directory), name).map(({ path }) => path);
}

/** The segments of the histories `title-…`, one history for each run; the newest first. */
export function segmentsOfTitle(directory: string, title: string): readonly string[] {
  return segmentsIn(resolve(directory))
    .filter(
      ({ name }) => name.startsWith(`${title}-`) && !name.slice(title.length + 1).includes("-"),
    )
    .map(({ path, number }) => {
      const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? GONE;
      return { path, number, mtimeMs };
    })
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs || b.number - a.number)
    .map(({ path }) => path);
}

/** Every history in the directory, each as its segments, the newest first. */
export function histories(directory: string): readonly (readonly string[])[] {
  const names = new Set(segmentsIn(resolve(directory)).map(({ name }) => name));
  return [...names].map((name) => segmentPaths(directory, name).toReversed());
}

/** Twice a segment, which one step may make longer than its bound. */
const READ_BYTES_MAX = 2 * SEGMENT_BYTES_MAX;

/** Null for one that a process has died beginning, so that nothing in it was acted on. */
export function readSegment(path: string, { firstLine = false } = {}): Segment | Problem | null {
  const read = readRegularFile(path, READ_BYTES_MAX, { firstLine });
  if (read === null) return null;
  if ("problem" in read) return { type: "problem", line: null, detail: read.problem };
  return isTornHeader(read.text) ? null : decode(linesOf(read.text));
}

/** A segment's lines, for `decode`. */
export function segmentLines(path: string): readonly string[] {
  return linesOf(readFileSync(path, "utf8"));
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function problemsOf(
  name: string,
  { segmentBytesMax, totalBytesMax }: { segmentBytesMax: number; totalBytesMax: number },
): readonly string[] {
  const problems: string[] = [];
  if (!/^[\w-]+$/.test(name)) {
    problems.push(`journal name "${name}": it becomes a file name, give letters, digits, - or _`);
  }
  if (!(segmentBytesMax > 0)) {
    problems.push(`journal segmentBytesMax ${segmentBytesMax}: give at least 1`);
  }
  // Two, so that a segment that has just begun does not cost the one before it.
  if (!(totalBytesMax >= 2 * segmentBytesMax)) {
    problems.push(`journal totalBytesMax ${totalBytesMax}: give at least twice segmentBytesMax`);
  }
  return problems;
}

function orConfigError<Value>(directory: string, begin: () => Value): Value {
  try {
    return begin();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = own(UNUSABLE, code) ?? causeOf(error);
    throw new ConfigError([`journal directory ${directory}: ${why}: give another one`], error);
  }
}

const UNUSABLE: Readonly<Record<string, string>> = {
  ENOENT: "no directory can be made there",
  ENOTDIR: "a part of its path is a file",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "its disk can only be read",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "the name is too long",
};

function opened(directory: string, name: string, number: number): OpenSegment {
  const path = join(directory, `${name}.${String(number).padStart(6, "0")}.ndjson`);
  const descriptor = createOwnFile(path);
  pathsBeingWritten.add(path);
  return { number, path, descriptor, bytes: 0, isEmpty: true };
}

function written(segment: OpenSegment, bytes: Uint8Array): OpenSegment {
  const { nlink, size } = fstatSync(segment.descriptor);
  const isOurs = nlink > 0 && size === segment.bytes;
  assert(isOurs, "A", "the journal was removed or changed", { path: segment.path, nlink, size });
  writeWhole(segment.descriptor, bytes);
  return { ...segment, bytes: segment.bytes + bytes.length, isEmpty: false };
}

function shut({ path, descriptor }: OpenSegment): void {
  pathsBeingWritten.delete(path);
  try {
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const bytesOf = (line: string): Uint8Array => Buffer.from(`${line}\n`);

interface SegmentFile {
  readonly name: string;
  readonly number: number;
  readonly path: string;
}

/** Of every journal in the directory, in the order of their numbers. */
function segmentsIn(directory: string): readonly SegmentFile[] {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(directory)
    .flatMap((file) => {
      const { name, number } = SEGMENT_FILE.exec(file)?.groups ?? {};
      return name && number ? [{ name, number: Number(number), path: join(directory, file) }] : [];
    })
    .toSorted((a, b) => a.number - b.number);
}

const segmentsOf = (directory: string, name: string): readonly SegmentFile[] =>
  segmentsIn(directory).filter((segment) => segment.name === name);

/** Deletes the segments untouched for longest until a new one can grow to its full size. */
function prune(directory: string, totalBytesMax: number, segmentBytesMax: number): void {
  const segments = segmentsIn(directory)
    .map(({ path }) => {
      const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? GONE;
      const isOpen = pathsBeingWritten.has(path);
      return { path, isOpen, mtimeMs, bytes: isOpen ? Math.max(size, segmentBytesMax) : size };
    })
    .toSorted((a, b) => a.mtimeMs - b.mtimeMs);
  let room = totalBytesMax - segments.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, isOpen, bytes } of segments) {
    if (room >= segmentBytesMax) return;
    if (isOpen) continue;
    rmSync(path, { force: true });
    room += bytes;
  }
}

/** Of a file that another process has deleted meanwhile. */
const GONE = { size: 0, mtimeMs: 0 };
