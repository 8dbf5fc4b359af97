/** The command line of the arena: what is played, and every problem at once. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  type ArenaOptions,
  CONTESTANTS_MAX,
  filesIn,
  optionsOf,
} from "../../scripts/arena/options.ts";
import { readStrategy, strategyOf } from "../../scripts/arena/strategies.ts";
import { microUsdc } from "../../src/types/index.ts";

const MACHINE = { cores: 2, isFolder: (path: string) => path === "." || path === "pages" };
const asked = (...args: readonly string[]): ReturnType<typeof optionsOf> =>
  optionsOf(args, MACHINE);

function accepted(...args: readonly string[]): ArenaOptions {
  const answer = asked(...args);
  if (answer.type !== "arena") throw new Error(JSON.stringify(answer));
  return answer.options;
}

function problems(...args: readonly string[]): readonly string[] {
  const answer = asked(...args);
  return answer.type === "refused" ? answer.problems : [];
}

describe("a call of the arena", () => {
  it("has defaults", () => {
    const { contestants, traders, seeds, lengthMs, workers, html, isJson, out } = accepted();
    expect(contestants.map(({ label }) => label)).toEqual(["digital"]);
    expect(traders).toEqual(["calm", "busy", "toxic"]);
    expect([seeds[0], seeds.length, lengthMs, workers]).toEqual([1, 20, 300_000, 2]);
    expect([html, isJson, out]).toEqual([null, false, "arena"]);
  });

  it.each([
    [
      ["--seeds", "5..", "--windows", "3"],
      [5, 6, 7],
    ],
    [
      ["--seeds", "5..6"],
      [5, 6],
    ],
    [["--seeds", "17"], [17]],
    [["--seeds", "17", "--windows", "1"], [17]],
    [
      ["--windows", "2"],
      [1, 2],
    ],
  ])("takes the seeds of %j", (args, seeds) => {
    expect(accepted(...args).seeds).toEqual(seeds);
  });

  it("sets parameters of everybody, and of one alone, which counts more", () => {
    const { contestants } = accepted(
      "--strategies",
      "digital,wide=digital",
      "--set",
      "wide:strategy.halfSpreadBp=300",
      "--set",
      "strategy.halfSpreadBp=150",
      "--set",
      "executor.budgetUsdc=40",
      "--set",
      "executor.orderType=GTC",
    );
    expect(contestants.map(({ config }) => config.strategy["halfSpreadBp"])).toEqual([150, 300]);
    for (const { config } of contestants) {
      expect(config.executor.budget).toBe(microUsdc(40_000_000));
      expect(config.executor.orderLifeMs).toBeNull();
    }
  });

  it("is answered with help, whatever else is wrong", () => {
    expect(asked("--strategies", "nobody", "--help").type).toBe("help");
  });

  it.each([
    [
      ["--strategies", "digitl"],
      /^--strategies: "digitl" is not a strategy; did you mean digital\?/,
    ],
    [["--traders", "calm,bsy"], /^--traders: "bsy" is not a preset; did you mean busy\?/],
    [["--traders", "calm,calm"], /^--traders: a preset is there twice/],
    [["--strategies", "digital,digital"], /^--strategies: "digital" is there twice; name one/],
    [
      [
        "--strategies",
        Array.from({ length: CONTESTANTS_MAX + 1 }, (_, at) => `c${at}=digital`).join(),
      ],
      /at most 6 at once/,
    ],
    [
      ["--set", "strategy.halfSpreadB=3"],
      /^--set: strategy.halfSpreadB: not a parameter; did you mean halfSpreadBp\?/,
    ],
    [["--set", "strategy.halfSpreadBp=1"], /^--set: strategy.halfSpreadBp: at least 10 bp/],
    [["--set", "wide:strategy.halfSpreadBp=150"], /^--set: "wide" is not a contestant/],
    [["--set", "halfSpreadBp"], /^--set: "halfSpreadBp" is not like strategy.halfSpreadBp=150/],
    [["--seeds", "5..1"], /^--seeds: "5..1" is not like/],
    [
      ["--seeds", "1..3", "--windows", "2"],
      /^--windows: "2" are asked for, and --seeds 1..3 are 3/,
    ],
    [["--windows", "0"], /^--windows: "0" is not a whole number of 1 to 10000/],
    [["--windows", "1.5"], /^--windows: "1.5" is not/],
    [["--length", "5"], /^--length: "5" is not a duration/],
    [["--length", "14s"], /^--length: "14s" is not between 15s and 4h/],
    [["--html", "nowhere/page.html"], /^--html: there is no folder nowhere/],
    [["--workers", "no"], /^--workers: "no" is not a whole number of 1 to 64/],
    [["--lenth", "60s"], /^--lenth: not an option; did you mean --length\?/],
  ])("refuses %j", (args, problem) => {
    expect(problems(...args)).toEqual([expect.stringMatching(problem)]);
  });

  it("refuses for one contestant alone what is set for it alone", () => {
    expect(
      problems("--strategies", "digital,wide=digital", "--set", "wide:strategy.halfSpreadBp=1"),
    ).toEqual(["--set: of wide: strategy.halfSpreadBp: at least 10 bp"]);
  });

  it("says every problem at once", () => {
    expect(
      problems("--strategies", "digitl", "--traders", "bsy", "--windows", "x", "--length", "y"),
    ).toHaveLength(4);
  });
});

describe("a strategy of a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "arena-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  /** Imports nothing, so that no package has to be built. */
  const written = (file: string, name: string): string => {
    const path = join(folder, file);
    writeFileSync(
      path,
      `export default {
        name: "${name}", describe: "a file's own",
        parameters: { shape: { edgeBp: {} }, safeParse: (given) => ({ success: true, data: { edgeBp: 5, ...given } }) },
        quote: () => ({ mode: "normal", bid: null, ask: null, reason: "nothing", fairBp: null }),
      };`,
    );
    return path;
  };
  const answered = async (...args: readonly string[]): Promise<ReturnType<typeof optionsOf>> => {
    const files = await Promise.all(
      filesIn(args).map(async (path) => [path, await readStrategy(path)] as const),
    );
    return optionsOf(args, { ...MACHINE, files: new Map(files) });
  };

  it("is a contestant by the file's name or a label, with parameters of its own", async () => {
    const mine = written("mine.mjs", "own");
    const answer = await answered(
      "--strategies",
      `digital,${mine},other=${mine}`,
      "--set",
      "mine:strategy.edgeBp=7",
    );
    if (answer.type !== "arena") throw new Error(JSON.stringify(answer));
    const [, first, second] = answer.options.contestants;
    expect(answer.options.contestants.map(({ label }) => label)).toEqual([
      "digital",
      "mine",
      "other",
    ]);
    expect(first).toMatchObject({
      strategy: "own",
      file: { path: mine },
      config: { strategy: { name: "own", edgeBp: 7 } },
    });
    expect(second?.config.strategy["edgeBp"]).toBe(5);
    expect(first?.file?.hash).toBe(second?.file?.hash);
  });

  it("has another hash for other bytes, and is refused by who plays it once it has changed", async () => {
    const path = written("changing.mjs", "changing");
    const read = await readStrategy(path);
    if (!("hash" in read)) throw new Error(read.join());
    expect((await strategyOf({ path, hash: read.hash })).name).toBe("changing");
    writeFileSync(path, `${readFileSync(path, "utf8")}\n// later\n`);
    await expect(strategyOf({ path, hash: read.hash })).rejects.toThrow(/has changed since/);
  });

  it("that cannot be loaded, or has the name of another, is one problem among all others", async () => {
    const clash = written("clash.mjs", "mid");
    const answer = await answered("--strategies", `${clash},./missing.mjs`, "--workers", "0");
    expect(answer).toEqual({
      type: "refused",
      problems: [
        `--strategies: ${clash}: mid is the name of one that comes with the program`,
        expect.stringMatching(/^--strategies: .*missing\.mjs/) as string,
        '--workers: "0" is not a whole number of 1 to 64',
      ],
    });
  });
});
