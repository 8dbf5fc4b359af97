/** tandem inside somebody else's program, in real time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, killAll, run } from "./childProcess.ts";

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-embed-"));
  await build();
});
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true });
});

/** A stop need not wait for more than this venue can do. */
const QUICK_STOP = "{ executor: { lateBookingMs: 1_000, surveyGapMs: 500 } }";

const node = (...args: readonly string[]): ReturnType<typeof run> => run(process.execPath, args);

/** A program that has the public door as `tandem`. */
function program(name: string, body: string): string {
  const path = join(folder, name);
  const door = pathToFileURL("dist/index.js").href;
  writeFileSync(path, `import * as tandem from ${JSON.stringify(door)};\n${body}`);
  return path;
}

describe.concurrent("a program that embeds tandem", () => {
  it("is forty lines: it watches, stops, and prints what happened; the example", async () => {
    const { code, stdout, stderr } = await node("--import", "tsx", "examples/embed.ts").ended;

    const lines = stdout.trimEnd().split("\n");
    const about = (what: string): readonly string[] =>
      lines.filter((line) => line.startsWith(`${what} `));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(about("reference").some((line) => /\d+\.\d+$/.test(line))).toBe(true);
    expect(about("intent").some((line) => line.includes("quoting"))).toBe(true);
    expect(about("state").length).toBeGreaterThan(0);
    expect(about("receipt").some((line) => line.includes("order.acked"))).toBe(true);
    const [summary, ...others] = about("summary");
    expect(others).toEqual([]);
    expect(lines.at(-1)).toBe(summary);
    expect(JSON.parse(summary?.slice(summary.indexOf("{")) ?? "")).toMatchObject({
      openAtVenue: 0,
      places: { acked: expect.any(Number) as number },
    });
  });

  it("[A] and has a careless reader goes on trading, and ends clean", async () => {
    const file = program(
      "careless.mjs",
      `const { app, appConfig, simulatedRuntime } = tandem;
       const it = app(appConfig(${QUICK_STOP}), simulatedRuntime({ logLevel: "error" }));
       it.state$.subscribe(() => { throw new Error("a careless reader"); });
       it.receipt$.subscribe(({ type }) => { if (type === "order.acked") it.stop("enough"); });
       const { openAtVenue, lawsBroken, places } = await it.start();
       console.log(JSON.stringify({ openAtVenue, lawsBroken, acked: places.acked > 0 }));`,
    );

    const { code, stdout, stderr } = await node(file).ended;

    expect({ code, stdout: stdout.trim() }).toEqual({
      code: 0,
      stdout: JSON.stringify({ openAtVenue: 0, lawsBroken: 0, acked: true }),
    });
    expect(stderr).toContain("a careless reader");
  });

  it("has heard everything when start settles", async () => {
    const file = program(
      "last-words.mjs",
      `const { app, appConfig, simulatedRuntime } = tandem;
       const it = app(appConfig(${QUICK_STOP}, 500), simulatedRuntime());
       let [steps, receipts] = [0, 0];
       it.transition$.subscribe(() => { steps += 1; });
       it.receipt$.subscribe(() => { receipts += 1; });
       await it.start();
       const then = [steps, receipts];
       await new Promise((resolve) => setTimeout(resolve, 50));
       console.log(JSON.stringify({ missedSteps: steps - then[0], missedReceipts: receipts - then[1] }));`,
    );

    const { code, stdout } = await node(file).ended;

    expect({ code, stdout: stdout.trim() }).toEqual({
      code: 0,
      stdout: JSON.stringify({ missedSteps: 0, missedReceipts: 0 }),
    });
  });

  it("[A] and trips the kill switch hears why, with nothing left at the venue", async () => {
    const file = program(
      "killed.mjs",
      `const { app, appConfig, simulatedRuntime } = tandem;
       const runtime = simulatedRuntime();
       const it = app(appConfig(${QUICK_STOP}), runtime);
       setTimeout(() => it.fail(new Error("enough of this")), 2_000);
       const cause = await it.start().then(() => "nothing", (error) => error.message);
       runtime.venue.openOrders(null).subscribe((answer) => {
         console.log(JSON.stringify({ cause, open: answer.value.length }));
       });`,
    );

    const { code, stdout } = await node(file).ended;

    expect({ code, stdout: stdout.trim() }).toEqual({
      code: 0,
      stdout: JSON.stringify({ cause: "enough of this", open: 0 }),
    });
  });
});
