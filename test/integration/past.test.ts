/** What a run finds in its journal directory, as its operator has it: the built program, real files. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Summary } from "../../src/observers/index.ts";
import { type Ended, type Running, build, killAll, quickStop, run } from "./childProcess.ts";

const TIMEOUT_MS = 180_000;
const EXIT_UNSAFE = 1;
const EXIT_CONFIG = 2;
const UNTIL_TOLD = "10m";

let folder = "";
let quickly: readonly string[] = [];
beforeAll(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), "tandem-past-"));
  quickly = quickStop(folder);
  await build();
}, TIMEOUT_MS);
afterAll(() => {
  killAll();
  fs.rmSync(folder, { recursive: true });
});

let directories = 0;
const directory = (): string => join(folder, `journal-${(directories += 1)}`);

const tandem = (...args: readonly string[]): Running =>
  run(process.execPath, ["dist/cli/main.js", ...args]);

// Midnight is the only end of a window that it could meet.
const onItself = ["--sim", "in-process", "--window", "24h", "--json", "--log-level", "debug"];
const maker = (journal: string, ...args: readonly string[]): Running =>
  tandem("--journal", journal, ...onItself, ...quickly, ...args);

const trades = (it: Running): Promise<void> => it.logged(/ placing order /);

const summaryOf = ({ stdout }: Ended): Summary =>
  JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Summary;

const segmentIn = (journal: string): string =>
  join(journal, fs.readdirSync(journal).find((name) => name.endsWith(".ndjson")) ?? "none");

/** One message that names the file, and nothing like a stack. */
function expectRefusal(ended: Ended, file: string): void {
  expect(ended).toMatchObject({ code: EXIT_CONFIG, signal: null, stdout: "" });
  expect(ended.stderr).toContain(file);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
}

describe.concurrent("a start", { timeout: TIMEOUT_MS }, () => {
  it.each<[string, (journal: string) => string]>([
    [
      "others may write there",
      (journal) => {
        fs.chmodSync(journal, 0o777);
        return journal;
      },
    ],
    [
      "a link is in it",
      (journal) => {
        fs.symlinkSync("/nowhere", join(journal, "operator.json"));
        return join(journal, "operator.json");
      },
    ],
    [
      "a FIFO has a segment's name",
      (journal) => {
        execFileSync("mkfifo", [join(journal, "a-00.000001.ndjson")]);
        return join(journal, "a-00.000001.ndjson");
      },
    ],
    [
      "a segment is no journal",
      (journal) => {
        fs.writeFileSync(join(journal, "a-00.000001.ndjson"), '{"a":1}\n{"b":2}\n');
        return join(journal, "a-00.000001.ndjson");
      },
    ],
    [
      "a lock was being taken over when its process ended",
      (journal) => {
        fs.writeFileSync(join(journal, "journal.lock"), "");
        fs.writeFileSync(join(journal, "journal.lock.taking"), "");
        return join(journal, "journal.lock.taking");
      },
    ],
  ])("is refused where %s: exit 2, with the file", async (_, harm) => {
    const journal = directory();
    fs.mkdirSync(journal, { mode: 0o700 });
    const named = harm(journal);
    const before = fs.readdirSync(journal);

    expectRefusal(await maker(journal, "--for", "1s").ended, named);
    expect(fs.readdirSync(journal)).toEqual(before);
  });

  it.runIf(fs.existsSync("/proc/self"))("is refused where no directory can be made", async () => {
    expectRefusal(await maker("/proc/x", "--for", "1s").ended, "/proc/x");
  });

  it.each(["0000", "0777"])("writes for its owner alone under the umask %s", async (umask) => {
    const journal = join(directory(), "below");
    const args = ["dist/cli/main.js", "--journal", journal, ...onItself, ...quickly];
    const command = `umask ${umask}; exec "$@"`;
    const it = run("sh", ["-c", command, "sh", process.execPath, ...args, "--level", "reduceOnly"]);
    await it.logged(/market opened/);
    const modes = ["", ...fs.readdirSync(journal), ".."].map((name) =>
      (fs.statSync(join(journal, name)).mode & 0o777).toString(8),
    );
    it.kill("SIGTERM");

    expect((await it.ended).code).toBe(0);
    // The directory; a segment, the lock, the level and the operator's socket; the directory above.
    expect(modes).toEqual(["700", "600", "600", "600", "600", "700"]);
  });
});

describe.concurrent("a journal directory", { timeout: TIMEOUT_MS }, () => {
  it("is of one run, of any mode: another is refused, and one that was killed makes room", async () => {
    const journal = directory();
    const first = maker(journal, "--for", UNTIL_TOLD);
    await first.logged(/market opened/);

    const second = await maker(journal, "--for", "1s").ended;
    expectRefusal(second, join(journal, "journal.lock"));
    expect(second.stderr).toContain(`process ${first.pid} uses this journal already`);

    first.kill("SIGKILL");
    await first.ended;
    const third = await maker(journal, "--for", "1s").ended;
    expect(third.code).toBe(0);
    expect(third.stderr).toMatch(/left its lock behind: taken over/);
  });

  it("that is removed while it is written ends the run as a full disk does", async () => {
    const journal = directory();
    const it = maker(journal, "--for", UNTIL_TOLD);
    await trades(it);
    fs.rmSync(journal, { recursive: true });

    const ended = await it.ended;

    expect(ended.code).toBe(EXIT_UNSAFE);
    expect(ended.stderr).toMatch(/kill switch: cancelling everything .*journal was removed/);
    expect(ended.stderr).toMatch(/kill switch: the venue shows no order of ours/);
  });
});

describe.concurrent("a restart", { timeout: TIMEOUT_MS }, () => {
  const atVenue = ["--window", "24h", "--json"];
  const opened = async (port: string): Promise<{ venue: Running; url: string }> => {
    const venue = tandem("venue", "--window", "86400", "--port", port, "--log-level", "info");
    const { rest } = JSON.parse(await venue.firstLine) as { readonly rest: string };
    return { venue, url: rest };
  };

  it("takes over at the same venue, refuses a past it cannot read, and leaves another venue's alone", async () => {
    const journal = directory();
    const { venue, url } = await opened("0");
    const on = (...args: readonly string[]): Running =>
      tandem("--journal", journal, "--venue", url, ...atVenue, ...quickly, ...args);
    /** A run that has met its market, whatever time that takes. */
    const met = async (): Promise<Ended> => {
      const it = on("--for", UNTIL_TOLD);
      await it.logged(/market opened/);
      it.kill("SIGTERM");
      return it.ended;
    };

    const killed = on("--for", UNTIL_TOLD, "--log-level", "debug");
    await trades(killed);
    killed.kill("SIGKILL");
    await killed.ended;
    const segment = segmentIn(journal);
    const lines = fs.readFileSync(segment, "utf8");

    fs.writeFileSync(segment, lines.replace(/\n\{"seq":2,.*/, '\n{"odd":true}'));
    const refused = await on("--for", "1s").ended;
    expectRefusal(refused, `${segment}: line `);
    expect(refused.stderr).toMatch(/move this file out of the journal directory/);

    fs.writeFileSync(segment, lines.replace(/"version":"[^"]*"/, '"version":"0.0.0"'));
    const another = await met();
    expect(summaryOf(another)).toMatchObject({ beginsAnew: true });
    expect(another.stderr).toMatch(/summary: fills and PnL begin anew/);

    fs.rmSync(segmentIn(journal));
    fs.writeFileSync(segment, lines);
    const later = await met();
    expect(later.stderr).toMatch(/taking over from an earlier run/);
    expect(summaryOf(later)).toMatchObject({ beginsAnew: false });

    venue.kill("SIGHUP");
    expect((await venue.ended).code).toBe(0);
    const next = await opened(new URL(url).port);
    const elsewhere = await met();
    next.venue.kill("SIGTERM");
    expect(elsewhere.stderr).toMatch(/their journals are left alone/);
    expect(elsewhere.stderr).not.toMatch(/taking over from/);
    await next.venue.ended;
  });
});
