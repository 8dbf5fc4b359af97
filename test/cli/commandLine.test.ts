import { describe, expect, it } from "vitest";
import { commandLine, questionIn } from "../../src/cli/commandLine.ts";
import { nearest } from "../../src/types/index.ts";

const options = {
  seed: { type: "string" },
  at: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

describe("a command line", () => {
  it("has the value of each option, the last one where it is repeated, or all", () => {
    const args = ["--seed", "1", "--json", "--seed=2", "--at", "a", "--at=b=c"];
    expect(commandLine(args, options)).toEqual({
      values: { seed: "2", json: true, at: ["a", "b=c"] },
      problems: [],
    });
  });

  it("asks before it runs, whatever else is in it", () => {
    expect(questionIn(["--seed", "soon", "-h"])).toBe("help");
    expect(questionIn(["venue", "--help", "--version"])).toBe("help");
    expect(questionIn(["--version"])).toBe("version");
    expect(questionIn(["--seed", "1"])).toBeNull();
  });
});

describe("the nearest name", () => {
  it.each([
    ["seedd", "seed"],
    ["esed", "seed"],
    ["SEED", "seed"],
    ["logLevel", "log-level"],
    ["refer", "reference"],
    ["seeed", "seed"],
    ["refrnece", "reference"],
    ["port", null],
    ["zebra", null],
    ["re", null],
    ["", null],
  ])("to %s is %s", (word, name) => {
    expect(nearest(word, ["seed", "log-level", "reference", "json"])).toBe(name);
  });
});
