/** Recorded frames, a line `{"ts":…,"src":…,"frame":…}` each, as values with their times. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ConfigError, parseEpochMs } from "../types/index.ts";

export interface RecordedValue<Value> {
  /** Since the first value. */
  readonly afterMs: number;
  readonly value: Value;
}

export interface Recording<Value> {
  /** At least one, in the order they were recorded. */
  readonly values: readonly RecordedValue<Value>[];
  /** From the first value to the last. */
  readonly durationMs: number;
  /** Lines that could not be read. A frame that merely holds no value is not one of them. */
  readonly skipped: number;
  /** The first of them, counted from 1 as an editor does; null where there is none. */
  readonly firstSkipped: number | null;
}

/** Once unpacked: a small gzip can become anything. */
const TEXT_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Reads a whole `.ndjson` or `.ndjson.gz`. Synchronous, because it runs before anything that could
 * wait has begun, so that a file of no use is refused before there is anything to stop.
 *
 * @throws ConfigError if the file is of no use, saying why and what to do about it.
 */
export function recording<Value>(
  path: string,
  decode: (frame: string) => readonly Value[],
  { valuesMax }: { readonly valuesMax: number },
): Recording<Value> {
  const lines = textOf(path).split("\n");
  const values: RecordedValue<Value>[] = [];
  let skipped = 0;
  let firstSkipped: number | null = null;
  let afterMs = 0;
  let lastMs: number | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const recorded = recordedFrame(line);
    const found = recorded === null ? [] : decode(recorded.frame);
    if (recorded === null) {
      skipped += 1;
      firstSkipped ??= index + 1;
    }
    if (recorded === null || found.length === 0) continue;
    // A clock that was set back while recording does not send the replay back.
    afterMs += Math.max(0, recorded.atMs - (lastMs ?? recorded.atMs));
    lastMs = recorded.atMs;
    for (const value of found) values.push({ afterMs, value });
    if (values.length > valuesMax) {
      refuse(path, `it holds more than ${valuesMax} values: give a shorter one`);
    }
  }
  if (values.length === 0) {
    const count = lines.filter((line) => line.trim() !== "").length;
    const counts = `${count} lines, ${skipped} of them unreadable`;
    refuse(path, `it gives no value (${counts}): give a recording of the right stream`);
  }
  return { values, durationMs: afterMs, skipped, firstSkipped };
}

function textOf(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    refuse(path, "it cannot be read: give the path of a file that can", error);
  }
  if (path.endsWith(".gz")) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: TEXT_BYTES_MAX });
    } catch (error) {
      const what = `it is not a whole gzip of at most ${TEXT_BYTES_MAX} bytes`;
      refuse(path, `${what}: pack it again, or give the .ndjson itself`, error);
    }
  }
  if (bytes.length > TEXT_BYTES_MAX) {
    refuse(path, `it is larger than ${TEXT_BYTES_MAX} bytes: give a shorter one`);
  }
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

function recordedFrame(line: string): { readonly atMs: number; readonly frame: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  if (!("ts" in value) || typeof value.ts !== "number" || !Number.isFinite(value.ts)) return null;
  if (!("frame" in value)) return null;
  const { ts, frame } = value;
  return {
    // A smaller number is a time since the recording began, in milliseconds.
    atMs: parseEpochMs(ts) ?? ts,
    frame: typeof frame === "string" ? frame : JSON.stringify(frame),
  };
}

function refuse(path: string, why: string, cause?: unknown): never {
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  throw new ConfigError([`recording ${path}: ${why}${reason}`], cause);
}
