/** A minute of the log at its default level, as a person reads it, in virtual time. */
import { expect, it } from "vitest";
import { rig } from "../app/rig.ts";

const LINES_MAX = 40;

it("a minute is few lines: one start, each fill once, a status every ten seconds", async () => {
  const run = rig({ seed: 3 });
  await run.runUntil(61_000);
  const lines = run.log().filter((line) => !line.startsWith("debug: "));
  const of = (text: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`info: ${text}`));

  expect(lines.length).toBeLessThanOrEqual(LINES_MAX);
  expect(of("starting: waiting for ")).toHaveLength(1);
  expect(of("quoting ")).toHaveLength(1);
  expect(of("status ")).toHaveLength(6);
  expect(of("fill ").length).toBeGreaterThan(0);
  expect(of("fill ")).toHaveLength(run.app.summary().fills);
  expect(of("status ").filter((line) => /"(bid|ask)":"none"/.test(line))).toEqual([]);
});
