/** Finished windows on disk: what their keys depend on, and what a killed run leaves; and the processes that play them. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type KeptWindow,
  type WindowKey,
  PLAYING,
  codeVersion,
  keptFile,
  keptIn,
  keyOf,
} from "../../scripts/arena/kept.ts";
import { type Answer, type PoolOptions, pool } from "../../scripts/arena/pool.ts";
import type { WindowEntry } from "../../scripts/arena/window.ts";
import { appConfig } from "../../src/app/index.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "arena-"));
  onTestFinished(() => {
    rmSync(dir, { recursive: true });
  });
  return dir;
}

const config = appConfig();
const KEY: WindowKey = {
  code: "1",
  contestant: { strategy: "digital", file: null, config },
  traders: "calm",
  lengthMs: 300_000,
  seed: 1,
};

describe("the key of a window", () => {
  it.each<[string, Partial<WindowKey>]>([
    ["code", { code: "2" }],
    ["preset", { traders: "busy" }],
    ["length", { lengthMs: 60_000 }],
    ["seed", { seed: 2 }],
    ["strategy", { contestant: { strategy: "mid", file: null, config } }],
    [
      "parameter of the strategy",
      {
        contestant: {
          strategy: "digital",
          file: null,
          config: appConfig({ strategy: { halfSpreadBp: 201 } }),
        },
      },
    ],
    [
      "parameter of the executor",
      {
        contestant: {
          strategy: "digital",
          file: null,
          config: appConfig({ executor: { budgetUsdc: 1 } }),
        },
      },
    ],
    [
      "content of its strategy's file",
      { contestant: { strategy: "digital", file: { path: "a.ts", hash: "1" }, config } },
    ],
  ])("is another for another %s", (_, other) => {
    expect(keyOf({ ...KEY, ...other })).not.toBe(keyOf(KEY));
  });

  it("is the same for a default that is written out, and for parameters in another order", () => {
    const { strategy, executor, ...rest } = appConfig({ strategy: { halfSpreadBp: 50 } });
    const turned = {
      executor,
      ...rest,
      strategy: Object.fromEntries(Object.entries(strategy).toReversed()),
    };
    const contestant = { strategy: "digital", file: null, config: turned as typeof config };
    expect(keyOf({ ...KEY, contestant })).toBe(keyOf(KEY));
  });

  it("is the same for the same file elsewhere, and another for other content", () => {
    const keyFor = (path: string, hash: string): string =>
      keyOf({ ...KEY, contestant: { strategy: "mine", file: { path, hash }, config } });
    expect(keyFor("a/mine.ts", "1")).toBe(keyFor("b/mine.ts", "1"));
    expect(keyFor("a/mine.ts", "1")).not.toBe(keyFor("a/mine.ts", "2"));
  });

  it("changes with a source that plays windows, a package or Node, and not with a reader of windows", () => {
    const root = folder();
    mkdirSync(join(root, "src/deep"), { recursive: true });
    mkdirSync(join(root, "scripts/arena"), { recursive: true });
    const write = (path: string, text: string): void => writeFileSync(join(root, path), text);
    for (const name of PLAYING) write(`scripts/arena/${name}`, "");
    for (const path of ["src/deep/a.ts", "src/CLAUDE.md", "package-lock.json"]) write(path, "");
    const versions = new Set([codeVersion(root, "v20")]);
    write("src/CLAUDE.md", "words");
    write("scripts/arena/report.ts", "charts");
    expect(codeVersion(root, "v20")).toBe([...versions][0]);
    for (const path of ["src/deep/a.ts", "package-lock.json", "scripts/arena/recorder.ts"]) {
      write(path, "changed");
      versions.add(codeVersion(root, "v20"));
    }
    versions.add(codeVersion(root, "v22"));
    expect(versions.size).toBe(5);
  });

  it("knows every file that plays a window", () => {
    const folderOf = join(import.meta.dirname, "../../scripts/arena");
    const played = new Set<string>();
    const walk = (name: string): void => {
      if (played.has(name)) return;
      played.add(name);
      const text = readFileSync(join(folderOf, name), "utf8");
      for (const [, other] of text.matchAll(/from "\.\/(\w+\.ts)"/g)) if (other) walk(other);
    };
    // Which strategy is meant by a name is decided before the window.
    for (const name of ["window.ts", "strategies.ts"]) walk(name);
    expect(PLAYING.toSorted()).toEqual([...played].toSorted());
  });
});

const kept = (key: string): KeptWindow => ({
  key,
  strategy: "digital",
  traders: "calm",
  lengthMs: 60_000,
  seed: 1,
  figures: {
    market: { strike: 1, winner: "YES", referenceHash: 1 },
    spread: 1,
    directional: 2,
    fees: 0,
    rebates: 0,
    moved: 0,
    fills: 1,
    shares: 1,
    markouts: [],
    orders: { placed: 1, refused: 0, cancelled: 0 },
    agesMs: [5],
    inventory: { most: 1, mean: 1 },
    quoted: { both: 1, one: 0 },
  },
});

describe("windows on disk", () => {
  it("are found again, also after a line that a killed run has only begun", () => {
    const dir = join(folder(), "new");
    const first = keptFile(dir);
    expect([...first.windows]).toEqual([]);
    first.keep(kept("a"));
    appendFileSync(first.path, JSON.stringify(kept("half")).slice(0, 40));
    const second = keptFile(dir);
    expect([[...second.windows.keys()], second.unread]).toEqual([["a"], 1]);
    second.keep(kept("b"));
    const third = keptFile(dir);
    expect([[...third.windows.keys()], third.unread]).toEqual([["a", "b"], 1]);
    expect(third.windows.get("b")).toEqual(kept("b").figures);
    expect(readFileSync(third.path, "utf8").endsWith("\n")).toBe(true);
  });

  it.each(["{}", "null", "7", '{"key":"a"}', '{"key":1,"figures":{"agesMs":[]}}', "no json"])(
    "leave out %s, and count it",
    (line) => {
      expect(keptIn(`${line}\n`)).toEqual({ windows: new Map(), unread: 1 });
    },
  );
});

describe("the processes", () => {
  const entries = [1, 2, 3, 4, 5].map((seed): WindowEntry => ({
    seed,
    traders: "calm",
    lengthMs: 15_000,
    parameters: {},
  }));
  /** Answers for each window with its seed; what it does with seed 2 and 4 is the test's. */
  const program = (onTwo: string, onFour: string): string => {
    const path = join(folder(), "worker.mjs");
    const acts = `if (seed === 2) { ${onTwo} } else if (seed === 4) { ${onFour} } else answer();`;
    writeFileSync(
      path,
      `process.on("message", ({ seed }) => {
         const answer = () => process.send({ result: { failure: "seed " + seed }, cpuMs: process.pid });
         ${acts}
       });
       process.on("disconnect", () => process.exit(0));`,
    );
    return path;
  };
  async function played(options: PoolOptions): Promise<ReadonlyMap<number, Answer>> {
    const answers = new Map<number, Answer>();
    await pool(entries, options, ({ seed }, answer) => {
      expect(answers.has(seed)).toBe(false);
      answers.set(seed, answer);
    }).done;
    return answers;
  }
  const failures = (answers: ReadonlyMap<number, Answer>): readonly string[] =>
    entries.map(({ seed }) => {
      const result = answers.get(seed)?.result;
      return result !== undefined && "failure" in result ? result.failure : "none";
    });

  it("play every window once, in so many processes as are allowed", async () => {
    const answers = await played({ workers: 2, module: program("answer()", "answer()") });
    expect(failures(answers)).toEqual(["seed 1", "seed 2", "seed 3", "seed 4", "seed 5"]);
    const processes = new Set([...answers.values()].map(({ cpuMs }) => cpuMs));
    expect(processes.size).toBeLessThanOrEqual(2);
  });

  it("lose the window in which one dies, say how, and play the others", async () => {
    const module = program("process.exit(3)", "process.kill(process.pid, 'SIGKILL')");
    const answers = await played({ workers: 1, module });
    expect(failures(answers)).toEqual([
      "seed 1",
      "its process ended with exit code 3",
      "seed 3",
      "its process ended with SIGKILL",
      "seed 5",
    ]);
  });

  it("end a window that takes too long, and play the others", async () => {
    const answers = await played({
      workers: 1,
      module: program("for (;;);", "answer()"),
      patienceMs: ({ seed }) => (seed === 2 ? 300 : 600_000),
    });
    expect(failures(answers)).toEqual([
      "seed 1",
      "took longer than 0.3 s",
      "seed 3",
      "seed 4",
      "seed 5",
    ]);
  });

  it("play nothing more once they are stopped", async () => {
    const answers: number[] = [];
    const playing = pool(entries, { workers: 1, module: program("", "") }, ({ seed }) => {
      answers.push(seed);
      playing.stop();
    });
    await playing.done;
    expect(answers).toEqual([1]);
  });
});
