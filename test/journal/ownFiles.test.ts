/** [C] Files of ours: no link, no FIFO and no other user comes between us and what was written. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createOwnFile,
  makeDirectory,
  readRegularFile,
  writeDraft,
} from "../../src/journal/ownFiles.ts";
import { levelFile, prepareDirectory } from "../../src/journal/index.ts";
import { ConfigError } from "../../src/types/index.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "own-"));
  path = join(directory, "it");
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

const modeOf = (file: string): number => fs.statSync(file).mode & 0o777;

describe("reading", () => {
  it("gives the text and the mode; null where there is nothing", () => {
    expect(readRegularFile(path, 10)).toBeNull();
    fs.writeFileSync(path, "one\ntwo", { mode: 0o640 });
    expect(readRegularFile(path, 10)).toMatchObject({ text: "one\ntwo" });
    expect(readRegularFile(path, 10, { firstLine: true })).toMatchObject({ text: "one\n" });
  });

  it("of a long file is whole up to its bound, and a problem beyond", () => {
    const text = "0123456789".repeat(20_000);
    fs.writeFileSync(path, text);
    expect(readRegularFile(path, text.length)).toMatchObject({ text });
    expect(readRegularFile(path, text.length - 1)).toEqual({ problem: "longer than 199999 bytes" });
  });

  it.each<[string, string, () => void]>([
    ["a FIFO nobody writes to", "not a regular file", () => execFileSync("mkfifo", [path])],
    ["a directory", "not a regular file", () => fs.mkdirSync(path)],
    ["a link", "a symbolic link", () => fs.symlinkSync(join(directory, "x"), path)],
  ])("%s is a problem, at once", (_, problem, make) => {
    make();
    expect(readRegularFile(path, 10)).toEqual({ problem });
  });

  it("follows a link only where that is asked for, and reads no device behind it", () => {
    fs.symlinkSync(join(directory, "target"), path);
    fs.writeFileSync(join(directory, "target"), "x");
    expect(readRegularFile(path, 10, { followLink: true })).toMatchObject({ text: "x" });
    fs.rmSync(path);
    fs.symlinkSync("/dev/zero", path);
    expect(readRegularFile(path, 10, { followLink: true })).toEqual({
      problem: "not a regular file",
    });
  });
});

describe("writing", () => {
  it.each<[string, () => void]>([
    ["a file", () => fs.writeFileSync(path, "theirs")],
    ["a link to one", () => fs.symlinkSync(join(directory, "x"), path)],
  ])("never begins in %s that is there", (_, make) => {
    make();
    expect(() => createOwnFile(path)).toThrow(/EEXIST/);
    expect(fs.existsSync(join(directory, "x"))).toBe(false);
  });

  it("a draft replaces what was left under its name, and touches nothing behind a link", () => {
    const victim = join(directory, "victim");
    fs.writeFileSync(victim, "precious");
    fs.symlinkSync(victim, path);

    writeDraft(path, "ours");

    expect(fs.readFileSync(victim, "utf8")).toBe("precious");
    expect(fs.readFileSync(path, "utf8")).toBe("ours");
    expect(modeOf(path)).toBe(0o600);
  });

  it("the operator's level goes through no link, neither at its name nor at its draft's", () => {
    const victim = join(directory, "victim");
    fs.writeFileSync(victim, "precious");
    const level = join(directory, "operator.json");
    fs.symlinkSync(victim, level);
    fs.symlinkSync(victim, `${level}.new`);
    expect(() => levelFile(directory).read()).toThrow(/operator\.json.*a symbolic link/);

    levelFile(directory).write({ level: "halt", reason: "the news" });

    expect(fs.readFileSync(victim, "utf8")).toBe("precious");
    expect(levelFile(directory).read()).toEqual({ level: "halt", reason: "the news" });
    expect(fs.lstatSync(level).isFile()).toBe(true);
  });

  it("a level that cannot be written is a problem with its file", () => {
    fs.mkdirSync(join(directory, "operator.json"));
    const { write } = levelFile(directory);
    expect(() => write({ level: "halt", reason: "" })).toThrow(ConfigError);
    expect(() => write({ level: "halt", reason: "" })).toThrow(join(directory, "operator.json"));
  });
});

describe("a directory", () => {
  it("is made with all that is missing above it, for us alone", () => {
    makeDirectory(join(path, "below", "it"));
    for (const each of [path, join(path, "below"), join(path, "below", "it")]) {
      expect(modeOf(each)).toBe(0o700);
    }
    expect(() => makeDirectory(join(path, "below"))).not.toThrow();
  });

  it.runIf(fs.existsSync("/proc/self"))("where none can be made is an error, not a wait", () => {
    expect(() => makeDirectory("/proc/x")).toThrow(/\/proc\/x/);
    expect(() => prepareDirectory("/proc/x/y", null)).toThrow(ConfigError);
    expect(() => prepareDirectory("/proc/x/y", null)).toThrow(
      /^[^]*\/proc\/x\/y: no directory can be made there: give another one$/,
    );
  });

  const user = (): number => fs.statSync(directory).uid;

  it("of ours, with what runs leave in it, is fine", () => {
    fs.writeFileSync(join(directory, "a-00.000001.ndjson"), "");
    fs.writeFileSync(join(directory, "operator.json"), "");
    fs.mkdirSync(join(directory, "live"));
    fs.chmodSync(directory, 0o755);
    expect(() => prepareDirectory(directory, user())).not.toThrow();
    expect(() => prepareDirectory(directory, null)).not.toThrow();
  });

  it.each([0o770, 0o702, 0o777, 0o1777])("that others may write to is refused: %o", (mode) => {
    fs.chmodSync(directory, mode);
    expect(() => prepareDirectory(directory, user())).toThrow(ConfigError);
    expect(() => prepareDirectory(directory, user())).toThrow(
      `${directory}: other users may write`,
    );
    expect(() => prepareDirectory(directory, user())).toThrow(/chmod go-w/);
  });

  it("that belongs to another user is refused", () => {
    expect(() => prepareDirectory(directory, user() + 1)).toThrow(
      `${directory}: it belongs to user ${user()}`,
    );
  });

  it.each<[string, string, (at: string) => void]>([
    ["link", "a-00.000001.ndjson", (at) => fs.symlinkSync("/etc/passwd", at)],
    ["link that leads nowhere", "operator.json", (at) => fs.symlinkSync("/nowhere", at)],
    ["link of any name", "notes", (at) => fs.symlinkSync(tmpdir(), at)],
    ["FIFO", "a-00.000001.ndjson", (at) => execFileSync("mkfifo", [at])],
    ["directory in a segment's place", "a-00.000001.ndjson", (at) => fs.mkdirSync(at)],
    ["directory in a lock's place", "journal.lock", (at) => fs.mkdirSync(at)],
  ])("with a %s in it is refused, and the file is named with the way out", (_, name, make) => {
    make(join(directory, name));
    expect(() => prepareDirectory(directory, user())).toThrow(ConfigError);
    expect(() => prepareDirectory(directory, user())).toThrow(join(directory, name));
    expect(() => prepareDirectory(directory, user())).toThrow(/move it out/);
  });

  it("tells everything that is wrong at once", () => {
    fs.symlinkSync("/nowhere", join(directory, "one"));
    fs.chmodSync(directory, 0o777);
    expect(() => prepareDirectory(directory, user() + 1)).toThrow(
      /other users may write[^]*belongs to[^]*a symbolic link/,
    );
  });
});
