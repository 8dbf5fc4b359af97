/** What was lost and hit outlives the program, and is never taken for a fresh day. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { accountFile } from "../../src/journal/index.ts";
import { ConfigError } from "../../src/types/index.ts";

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "account-"));
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

it("is null where there has been no run, and then what was written last, whole", () => {
  expect(accountFile(directory).read()).toBeNull();
  accountFile(directory).write({ day: 1 });
  accountFile(directory).write({ day: 2 });
  expect(accountFile(directory).read()).toEqual({ day: 2 });
  expect(fs.readdirSync(directory)).toEqual(["account.json"]);
  expect(fs.statSync(join(directory, "account.json")).mode & 0o777).toBe(0o600);
});

it.each(["", "{", '{"day":'])("is refused with its path when it reads %j", (text) => {
  const path = join(directory, "account.json");
  fs.writeFileSync(path, text);
  expect(() => accountFile(directory).read()).toThrow(ConfigError);
  expect(() => accountFile(directory).read()).toThrow(`${path} does not say which limits were hit`);
});

it("that cannot be written says so", () => {
  fs.rmSync(directory, { recursive: true });
  expect(() => accountFile(directory).write({})).toThrow(/cannot be written/);
});
