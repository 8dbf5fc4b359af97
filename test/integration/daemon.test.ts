/** The daemon as its operator has it: the built program, the real clock, signals, exit codes. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ExecutorConfig, type ExecutorState, reducer } from "../../src/executor/index.ts";
import { decode, refold, segmentLines } from "../../src/journal/index.ts";
import { OUR_ACCOUNT } from "../../src/sim/index.ts";
import type { OrderId, OrderTicket } from "../../src/types/index.ts";
import {
  addressOf,
  chooseSigner,
  exchangeOf,
  orderHasher,
  orderOf,
} from "../../src/venue/polymarket/index.ts";
import { type Ended, type Running, build, killAll, quickStop, run, sleep } from "./childProcess.ts";
import { simulatedKey } from "../../src/runtimes/served.ts";
import type { Summary } from "../../src/observers/index.ts";
import { venueOrderId } from "../../src/sim/exchange/orderId.ts";

const EXIT_CLEAN = 0;
const EXIT_UNSAFE = 1;
const EXIT_CONFIG = 2;
/** Longer than any of these tests: what ends has been ended. */
const UNTIL_TOLD = "10m";

let folder = "";
let quickly: readonly string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-daemon-"));
  quickly = quickStop(folder);
  await build();
});
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true });
});

let directories = 0;
const directory = (): string => join(folder, `journal-${(directories += 1)}`);

const DEBUG = ["--log-level", "debug"];
const tandem = (...args: readonly string[]): Running =>
  run(process.execPath, ["--enable-source-maps", "dist/cli/main.js", ...args]);
const daemon = (...args: readonly string[]): Running => tandem(...DEBUG, ...args);
const quick = (...args: readonly string[]): Running => daemon(...quickly, ...args);

const npmStart = (...args: readonly string[]): Running =>
  run("npm", ["start", "--", "--journal", directory(), ...DEBUG, ...quickly, ...args]);

/** It trades: something of ours has been at the venue. */
const trades = (it: Running): Promise<void> => it.logged(/ order placed /);

function summaryOf({ stdout }: Ended): Summary {
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  return JSON.parse(last) as Summary;
}

const firstLine = ({ stderr }: Ended): string => stderr.split("\n")[0] ?? "";

function expectClean(ended: Ended): void {
  expect(ended).toMatchObject({ code: EXIT_CLEAN, signal: null });
  expect(summaryOf(ended)).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
  // The served venue keeps its own books: a doubt about them is a bug on one of the two sides.
  expect(ended.stderr).not.toMatch(/check sum|not understood/);
}

describe.concurrent("the daemon", () => {
  it.for(["sockets", "in-process"])(
    "trades until it is told to stop, ends clean, and says so in one line of JSON: %s",
    async (sim) => {
      const journal = directory();
      // Midnight is the only end of a window that it could meet.
      const flags = ["--window", "24h", "--sim", sim];

      const it = daemon("--for", UNTIL_TOLD, "--json", "--journal", journal, ...flags);
      await trades(it);
      it.kill("SIGTERM");
      const ended = await it.ended;

      expectClean(ended);
      expect(ended.stdout.trimEnd().split("\n")).toHaveLength(1);
      const summary = summaryOf(ended);
      const { places } = summary;
      expect(summary).toMatchObject({ version: 2, mode: "sim" });
      expect(summary.intents).toBeGreaterThan(0);
      expect(places.acked).toBeGreaterThan(0);
      expect(places.decided).toBe(places.sent + places.notSent);
      expect(places.sent).toBe(places.acked + places.rejected + places.unknown);

      expect(firstLine(ended)).toMatch(/simulated market, no real orders/);
      expect(firstLine(ended)).toMatch(/ price=synthetic seed=42$/);
      expectRefolds(journal, sim === "sockets" ? await signedOrderId() : simulatedOrderId);
    },
  );

  it("replays a recording it is given, and says which", async () => {
    const recording = join(folder, "small.ndjson");
    // It lasts until an order is placed, on a machine however busy.
    const lines = Array.from({ length: 20_000 }, (_, index) => {
      const bid = `${60_000 + (index % 7)}.5`;
      const frame = { u: index, s: "BTCUSDT", b: bid, B: "1", a: bid, A: "1" };
      return JSON.stringify({ ts: index * 100, src: "binance", frame });
    });
    writeFileSync(recording, lines.join("\n"));

    const price = ["--reference", recording, "--speed", "2"];
    const it = quick("--for", UNTIL_TOLD, "--json", "--journal", directory(), ...price);
    await trades(it);
    it.kill("SIGTERM");
    const ended = await it.ended;

    expectClean(ended);
    expect(firstLine(ended)).toContain("simulated market");
    expect(firstLine(ended)).toContain(recording);
    expect(firstLine(ended)).not.toContain("synthetic");
  });

  // A closed terminal, and the one with which Node would open its debugger.
  it.for(["SIGTERM", "SIGHUP", "SIGUSR1"] as const)(
    "told to stop in mid-run stops, verifies and ends clean: %s",
    async (signal) => {
      const it = quick("--for", UNTIL_TOLD, "--json", "--journal", directory());
      await trades(it);

      it.kill(signal);

      const ended = await it.ended;
      expectClean(ended);
      expect(ended.stderr).not.toMatch(/[Dd]ebugger/);
    },
  );
  it("ends clean by itself when its time is over", async () => {
    const ended = await quick("--for", "2s", "--json", "--journal", directory()).ended;

    expectClean(ended);
    expect(summaryOf(ended).runtimeMs).toBeGreaterThanOrEqual(2_000);
  });

  it("takes two signals within half a second for one: npm passes on what the terminal has sent", async () => {
    const it = quick("--for", UNTIL_TOLD, "--json", "--journal", directory());
    await trades(it);

    it.kill("SIGINT");
    await sleep(20);
    it.kill("SIGINT");

    expectClean(await it.ended);
  });

  it.for([
    ["SIGTERM", "SIGTERM"],
    ["SIGINT", "SIGTERM"],
  ] as const)("ends at once at a second signal: %s, %s", async ([first, second]) => {
    const it = daemon("--for", UNTIL_TOLD, "--json", "--journal", directory());
    await trades(it);
    it.kill(first);
    await it.logged(/ cancel-all sent /);
    await sleep(1_000);
    const secondAt = performance.now();
    it.kill(second);

    const ended = await it.ended;

    expect(ended).toMatchObject({ code: EXIT_UNSAFE, signal: null });
    expect(JSON.parse(ended.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      version: 2,
      openAtVenue: null,
    });
    expect(performance.now() - secondAt).toBeLessThan(3_000);
  });

  it("does not begin with wrong flags: every problem, exit code 2, nothing written", async () => {
    const journal = directory();
    const parameters = join(folder, "wrong.json");
    writeFileSync(parameters, JSON.stringify({ executor: { netMaxShares: -1 } }));

    const wrong = ["--for", "soon", "--seed", "x", "--unheard-of", "--config", parameters];
    const ended = await daemon("--json", "--journal", journal, ...wrong).ended;

    expect(ended).toMatchObject({ code: EXIT_CONFIG, stdout: "" });
    for (const named of ["--for", "--seed", "--unheard-of", "executor.netMaxShares"]) {
      expect(ended.stderr).toMatch(new RegExp(`^ {2}- ${named}: `, "m"));
    }
    expect(ended.stderr).not.toMatch(/simulated market/);
    expect(readdirSync(folder)).not.toContain(journal.slice(folder.length + 1));
  });

  it("does not begin with files it cannot use: the journal's directory and the recording", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const missing = join(folder, "nowhere.ndjson");

    const ended = await daemon("--json", "--journal", file, "--reference", missing).ended;

    expect(ended).toMatchObject({ code: EXIT_CONFIG, stdout: "" });
    expect(ended.stderr).toContain(file);
    expect(ended.stderr).toContain(missing);
  });

  it.for([
    [["--help"], /--for 30s/],
    [["-h", "--unheard-of"], /--for 30s/],
    [["start", "--help"], /--for 30s/],
    [["venue", "-h"], /--taker-delay/],
    [["doctor", "--help"], /places and cancels nothing/],
    [["--version"], /^tandem \d+\.\d+\.\d+$/],
  ] as const)("explains itself when asked: %j", async ([args, words]) => {
    const ended = await tandem(...args).ended;

    expect(ended).toMatchObject({ code: EXIT_CLEAN, stderr: "" });
    expect(ended.stdout.trim()).toMatch(words);
  });

  it("proposes the command that was meant", async () => {
    const ended = await tandem("vneue", "--port", "1").ended;

    expect(ended).toMatchObject({ code: EXIT_CONFIG, stdout: "" });
    expect(ended.stderr).toMatch(/^ {2}- vneue: not a command; did you mean venue\?/m);
  });

  it.skipIf(!existsSync("/dev/full")).for([
    ["a full disk", "> /dev/full", /stdout could not be written: the disk is full/],
    ["a reader that has gone", "| true", /stdout could not be written: its reader has gone/],
  ] as const)("does not end clean when its output meets %s", async ([_what, to, words]) => {
    const script = `(sleep 1; "$0" dist/cli/main.js --version; echo "code $?" >&2) ${to}`;

    const { stderr } = await run("sh", ["-c", script, process.execPath]).ended;

    expect(stderr).toMatch(words);
    expect(stderr).toContain(`code ${EXIT_UNSAFE}`);
  });

  it("is a package too: its doors open by their names", async () => {
    const script = `
      const [door, operators, sim] = await Promise.all(
        ["tandem-mm", "tandem-mm/operators", "tandem-mm/sim"].map((name) => import(name)),
      );
      const opened = [door.app, door.appConfig, door.simulatedRuntime];
      const inside = [operators.concatMapLanes, sim.simulation];
      console.log([...opened, ...inside].map((value) => typeof value).join(" "));`;

    const { code, stdout } = await run(process.execPath, ["--input-type=module", "-e", script])
      .ended;

    expect({ code, stdout }).toEqual({
      code: EXIT_CLEAN,
      stdout: "function function function function function\n",
    });
  });

  it("behind npm stops when npm is told to: nothing is orphaned", async () => {
    const it = npmStart("--for", UNTIL_TOLD, "--json");
    await trades(it);

    it.kill("SIGTERM");
    await it.exited;
    expect(it.isGroupAlive()).toBe(false);

    const ended = await it.ended;
    expect(summaryOf(ended)).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
    expect(ended).toMatchObject({ code: EXIT_CLEAN, signal: null });
  });

  it("behind npm stops at Ctrl-C, which reaches both", async () => {
    const it = npmStart("--for", UNTIL_TOLD, "--json");
    await trades(it);

    it.killGroup("SIGINT");
    await it.exited;
    expect(it.isGroupAlive()).toBe(false);

    const ended = await it.ended;
    expect(summaryOf(ended)).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
    expect(ended).toMatchObject({ code: EXIT_CLEAN, signal: null });
  });
});

const simulatedOrderId = (ticket: OrderTicket): OrderId => venueOrderId(OUR_ACCOUNT, ticket);

/** As the venue computes it of what was signed. */
async function signedOrderId(): Promise<(ticket: OrderTicket) => OrderId> {
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const signer = await chooseSigner(silent);
  const owner = addressOf(signer, simulatedKey());
  const hasher = orderHasher(signer.keccak256, exchangeOf("2", false));
  const account = { owner, wallet: "key", maker: owner } as const;
  return (ticket) => hasher.orderId(orderOf(account, ticket));
}
const ignore = (): void => undefined;

/** [A] What the real clock made refolds like everything else. */
function expectRefolds(journal: string, orderId: (ticket: OrderTicket) => OrderId): void {
  const [record, file, ...others] = readdirSync(journal).toSorted();
  expect(record).toBe("account.json");
  expect(others).toEqual([]);
  const lines = segmentLines(join(journal, file ?? ""));
  const segment = decode(lines);
  if (segment.type === "problem") throw new Error(segment.detail);
  const { nonce, config } = segment.header;
  const { executor } = config as { readonly executor: ExecutorConfig };
  const reduce = reducer(executor, { nonce, orderId });
  const refolded = refold(lines, reduce, (state) => state as ExecutorState);
  expect(refolded).toMatchObject({ type: "refolded", firstDifference: null, torn: null });
}
