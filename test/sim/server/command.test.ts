import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { build } from "../../integration/childProcess.ts";
import { until } from "../../support/patience.ts";

const FROM_SOURCE = ["--import", "tsx", "src/cli/main.ts"];
/** Starts in half the time of the source. */
const BUILT = ["dist/cli/main.js"];

function venue(...args: string[]) {
  return started(BUILT, args);
}

function started(program: readonly string[], args: readonly string[]) {
  const child = spawn(process.execPath, [...program, "venue", ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  let errors = "";
  child.stdout.on("data", (chunk) => lines.push(...String(chunk).split("\n").filter(Boolean)));
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  const ended = once(child, "close").then(([code]: (number | null)[]) => ({ code, errors }));
  return { child, lines, ended };
}

/** Starts a venue with these traders; the result counts the levels of its book. */
async function depth(traders: string): Promise<() => Promise<number>> {
  const { lines } = venue("--traders", traders);
  await until(() => lines.length > 0);
  const { rest } = JSON.parse(lines[0] ?? "");
  const [market] = JSON.parse(await (await fetch(`${rest}/gamma/markets`)).text());
  const [token] = JSON.parse(market.clobTokenIds);
  return async () => {
    const book = JSON.parse(await (await fetch(`${rest}/book?token_id=${token}`)).text());
    return book.bids.length + book.asks.length;
  };
}

describe("npm run venue", () => {
  beforeAll(() => build());

  it("prints its addresses in one line, answers requests, and ends on SIGTERM", async () => {
    const { child, lines, ended } = started(FROM_SOURCE, ["--port", "0", "--seed", "42"]);
    await until(() => lines.length > 0);
    const at = JSON.parse(lines[0] ?? "");
    expect(at).toMatchObject({ seed: 42, rest: `http://127.0.0.1:${at.port}` });
    const listed = await fetch(`${at.gamma}/markets`);
    const [market] = JSON.parse(await listed.text());
    expect(market.acceptingOrders).toBe(true);
    const socket = new WebSocket(at.marketSocket);
    await once(socket, "open");
    socket.send(JSON.stringify({ assets_ids: JSON.parse(market.clobTokenIds), type: "market" }));
    const [books] = await once(socket, "message");
    expect(JSON.parse(String(books))).toHaveLength(2);
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, errors: "" });
    expect(lines).toHaveLength(1);
  });

  it("takes faults from the command line and from /control", async () => {
    const cues = ["--at", "0s: fail 500 100% of reads", "--at", "1h: clear"];
    const { child, lines } = venue(...cues, "--fees", "0.07", "--taker-delay", "150");
    await until(() => lines.length > 0);
    const { rest } = JSON.parse(lines[0] ?? "");
    expect((await fetch(`${rest}/time`)).status).toBe(500);
    const body = JSON.stringify({ do: "clear" });
    expect((await fetch(`${rest}/control`, { method: "POST", body })).status).toBe(200);
    expect((await fetch(`${rest}/time`)).status).toBe(200);
    const [market] = JSON.parse(await (await fetch(`${rest}/gamma/markets`)).text());
    expect(market.feeSchedule).toMatchObject({ rate: 0.07, exponent: 1 });
    child.kill("SIGTERM");
  });

  it("has the traders that --traders names", async () => {
    const empty = await depth("empty");
    const busy = await depth("busy");
    // The default traders quote at most four levels a side.
    while ((await busy()) <= 8) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await empty()).toBe(0);
  });

  it("refuses a port that is taken, by its name and in words", async () => {
    const first = venue("--port", "0");
    while (first.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const { port } = JSON.parse(first.lines[0] ?? "");

    const { code, errors } = await venue("--port", String(port)).ended;

    expect(code).toBe(2);
    expect(errors).toBe(
      `configuration:\n  - --port: ${port} of 127.0.0.1 is taken by another program; give another, or 0 for any that is free\n`,
    );
  });

  it("refuses a host that is not loopback, and every bad option", async () => {
    const bad = [
      venue("--host", "0.0.0.0"),
      venue("--port", "x", "--window", "0"),
      venue("--what"),
      venue("--faults", "/nowhere", "--generation", "v9"),
      venue("--at", "1s: explode"),
      venue("--fees", "7", "--taker-delay", "99999", "--self-trade", "often", "--traders", "rich"),
    ];
    const [host, numbers, unknown, file, cue, rules] = await Promise.all(
      bad.map(({ ended }) => ended),
    );
    expect(host).toMatchObject({ code: 2, errors: expect.stringContaining("loopback") });
    expect(numbers).toMatchObject({ code: 2, errors: expect.stringMatching(/--port[^]*--window/) });
    expect(unknown).toMatchObject({ code: 2 });
    expect(file).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/one of v1, v2[^]*--faults/),
    });
    expect(rules).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/--traders[^]*--fees[^]*--taker-delay[^]*--self-trade/),
    });
    expect(cue).toMatchObject({ code: 2, errors: expect.stringContaining("explode") });
  });
});
