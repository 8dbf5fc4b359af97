import { defer } from "rxjs";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type FileJournalOptions,
  decode,
  fileJournal,
  memoryJournal,
  refold,
  segmentLines,
  segmentPaths,
} from "../../src/journal/index.ts";
import { ConfigError, LawBroken } from "../../src/types/index.ts";
import { ORIGIN, restoredToy, stamped, toyReduce, toyRun } from "./toy.ts";

/** What the next writes do instead of writing it all: a number of bytes, or a failure. */
const writes = { next: [] as (number | Error)[], synced: 0 };

const { writeSync, fdatasyncSync } = fs;
// Not a mocked module: files that share the process have loaded the journal already.
beforeAll(() => {
  const write = (descriptor: number, bytes: Uint8Array, offset = 0): number => {
    const next = writes.next.shift();
    if (next instanceof Error) throw next;
    return writeSync(descriptor, bytes, offset, next ?? bytes.length - offset);
  };
  const sync = (descriptor: number): void => {
    writes.synced += 1;
    fdatasyncSync(descriptor);
  };
  Object.assign(fs, { writeSync: write, fdatasyncSync: sync });
  syncBuiltinESMExports();
});
afterAll(() => {
  Object.assign(fs, { writeSync, fdatasyncSync });
  syncBuiltinESMExports();
});

let directory: string;
beforeEach(() => {
  directory = join(fs.mkdtempSync(join(tmpdir(), "journal-")), "below", "it");
  writes.next = [];
  writes.synced = 0;
});
afterEach(() => {
  fs.rmSync(join(directory, "../.."), { recursive: true, force: true });
});

const journalWith = (options: Partial<FileJournalOptions> = {}) =>
  fileJournal({
    directory,
    name: "btc",
    totalBytesMax: 1_000_000,
    segmentBytesMax: 100_000,
    header: ORIGIN,
    snapshot: () => null,
    ...options,
  });

function copied(path: string): string {
  fs.copyFileSync(path, `${path}.copy`);
  return `${path}.copy`;
}

const bytesIn = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + fs.statSync(path).size, 0);

describe("fileJournal", () => {
  it("holds the same lines as the journal in memory, in a file only its owner can read", () => {
    const onDisk = journalWith();
    const inMemory = memoryJournal(ORIGIN);

    expect(toyRun().run(onDisk, 1, 20)).toBeNull();
    expect(toyRun().run(inMemory, 1, 20)).toBeNull();
    onDisk.close();
    onDisk.close();

    const [path = "", ...others] = segmentPaths(directory, "btc");
    expect(others).toStrictEqual([]);
    expect(segmentLines(path)).toStrictEqual(inMemory.lines());
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
  });

  it("an event is on disk when it is emitted, and effects when `decided` returns", () => {
    const journal = journalWith();
    const [path = ""] = segmentPaths(directory, "btc");
    const seen: number[] = [];

    defer(() => journal.append(stamped(1))).subscribe(() => seen.push(segmentLines(path).length));
    journal.decided(1, toyReduce({ count: 2, known: {} }, stamped(1))[1]);
    seen.push(segmentLines(path).length);

    expect(seen).toStrictEqual([2, 3]);
    journal.close();
  });

  it("begins a new segment with the state, so that each refolds by itself", () => {
    const { run, state } = toyRun();
    const journal = journalWith({ segmentBytesMax: 3000, snapshot: state });

    expect(run(journal, 1, 60)).toBeNull();
    journal.close();

    const paths = segmentPaths(directory, "btc");
    const refolded = paths.map((path) => refold(segmentLines(path), toyReduce, restoredToy));
    expect(paths.length).toBeGreaterThan(3);
    expect(refolded.map((it) => (it.type === "problem" ? it : it.firstDifference))).toStrictEqual(
      paths.map(() => null),
    );
    const steps = refolded.flatMap((it) => (it.type === "problem" ? [] : it.steps));
    expect(steps.map((step) => step.stamped.seq)).toStrictEqual(
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    // Each segment was put on the disk itself when it was over.
    expect(writes.synced).toBe(paths.length);
    expect(refolded.at(-1)).toMatchObject({ state: state(), header: { segment: paths.length } });
  });

  it("keeps a segment within its bound, unless a single step is longer", () => {
    const { run, state } = toyRun();
    const wide = journalWith({ segmentBytesMax: 3000, snapshot: state });
    run(wide, 1, 30);
    wide.close();
    for (const path of segmentPaths(directory, "btc")) expect(bytesIn([path])).toBeLessThan(3500);

    const narrow = journalWith({ name: "narrow", segmentBytesMax: 1 });
    expect(toyRun().run(narrow, 1, 3)).toBeNull();
    narrow.close();
    expect(segmentPaths(directory, "narrow")).toHaveLength(3);
  });

  it("deletes the oldest segments to stay within the total, and nothing else", () => {
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(join(directory, "notes.txt"), "x".repeat(50_000));
    const { run, state } = toyRun();
    const total = { segmentBytesMax: 4000, totalBytesMax: 12_000 };
    const journal = journalWith({ ...total, snapshot: state });

    let most = 0;
    for (let seq = 1; seq <= 400; seq += 1) {
      expect(run(journal, seq, seq)).toBeNull();
      most = Math.max(most, bytesIn(segmentPaths(directory, "btc")));
    }
    expect(most).toBeGreaterThan(10_000);
    // Effects follow their event into its segment, full or not.
    expect(most).toBeLessThan(12_000 + 300);
    journal.close();

    const left = segmentPaths(directory, "btc");
    expect(left.length).toBeGreaterThan(1);
    expect(left[0]).not.toContain("000001");
    expect(decode(segmentLines(left.at(-1) ?? ""))).toMatchObject({ type: "segment" });
    expect(fs.existsSync(join(directory, "notes.txt"))).toBe(true);
  });

  it("never deletes a segment that another journal of this process is writing", () => {
    const quiet = journalWith({ name: "quiet", segmentBytesMax: 4000, totalBytesMax: 13_000 });
    const { run, state } = toyRun();
    const busy = journalWith({ segmentBytesMax: 4000, totalBytesMax: 13_000, snapshot: state });
    const [quietPath = ""] = segmentPaths(directory, "quiet");
    fs.utimesSync(quietPath, 1, 1);

    for (let seq = 1; seq <= 400; seq += 1) {
      expect(run(busy, seq, seq)).toBeNull();
      // Room is kept for the quiet one to grow, too.
      expect(bytesIn(segmentPaths(directory, "btc"))).toBeLessThan(8000 + 300);
    }
    expect(fs.existsSync(quietPath)).toBe(true);

    quiet.close();
    fs.utimesSync(quietPath, 1, 1);
    expect(run(busy, 401, 500)).toBeNull();
    expect(fs.existsSync(quietPath)).toBe(false);
    busy.close();
  });

  it("numbers on from the segments that are there, and writes into none of them", () => {
    journalWith().close();
    const [first = ""] = segmentPaths(directory, "btc");
    const before = fs.readFileSync(first);

    const again = journalWith();
    toyRun().run(again, 1, 3);
    again.close();

    expect(segmentPaths(directory, "btc").map((path) => path.slice(-17))).toStrictEqual([
      "btc.000001.ndjson",
      "btc.000002.ndjson",
    ]);
    expect(fs.readFileSync(first)).toStrictEqual(before);
  });

  it("a short write is continued, not torn", () => {
    const journal = journalWith();
    writes.next = [1, 5, 2];

    expect(toyRun().run(journal, 1, 3)).toBeNull();
    journal.close();

    const [path = ""] = segmentPaths(directory, "btc");
    expect(decode(segmentLines(path))).toMatchObject({ type: "segment", torn: null });
  });

  it("a failing write is an error of `append`, and the end of the journal", () => {
    const journal = journalWith();
    const { run } = toyRun();
    const full = new Error("ENOSPC");
    writes.next = [10, full];

    expect(run(journal, 1, 1)).toBe(full);
    // Half a line is in the file now: a second one behind it would make both unreadable.
    expect(run(journal, 1, 1)).toBeInstanceOf(LawBroken);
    journal.close();

    const [path = ""] = segmentPaths(directory, "btc");
    expect(decode(segmentLines(path))).toMatchObject({ type: "segment", steps: [] });
    expect(decode(segmentLines(path))).not.toMatchObject({ torn: null });
  });

  it.each<[string, (path: string) => void]>([
    ["its file is removed", (path) => fs.rmSync(path)],
    ["its directory is removed", (path) => fs.rmSync(dirname(path), { recursive: true })],
    ["another file takes its place", (path) => fs.renameSync(copied(path), path)],
    ["it is emptied", (path) => fs.truncateSync(path)],
    ["another program writes to it", (path) => fs.appendFileSync(path, "{}\n")],
  ])("is at its end where %s while it runs: the next event is not taken", (_, harm) => {
    const journal = journalWith();
    const { run } = toyRun();
    expect(run(journal, 1, 1)).toBeNull();
    const [path = ""] = segmentPaths(directory, "btc");

    harm(path);

    expect(run(journal, 2, 2)).toMatchObject({ message: expect.stringContaining("removed") });
    expect(run(journal, 2, 2)).toBeInstanceOf(LawBroken);
    journal.close();
  });

  it("a failing write makes `decided` throw, before any effect can leave", () => {
    const journal = journalWith();
    const full = new Error("ENOSPC");
    defer(() => journal.append(stamped(1))).subscribe();
    writes.next = [full];

    expect(() => journal.decided(1, toyReduce({ count: 2, known: {} }, stamped(1))[1])).toThrow(
      full,
    );
    expect(toyRun().run(journal, 2, 2)).toBeInstanceOf(LawBroken);
    journal.close();
  });

  it("a segment that cannot be begun is an error of `append`", () => {
    const journal = journalWith({ segmentBytesMax: 1 });
    const { run } = toyRun();
    expect(run(journal, 1, 1)).toBeNull();
    fs.rmSync(directory, { recursive: true });

    expect(run(journal, 2, 2)).toMatchObject({ code: "ENOENT" });
    journal.close();
  });

  it("says what is wrong with its options, all of it at once", () => {
    const wrong = () => journalWith({ name: "../x", segmentBytesMax: 0, totalBytesMax: -1 });

    expect(wrong).toThrow(ConfigError);
    expect(wrong).toThrow(/name "\.\.\/x"[^]*segmentBytesMax 0[^]*totalBytesMax -1/);
    expect(() => journalWith({ segmentBytesMax: 100, totalBytesMax: 199 })).toThrow(ConfigError);
  });

  it("a directory that cannot be written to is a ConfigError that names it", () => {
    fs.mkdirSync(join(directory, ".."), { recursive: true });
    fs.writeFileSync(directory, "a file");

    expect(() => journalWith()).toThrow(ConfigError);
    expect(() => journalWith()).toThrow(directory);
    expect(segmentPaths(directory, "btc")).toStrictEqual([]);
  });

  it("a segment that could not be begun is not held to be in use", () => {
    writes.next = [new Error("ENOSPC")];
    expect(() => journalWith({ name: "stillborn" })).toThrow(ConfigError);
    expect(segmentPaths(directory, "stillborn")).toHaveLength(1);

    const journal = journalWith({ segmentBytesMax: 1, totalBytesMax: 2 });
    expect(toyRun().run(journal, 1, 2)).toBeNull();
    journal.close();

    expect(segmentPaths(directory, "stillborn")).toHaveLength(0);
  });
});
