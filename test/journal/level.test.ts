/** The operator's word outlives the program, and is never misread. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelFile, memoryLevel } from "../../src/journal/index.ts";
import { ConfigError, OPERATOR_LEVELS } from "../../src/types/index.ts";

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "level-"));
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

const file = (): string => join(directory, "operator.json");

describe("levelFile", () => {
  it("is normal where none has ever been set", () => {
    expect(levelFile(directory).read()).toEqual({ level: "normal", reason: "" });
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it.each(OPERATOR_LEVELS)("another program reads %s as it was set, with its reason", (level) => {
    levelFile(directory).write({ level: "halt", reason: "before" });
    levelFile(directory).write({ level, reason: "the news" });
    expect(levelFile(directory).read()).toEqual({ level, reason: "the news" });
    expect(fs.readdirSync(directory)).toEqual(["operator.json"]);
    expect(fs.statSync(file()).mode & 0o777).toBe(0o600);
  });

  it.each(["", "{", "null", '"halt"', '{"level":"halt"}', '{"level":"Halt","reason":""}'])(
    "is refused when it reads %j: a halt must not turn into anything else",
    (text) => {
      fs.writeFileSync(file(), text);
      expect(() => levelFile(directory).read()).toThrow(ConfigError);
      levelFile(directory).write({ level: "normal", reason: "set again" });
      expect(levelFile(directory).read()).toEqual({ level: "normal", reason: "set again" });
    },
  );
});

describe("memoryLevel", () => {
  it("remembers for as long as it lives", () => {
    const level = memoryLevel();
    expect(level.read()).toEqual({ level: "normal", reason: "" });
    level.write({ level: "flatten", reason: "enough" });
    expect(level.read()).toEqual({ level: "flatten", reason: "enough" });
    expect(memoryLevel().read().level).toBe("normal");
  });
});
