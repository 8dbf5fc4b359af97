/** Strategies from files, `tandem set` up to the socket, and what is said of parameters. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { daemonConfig, strategyFilesIn } from "../../src/cli/flags.ts";
import {
  type OperatorPort,
  REQUEST_LENGTH_MAX,
  operatorAnswer,
  operatorSocket,
  socketPath,
} from "../../src/cli/operatorSocket.ts";
import { limitsCommand, limitsConfig } from "../../src/cli/limitsCommand.ts";
import { setCommand, setConfig } from "../../src/cli/setCommand.ts";
import { strategiesText } from "../../src/cli/strategiesCommand.ts";
import { loadStrategies } from "../../src/cli/strategyFiles.ts";
import { BUILT_IN } from "../../src/streams/strategy/index.ts";
import { ConfigError } from "../../src/types/index.ts";
import type { CommandHost } from "../../src/cli/command.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tandem-plug-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A schema by its shape alone, as of another version of zod, so that the file imports nothing. */
const MINE = (name: string) => `export default {
  name: "${name}", describe: "a file's own",
  parameters: { shape: { edgeBp: {} }, safeParse: (given) => ({ success: true, data: { edgeBp: 5, ...given } }) },
  quote: () => ({ mode: "normal", bid: null, ask: null, reason: "nothing", fairBp: null }),
};`;

async function configOf(...args: readonly string[]) {
  return daemonConfig(args, {}, await loadStrategies(strategyFilesIn(args)));
}
async function problemsOf(act: () => unknown): Promise<readonly string[]> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("--strategy", () => {
  it("takes a name, over that of the file, and the file's parameters then have to be its own", async () => {
    expect((await configOf("--strategy", "mid")).app.strategy.name).toBe("mid");
    const path = file("dummy.json", JSON.stringify({ strategy: { name: "dummy", bidBp: 7 } }));
    expect((await configOf("--config", path)).app.strategy).toMatchObject({
      name: "dummy",
      bidBp: 7,
    });
    expect(await problemsOf(() => configOf("--config", path, "--strategy", "mid"))).toEqual([
      "strategy.bidBp: not a parameter of mid, but of dummy",
    ]);
    expect(await problemsOf(() => configOf("--strategy", "bnads"))).toEqual([
      expect.stringContaining("did you mean bands?"),
    ]);
  });

  it("takes a file, whose parameters the configuration may set", async () => {
    const mine = file("mine.mjs", MINE("mine"));
    const path = file("mine.json", JSON.stringify({ strategy: { edgeBp: 9 } }));
    expect((await configOf("--strategy", mine, "--config", path)).app.strategy).toMatchObject({
      name: "mine",
      edgeBp: 9,
      holdBp: 20,
    });
  });

  it("a file in the configuration is beside the configuration, also of one series", async () => {
    mkdirSync(join(folder, "below"), { recursive: true });
    file("below/five.mjs", MINE("five"));
    const path = file(
      "below/series.json",
      JSON.stringify({
        series: { "btc-updown-5m": { strategy: { file: "./five.mjs", edgeBp: 6 } } },
      }),
    );
    const { app } = await configOf("--config", path);
    expect(app.strategy.name).toBe("digital");
    expect(app.strategies.bySeries["btc-updown-5m"]?.parameters).toMatchObject({
      name: "five",
      edgeBp: 6,
    });
  });

  it.each<[name: string, text: string | null, words: RegExp]>([
    ["missing.mjs", null, /no such file/],
    ["torn.mjs", "export default {", /cannot be loaded: \w*Error/],
    ["throws.mjs", "throw new Error('at once')", /cannot be loaded: Error: at once/],
    ["lonely.mjs", "import 'no-such-package'", /tandem-mm must be installed beside the file/],
    ["empty.mjs", "export const strategy = 1", /no default export/],
    ["nothing.mjs", "export default null", /not a strategy/],
    ["clash.mjs", MINE("mid"), /mid: there is another one of this name/],
  ])("%s is one problem among all others", async (name, text, words) => {
    const path = text === null ? join(folder, name) : file(name, text);
    const config = file(
      "other.json",
      JSON.stringify({ strategy: { edgeBp: 1 }, executor: { cutoffMs: -1 } }),
    );
    const found = await problemsOf(() =>
      configOf("--strategy", path, "--config", config, "--seed", "x"),
    );
    expect(found).toHaveLength(3);
    expect(found).toContainEqual(expect.stringMatching(words));
    expect(found).toContainEqual(expect.stringMatching(/^--seed: /));
    expect(found).toContainEqual(expect.stringMatching(/^executor\.cutoffMs: /));
  });

  it("every part that is wrong with a file's shape is said", async () => {
    const path = file("wrong.mjs", "export default { name: 'a b', quote: 1, describe: 'x' }");
    expect(await problemsOf(() => configOf("--strategy", path))).toEqual([
      expect.stringMatching(/name: not a word/),
      expect.stringMatching(/parameters: not a schema/),
      expect.stringMatching(/quote: not a function/),
    ]);
  });
});

describe("tandem set", () => {
  it("takes names with their values, and says who; a number is one, a text is not quoted", () => {
    const { request, directory } = setConfig(
      "strategy.a 150 strategy.b text strategy.c true --reason why --who me".split(" "),
    );
    expect(request).toEqual({
      do: "set",
      changes: { "strategy.a": 150, "strategy.b": "text", "strategy.c": true },
      reason: "why",
      who: "me",
    });
    expect(directory).toBe(".tandem/journal");
    expect(setConfig("--undo --reason x --who me --live --journal j".split(" "))).toEqual({
      request: { do: "undo", reason: "x", who: "me" },
      directory: join("j", "live"),
    });
    // A negative number is a value, no option.
    expect(setConfig("a -5 --reason x".split(" ")).request).toMatchObject({ changes: { a: -5 } });
  });

  it.each<[line: string, problems: readonly string[]]>([
    [
      "",
      [
        "--reason: say why; it is journaled",
        "name a parameter and its value, as in strategy.halfSpreadBp 150",
      ],
    ],
    ["a 1 b --reason x", ["b: give a value"]],
    ["a 1 a 2 --reason x", ["a: given twice"]],
    ["a 1 --undo --reason x", ["--undo: takes no parameters"]],
    ["a 1 --raeson x", [expect.stringContaining("did you mean --reason?")]],
  ])("%j: every problem", async (line, expected) => {
    const words = line.split(" ").filter((word) => word !== "");
    expect(await problemsOf(() => setConfig(words))).toEqual(expected);
  });

  it("without a run says so", async () => {
    const config = setConfig(["a", "1", "--reason", "x", "--journal", folder]);
    expect(await problemsOf(() => setCommand(config, host))).toEqual([
      expect.stringContaining("no run of this journal directory listens there"),
    ]);
  });
});

const written: string[] = [];
const host = { write: (text: string) => written.push(text) } as unknown as CommandHost;
const port: OperatorPort = {
  set: (changes, reason, who) =>
    Object.hasOwn(changes, "bad")
      ? { type: "refused", problems: ["bad: is bad"] }
      : {
          type: "set",
          changes: [{ name: "strategy.a", from: `${reason} ${who}`, to: 2 }],
          warnings: ["a 2 is odd"],
        },
  undo: () => ({ type: "set", changes: [], warnings: [] }),
  limits: () => LIMITS,
  clear: (limit, reason, who) => (limit === "drawdownUsd" ? null : `${limit}: ${reason} ${who}`),
};
const LIMITS = [
  { limit: "drawdownUsd", of: "account", value: 61.5, max: 60, isHit: true },
  { limit: "lossPerWindowUsd", of: "btc-updown-5m-1", value: 0, max: 25, isHit: false },
];
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

describe("the operator's socket", () => {
  it.each([
    "",
    "{",
    "null",
    "[]",
    '{"do":"stop"}',
    '{"do":"set"}',
    '{"do":"undo","reason":1,"who":"x"}',
    '{"do":"set","changes":[],"reason":"r","who":"w"}',
    '{"do":"clear","limit":"drawdownUsd"}',
    '{"do":"limits","limit":"drawdownUsd"}',
  ])("%j is refused, in words", (text) => {
    expect(operatorAnswer(port, text)).toEqual({
      type: "refused",
      problems: expect.any(Array) as string[],
    });
  });

  it("shows the limits of the account in columns, and clears one that is hit", async () => {
    const own = join(folder, "limits");
    mkdirSync(own);
    const close = operatorSocket(own, port, silent, (mask) => process.umask(mask));
    await expect.poll(() => existsSync(socketPath(own))).toBe(true);
    const run = (...args: readonly string[]): Promise<number> =>
      limitsCommand(limitsConfig([...args, "--journal", own]), host);

    written.length = 0;
    await run();
    expect(written.splice(0).join("").split("\n")).toEqual([
      "drawdownUsd           61.50 of      60.00  HIT   account",
      "lossPerWindowUsd       0.00 of      25.00        btc-updown-5m-1",
      "",
    ]);
    await run("--json");
    expect(JSON.parse(written.splice(0)[0] ?? "")).toEqual(LIMITS[0]);
    await run("--clear", "drawdownUsd", "--reason", "seen", "--who", "ann");
    expect(written.splice(0)).toHaveLength(2);
    expect(
      await problemsOf(() => run("--clear", "other", "--reason", "seen", "--who", "ann")),
    ).toEqual(["other: seen ann"]);
    close();
  });

  it.each<[line: string, problem: string]>([
    ["--clear drawdownUsd", "--reason: say why; it is logged"],
    ["--reason x", "--reason: needs --clear"],
  ])("limits %j: every problem", async (line, problem) => {
    expect(await problemsOf(() => limitsConfig(line.split(" ")))).toEqual([problem]);
  });

  it("is for its own user alone, answers, bounds what it reads, and is gone at the end", async () => {
    const close = operatorSocket(folder, port, silent, (mask) => process.umask(mask));
    const path = socketPath(folder);
    await expect.poll(() => existsSync(path)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const by = ["--reason", "why", "--who", "me", "--journal", folder];
    const names = ["strategy.a", "2", "series.btc-updown-5m.strategy.b", "x"];
    await setCommand(setConfig([...names, "strategy.c", "true", ...by]), host);
    expect(written.splice(0).join("").split("\n")).toEqual([
      'strategy.a: "why me" -> 2',
      "warning: a 2 is odd",
      "until the process ends; write it into the configuration to keep it:",
      '{"strategy":{"a":2,"c":true},"series":{"btc-updown-5m":{"strategy":{"b":"x"}}}}',
      "",
    ]);
    await setCommand(setConfig(["--undo", ...by]), host);
    expect(written.join("")).toBe("until the process ends; the configuration was never changed\n");
    expect(
      await problemsOf(() =>
        setCommand(setConfig(["bad", "1", "--reason", "x", "--journal", folder]), host),
      ),
    ).toEqual(["bad: is bad"]);
    const answer = await new Promise<string>((done, failed) => {
      let text = "";
      const socket = connect(path, () => socket.write("x".repeat(REQUEST_LENGTH_MAX + 1)));
      socket.on("data", (chunk) => (text += String(chunk)));
      socket.on("close", () => done(text)).on("error", failed);
    });
    expect(answer).toContain(`at most ${REQUEST_LENGTH_MAX} characters`);
    close();
    await expect.poll(() => existsSync(path)).toBe(false);
  });

  it("of the version before, which answers without warnings, is understood", async () => {
    const changes = [{ name: "strategy.a", from: 1, to: 2 }];
    const before = createServer({ allowHalfOpen: true }, (socket) => {
      socket.once("data", () => socket.end(`${JSON.stringify({ type: "set", changes })}\n`));
    });
    const other = join(folder, "before");
    mkdirSync(other);
    await new Promise<void>((done) => before.listen(socketPath(other), done));
    onTestFinished(() => void before.close());
    written.length = 0;
    const words = ["strategy.a", "2", "--reason", "why", "--who", "me", "--journal", other];
    await setCommand(setConfig(words), host);
    expect(written.join("").split("\n").slice(0, 2)).toEqual([
      "strategy.a: 1 -> 2",
      "until the process ends; write it into the configuration to keep it:",
    ]);
  });

  it("whose path is too long for a socket is a warning, and the run goes on", () => {
    const warnings: string[] = [];
    const log = { ...silent, warn: (_: object, text: string) => warnings.push(text) };
    operatorSocket(join(folder, "x".repeat(120)), port, log, () => 0)();
    expect(warnings).toEqual(["no operator socket: tandem set does not reach this run"]);
  });
});

describe("the parameters in words", () => {
  it("are those of the schemas: name, default, range, meaning", () => {
    const text = strategiesText(BUILT_IN);
    expect(text).toMatch(/^digital: /);
    expect(text).toMatch(/^ {2}halfSpreadBp +50 +from 10, to 4000, whole; each side of fair/m);
    expect(text).toMatch(/^ {2}bidBp +4000 +from 1, to 9999, whole; /m);
    expect(text).toMatch(/^every strategy has also\n(.*\n)* {2}holdBp +20 /m);
  });

  it("are in the manual as the command prints them", () => {
    expect(readFileSync("docs/strategies.md", "utf8")).toContain(strategiesText(BUILT_IN));
  });
});
