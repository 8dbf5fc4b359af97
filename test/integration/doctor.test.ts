/** The doctor as its operator has it, on a venue of this machine: what it finds, and that it places nothing. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../src/cli/finding.ts";
import { type Ended, build, killAll, run } from "./childProcess.ts";
import { type RecordedVenue, openRecordedVenue } from "./recordedVenue.ts";

const KEY = "3".padStart(64, "0");
const SERIES = ["--series", "btc-updown-4h"];

let folder = "";
let venue: RecordedVenue;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-doctor-"));
  await build();
  venue = await openRecordedVenue();
});
afterEach(() => venue.tamper(() => "pass"));
afterAll(() => {
  killAll();
  venue.close();
  rmSync(folder, { recursive: true });
});

const doctor = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, ["dist/cli/main.js", "doctor", ...args], env).ended;

interface Report {
  readonly version: number;
  readonly verdict: Finding["verdict"];
  readonly findings: readonly Finding[];
}
const reportOf = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;
const verdictsOf = (ended: Ended): Readonly<Record<string, string>> =>
  Object.fromEntries(reportOf(ended).findings.map(({ name, verdict }) => [name, verdict]));

let files = 0;
function file(content: unknown): string {
  const path = join(folder, `file-${(files += 1)}`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
const EXECUTOR = { budgetUsdc: 100, netMaxShares: 100, grossMaxShares: 200 };
const LIMITS = { lossPerDayUsd: { max: 100, action: "halt" } };
const live = (): readonly string[] => {
  const whole = {
    executor: EXECUTOR,
    limits: LIMITS,
    account: { wallet: "key" },
    venue: venue.addresses,
  };
  return ["--config", file(whole), ...SERIES];
};

describe("the doctor", () => {
  it("finds nothing wrong with a simulated venue, looks at all of it, and places nothing", async () => {
    const before = venue.sent().length;
    const at = venue.addresses.rest;
    const ended = await doctor(["--venue", at, ...SERIES, "--json"]);

    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(reportOf(ended)).toMatchObject({ version: 1, verdict: "ok" });
    expect(
      reportOf(ended)
        .findings.map(({ name }) => name)
        .join(", "),
    ).toBe(
      "node, signer, key, wallet, gamma, rest, clock, credentials, " +
        "balance, allowance, standing, rate tier, orders, heartbeat, " +
        "market socket, user socket, binance, binance socket",
    );
    const said = venue.sent().slice(before).join("\n");
    expect(said).toMatch(/^POST \/v1\/heartbeats /m);
    expect(said).not.toMatch(/^(POST|DELETE) \/(order|orders|cancel-all|cancel-market-orders) /m);
  });

  it("finds the same with a live configuration, and says it to a person", async () => {
    const ended = await doctor(live(), { TANDEM_PRIVATE_KEY: KEY });

    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^ok {4}balance: 1000 USDC$/m);
    expect(ended.stdout).toMatch(/^ok {4}clock: the venue is -?0\.\d s ahead of us$/m);
    expect(ended.stdout).toMatch(
      /^ok {4}credentials: derived from the key: API key [\da-f-]{36}$/m,
    );
    expect(ended.stdout).not.toMatch(/^(warn|fail)/m);
    expect(ended.stdout).not.toContain(KEY);
  });

  it("with nothing configured says what is missing and how to fix it", async () => {
    const here = file({ venue: venue.addresses });
    const ended = await doctor(["--config", here], { TANDEM_PRIVATE_KEY: "" });

    expect(ended.code).toBe(2);
    expect(ended.stdout).toMatch(/^fail {2}configuration: TANDEM_PRIVATE_KEY: not a private key/m);
    expect(ended.stdout).toMatch(/^fail {2}configuration: executor\.budgetUsdc/m);
    expect(ended.stdout).toMatch(/^ {6}to fix it: see docs\/live\.md$/m);
    expect(ended.stdout).toMatch(/^ok {4}binance: /m);
    expect(ended.stdout).not.toMatch(/balance/);
  });

  it("says that others may read the key file", async () => {
    const path = file(KEY);
    chmodSync(path, 0o644);
    const ended = await doctor([...live(), "--key-file", path]);

    expect(ended.code).toBe(2);
    expect(ended.stdout).toMatch(/^fail {2}configuration: --key-file: .*mode 644.*chmod 600/m);
  });

  it("finds credentials that the venue does not take", async () => {
    const ended = await doctor([...live(), "--json"], {
      TANDEM_PRIVATE_KEY: KEY,
      TANDEM_API_KEY: "11111111-2222-4333-8444-555555555555",
      TANDEM_API_SECRET: "c2VjcmV0LWJ5dGVz",
      TANDEM_API_PASSPHRASE: "phrase",
    });

    expect(ended.code).toBe(2);
    expect(verdictsOf(ended)).toMatchObject({
      rest: "ok",
      balance: "fail",
      orders: "fail",
      "market socket": "ok",
      "user socket": "fail",
    });
    const balance = reportOf(ended).findings.find(({ name }) => name === "balance");
    expect(balance?.text).toMatch(/^HTTP 401/);
    expect(balance?.fix).toMatch(/API credentials/);
    expect(ended.stdout).not.toContain("c2VjcmV0LWJ5dGVz");
  });

  it("does not arm the switch while something rests, which it would take with it", async () => {
    venue.tamper((text) =>
      text.startsWith("GET /data/orders") ? { answer: answerOf(ORDERS) } : "pass",
    );
    const before = venue.sent().length;
    const ended = await doctor([...live(), "--json"], { TANDEM_PRIVATE_KEY: KEY });

    expect(ended.code).toBe(1);
    expect(verdictsOf(ended)).toMatchObject({ orders: "warn" });
    expect(verdictsOf(ended)).not.toHaveProperty("heartbeat");
    expect(venue.sent().slice(before).join("\n")).not.toContain("heartbeats");
  });

  it.each<[string, string, string, Finding["verdict"]]>([
    ["GET /gamma", "[]", "gamma", "warn"],
    ["GET /time", "1795305600", "clock", "fail"],
    ["GET /balance-allowance", '{"balance":"0","allowances":{}}', "balance", "fail"],
    ["GET /balance-allowance", '{"balance":"5","allowances":{}}', "allowance", "fail"],
    ["GET /auth/ban-status", '{"closed_only":true}', "standing", "fail"],
    ["GET /api/v3/klines", "[[1]]", "binance", "fail"],
    ["GET /v1/user/rate-limit-tier", '{"tier":"Gold"}', "rate tier", "ok"],
  ])("asked by %s and answered %s, says of %s: %s", async (request, body, name, verdict) => {
    venue.tamper((text) => (text.startsWith(request) ? { answer: answerOf(body) } : "pass"));
    const ended = await doctor([...live(), "--json"], { TANDEM_PRIVATE_KEY: KEY });

    expect(verdictsOf(ended)[name]).toBe(verdict);
    expect(ended.code).toBe(["ok", "warn", "fail"].indexOf(reportOf(ended).verdict));
    const finding = reportOf(ended).findings.find((each) => each.name === name);
    expect(finding?.fix === null).toBe(verdict === "ok");
  });

  it("says of each connection that is cut off that it is, and goes on", async () => {
    venue.tamper(() => "reset");
    const ended = await doctor([...live(), "--json"], { TANDEM_PRIVATE_KEY: KEY });

    expect(ended.code).toBe(2);
    expect(verdictsOf(ended)).toMatchObject({
      gamma: "fail",
      rest: "fail",
      binance: "fail",
      "binance socket": "fail",
    });
  });
});

const answerOf = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

const ORDERS = JSON.stringify({
  limit: 100,
  count: 1,
  next_cursor: "LTE=",
  data: [
    {
      id: "0x1",
      owner: "o",
      market: "0x2",
      asset_id: "3",
      side: "BUY",
      original_size: "5",
      size_matched: "0",
      price: "0.5",
      status: "LIVE",
    },
  ],
});
