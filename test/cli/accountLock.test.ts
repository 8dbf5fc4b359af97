import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accountLock } from "../../src/cli/accountLock.ts";
import { type Processes, systemProcesses } from "../../src/runtimes/system.ts";

const MAKER = "0xAbCdEf0000000000000000000000000000000001";
const OTHER = "0xAbCdEf0000000000000000000000000000000002";

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
  machine: name,
  isAlive: (id) => Object.hasOwn(alive, id),
  startOf: (id) => alive[id] ?? null,
});

const ignore = (): void => undefined;
const locked = (processes: Processes, maker = MAKER): (() => void) =>
  accountLock(directory, maker, processes, {
    debug: ignore,
    info: ignore,
    warn: (_, text) => warnings.push(text),
    error: ignore,
  });

describe("the lock of an account", () => {
  it("lets one in, refuses the next by the first one's process, and is free again when it is left", () => {
    const release = locked(machine(1, { 1: "a", 2: "b" }));

    expect(() => locked(machine(2, { 1: "a", 2: "b" }))).toThrow(/process 1 trades this account/);
    release();
    expect(readdirSync(directory)).toEqual([]);
    expect(() => locked(machine(2, { 1: "a", 2: "b" }))).not.toThrow();
  });

  it("is of one account, however its address is written", () => {
    locked(machine(1, { 1: "a", 2: "b" }));

    expect(() => locked(machine(2, { 1: "a", 2: "b" }), OTHER)).not.toThrow();
    expect(() => locked(machine(2, { 1: "a", 2: "b" }), MAKER.toLowerCase())).toThrow(/process 1/);
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

    expect(() => locked(machine(2, { 2: "b" }))).toThrow(/another process is taking the lock/);
    expect(readFileSync(join(directory, lock), "utf8")).toContain('"pid":1');
  });

  it.each(["", "{", "null", "[]", '{"pid":"1"}', '{"pid":1}'])(
    "that says %j is nobody's we know: a person decides",
    (text) => {
      writeFileSync(join(directory, `${MAKER.toLowerCase()}.lock`), text);
      expect(() => locked(machine(2, { 2: "b" }))).toThrow(/not a lock of this program/);
    },
  );

  it("that another has taken over meanwhile is not taken from him at the end", () => {
    const release = locked(machine(1, { 1: "a" }));
    locked(machine(2, { 2: "b" }));
    release();
    expect(() => locked(machine(3, { 2: "b", 3: "c" }))).toThrow(/process 2/);
  });

  it("leaves nothing else behind, whether it was had or not", () => {
    locked(machine(1, { 1: "a", 2: "b" }));
    expect(() => locked(machine(2, { 1: "a", 2: "b" }))).toThrow(/process 1/);
    expect(readdirSync(directory)).toEqual([`${MAKER.toLowerCase()}.lock`]);
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
