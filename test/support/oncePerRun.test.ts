import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { oncePerRun } from "./oncePerRun.ts";
import { later } from "./patience.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tandem-once-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it("is done once, and all have its result", async () => {
  const run = folder();
  let times = 0;
  const ask = (): Promise<string> =>
    oncePerRun(run, "it", async () => {
      await later(20);
      return `time ${(times += 1)}`;
    });

  expect(await Promise.all([ask(), ask(), ask()])).toEqual(["time 1", "time 1", "time 1"]);
  expect(await ask()).toBe("time 1");
});

it("is of its name, and of its run", async () => {
  const run = folder();
  expect(await oncePerRun(run, "one", () => "1")).toBe("1");
  expect(await oncePerRun(run, "two", () => "2")).toBe("2");
  expect(await oncePerRun(folder(), "one", () => "3")).toBe("3");
});

it("that fails has failed for all", async () => {
  const run = folder();
  const fail = (): Promise<string> =>
    oncePerRun(run, "it", () => {
      throw new Error("no such thing");
    });

  await expect(fail()).rejects.toThrow("no such thing");
  await expect(fail()).rejects.toThrow("no such thing");
});
