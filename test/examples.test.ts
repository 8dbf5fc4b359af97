/** The examples on the served venue in real time; `examples/bot.ts` uses nothing of tandem. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addressOf, parsePrivateKey } from "../src/venue/polymarket/sign/index.ts";
import { signer } from "./sim/server/served.ts";
import { venueInRealTime } from "./sim/server/inRealTime.ts";
import { until } from "./support/patience.ts";

const KEY = parsePrivateKey("7".padStart(64, "0")) ?? expect.unreachable("no key");

async function opened() {
  const { at, restingOf } = await venueInRealTime();
  /** The bot's resting orders, from the exchange's state. */
  return { at, resting: () => restingOf(addressOf(signer, KEY)) };
}

const bot = (...args: readonly string[]) => example("bot", ...args);

function example(name: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", `examples/${name}.ts`, ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  const ended = once(child, "close").then(([code]: unknown[]) => ({ code, said, errors }));
  /** Whether it has said that it could not quote. */
  const isTroubled = () => errors.includes("not quoted");
  return { child, ended, isTroubled };
}

describe("the example bot", () => {
  it("is short, and imports nothing of tandem", () => {
    const [short, long] = ["bot", "polymarket"].map((it) =>
      readFileSync(`examples/${it}.ts`, "utf8"),
    );
    expect(short?.split("\n").length).toBeLessThan(100);
    for (const source of [short, long]) expect(source).not.toMatch(/from "(\.\.|tandem)/);
  });

  it("leaves no order when its time is over", async () => {
    const { at, resting } = await opened();
    const { code, said, errors } = await bot(at.rest, "3").ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const { placed, open } = JSON.parse(said);
    expect(placed).toBeGreaterThanOrEqual(2);
    expect(open).toBe(0);
    expect(resting()).toEqual([]);
  });

  it("goes on through reset connections and a lost channel, and still leaves no order", async () => {
    const { at, resting } = await opened();
    const { child, ended, isTroubled } = bot(at.rest, "3600");
    const control = (command: object) =>
      fetch(`${at.rest}/control`, { method: "POST", body: JSON.stringify(command) });
    await until(() => resting().length === 2);
    await control({ do: "drop", channel: "user", forMs: 200 });
    await control({ do: "loseRequest", ratio: 1, of: "all" });
    const before = resting().map(({ id }) => id);
    await until(isTroubled);
    await control({ do: "loseRequest", ratio: 0, of: "all" });
    // Other orders than before: it quotes again.
    await until(() => resting().length === 2 && !resting().some(({ id }) => before.includes(id)));
    await control({ do: "loseAnswer", ratio: 0.5, of: "all" });
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0 });
    expect(resting()).toEqual([]);
  });

  it("quotes both sides, again and again, and cancels everything on SIGINT", async () => {
    const { at, resting } = await opened();
    const { child, ended } = bot(at.rest, "3600");
    await until(() => resting().length === 2);
    expect(new Set(resting().map(({ token }) => token))).toEqual(new Set(["YES", "NO"]));
    const first = resting().map(({ id }) => id);
    await until(() => resting().filter(({ id }) => !first.includes(id)).length === 2);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, errors: "" });
    expect(resting()).toEqual([]);
  });
});

describe("the example of one order", () => {
  it("is twenty lines, in the names of the venue's own clients", () => {
    const source = readFileSync("examples/order.ts", "utf8");
    const code = source.slice(source.indexOf("*/")).split("\n").slice(1);
    expect(code.filter((line) => line !== "" && !line.startsWith("//")).length).toBeLessThan(21);
    expect(source).not.toMatch(/epoch|liveAfter|ticket|\bleg/i);
  });

  it("rests at the venue, under the id that it printed before it knew the answer", async () => {
    const { at, restingOf } = await venueInRealTime();
    const { code, said, errors } = await example("order", at.rest).ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const key = parsePrivateKey("8".padStart(64, "0")) ?? expect.unreachable("no key");
    expect(restingOf(addressOf(signer, key))).toMatchObject([
      { id: JSON.parse(said).orderID, side: "BUY", price: 500, size: 20_000_000 },
    ]);
    expect(JSON.parse(said)).toMatchObject({ type: "accepted" });
  });
});

describe("the example of a strategy", () => {
  it("is thirty lines of code, and quotes in the simulation, as the manual has it", async () => {
    const source = readFileSync("examples/strategy.ts", "utf8");
    const code = source.slice(source.indexOf("*/")).split("\n").slice(1);
    expect(
      code.filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length,
    ).toBeLessThan(31);
    const journal = mkdtempSync(join(tmpdir(), "tandem-own-"));
    onTestFinished(() => rmSync(journal, { recursive: true }));
    const cli = ["--import", "tsx", "src/cli/main.ts"];
    const child = spawn(process.execPath, [
      ...cli,
      ..."--strategy ./examples/strategy.ts --sim in-process --json --journal".split(" "),
      journal,
    ]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let [said, log] = ["", ""];
    child.stdout.on("data", (chunk) => (said += String(chunk)));
    child.stderr.on("data", (chunk) => (log += String(chunk)));
    const ended = once(child, "close");
    await until(() => log.includes("INFO: quoting"));
    expect(log).toContain("strategy chosen name=microprice");
    const set = spawn(process.execPath, [
      ...cli,
      ..."set strategy.halfSpreadBp 300 --reason wider --journal".split(" "),
      journal,
    ]);
    let answer = "";
    set.stdout.on("data", (chunk) => (answer += String(chunk)));
    expect(await once(set, "close")).toEqual([0, null]);
    expect(answer).toMatch(/^strategy\.halfSpreadBp: 150 -> 300\n/);
    await until(() => log.includes("parameters set"));
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(JSON.parse(said)).toMatchObject({ lawsBroken: 0, openAtVenue: 0 });
  });
});
