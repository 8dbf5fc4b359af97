import { execFileSync } from "node:child_process";
import fs, {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { journalLock } from "../../src/cli/journalLock.ts";
import { type Processes, systemProcesses } from "../../src/runtimes/system.ts";
import { ConfigError } from "../../src/types/index.ts";

let directory = "";
let warnings: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tandem-lock-"));
  warnings = [];
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** A machine with these processes, by id and start, seen by the one of them that asks. */
const machine = (
  pid: number,
  alive: Readonly<Record<number, string | null>>,
  name = "here",
): Processes => ({
  pid,
  user: null,
  machine: name,
  isAlive: (id) => Object.hasOwn(alive, id),
  startOf: (id) => alive[id] ?? null,
});

const ignore = (): void => undefined;
const locked = (processes: Processes): (() => void) =>
  journalLock(directory, processes, {
    debug: ignore,
    info: ignore,
    warn: (_, text) => warnings.push(text),
    error: ignore,
  });

describe("the lock of a journal directory", () => {
  it("lets one in, refuses the next by the first one's process, and is free again when it is left", () => {
    const release = locked(machine(1, { 1: "a", 2: "b" }));

    expect(() => locked(machine(2, { 1: "a", 2: "b" }))).toThrow(
      /process 1 uses this journal already/,
    );
    release();
    expect(readdirSync(directory)).toEqual([]);
    expect(() => locked(machine(2, { 1: "a", 2: "b" }))).not.toThrow();
  });

  it.each([
    ["is gone", { 2: "b" }],
    ["has its id used by a later process", { 1: "later", 2: "b" }],
  ])("that was left by a process which %s is taken over, and that is said", (_, alive) => {
    locked(machine(1, { 1: "a" }));

    const release = locked(machine(2, alive));
    expect(warnings).toEqual([expect.stringContaining("taken over")]);
    expect(() => locked(machine(3, { 2: "b", 3: "c" }))).toThrow(/process 2/);
    release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each<[string, Processes]>([
    ["when it began is not known", machine(2, { 1: null, 2: null })],
    ["it may run on another machine", machine(2, { 2: "b" }, "there")],
  ])("is not taken over where %s", (_, processes) => {
    locked(machine(1, { 1: "a" }));
    expect(() => locked(processes)).toThrow(/process 1/);
    expect(warnings).toEqual([]);
  });

  it("that somebody is just taking over is left to him", () => {
    locked(machine(1, { 1: "a" }));
    const [lock = ""] = readdirSync(directory);
    writeFileSync(join(directory, `${lock}.taking`), "");

    expect(() => locked(machine(2, { 2: "b" }))).toThrow(
      /journal\.lock\.taking: another run is just starting.*delete this file/,
    );
    expect(readFileSync(join(directory, lock), "utf8")).toContain('"pid":1');
  });

  it.each(["", "{", "null", "[]", '{"pid":"1"}', '{"pid":1}'])(
    "that says %j is nobody's we know: a person decides",
    (text) => {
      writeFileSync(join(directory, "journal.lock"), text);
      expect(() => locked(machine(2, { 2: "b" }))).toThrow(/not a lock of this program/);
    },
  );

  it("whose taking over was cut short by the end of its process is not waited for: a person is told", () => {
    locked(machine(1, { 1: "a" }));
    const lock = join(directory, "journal.lock");
    copyFileSync(lock, `${lock}.taking`);

    expect(() => locked(machine(2, { 2: "b" }))).toThrow(/\.taking: left behind.*delete this file/);
  });

  it.each<[string, (path: string) => void]>([
    ["a FIFO", (path) => execFileSync("mkfifo", [path])],
    ["a directory", (path) => mkdirSync(path)],
    ["a link", (path) => symlinkSync(join(directory, "elsewhere"), path)],
  ])("that is %s is nobody's we know, and does not hold the program", (_, make) => {
    const path = join(directory, "journal.lock");
    make(path);
    expect(() => locked(machine(2, { 2: "b" }))).toThrow(ConfigError);
    expect(() => locked(machine(2, { 2: "b" }))).toThrow(`${path}: not a lock of this program`);
    expect(readdirSync(directory)).toEqual(["journal.lock"]);
  });

  it("is not written through a link that waits under the name of its draft", () => {
    const victim = join(directory, "victim");
    writeFileSync(victim, "precious");
    symlinkSync(victim, join(directory, "journal.lock.7.new"));

    locked(machine(7, { 7: "a" }));

    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(lstatSync(join(directory, "journal.lock")).mode & 0o777).toBe(0o600);
  });

  it("is refused where the disk is full: with its file and the way out, and nothing stays behind", () => {
    const { writeSync } = fs;
    const full = (): never => {
      throw new Error("ENOSPC: no space left on device, write");
    };
    // Not a mocked module: files that share the process have loaded it already.
    Object.assign(fs, { writeSync: full });
    syncBuiltinESMExports();
    try {
      expect(() => locked(machine(1, { 1: "a" }))).toThrow(ConfigError);
      expect(() => locked(machine(1, { 1: "a" }))).toThrow(
        /journal\.lock.* cannot be written: give another --journal \(ENOSPC/,
      );
    } finally {
      Object.assign(fs, { writeSync });
      syncBuiltinESMExports();
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it("that cannot be written is a problem with the way out", () => {
    directory = join(directory, "gone");
    expect(() => locked(machine(1, { 1: "a" }))).toThrow(ConfigError);
    expect(() => locked(machine(1, { 1: "a" }))).toThrow(
      /cannot be written: give another --journal/,
    );
    directory = join(directory, "..");
  });

  it("that another has taken over meanwhile is not taken from him at the end", () => {
    const release = locked(machine(1, { 1: "a" }));
    locked(machine(2, { 2: "b" }));
    release();
    expect(() => locked(machine(3, { 2: "b", 3: "c" }))).toThrow(/process 2/);
  });

  it("leaves nothing else behind, whether it was had or not", () => {
    locked(machine(1, { 1: "a", 2: "b" }));
    expect(() => locked(machine(2, { 1: "a", 2: "b" }))).toThrow(/process 1/);
    expect(readdirSync(directory)).toEqual(["journal.lock"]);
  });
});

describe("the processes of this machine", () => {
  it("this one is alive, by an id nobody else has, and began once", () => {
    const { pid, isAlive, startOf, machine: name } = systemProcesses;
    expect(pid).toBe(process.pid);
    expect(name).toBe(hostname());
    expect(isAlive(pid)).toBe(true);
    expect(startOf(pid)).toBe(startOf(pid));
    expect(startOf(pid)).not.toBe(startOf(process.ppid));
  });

  it("an id that no process can have is not alive", () => {
    expect(systemProcesses.isAlive(2 ** 22 + 1)).toBe(false);
    expect(systemProcesses.startOf(2 ** 22 + 1)).toBeNull();
  });
});
