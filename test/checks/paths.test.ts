/** A rule about a path that no longer exists holds nothing up: every path in a rule is a real one. */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { alternatives, globPattern, unmatched } from "./paths.ts";

const files = ["src", "test", "scripts", "examples", "bench"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path}`.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.includes("node_modules/")),
);

type Patterns = string | readonly string[];
interface ImportRule {
  readonly name: string;
  readonly from: { readonly path?: Patterns; readonly pathNot?: Patterns };
  readonly to: { readonly path?: Patterns; readonly pathNot?: Patterns };
}

const { forbidden }: { readonly forbidden: readonly ImportRule[] } = createRequire(import.meta.url)(
  "../../.dependency-cruiser.cjs",
);
const table: string = new URL("sourceRules.js", import.meta.url).href;
const { sourceRules }: { readonly sourceRules: Readonly<Record<string, SourceRule>> } =
  await import(/* @vite-ignore */ table);

interface SourceRule {
  readonly only?: readonly string[];
  readonly allow?: readonly string[];
}

/** The patterns of a rule that are about files of this repository, not about packages. */
function pathsOf({ from, to }: ImportRule): readonly string[] {
  return [from.path, from.pathNot, to.path, to.pathNot]
    .flatMap((patterns) => patterns ?? [])
    .filter((pattern) => /^\^(src\/|\(test\|)/.test(pattern));
}

describe("every path exists that is named", () => {
  it.each(forbidden.filter((rule) => pathsOf(rule).length > 0))(
    "in .dependency-cruiser.cjs, rule $name",
    (rule) => {
      expect(unmatched(pathsOf(rule), files)).toEqual([]);
    },
  );

  it("in .dependency-cruiser.cjs, in as many rules as there are rooms, and in those of pure files", () => {
    const named = forbidden.filter((rule) => pathsOf(rule).length > 0).map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining(["executor-rooms", "gateway-rooms", "app-rooms"]));
    expect(named).toContain("pure-files");
  });

  it.each(Object.entries(sourceRules))("in sourceRules.js, rule %s", (_name, rule) => {
    const globs = [...(rule.only ?? []), ...(rule.allow ?? [])];
    expect(unmatched(globs.map(globPattern), files)).toEqual([]);
  });
});

describe("a path that does not exist is found", () => {
  const some = ["src/sim/index.ts", "src/sim/exchange/fees.ts", "src/executor/executor.ts"];

  it.each([
    ["a room", "^src/gateway/", ["^src/gateway/"]],
    [
      "one name of a group",
      "^src/sim/exchange/(fees|rebates)\\.ts$",
      ["^src/sim/exchange/rebates\\.ts$"],
    ],
    ["a room within a room", "^src/sim/(?!(exchange|traders)/)", ["^src/sim/traders/"]],
    [
      "the file that a lookahead leaves out",
      "^src/sim/exchange/(?!core\\.ts$)",
      ["^src/sim/exchange/core\\.ts$"],
    ],
    [
      "all but the file that a lookahead leaves out",
      "^src/executor/(?!executor\\.ts$)",
      ["^src/executor/(?!executor\\.ts$)"],
    ],
    ["a door", "^src/executor/index\\.ts$", ["^src/executor/index\\.ts$"]],
  ])("%s", (_name, pattern, expected) => {
    expect(unmatched([pattern], some)).toEqual(expected);
  });

  it.each([
    ["src/{sim,executor}/**/*.ts", []],
    ["src/{sim,gateway}/**/*.ts", ["^src/gateway/.*[^/]*\\.ts$"]],
    ["src/sim/**", []],
    ["src/executor/*.ts", []],
    ["src/sim/*/fees.ts", []],
    ["src/app/app.ts", ["^src/app/app\\.ts$"]],
  ])("in a glob: %s", (glob, expected) => {
    expect(unmatched([globPattern(glob)], some)).toEqual(expected);
  });

  it("a group within a group names each of its paths", () => {
    expect(alternatives("^src/(a/(b|c)|d)/e$")).toEqual([
      "^src/a/b/e$",
      "^src/a/c/e$",
      "^src/d/e$",
    ]);
  });
});
