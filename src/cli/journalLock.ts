/** One process per journal directory: a file in it says which process writes there. */
import { linkSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { readRegularFile, writeDraft } from "../journal/index.ts";
import type { Processes } from "../runtimes/index.ts";
import { ConfigError, type Log, causeOf } from "../types/index.ts";

interface Holder {
  readonly pid: number;
  readonly machine: string;
  readonly start: string | null;
}

/**
 * Takes the lock and returns what releases it. A lock whose process is gone is taken over.
 * @throws ConfigError where another process holds the lock, or may hold it, or it cannot be written.
 */
export function journalLock(directory: string, processes: Processes, log: Log): () => void {
  const path = join(resolve(directory), "journal.lock");
  const { pid, machine } = processes;
  const ours = JSON.stringify({ pid, machine, start: processes.startOf(pid) } satisfies Holder);
  const draft = `${path}.${pid}.new`;
  try {
    orConfigError(path, () => {
      writeDraft(draft, ours);
      take(path, draft, processes, log);
    });
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (textOf(path) === ours) rmSync(path, { force: true });
  };
}

/** Under a second lock: two processes must not both find the same dead holder and replace each other. */
function take(path: string, draft: string, processes: Processes, log: Log): void {
  const taking = `${path}.taking`;
  if (!isLinked(draft, taking)) {
    const isLeft = whyHeld(textOf(taking), processes) === null;
    const what = isLeft
      ? "left behind by a process that has ended"
      : "another run is just starting";
    throw new ConfigError([`${taking}: ${what}; if none is starting, delete this file`]);
  }
  try {
    if (isLinked(draft, path)) return;
    const why = whyHeld(textOf(path), processes);
    if (why !== null) throw new ConfigError([`${path}: ${why}`]);
    renameSync(draft, path);
    log.warn({ path }, "the last run with this journal has left its lock behind: taken over");
  } finally {
    rmSync(taking, { force: true });
  }
}

/** Null where the holder is proven to be gone, or has just released the lock. */
function whyHeld(text: string | null, processes: Processes): string | null {
  if (text === null) return null;
  const holder = holderIn(text);
  if (holder === null)
    return "not a lock of this program; if no run uses this journal, delete this file";
  const { pid, machine, start } = holder;
  if (machine !== processes.machine) {
    return `process ${pid} of ${machine} uses this journal; if it has ended, delete this file`;
  }
  if (!processes.isAlive(pid)) return null;
  const startNow = processes.startOf(pid);
  const isSurelyAnother = start !== null && startNow !== null && start !== startNow;
  return isSurelyAnother
    ? null
    : `process ${pid} uses this journal already: stop it, or give another --journal`;
}

function holderIn(text: string): Holder | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { pid, machine, start }: Partial<Record<keyof Holder, unknown>> = value;
  return typeof pid === "number" && typeof machine === "string"
    ? { pid, machine, start: typeof start === "string" ? start : null }
    : null;
}

/** Atomically: true with the whole file in place, false where another is there. */
function isLinked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

const LOCK_BYTES_MAX = 4_096;

/** What cannot be read is nobody's lock we know. */
function textOf(path: string): string | null {
  const read = readRegularFile(path, LOCK_BYTES_MAX);
  return read !== null && "problem" in read ? read.problem : (read?.text ?? null);
}

function orConfigError(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      [`${path} cannot be written: give another --journal (${causeOf(error)})`],
      error,
    );
  }
}
