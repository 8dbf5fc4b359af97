/** The repository keeps its own rules; and each rule, shown something untidy, says so. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { escapes, findings, type TextFile, tidyRules } from "./checks/tidy.ts";

const repository = repositoryFiles();

describe("tidy", () => {
  const rules = tidyRules().map((rule) => [rule.name, rule] as const);

  it.each(rules)("%s", (_name, rule) => {
    const problems = findings(rule, repository).map(
      ({ path, line, message }) => `${path}:${line}: ${message}`,
    );
    expect(problems).toEqual([]);
  });

  afterAll(() => {
    const used = escapes(repository).map(({ path, line, reason }) => `  ${path}:${line} ${reason}`);
    console.log([`tidy-ok, ${used.length} times:`, ...used].join("\n"));
  });
});

describe("tidy, shown something untidy", () => {
  const home = ["", "home", "someone", "tandem"].join("/");
  const status = "Status: accepted\nDecision: x\nRationale: y\n";
  const untidy: readonly [
    name: string,
    files: Record<string, string>,
    expected: readonly string[],
  ][] = [
    [
      "the root has its four documents",
      { "README.md": "", "src/CLAUDE.md": "" },
      ["CLAUDE.md:0", "CHANGELOG.md:0", "CONTRIBUTING.md:0"],
    ],
    [
      "every folder of src has a door and a CLAUDE.md",
      {
        "src/index.ts": "",
        "src/gateway/gateway.ts": "",
        "src/gateway/index.ts": "",
        "src/streams/feeds/userFeed.ts": "",
        "src/venue/binance/wire/trade.ts": "",
        "src/venue/binance/index.ts": "",
        "src/venue/binance/CLAUDE.md": "",
      },
      ["src/gateway/CLAUDE.md:0", "src/streams/feeds/index.ts:0", "src/streams/feeds/CLAUDE.md:0"],
    ],
    [
      "every CLAUDE.md fits one screen",
      {
        "CLAUDE.md": "line\n".repeat(80),
        "src/sim/CLAUDE.md": "line\n".repeat(81),
        "src/executor/CLAUDE.md": "```mermaid\na --> b\n```\n" + "line\n".repeat(80),
        "src/gateway/CLAUDE.md": "```sh\nls\n```\n" + "line\n".repeat(80),
      },
      ["src/sim/CLAUDE.md:0", "src/gateway/CLAUDE.md:0"],
    ],
    [
      "the drawing of the graph names its files, and all of them",
      {
        "CLAUDE.md": [
          "gateway/retry.ts outside of the drawing counts for nothing",
          "```mermaid",
          'a["app/app.ts, app/marketSession.ts"] --> b["gateway/fence.ts"]',
          'b --> c["gateway/queue.ts"]',
          "```",
        ].join("\n"),
        "src/app/app.ts": [
          'import { map } from "rxjs";',
          'import { type Fence, gateway as createGateway } from "../gateway/index.ts";',
          'import type { Log } from "../types/index.ts";',
          'import { killSwitch } from "./killSwitch.ts";',
          'import { VERSION } from "./version.ts";',
        ].join("\n"),
        "src/app/marketSession.ts":
          'import {\n  type Fence,\n  retry,\n} from "../gateway/index.ts";',
        "src/app/killSwitch.ts": "export function killSwitch() {}",
        "src/app/version.ts": 'export const VERSION = "1";',
        "src/gateway/index.ts": 'export * from "./gateway.ts";',
        "src/gateway/gateway.ts": "export const gateway = 1;",
        "src/gateway/retry.ts": "export async function retry() {}\nexport const gatewayAgain = 1;",
        "src/gateway/fence.ts": "export interface Fence {}",
        "src/venue/socket.ts": 'import { WebSocket } from "ws";',
        "src/venue/price.ts": 'import { map } from "rxjs";',
      },
      [
        "CLAUDE.md:0", // gateway/queue.ts
        "src/gateway/gateway.ts:0",
        "src/app/killSwitch.ts:0",
        "src/gateway/retry.ts:0",
        "src/venue/socket.ts:0",
      ],
    ],
    [
      "every operator has a drawing",
      {
        "src/operators/index.ts": "",
        "src/operators/latest.ts": "",
        "src/operators/stamp.ts": "",
        "test/marbles/operators/latest.test.ts": "",
      },
      ["test/marbles/operators/stamp.test.ts:0"],
    ],
    [
      "every law has a test",
      {
        ...Object.fromEntries(
          "ABDEFGHIJKLM".split("").map((law) => [`test/laws/${law}-x.test.ts`, ""]),
        ),
        "test/laws/C-notes.md": "",
      },
      ["test/laws/C-*.test.ts:0"],
    ],
    [
      "every fixture is decoded by a test",
      {
        "test/fixtures/binance/trade.json": "",
        "test/fixtures/binance/depth.json": "",
        "test/fixtures/polymarket/book.json": "",
        "test/venue/binance.test.ts": 'read("binance/trade.json")',
        "test/venue/polymarket.test.ts": 'readdirSync("fixtures/polymarket")',
      },
      ["test/fixtures/binance/depth.json:0"],
    ],
    [
      "every decision has its four lines",
      {
        "docs/decisions/D-001-good.md": `${status}Consequence: z\n`,
        "docs/decisions/D-002-bold.md": `# D-002\n\n${status.replaceAll(/^(\w+):/gm, "**$1:**")}## Consequences\n`,
        "docs/decisions/D-002-again.md": `${status}Consequence: z\n`,
        "docs/decisions/D-003-short.md": status,
        "docs/decisions/notes.md": "",
      },
      [
        "docs/decisions/D-002-again.md:0",
        "docs/decisions/D-003-short.md:0",
        "docs/decisions/notes.md:0",
      ],
    ],
    [
      "the index of decisions and the folder agree",
      {
        "docs/decisions/README.md": [
          "Never given: D-004 to D-005, D-007.",
          "| [D-001](D-001-good.md) | Good | accepted | in one line |",
          "| [D-002](D-002-renamed.md) | Its old title | accepted | in one line |",
          "| [D-003](D-003-closed.md) | Closed | accepted | in one line |",
          "| [D-009](D-009-gone.md) | Gone | accepted | in one line |",
        ].join("\n"),
        "docs/decisions/D-001-good.md": `# D-001 Good\n\n${status}`,
        "docs/decisions/D-002-renamed.md": `# D-002 Its new title\n\n${status}`,
        "docs/decisions/D-003-closed.md": "# D-003 Closed\n\nStatus: superseded\n",
        "docs/decisions/D-008-new.md": `# D-008 New\n\n${status}`,
      },
      [
        "docs/decisions/D-002-renamed.md:0",
        "docs/decisions/D-003-closed.md:0",
        "docs/decisions/D-008-new.md:0",
        "docs/decisions/README.md:0", // the old title
        "docs/decisions/README.md:0", // the old status
        "docs/decisions/README.md:0", // no such record
        "docs/decisions/README.md:0", // D-006
      ],
    ],
    [
      "every escape gives a reason",
      {
        "src/sim/book.ts": [
          "a as B; // tidy-ok: the generator's own type",
          "a as B; // tidy-ok",
          "a as B; // tidy-ok: ",
          "// oxlint-disable-next-line no-await-in-loop",
          "// oxlint-disable-next-line no-await-in-loop -- tidy-ok: one after the other is the point",
        ].join("\n"),
      },
      ["src/sim/book.ts:2", "src/sim/book.ts:3", "src/sim/book.ts:4"],
    ],
    [
      "nothing names a folder of one machine",
      {
        "docs/runbook.md": `cd ${home}\nhttps://example.org${home}\nfile://${home}`,
        "scripts/a.ts": `run("${home}"); // tidy-ok: what the test looks for`,
      },
      ["docs/runbook.md:1", "docs/runbook.md:3"],
    ],
    [
      "no file has an old name or a banned phrase",
      {
        "docs/decisions/D-032-names.md": [
          "No file may have these words:",
          "`oldName` `spoke$`",
          "and nothing may be declared or called by these names:",
          "`finished` `Deed2`",
        ].join("\n"),
        "src/a.ts": [
          "const oldName = 1;",
          "oldNames.oldName2;",
          "spoke$.next();",
          "// the work is finished; a Deed2, not finished",
          "if (finished(work)) it.finished();",
          "type Deed2 = 1;",
          `// the venue ${["told", "us"].join(" ")} so`,
          "hold.usual();",
        ].join("\n"),
        "test/fixtures/a.json": "oldName",
        "README.md": "oldName",
      },
      ["src/a.ts:1", "src/a.ts:3", "src/a.ts:5", "src/a.ts:6", "src/a.ts:7", "README.md:1"],
    ],
    [
      "every file named in a manual exists",
      {
        "src/gateway/gateway.ts": "",
        "src/gateway/CLAUDE.md":
          "`gateway.ts`, `gateway/gateway.ts`, `<name>.ts`\n`queue.ts` `ateway.ts`",
        "docs/a.md": "`executor/gateway.ts`",
      },
      ["src/gateway/CLAUDE.md:2", "src/gateway/CLAUDE.md:2", "docs/a.md:1"],
    ],
    [
      "the runbook explains every reason",
      {
        "docs/runbook.md":
          "| `halting` | `venue restarting` | `cash`, `epoch` | `strategy: no book` | `pulled: fair moved … bp` | `quoting`",
        "src/executor/gate.ts": [
          'check("stop", ["pull", "halting"])',
          'check("stop", ["stop", "heartbeat lapsed"])',
          'restarting: "venue restarting",',
          'paused: "venue takes no orders",',
        ].join("\n"),
        "src/types/plan.ts": 'type Reason =\n  | "cash"\n  | "netMax";',
        "src/types/answer.ts": 'type NotSentCause =\n  "epoch" | "reserve";',
        "src/streams/strategy/mine.ts": [
          'if (book === null) return stopTarget("no book");',
          'const moved = "pulled: fair moved ";',
          'return { mode: "normal", bid, ask, reason: "quoting" };',
        ].join("\n"),
        "src/streams/strategy/other.ts": [
          'return nothingShown("no mid");',
          "return stopTarget(`it threw: ${error}`);",
          'return isHeld ? "held: odd" : null;',
          'return { mode: "oneSidedSell", reason: "long" };',
        ].join("\n"),
        "src/streams/strategy/none.ts": "",
      },
      [
        "src/executor/gate.ts:0",
        "src/executor/gate.ts:0",
        "src/types/plan.ts:0",
        "src/types/answer.ts:0",
        ...Array.from({ length: 4 }, () => "src/streams/strategy/other.ts:0"),
      ],
    ],
  ];

  const rules = tidyRules();

  it("every rule is shown something", () => {
    expect(untidy.map(([name]) => name)).toEqual(rules.map(({ name }) => name));
  });

  it.each(untidy)("%s", (name, files, expected) => {
    const rule = rules.find((candidate) => candidate.name === name);
    const planted = Object.entries(files).map(([path, text]) => ({ path, text }));
    const found = rule ? findings(rule, planted) : [];
    expect(found.map(({ path, line }) => `${path}:${line}`)).toEqual(expected);
  });
});

function repositoryFiles(): readonly TextFile[] {
  return paths()
    .filter((path) => existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
    .filter(({ text }) => !text.includes("\0"));
}

/** What git tracks or would; without git (an unpacked archive), what `.gitignore` leaves. */
function paths(): readonly string[] {
  const untracked = ["--others", "--exclude-standard", "--deduplicate"];
  try {
    return lines(execFileSync("git", ["ls-files", "--cached", ...untracked], { encoding: "utf8" }));
  } catch {
    const ignored = [".git/", ...lines(readFileSync(".gitignore", "utf8"))];
    return readdirSync(".", { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/").replace(/^\.\//, ""),
      )
      .filter((path) => !ignored.some((folder) => path.startsWith(folder)));
  }
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

describe("a lock of packages", () => {
  it("names no registry: it installs from wherever its user's packages come from", () => {
    const locks = execFileSync("git", ["ls-files", "*package-lock.json"], { encoding: "utf8" });
    const files = locks.split("\n").filter((path) => path !== "");
    expect(files).toContain("package-lock.json");
    expect(files.filter((path) => readFileSync(path, "utf8").includes('"resolved"'))).toEqual([]);
  });
});
