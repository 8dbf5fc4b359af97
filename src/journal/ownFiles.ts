/** Files that only we may read and write: opened without waiting, and never written through a link. */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { causeOf } from "../types/index.ts";

export type FileRead =
  { readonly text: string; readonly mode: number } | { readonly problem: string };

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_WRONLY, O_APPEND, O_CREAT, O_EXCL } = constants;

/**
 * Null where there is no such file. Only a regular file is opened: a FIFO would wait for a writer,
 * and a device may act on being opened. `firstLine` reads no further than the end of the first line.
 */
export function readRegularFile(
  path: string,
  bytesMax: number,
  { followLink = false, firstLine = false } = {},
): FileRead | null {
  try {
    const found = (followLink ? statSync : lstatSync)(path, { throwIfNoEntry: false });
    if (found === undefined) return null;
    if (found.isSymbolicLink()) return { problem: "a symbolic link" };
    if (!found.isFile()) return { problem: "not a regular file" };
    const file = openSync(path, O_RDONLY | O_NONBLOCK | (followLink ? 0 : O_NOFOLLOW));
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return { problem: "not a regular file" };
      const bytes = bytesOf(file, bytesMax, firstLine);
      if (bytes === null) return { problem: `longer than ${bytesMax} bytes` };
      return { text: bytes.toString("utf8"), mode: stat.mode };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { problem: causeOf(error) };
  }
}

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 10;

/** Null where there are more: a file's size is not believed, since it may grow or be none. */
function bytesOf(file: number, bytesMax: number, firstLine: boolean): Buffer | null {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= bytesMax) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, bytesMax + 1));
    const read = chunk.subarray(0, readSync(file, chunk));
    const end = firstLine ? read.indexOf(LINE_FEED) : -1;
    chunks.push(end < 0 ? read : read.subarray(0, end + 1));
    length += read.length;
    if (read.length === 0 || end >= 0) return Buffer.concat(chunks);
  }
  return null;
}

/** For appending. Fails where anything has that name, another process's file or a link. */
export function createOwnFile(path: string): number {
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  // The umask may have taken away what the owner needs.
  fchmodSync(file, 0o600);
  return file;
}

/** A whole file on the disk, in the place of what a process that died has left under this name. */
export function writeDraft(path: string, text: string): void {
  rmSync(path, { force: true });
  const file = createOwnFile(path);
  try {
    writeWhole(file, Buffer.from(text));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whole or not at all, also when the machine dies in between. */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  writeDraft(draft, text);
  renameSync(draft, path);
}

export function writeWhole(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

/**
 * Makes what is missing of a directory's path, each for us alone. Node's own recursive way never
 * returns where the parent exists and takes no entries, as in /proc.
 */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !statSync(at, { throwIfNoEntry: false }); at = dirname(at)) {
    missing.unshift(at);
  }
  for (const each of missing) {
    // Another process may just have made it.
    if (statSync(each, { throwIfNoEntry: false })) continue;
    mkdirSync(each, { mode: 0o700 });
    chmodSync(each, 0o700);
  }
}
