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
import { type DaemonConfig, daemonConfig, doctorConfig } from "../../src/cli/flags.ts";
import { USAGE } from "../../src/cli/usage.ts";
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

const parsed = (...args: readonly string[]): DaemonConfig => daemonConfig(args);

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
      series: [],
      referenceFile: null,
      speed: 1,
      isLooped: false,
    });
    expect(config.warnings).toEqual([]);
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
    [["--reference", "package.json"], ({ simulation }) => simulation.referenceFile, "package.json"],
    [["--loop"], ({ simulation }) => simulation.isLooped, true],
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
      if (["help", "version", "live", "series", "key-file", "yes"].includes(name)) continue;
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
    const flags = ["--sim", "in-process", "--seed", "1", "--reference", "package.json"];
    const more = ["--speed", "2", "--loop"];
    expect(problems("--venue", "http://127.0.0.1:9", ...flags, ...more)).toEqual(
      ["sim", "seed", "reference", "speed", "loop"].map(
        (name) => `--${name}: is set where the venue of --venue is started`,
      ),
    );
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

  it("an option's value is not one of its own: one problem for each word that is wrong", () => {
    expect(problems("--unheard-of", "5", "--seed", "7")).toEqual([
      expect.stringMatching(/^--unheard-of: /),
    ]);
    expect(problems("--sead", "-1")).toEqual([
      expect.stringMatching(/^--sead: .*did you mean --seed\?/),
      expect.stringMatching(/^--seed: a whole number from 0 to 4294967295$/),
    ]);
    expect(problems("--seed", "--json")).toEqual(["--seed: give a value"]);
  });

  it.each([
    ["--window", "19s", "at least 20 s"],
    ["--window", "25h", "at most 24 h"],
    ["--seed", "-1", "a whole number from 0 to 4294967295"],
    ["--speed", "0", "a number from 0.01 to 1000"],
    ["--level", "stop", "one of normal, reduceOnly, flatten, halt"],
    ["--log-level", "loud", "one of debug, info, warn, error, silent"],
  ])("%s %s is answered with what is allowed, and its unit", (flag, value, allowed) => {
    expect(problems(flag, value)).toEqual([expect.stringContaining(`${flag}: ${allowed}`)]);
  });

  it.each([
    ["--refrence", "--reference"],
    ["--log", "--log-level"],
    ["--dryrun", "--dry-run"],
    ["-json", "--json"],
    ["--serie", "--series"],
  ])("%s: %s is proposed", (typed, meant) => {
    expect(problems(typed, "x")[0]).toMatch(`${typed}: not an option; did you mean ${meant}?`);
  });

  it("several series are traded in a simulation, also on a venue that runs elsewhere", () => {
    const names = ["btc-updown-5m", "eth-updown-15m", "btc-updown-1h"];
    for (const venue of [[], ["--venue", "http://127.0.0.1:1"]]) {
      const { simulation, warnings } = parsed("--series", names.join(","), ...venue);
      expect(simulation.series).toEqual(names);
      expect(warnings).toEqual([]);
    }
  });

  it.each<[args: readonly string[], why: string]>([
    [["btc-updwn-5m"], '"btc-updwn-5m" is no series; did you mean btc-updown-5m?'],
    [["btc-updown-5m,et-updown-15m"], '"et-updown-15m" is no series; did you mean eth-updown-15m?'],
    [["btc-updown-5m,"], '"" is none of btc-updown-5m, '],
    [["eth-updown-5m, eth-updown-5m"], "eth-updown-5m is named twice"],
    [["eth-updown-5m", "--sim", "in-process"], "is of a venue over sockets"],
  ])("--series %j: %s", (args, why) => {
    expect(problems("--series", ...args)).toEqual([expect.stringContaining(`--series: ${why}`)]);
  });

  it("series have their own windows, and a recording is of one coin", () => {
    expect(problems("--series", "btc-updown-5m", "--window", "5m")).toEqual([
      "--window: a series has its own, so use --series or --window",
    ]);
    const prices = ["--reference", file("prices.ndjson", "")];
    expect(problems("--series", "btc-updown-5m,eth-updown-5m", ...prices)).toEqual([
      "--reference: is one price, and the series are of several coins",
    ]);
    expect(parsed("--series", "eth-updown-5m,eth-updown-1h", ...prices).simulation.series).toEqual([
      "eth-updown-5m",
      "eth-updown-1h",
    ]);
  });

  it("names all files that are missing, together with what else is wrong", () => {
    const missing = ["a.ndjson", "b.json", "c.key"].map((name) => join(folder, name));
    const [reference = "", config = "", keyFile = ""] = missing;
    const notFolder = file("not-a-folder", "");
    const files = `--reference ${reference} --config ${config} --journal ${notFolder} --key-file ${keyFile}`;
    const all = problems(...`${files} --seed x --live --series btc-updown-5m`.split(" "));

    for (const path of missing) expect(all).toContainEqual(expect.stringContaining(path));
    expect(all).toContainEqual(`--journal: ${notFolder} is not a folder`);
    expect(all).toContainEqual(expect.stringMatching(/^--seed: /));
    // What the file says is not known, so nothing is missing in it.
    expect(all).not.toContainEqual(expect.stringMatching(/must be set/));
  });

  it("a live limit that is misspelt is one problem each, not two", () => {
    const executor = { budgetUsd: 5, netMaxShares: 5, grossMaxShares: 5 };
    const limits = { lossPerDayUSD: { max: 5, action: "halt" } };
    const path = file("misspelt.json", { account: { wallet: "key" }, executor, limits });
    const flags = ["--live", "--yes", "--series", "btc-updown-5m", "--config", path];

    expect(
      problemsOf(() => daemonConfig(flags, { TANDEM_PRIVATE_KEY: "1".padStart(64, "0") })),
    ).toEqual([
      expect.stringContaining("did you mean budgetUsdc?"),
      expect.stringContaining("did you mean lossPerDayUsd?"),
    ]);
  });

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
    expect(problem).toMatch(/no such file/);
    expect(others).toEqual([]);
  });

  it("may begin with a byte order mark", () => {
    expect(parsed("--config", file("marked.json", "\uFEFF{}")).app).toStrictEqual(appConfig());
  });

  it("that is not JSON is named, with the reason", () => {
    const path = file("torn.json", `{"strategy": {`);

    const [problem, ...others] = problems("--config", path);

    expect(problem).toContain(path);
    expect(problem).toMatch(/is not JSON/);
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
    ["executor", "topUpsMax", [-1, 9, 0.5]],
    ["executor", "holdBehindTicks", [-1, 101, 0.5]],
    ["executor", "holdBehindMs", [-1, 60_001, 0.5]],
    ["executor", "holdAheadTicks", [-1, 101, 0.5]],
    ["executor", "holdAheadMs", [-1, 60_001, 0.5]],
    ["executor", "holdSizePercent", [-1, 91, "25"]],
    ["executor", "holdComplement", ["yes", 1]],
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

  it.each([
    ["stratgey", {}, "did you mean strategy?"],
    [
      "executor",
      { netMaxShare: 5 },
      "executor.netMaxShare: not a parameter; did you mean netMaxShares?",
    ],
    ["strategy", { budgetUsdc: 5 }, "did you mean executor.budgetUsdc?"],
    ["executor", { netMaxShares: "5" }, "executor.netMaxShares: not a number"],
    ["executor", { orderLifeMs: 5 }, "executor.orderLifeMs: at least 140000 ms"],
    ["executor", { netMaxShares: 0 }, "executor.netMaxShares: above 0 shares"],
    ["strategy", { halfSpreadBp: 20.5 }, "strategy.halfSpreadBp: not a whole number"],
    ["executor", { orderType: "FOK" }, "executor.orderType: one of GTD, GTC"],
  ])("%s %j: %s", (section, values, words) => {
    expect(problemsOf(() => appConfig({ [section]: values }))).toEqual([
      expect.stringContaining(words),
    ]);
  });

  it.each<[parameters: object, flags: readonly string[], words: string]>([
    [{ strategy: { oneSidedAtShares: 300 } }, [], "oneSidedAtShares 300 is above"],
    [{ strategy: { volatilityHalfLifeMs: 2_000 } }, [], "volatilityHalfLifeMs 2000 is below"],
    [
      { strategy: { name: "dummy", sizeShares: 250 } },
      [],
      "sizeShares 250 is above executor.netMaxShares",
    ],
    [{ executor: { budgetUsdc: 19 } }, [], "sizeShares 20 is above executor.budgetUsdc"],
    [{ executor: { grossMaxShares: 199 } }, [], "netMaxShares 200 is above"],
    [{ executor: { topUpShares: 21 } }, [], "topUpShares 21 is above"],
    [{ strategy: { holdBp: 200, pullBp: 300 } }, [], "holdBp 200 is not below"],
    [{ strategy: { pullBp: 19 } }, [], "pullBp 19 is below"],
    [{ strategy: { quietMs: 151 } }, [], "quietMs 151 is above"],
    [{ strategy: { oneSidedAtShares: 19 } }, [], "oneSidedAtShares 19 is below"],
    [{ strategy: { volatilityAnchorMs: 299_999 } }, [], "volatilityAnchorMs 299999 is below"],
    [{ strategy: { pullMoves: 0.4 } }, [], "pullMoves 0.4 is below"],
    [{ strategy: { reactionMs: 24 } }, [], "reactionMs 24 is below"],
    [
      { series: { "btc-updown-5m": { strategy: { pullBp: 19 } } } },
      [],
      "series.btc-updown-5m.strategy.pullBp 19 is below",
    ],
    [{ strategy: { maxWaitMs: 2_001 } }, [], "maxWaitMs 2001 is above"],
    [{ executor: { cutoffMs: 20_000 } }, ["--window", "20s"], "cutoffMs 20000 is not below"],
    [{ executor: { lateBookingMs: 28_000 } }, [], "lateBookingMs 28000"],
    [{}, ["--speed", "2"], "--speed: changes nothing without --reference"],
  ])("%j is taken, with a warning", (parameters, flags, words) => {
    const { warnings } = parsed("--config", file("odd.json", parameters), ...flags);

    expect(warnings).toEqual([expect.stringContaining(words)]);
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
  const source = (referenceFile: string | null, speed = 1): readonly string[] => {
    const said: string[] = [];
    const say = (facts: Facts, text: string) => said.push(`${text} ${JSON.stringify(facts)}`);
    referenceSource({ seed: 7, referenceFile, speed, isLooped: false }, ["btc"], {
      scheduler: virtualScheduler(),
      log: { debug: say, info: say, warn: say, error: say },
    });
    return said;
  };
  const frame = (ts: number, bid: string): string =>
    JSON.stringify({
      ts,
      frame: { u: ts, s: "BTCUSDT", b: bid, B: "1", a: bid, A: "1" },
    });

  it("is described for the log: the file and its length, or the seed of a synthetic one", () => {
    const path = file("good.ndjson", [frame(0, "60000"), frame(4_000, "60001")].join("\n"));

    const described = JSON.stringify({ price: path, prices: 2, seconds: 4, speed: 2 });
    expect(source(path, 2)).toEqual([`simulated market, no real orders ${described}`]);
    expect(source(null)).toEqual([expect.stringContaining('{"price":"synthetic","seed":7}')]);
  });

  it("says how many of its lines cannot be read, and which is the first", () => {
    const path = file("bad-lines.ndjson", `${frame(0, "60000")}\n{"ts":1\n\nnonsense\n`);

    expect(source(path)).toContainEqual(
      'lines of the recording cannot be read {"lines":2,"first":2}',
    );
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

describe("the doctor's flags", () => {
  it("are refused before any host is asked, with what was meant", () => {
    expect(problemsOf(() => doctorConfig(["--vneue", "http://127.0.0.1:9"], {}))).toEqual([
      expect.stringMatching(/^--vneue: not an option; did you mean --venue\?/),
    ]);
  });
});
