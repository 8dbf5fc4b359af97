/** What a process loads before it knows its command: each module costs a millisecond of its start. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const STATIC = /^(?:import|export) (?!type )[^;]*?from "(?<from>[^"]+)";/gm;

/** Every module that is loaded with this file, by static imports alone; packages by their names. */
function loadedWith(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { groups } of readFileSync(file, "utf8").matchAll(STATIC)) {
    const from = groups?.["from"] ?? "";
    if (from.startsWith(".")) loadedWith(join(dirname(file), from), seen);
    else seen.add(from);
  }
  return seen;
}

it("main loads the code of no command, so that a question is answered at once", () => {
  const loaded = [...loadedWith("src/cli/main.ts")];

  expect(loaded.filter((it) => !/^(src\/types|src\/cli|node:)/.test(it))).toEqual([]);
  expect(loaded.length).toBeGreaterThan(5);
});
