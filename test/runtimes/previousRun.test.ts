/** What a run finds of the one before it on the disk, and what it does with what it cannot use. */
import { defer } from "rxjs";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkHistories, previousRun } from "../../src/runtimes/previousRun.ts";
import { VERSION } from "../../src/app/version.ts";
import { initialState, resumed } from "../../src/executor/index.ts";
import { type AccountAt, fileJournal } from "../../src/journal/index.ts";
import { ConfigError, type Log, epochMs } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  UNHALTED,
  config,
  instant,
  market,
  quote,
  trading,
} from "../support/builders.ts";

let directory: string;
let said: string[];
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "history-"));
  said = [];
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

const HERE: AccountAt = { venue: "http://127.0.0.1:1 a", account: "0x01" };

const note = (_facts: unknown, text: string): void => {
  said.push(text);
};
const log: Log = { debug: note, info: note, warn: note, error: note };

function day(): Bench {
  const made = trading();
  made.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  return made;
}

/** A run of the market, written as it happened. */
function recorded(
  of: Bench,
  nonce: string,
  {
    version = VERSION,
    accountAt = HERE,
  }: { readonly version?: string; readonly accountAt?: AccountAt | null } = {},
): void {
  const { state, steps } = of.history();
  const ours = { version, market: market(), config: {}, nonce, state, step: state.step };
  const header = { ...ours, ...(accountAt && { accountAt }) };
  const journal = fileJournal({
    directory,
    name: `${market().slug}-${nonce}`,
    segmentBytesMax: 100_000,
    totalBytesMax: 1_000_000,
    header,
    snapshot: () => state,
  });
  for (const { stamped, effects } of steps) {
    defer(() => journal.append(stamped)).subscribe();
    journal.decided(stamped.seq, effects);
  }
  journal.close();
}

/** The ids of the orders that a new run would take over. */
function takenOver(slug = market().slug, accountAt = HERE): readonly string[] | "unread" | null {
  const found = previousRun(directory, market({ slug }), accountAt, log);
  if (found === null || found === "unread") return found;
  const opened = initialState(market(), instant(60_000), UNHALTED);
  return Object.keys(resumed(opened, found, config()).working);
}

describe("the history of a market", () => {
  it("is what the last run has written, to its last line", () => {
    const older = day();
    recorded(older, "0000aaaa");
    const newer = trading();
    newer.intends({ bid: quote(20, 44), expiresAt: FOREVER });
    recorded(newer, "0000bbbb");
    const aged = fs.readdirSync(directory).find((name) => name.includes("0000aaaa")) ?? "";
    fs.utimesSync(join(directory, aged), 1, 1);
    expect(takenOver()).toEqual([newer.id("BUY YES 20 @ 0.44")]);
  });

  it("survives a last line that was torn", () => {
    recorded(day(), "0000aaaa");
    const [file = ""] = fs.readdirSync(directory);
    fs.appendFileSync(join(directory, file), '{"seq":');
    expect(takenOver()).toHaveLength(1);
  });

  it("is that of the run before where the newest died at its first line", () => {
    const made = day();
    recorded(made, "0000aaaa");
    const [good = ""] = fs.readdirSync(directory);
    fs.utimesSync(join(directory, good), 1, 1);
    fs.writeFileSync(join(directory, good.replace("0000aaaa", "0000bbbb")), '{"schema":');
    expect(takenOver()).toEqual(Object.keys(made.state().working));
  });

  it("is none where the market was never traded, and another market's is not taken for it", () => {
    expect(takenOver()).toBeNull();
    recorded(day(), "0000aaaa");
    expect(takenOver("btc-up")).toBeNull();
    expect(takenOver("btc-up-or-down-2")).toBeNull();
    expect(said).toEqual([]);
  });

  it("of another version, or unreadable, is not used, and that is said", () => {
    recorded(day(), "0000aaaa", { version: "0.0.0-other" });
    expect(takenOver()).toBe("unread");
    const [file = ""] = fs.readdirSync(directory);
    fs.writeFileSync(join(directory, file), "no journal\n");
    expect(takenOver()).toBe("unread");
    expect(said).toEqual([
      "the journal of an earlier run is of another version",
      "the journal of an earlier run cannot be read",
    ]);
  });

  it("of schema 2, whose ticks bring no ages, is taken over with the orders that may rest", () => {
    const made = day();
    recorded(made, "0000aaaa");
    const [file = ""] = fs.readdirSync(directory);
    const text = fs.readFileSync(join(directory, file), "utf8");
    const old = text.replace('"schema":4', '"schema":2').replace(/"seen":\{[^}]*\},/, "");
    expect(old.length).toBeLessThan(text.length);
    fs.writeFileSync(join(directory, file), old);
    expect(takenOver()).toEqual(Object.keys(made.state().working));
  });

  it("of schema 3, whose state knows of no failures, is taken over with the orders that may rest", () => {
    const made = day();
    recorded(made, "0000aaaa");
    const [file = ""] = fs.readdirSync(directory);
    const text = fs.readFileSync(join(directory, file), "utf8");
    const old = text.replace('"schema":4', '"schema":3').replace(/"failures":\{.*?\}\},/, "");
    expect(old.length).toBeLessThan(text.length - 100);
    fs.writeFileSync(join(directory, file), old);
    expect(takenOver()).toEqual(Object.keys(made.state().working));
  });

  it("of schema 1 is taken over with the orders that may rest", () => {
    const schema1 = join(import.meta.dirname, "../journal/schema1.ndjson");
    fs.copyFileSync(schema1, join(directory, `${market().slug}-0000aaaa.000001.ndjson`));
    expect(takenOver()).toEqual([
      "BUY YES 10 @ 0.45 #1043079075934946",
      "BUY NO 10 @ 0.45 #2006699423814063",
    ]);
    expect(said).toEqual(["taking over from an earlier run"]);
  });
});

describe("the history of another venue or account", () => {
  it.each<[string, AccountAt]>([
    ["another account", { ...HERE, account: "0x02" }],
    ["another venue", { ...HERE, venue: "http://127.0.0.1:2 a" }],
    ["another run of a simulated venue", { ...HERE, venue: "http://127.0.0.1:1 b" }],
  ])("%s: is left alone, and that is said once", (_, accountAt) => {
    recorded(day(), "0000aaaa", { accountAt });
    recorded(day(), "0000bbbb", { accountAt });
    const before = fs.readdirSync(directory);

    expect(takenOver()).toBeNull();

    expect(said).toEqual([expect.stringMatching(/another venue or account.*left alone/)]);
    expect(fs.readdirSync(directory)).toEqual(before);
  });

  it("does not hide our own, which is older", () => {
    const made = day();
    recorded(made, "0000aaaa");
    const [ours = ""] = fs.readdirSync(directory);
    fs.utimesSync(join(directory, ours), 1, 1);
    recorded(day(), "0000bbbb", { accountAt: { ...HERE, account: "0x02" } });

    expect(takenOver()).toEqual(Object.keys(made.state().working));
  });

  it("that does not say whose it is may be ours: it is taken over", () => {
    recorded(day(), "0000aaaa", { accountAt: null });
    expect(takenOver()).toHaveLength(1);
  });
});

describe("a past that cannot be read", () => {
  /** In the middle of the market's life, and after it. */
  const DURING = epochMs(market().endsAt - 1);
  const AFTER = market().endsAt;
  const check = (now = DURING, accountAt = HERE) => checkHistories(directory, accountAt, now);
  const onlyPath = (): string => join(directory, fs.readdirSync(directory)[0] ?? "");
  const linesOf = (path: string) => fs.readFileSync(path, "utf8").trimEnd().split("\n");

  it("is none where everything can be, a line torn at the end and a torn first line too", () => {
    recorded(day(), "0000aaaa");
    fs.appendFileSync(onlyPath(), '{"seq":');
    fs.writeFileSync(join(directory, `${market().slug}-0000bbbb.000001.ndjson`), '{"sche');
    fs.writeFileSync(join(directory, `${market().slug}-0000cccc.000001.ndjson`), "");
    expect(() => check()).not.toThrow();
  });

  it.each(["no journal\n", "no journal", "[]\n", '{"schema":3}\n', '{"schema":99}\n', "\n"])(
    "is refused where the whole segment is %j",
    (text) => {
      recorded(day(), "0000aaaa");
      const path = onlyPath();
      fs.writeFileSync(path, text);
      expect(() => check()).toThrow(ConfigError);
      expect(() => check()).toThrow(`${path}: line 1: `);
      expect(() => check()).toThrow(/move this file out of the journal directory/);
    },
  );

  it.each(["{}", "[]", "null", "7", '{"seq":1}', "garbage"])(
    "is refused where any line but the last is %j, and the line is named",
    (odd) => {
      recorded(day(), "0000aaaa");
      const path = onlyPath();
      const lines = linesOf(path);
      for (let index = 0; index < lines.length - 1; index += 1) {
        fs.writeFileSync(path, lines.with(index, odd).join("\n"));
        expect(() => check()).toThrow(`${path}: line ${index + 1}: `);
      }
    },
  );

  it("is refused at every line whose parts are of another type: nothing throws but the refusal", () => {
    recorded(day(), "0000aaaa");
    const path = onlyPath();
    const lines = linesOf(path);
    const odd = lines.flatMap((line, index) =>
      oddVersionsOf(line).map((changed) => lines.with(index, changed).join("\n")),
    );
    let refused = 0;
    for (const text of odd) {
      fs.writeFileSync(path, `${text}\n`);
      try {
        check();
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        refused += 1;
        continue;
      }
      // What is not refused can be taken over.
      expect(() => takenOver()).not.toThrow();
    }
    expect(refused).toBeGreaterThan(lines.length);
  });

  it.each<[string, (path: string) => void]>([
    ["a directory", (path) => fs.mkdirSync(path)],
    ["a FIFO", (path) => execFileSync("mkfifo", [path])],
    ["a link", (path) => fs.symlinkSync("/dev/zero", path)],
  ])("is refused where %s has a segment's name, and does not hold the program", (_, make) => {
    const path = join(directory, `${market().slug}-0000aaaa.000001.ndjson`);
    make(path);
    expect(() => check()).toThrow(ConfigError);
    expect(() => check()).toThrow(path);
    expect(takenOver()).toBe("unread");
  });

  it.each<[string, () => void]>([
    ["of a market that has ended", () => check(AFTER)],
    ["of another account", () => check(DURING, { ...HERE, account: "0x02" })],
  ])("%s is nobody's concern", (_, checked) => {
    recorded(day(), "0000aaaa");
    const path = onlyPath();
    fs.writeFileSync(path, linesOf(path).with(1, "garbage").join("\n"));
    expect(checked).not.toThrow();
    expect(() => check()).toThrow(path);
  });

  it("of every file is told at once", () => {
    for (const nonce of ["0000aaaa", "0000bbbb"]) {
      fs.writeFileSync(join(directory, `${market().slug}-${nonce}.000001.ndjson`), "{}\n");
    }
    expect(() => check()).toThrow(/0000aaaa[^]*0000bbbb/);
  });
});

/** The line once for each of its values, however deep, with null, a text or an object in its place. */
function oddVersionsOf(line: string): readonly string[] {
  const paths: (readonly string[])[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (path.length > 0) paths.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
  };
  const whole: unknown = JSON.parse(line);
  walk(whole, []);
  const odd = [null, "odd", {}];
  return paths.map((path, index) => JSON.stringify(replaced(whole, path, odd[index % 3])));
}

function replaced(value: unknown, path: readonly string[], odd: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  let holder = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  holder[path.at(-1) ?? ""] = odd;
  return copy;
}
