/**
 * From the start of the process to the first order that the venue has acked, as `npm start` runs it:
 * wall time, so only ratios compare. Up to a second of it is the gap between the first survey, which
 * begins before the user feed is up and so proves nothing, and the second.
 */
import { type SpawnOptions, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figure, figure } from "./figure.ts";

const STARTS = 7;
/** A program that does not quote ends by itself. */
const LIMIT_S = 60;
/** A window as long as that, since nothing is quoted near the end of one. */
const FLAGS = ["--window", "1h", "--log-level", "debug", "--for", `${LIMIT_S}s`];
const ACKED = "order placed";
const LOAD = "await import(`${process.cwd()}/dist/cli/startCommand.js`)";

/** The floors and the figure in turns, so that other load on the machine meets them alike. */
export async function* startFigures(): AsyncGenerator<Figure> {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const bare: number[] = [];
  const loaded: number[] = [];
  const quoted: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    bare.push(await untilEnd(["-e", "0"]));
    loaded.push(await untilEnd(["--input-type=module", "-e", LOAD]));
    quoted.push(await untilAcked());
  }
  yield figure("start.firstQuote", "s", median(quoted), {
    "floor: node -e 0": median(bare),
    "its code loaded, and nothing run": median(loaded),
  });
}

async function untilEnd(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const [code]: (number | null)[] = await once(node(args, { stdio: "ignore" }), "exit");
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${String(code)}`);
  return secondsSince(startedAt);
}

async function untilAcked(): Promise<number> {
  const journal = mkdtempSync(join(tmpdir(), "bench-start-"));
  const startedAt = performance.now();
  const args = ["dist/cli/main.js", "--journal", journal, ...FLAGS];
  const child = node(args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  try {
    let log = "";
    for await (const bytes of child.stderr ?? []) {
      log += String(bytes);
      if (log.includes(ACKED)) return secondsSince(startedAt);
    }
    throw new Error(`no order was acked:\n${log}`);
  } finally {
    child.kill("SIGKILL");
    await ended;
    rmSync(journal, { recursive: true });
  }
}

const node = (args: readonly string[], options: SpawnOptions) =>
  spawn(process.execPath, args, options);

const secondsSince = (at: number): number => (performance.now() - at) / 1_000;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
