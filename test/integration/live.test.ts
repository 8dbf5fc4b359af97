/** A live run as its operator has it, on a venue of this machine: what it refuses, and what it then does. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOf, parsePrivateKey } from "../../src/venue/polymarket/index.ts";
import { pureSigner } from "../../src/venue/polymarket/sign/signers/pure.ts";
import { type Ended, type Running, build, killAll, run } from "./childProcess.ts";
import { type RecordedVenue, openRecordedVenue } from "./recordedVenue.ts";
import type { Summary } from "../../src/observers/index.ts";

/** Keys that everybody knows; what is done as one account is not seen by another. */
const KEYS = {
  careful: "2".padStart(64, "0"),
  trading: "3".padStart(64, "0"),
  twice: "4".padStart(64, "0"),
  dry: "5".padStart(64, "0"),
};

let folder = "";
let venue: RecordedVenue;
let parameters = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-live-"));
  await build();
  venue = await openRecordedVenue();
  parameters = join(folder, "live.json");
  const sizes = { budgetUsdc: 100, netMaxShares: 100, grossMaxShares: 200 };
  const limits = { lossPerDayUsd: { max: 100, action: "halt" } };
  // A stop need not wait for more than this venue can do.
  const executor = { ...sizes, lateBookingMs: 1_000, surveyGapMs: 500 };
  const account = { wallet: "key" };
  writeFileSync(parameters, JSON.stringify({ executor, limits, account, venue: venue.addresses }));
});
afterAll(() => {
  killAll();
  venue.close();
  rmSync(folder, { recursive: true });
});

let directories = 0;
const directory = (): string => join(folder, `journal-${(directories += 1)}`);

const live = (key: keyof typeof KEYS, journal: string, ...args: readonly string[]): Running => {
  const flags = ["--live", "--series", "btc-updown-4h", "--config", parameters];
  const all = ["dist/cli/main.js", ...flags, "--journal", journal, "--json", ...args];
  return run(process.execPath, ["--enable-source-maps", ...all], {
    TANDEM_PRIVATE_KEY: KEYS[key],
  });
};

const ownerOf = (name: keyof typeof KEYS): string =>
  addressOf(pureSigner(), parsePrivateKey(KEYS[name]) ?? expect.unreachable("no key"));

const summaryOf = ({ stdout }: Ended): Summary =>
  JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Summary;

describe("a live run", () => {
  it("without --yes opens no socket: it says what is at risk, and ends", async () => {
    const before = venue.connectionCount();
    const { code, stderr, stdout } = await live("careful", directory()).ended;

    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/--yes: not given; it would say yes to/);
    expect(stderr).toContain(`as      ${ownerOf("careful")}`);
    expect(stderr).toMatch(/at most 100 USDC in a window/);
    expect(stderr).not.toContain(KEYS.careful);
    expect(venue.connectionCount() - before).toBe(0);
  });
});

describe("a key where none belongs", () => {
  it.each([["--key-file", KEYS.careful], ["--config", KEYS.careful], [KEYS.careful]])(
    "is not repeated: %s",
    async (...flags) => {
      const args = ["dist/cli/main.js", "--live", ...flags];
      const { code, stderr } = await run(process.execPath, args).ended;
      expect(code).toBe(2);
      expect(stderr).not.toContain(KEYS.careful);
    },
  );
});

describe.concurrent("a live run", () => {
  it("with --yes trades as the account of its key, stops clean, and leaves no lock", async () => {
    const journal = directory();
    const it = live("trading", journal, "--yes", "--for", "10m", "--log-level", "debug");
    await it.logged(/ order placed /);
    it.kill("SIGTERM");
    const ended = await it.ended;

    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.stderr).toMatch(/LIVE, with real money/);
    expect(ended.stderr).toContain(`as      ${ownerOf("trading")}`);
    expect(summaryOf(ended)).toMatchObject({ mode: "live", openAtVenue: 0, lawsBroken: 0 });
    expect(summaryOf(ended).places.acked).toBeGreaterThan(0);
    expect(readdirSync(join(journal, "live")).filter((name) => /lock/.test(name))).toEqual([]);
  });

  it("is refused while another trades the account, and taken over from one that was killed", async () => {
    const journal = directory();
    const first = live("twice", journal, "--yes", "--for", "10m");
    await first.logged(/ INFO: quoting /);

    const second = await live("twice", journal, "--yes", "--for", "1s").ended;
    expect(second).toMatchObject({ code: 2, stdout: "" });
    expect(second.stderr).toContain(`process ${first.pid} uses this journal already`);

    first.kill("SIGKILL");
    await first.ended;
    const third = await live("twice", journal, "--yes", "--for", "1s").ended;
    expect(third).toMatchObject({ code: 0 });
    expect(third.stderr).toMatch(/left its lock behind: taken over/);
  });

  it("that is dry decides and sends nothing, and needs no --yes", async () => {
    const it = live("dry", directory(), "--dry-run", "--for", "10m", "--log-level", "debug");
    await it.logged(/ order placed /);
    it.kill("SIGTERM");
    const ended = await it.ended;

    expect(ended).toMatchObject({ code: 0, signal: null });
    const { mode, places, fills, openAtVenue } = summaryOf(ended);
    expect({ mode, fills, openAtVenue, sent: places.sent }).toEqual({
      mode: "dryRun",
      fills: 0,
      openAtVenue: 0,
      sent: 0,
    });
    expect(places.notSent).toBeGreaterThan(0);
    expect(ended.stderr).toMatch(/dry run: nothing is sent/);
    expect(ended.stderr).toMatch(/placing order .*side=BUY token=YES/);
    expect(ended.stderr).not.toMatch(/order not sent|refusedBefore/);
  });
});
