/** Both doors, and the table in docs/venue.md, have the same faults by the same names. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAULT_DOORS } from "../../../src/sim/faults/vocabulary.ts";
import { controlWire } from "../../../src/sim/server/control/conditions.ts";

/** Whether the schema of commands has a command of this name, whatever fields it lacks. */
const isCommand = (name: string): boolean => {
  const { error } = controlWire.safeParse({ do: name });
  return !error?.issues.some(({ code, path }) => code === "invalid_union" && path[0] === "do");
};

describe("the faults", () => {
  it("of the table in docs/venue.md are all there are, each with its door", () => {
    const page = readFileSync(new URL("../../../docs/venue.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \|.*\| (both|served|in process) \|/gm)];
    expect(Object.fromEntries(rows.map(([, name, door]) => [name, door]))).toEqual(FAULT_DOORS);
  });

  it.each(Object.entries(FAULT_DOORS))(
    "%s is a command unless it is in process only",
    (name, door) => {
      expect(isCommand(name)).toBe(door !== "in process");
    },
  );

  it("that have another name are no command", () => {
    expect(isCommand("answerLost")).toBe(false);
  });
});
