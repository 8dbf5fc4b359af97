/** What a process loads before it knows its command: each module costs a millisecond of its start. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { epochMs } from "../../src/types/index.ts";

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

it("the hours of New York are loaded when a series first needs them, once", async () => {
  const { DateTimeFormat } = Intl;
  const made = vi.spyOn(Intl, "DateTimeFormat").mockImplementation(function made(...given) {
    return new DateTimeFormat(...given);
  });
  onTestFinished(() => made.mockRestore());
  // By another name, so that it is loaded again.
  const fresh = "../../src/venue/polymarket/wire/windowSlug.ts?fresh";
  const { hourlySlug }: typeof import("../../src/venue/polymarket/wire/windowSlug.ts") =
    await import(fresh);

  expect(made).not.toHaveBeenCalled();
  hourlySlug("btc", epochMs(1_795_305_600_000));
  hourlySlug("btc", epochMs(1_795_309_200_000));

  expect(made).toHaveBeenCalledTimes(1);
});
