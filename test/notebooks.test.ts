/** What a notebook said belongs to whoever ran it; `npm run notebooks` runs them. */
import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";

const notebooks = readdirSync("notebooks").filter((name) => name.endsWith(".ipynb"));

it("there are notebooks", () => {
  expect(notebooks).not.toEqual([]);
});

it.each(notebooks)("%s is committed without outputs", (name) => {
  const { cells } = JSON.parse(readFileSync(`notebooks/${name}`, "utf8")) as {
    readonly cells: readonly { readonly outputs?: unknown[]; readonly execution_count?: unknown }[];
  };

  const executed = cells.filter(
    ({ outputs = [], execution_count: count = null }) => outputs.length > 0 || count !== null,
  );

  expect(executed).toEqual([]);
});
