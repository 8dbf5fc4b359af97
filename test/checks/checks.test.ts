/**
 * A check must be able to fail. `npm run check` reads a copy of a part of the repository with one wrong file
 * for each rule, and must report every one; it must not report the right files beside them.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  reachedFor,
  rightImports,
  rightSources,
  wrongFor,
  wrongImports,
  wrongSources,
} from "./plants.ts";

/** Of `src` only the words that the right files use: the tools read all of `src` for a minute. */
const COPIED = [
  "src/types",
  "test/checks/all.ts",
  "test/checks/imports.ts",
  "test/checks/sourceRules.js",
  "test/checks/finders.js",
  "package.json",
  "tsconfig.json",
  ".prettierrc.json",
  "eslint.config.js",
  ".oxlintrc.json",
  ".dependency-cruiser.cjs",
  "knip.json",
];

const root = mkdtempSync(join(tmpdir(), "tandem-checks-"));
let code: number | null = null;
let all = "";
/** What each check printed. */
let printed: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  for (const path of COPIED) cpSync(path, join(root, path), { recursive: true });
  symlinkSync(resolve("node_modules"), join(root, "node_modules"), "junction");
  for (const path of reachedFor) if (!existsSync(join(root, path))) write(path, "export {};\n");
  write("src/ledger/plantedTrip.ts", 'import "./plantedRound.ts";\n');
  const planted = [wrongSources, rightSources, wrongImports, rightImports, Object.values(wrongFor)];
  for (const { path, text } of planted.flat()) write(path, text);
  ({ code, output: all } = await run("npm", ["run", "--silent", "check"]));
  const [, ...sections] = `\n${all}`.split(/\n(?:ok {2}|FAIL) (?=check:)/);
  printed = Object.fromEntries(sections.map((text) => [text.split(" ")[0], text]));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("npm run check, over a copy with wrong files in it", () => {
  it("fails, and says which checks failed", () => {
    expect(code).not.toBe(0);
    const checks = [...Object.keys(wrongFor), "check:rules", "check:imports"];
    const failed = /^failed: (.*)$/m.exec(all)?.[1]?.split(", ") ?? [];
    expect(failed.toSorted()).toEqual(checks.toSorted());
  });

  it.each(wrongSources)("$path is reported", ({ path, rules }) => {
    expect(eslintRules(path)).toEqual(expect.arrayContaining([...rules]));
  });

  it.each(rightSources)("$path is not", ({ path }) => {
    expect(eslintRules(path)).toEqual([]);
  });

  it("every rule of our own has a wrong file", async () => {
    const table: string = new URL("sourceRules.js", import.meta.url).href;
    const { sourceRules } = await import(/* @vite-ignore */ table);
    const planted = new Set(wrongSources.flatMap(({ rules }) => rules));
    const missing = Object.keys(sourceRules).filter((name) => !planted.has(`tandem/${name}`));
    expect(missing).toEqual([]);
  });

  it.each(wrongImports)("$path is reported as an import", ({ path, rules }) => {
    expect(importRules(path)).toEqual(expect.arrayContaining([...rules]));
  });

  it.each(rightImports)("$path is not, as an import", ({ path }) => {
    expect(importRules(path)).toEqual([]);
  });

  it.each(Object.entries(wrongFor))("%s names its wrong file", (check, { path, says }) => {
    expect(printed[check]).toContain(path);
    expect(printed[check]).toContain(says);
  });
});

it("dependency-cruiser beside a TypeScript it does not know reads nothing, and is not believed", async () => {
  const hook = `const Module = require("node:module");
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (name, ...rest) {
      return resolve.call(this, name.replace(/^typescript(?=\\/|$)/, "typescript-7"), ...rest);
    };`;
  write("hook.cjs", hook);
  const env = { NODE_OPTIONS: `--require=${join(root, "hook.cjs")}` };
  const blind = await run("npm", ["run", "--silent", "check:imports"], env);
  expect(blind.code).toBe(1);
  expect(blind.output).toMatch(/read 0 of \d+ files/);
});

/** The rules eslint names for a file: it prints the path, then an indented line per problem. */
function eslintRules(path: string): readonly string[] {
  const lines = (printed["check:rules"] ?? "").split("\n");
  const start = lines.findIndex((line) => line.endsWith(path) && !line.startsWith(" "));
  if (start < 0) return [];
  const length = lines.slice(start + 1).findIndex((line) => line.trim() === "");
  return lines
    .slice(start + 1, start + 1 + length)
    .map((line) => line.trim().split(/\s+/).at(-1) ?? "");
}

/** The rules dependency-cruiser names for a file: `from -> to`, and below it the rule. */
function importRules(path: string): readonly string[] {
  const lines = (printed["check:imports"] ?? "").split("\n");
  return lines.flatMap((line, index) =>
    line.startsWith(`${path} -> `) ? [lines[index + 1]?.trim().split(": ")[0] ?? ""] : [],
  );
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly output: string; readonly code: number | null }> {
  return new Promise((done, failed) => {
    const { FORCE_COLOR: _, ...inherited } = process.env;
    const child = spawn(command, args, {
      cwd: root,
      env: { ...inherited, NO_COLOR: "1", ...env },
      shell: process.platform === "win32",
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", failed);
    child.on("close", (exit) => done({ output: Buffer.concat(chunks).toString(), code: exit }));
  });
}
