import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { type AppConfig, appConfig } from "../../src/app/index.ts";
import { virtualScheduler } from "../../src/sim/index.ts";
import {
  ConfigError,
  type Facts,
  MICRO,
  type MicroShares,
  type MicroUsdc,
  microShares,
  microUsdc,
} from "../../src/types/index.ts";
import { type DaemonConfig, USAGE, daemonConfig } from "../../src/cli/flags.ts";
import { referenceSource } from "../../src/runtimes/index.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tandem-config-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function parsed(...args: readonly string[]): DaemonConfig {
  const config = daemonConfig(args);
  if (config === null) throw new Error("the usage was asked for");
  return config;
}

/** One line per problem, without the heading and the bullets. */
function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [heading, ...bullets] = error.message.split("\n");
    expect(heading).toBe("configuration:");
    return bullets.map((line) => line.replace(/^ {2}- /, ""));
  }
  return [];
}

const problems = (...args: readonly string[]): readonly string[] =>
  problemsOf(() => daemonConfig(args));

describe("the command line", () => {
  it("asked for nothing runs until it is told to stop, on a synthetic price, as the usage says", () => {
    const config = parsed();

    expect(config.app.forMs).toBeNull();
    expect(config.isJson).toBe(false);
    expect(config.level).toBeNull();
    expect(config.logLevel).toBe("info");
    expect(config.journalDirectory).toBe(".tandem/journal");
    expect(config.venue).toBe("sockets");
    expect(config.simulation).toStrictEqual({
      seed: 42,
      windowMs: 5 * MINUTE_MS,
      referenceFile: null,
      speed: 1,
    });
    for (const said of [
      "--sim sockets",
      "--seed 42",
      "--window 5m",
      "--speed 1",
      ".tandem/journal",
    ]) {
      expect(USAGE).toContain(said);
    }
  });

  it.each<[args: string[], read: (config: DaemonConfig) => unknown, expected: unknown]>([
    [["--for", "30s"], ({ app }) => app.forMs, 30 * SECOND_MS],
    [["--for=1h30m"], ({ app }) => app.forMs, 90 * MINUTE_MS],
    [["--for", "250ms"], ({ app }) => app.forMs, 250],
    [["--for", "1.5h"], ({ app }) => app.forMs, 90 * MINUTE_MS],
    [["--json"], ({ isJson }) => isJson, true],
    [["--level", "reduceOnly"], ({ level }) => level, "reduceOnly"],
    [["--dry-run"], ({ mode }) => mode, "dryRun"],
    [["--sim", "in-process"], ({ venue }) => venue, "in-process"],
    [["--venue", "http://127.0.0.1:9"], ({ venue }) => String(venue), "http://127.0.0.1:9/"],
    [["--venue", "http://localhost:9"], ({ venue }) => String(venue), "http://localhost:9/"],
    [["--seed", "0"], ({ simulation }) => simulation.seed, 0],
    [["--seed", "4294967295"], ({ simulation }) => simulation.seed, 2 ** 32 - 1],
    [["--window", "20s"], ({ simulation }) => simulation.windowMs, 20 * SECOND_MS],
    [["--window", "1d"], ({ simulation }) => simulation.windowMs, DAY_MS],
    [["--reference", "a.ndjson"], ({ simulation }) => simulation.referenceFile, "a.ndjson"],
    [["--speed", "0.5"], ({ simulation }) => simulation.speed, 0.5],
    [["--speed", "1000"], ({ simulation }) => simulation.speed, 1_000],
    [["--journal", "somewhere"], ({ journalDirectory }) => journalDirectory, "somewhere"],
    [["--log-level", "silent"], ({ logLevel }) => logLevel, "silent"],
  ])("%j is heard", (args, read, expected) => {
    expect(read(parsed(...args))).toBe(expected);
  });

  it("every option of the usage is an option, and takes a value exactly where the usage shows one", () => {
    const options = [...USAGE.matchAll(/^ {2}--(?<name>[\w-]+)(?: (?<value>\S+))? {2}/gm)];
    expect(options.length).toBeGreaterThanOrEqual(10);

    for (const { groups } of options) {
      const { name = "", value } = groups ?? {};
      // Tested together in liveGuards.test.ts.
      if (["help", "live", "series", "key-file", "yes"].includes(name)) continue;
      const isFile = name === "config" || name === "reference";
      const given = isFile ? file("usage.json", {}) : value?.replace("URL", "http://[::1]:8080");
      expect(problems(`--${name}`, ...(given === undefined ? [] : [given]))).toEqual([]);
    }
  });

  it.each([
    "https://clob.polymarket.com",
    "http://192.168.0.1:80",
    "http://127.0.0.1.example:80",
    "ws://127.0.0.1:80",
    "http://127.0.0.1:80/deep",
    "127.0.0.1:80",
  ])("--venue does not take %s: nothing but simulated venues of this machine", (url) => {
    expect(problems("--venue", url)).toEqual([
      `--venue: "${url}" is not the address of a venue on this machine, such as http://127.0.0.1:8080`,
    ]);
  });

  it("--venue leaves what is the business of that venue to it", () => {
    const flags = ["--sim", "in-process", "--seed", "1", "--reference", "a", "--speed", "2"];
    expect(problems("--venue", "http://127.0.0.1:9", ...flags)).toEqual(
      ["sim", "seed", "reference", "speed"].map(
        (name) => `--${name}: is set where the venue of --venue is started`,
      ),
    );
  });

  it("--help asks for the usage, whatever else is wrong", () => {
    expect(daemonConfig(["--help"])).toBeNull();
    expect(daemonConfig(["--for", "soon", "--help", "--unheard-of"])).toBeNull();
  });

  it.each([
    ["5x"],
    ["soon"],
    [""],
    ["0s"],
    ["-5s"],
    ["30"],
    ["abc 5s"],
    ["5s later"],
    ["1.5.5s"],
    ["5s6"],
    ["0.5ms"],
  ])("%j is no duration", (text) => {
    expect(problems(`--for=${text}`)).toEqual([expect.stringMatching(/^--for: /)]);
    expect(problems(`--window=${text}`)).toEqual([expect.stringMatching(/^--window: /)]);
  });

  it("a time that a timer cannot hold is refused: it would be over at once", () => {
    const TIMER_MS_MAX = 2 ** 31 - 1;
    expect(parsed("--for", "24d").app.forMs).toBe(24 * DAY_MS);
    expect(24 * DAY_MS).toBeLessThan(TIMER_MS_MAX);
    expect(problems("--for", "25d")).toEqual([expect.stringMatching(/^--for: /)]);
    expect(problems("--for", "30d")).toEqual([expect.stringMatching(/^--for: /)]);
  });

  it.each([
    ["--seed", "-1"],
    ["--seed", "1.5"],
    ["--seed", "4294967296"],
    ["--seed", "1e3"],
    ["--seed", "forty-two"],
    ["--speed", "0"],
    ["--speed", "-1"],
    ["--speed", "1001"],
    ["--speed", "fast"],
    ["--window", "19s"],
    ["--window", "25h"],
    ["--log-level", "loud"],
  ])("%s does not take %s", (flag, value) => {
    expect(problems(flag, value)).toEqual([expect.stringMatching(`^${flag}: `)]);
  });

  it.each(["for", "seed", "window", "reference", "speed", "config", "journal", "log-level"])(
    "--%s without a value is a problem of its own",
    (name) => {
      expect(problems(`--${name}`)).toEqual([expect.stringMatching(`^--${name}: `)]);
    },
  );

  it.each([["--unheard-of"], ["--no-json"], ["--toString"], ["-h"], ["word"]])(
    "%s is named as it was typed, and the help pointed to",
    (typed) => {
      expect(problems(typed)).toEqual([expect.stringMatching(`^${typed}: .*--help`)]);
    },
  );

  it("a flag that takes no value refuses one", () => {
    expect(problems("--json=false")).toEqual([expect.stringMatching(/^--json: /)]);
  });

  it("every problem of flags and of the parameter file is in one message", () => {
    const path = file("all-wrong.json", {
      strategy: { halfSpreadBp: 5, quietMs: "soon" },
      executor: { orderType: "FOK", unheardOf: 1 },
    });

    const all = problems(
      "word",
      "--unheard-of",
      "--for=soon",
      "--seed=x",
      "--window=1s",
      `--config=${path}`,
    );

    const expected = [
      /^word: /,
      /--unheard-of/,
      /^--for: /,
      /^--seed: /,
      /^--window: /,
      /strategy\.halfSpreadBp: /,
      /strategy\.quietMs: /,
      /executor\.orderType: /,
      /unheardOf/,
    ];
    for (const pattern of expected) expect(all).toContainEqual(expect.stringMatching(pattern));
    expect(all).toHaveLength(expected.length);
  });

  it("any words at all are a configuration, a question for the usage, or a list of problems", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom("--for", "--for=", "--json", "--config", "--seed", "-", "--", "--=", "30s"),
      fc.constantFrom("--__proto__", "--constructor=1", "--help=no", "--json=1", "-abc", "7"),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        const wrong = problems(...args);
        for (const problem of wrong) expect(problem.trim()).not.toBe("");
      }),
      { numRuns: 500 },
    );
  });
});

describe("the parameter file", () => {
  it("changes what it names and leaves the rest at its default", () => {
    const path = file("some.json", { strategy: { sizeShares: 30 }, executor: { cutoffMs: 9_000 } });

    const { app } = parsed("--config", path);

    const standard = appConfig();
    expect(app.strategy).toStrictEqual({ ...standard.strategy, sizeShares: 30 });
    expect(app.executor).toStrictEqual({ ...standard.executor, cutoffMs: 9_000 });
  });

  it("that is missing is named, with the reason", () => {
    const path = join(folder, "nowhere.json");

    const [problem, ...others] = problems("--config", path);

    expect(problem).toContain(path);
    expect(problem).toMatch(/ENOENT|no such file/);
    expect(others).toEqual([]);
  });

  it("that is not JSON is named, with the reason", () => {
    const path = file("torn.json", `{"strategy": {`);

    const [problem, ...others] = problems("--config", path);

    expect(problem).toContain(path);
    expect(problem).toMatch(/JSON/);
    expect(others).toEqual([]);
  });

  it.each([["null"], ["[]"], ['"text"'], ["7"], ['{"stratgey": {}}'], ['{"strategy": []}']])(
    "%s is refused",
    (content) => {
      expect(problems("--config", file("odd.json", content))).not.toEqual([]);
    },
  );

  it.each<[room: "strategy" | "executor", key: string, values: readonly unknown[]]>([
    ["strategy", "halfSpreadBp", [9, 4_001, 20.5, "200", null]],
    ["strategy", "sizeShares", [4.99, 100_001]],
    ["strategy", "intentLifeMs", [499, 60_001]],
    ["strategy", "volatilityPrior", [0, -1, 0.011]],
    ["executor", "minSizePolicy", ["never"]],
    ["executor", "topUpShares", [0, -1, 10_000_001]],
    ["executor", "netMaxShares", [0, -1]],
    ["executor", "budgetUsdc", [0, -1, 1_000_001]],
    ["executor", "orderType", ["FOK", ""]],
    ["executor", "orderLifeMs", [120_000, 139_999, 86_400_001, 140_000.5]],
    ["executor", "lateBookingMs", [-1, 0.5]],
    ["executor", "surveyGapMs", [499]],
    ["executor", "cooldownMs", [-1]],
    ["executor", "cautionMs", [-1]],
    ["executor", "cutoffMs", [-1]],
  ])("%s.%s has a range, and names itself outside it", (room, key, values) => {
    for (const value of values) {
      expect(problemsOf(() => appConfig({ [room]: { [key]: value } }))).toEqual([
        expect.stringMatching(`^${room}\\.${key}: `),
      ]);
    }
  });

  it("a word it does not know is a problem at every level", () => {
    expect(problemsOf(() => appConfig({ stratgey: {} }))).toEqual([
      expect.stringContaining("stratgey"),
    ]);
    expect(problemsOf(() => appConfig({ executor: { netMax: 5 } }))).toEqual([
      expect.stringMatching(/executor.*netMax/),
    ]);
  });
});

describe("what comes out", () => {
  it("is in the units it is traded in: shares and dollars in whole millionths", () => {
    const { executor }: AppConfig = appConfig({
      executor: { topUpShares: 0.3, netMaxShares: 150, budgetUsdc: 0.1 + 0.2 },
    });

    expectTypeOf(executor.topUp).toEqualTypeOf<MicroShares>();
    expectTypeOf(executor.netMax).toEqualTypeOf<MicroShares>();
    expectTypeOf(executor.budget).toEqualTypeOf<MicroUsdc>();
    expect(executor.topUp).toBe(microShares(300_000));
    expect(executor.netMax).toBe(microShares(150 * MICRO));
    expect(executor.budget).toBe(microUsdc(300_000));
  });

  it("[J] orders are GTD unless GTC is asked for by name", () => {
    expect(appConfig().executor.orderLifeMs).toBeGreaterThanOrEqual(2 * MINUTE_MS);
    expect(appConfig({ executor: { orderType: "GTC" } }).executor.orderLifeMs).toBeNull();
  });

  it("a shutdown is bounded at 30 s", () => {
    expect(appConfig().shutdownMs).toBe(30 * SECOND_MS);
  });

  it("for a library is what the command line gives the daemon", () => {
    expect(appConfig({}, 5_000)).toStrictEqual(parsed("--for", "5s").app);
    expect(appConfig()).toStrictEqual(parsed().app);
  });
});

describe("the recording of a price", () => {
  const source = (referenceFile: string | null, speed = 1): Facts =>
    referenceSource(
      { seed: 7, referenceFile, speed },
      {
        scheduler: virtualScheduler(),
      },
    ).facts;
  const frame = (ts: number, bid: string): string =>
    JSON.stringify({
      ts,
      frame: { u: ts, s: "BTCUSDT", b: bid, B: "1", a: bid, A: "1" },
    });

  it("is described for the log: the file and its length, or the seed of a synthetic one", () => {
    const path = file("good.ndjson", [frame(0, "60000"), frame(4_000, "60001")].join("\n"));

    expect(source(path, 2)).toEqual({ price: path, prices: 2, seconds: 4, speed: 2 });
    expect(source(null)).toEqual({ price: "synthetic", seed: 7 });
  });

  it.each([
    ["is missing", null, /ENOENT|cannot be read/],
    ["is empty", "", /no value/],
    ["is of another stream", `${JSON.stringify({ ts: 1, frame: { e: "kline" } })}\n`, /no value/],
    ["is no recording", "price,time\n60000,1\n", /no value/],
  ])("that %s is refused by name", (_what, content, reason) => {
    const path = content === null ? join(folder, "nowhere.ndjson") : file("bad.ndjson", content);

    const [problem, ...others] = problemsOf(() => source(path));

    expect(problem).toContain(path);
    expect(problem).toMatch(reason);
    expect(others).toEqual([]);
  });

  it("that is no gzip in spite of its name is refused by name", () => {
    const path = file("bad.ndjson.gz", "not a gzip");
    expect(problemsOf(() => source(path))).toEqual([expect.stringMatching(/gzip/)]);
  });
});
