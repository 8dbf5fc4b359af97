/** One process per account: a file beside its journals says which process trades the account. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Processes } from "../runtimes/index.ts";
import { ConfigError, type Log } from "../types/index.ts";

interface Holder {
  readonly pid: number;
  readonly machine: string;
  readonly start: string | null;
}

/**
 * Takes the lock and returns what releases it. A lock whose process is gone is taken over.
 * @throws ConfigError where another process holds the lock, or may hold it.
 */
export function accountLock(
  directory: string,
  maker: string,
  processes: Processes,
  log: Log,
): () => void {
  const path = join(resolve(directory), `${maker.toLowerCase()}.lock`);
  const { pid, machine } = processes;
  const ours = JSON.stringify({ pid, machine, start: processes.startOf(pid) } satisfies Holder);
  const draft = `${path}.${pid}`;
  writeFileSync(draft, ours, { mode: 0o600 });
  try {
    take(path, draft, processes, log);
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
    throw new ConfigError([
      `${taking}: another process is taking the lock; if none is, delete this file`,
    ]);
  }
  try {
    if (isLinked(draft, path)) return;
    const text = textOf(path);
    const problem = text === null ? null : whyHeld(text, processes);
    if (problem !== null) throw new ConfigError([`${path}: ${problem}`]);
    renameSync(draft, path);
    log.warn(
      { path },
      "the last process to trade this account has left its lock behind: taken over",
    );
  } finally {
    rmSync(taking, { force: true });
  }
}

/** Null where the holder is proven to be gone. */
function whyHeld(text: string, processes: Processes): string | null {
  const holder = holderIn(text);
  if (holder === null)
    return "not a lock of this program; if nobody trades this account, delete it";
  const { pid, machine, start } = holder;
  if (machine !== processes.machine) {
    return `process ${pid} of ${machine} trades this account; if it has ended, delete this file`;
  }
  if (!processes.isAlive(pid)) return null;
  const startNow = processes.startOf(pid);
  const isSurelyAnother = start !== null && startNow !== null && start !== startNow;
  return isSurelyAnother ? null : `process ${pid} trades this account already`;
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
    throw new ConfigError([`${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
