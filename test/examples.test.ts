/** `examples/bot.ts`, which uses nothing of tandem, on the served venue in real time. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { syntheticReference } from "../src/sim/index.ts";
import { type Endpoints, rollingWindows, venueServer } from "../src/sim/server/index.ts";
import { currentMarket, liveOrders } from "../src/sim/exchange/state.ts";
import { MICRO, microUsdc, referencePrice } from "../src/types/index.ts";
import { addressOf, parsePrivateKey } from "../src/venue/polymarket/sign/index.ts";
import { signer } from "./sim/server/served.ts";
import { systemClock, systemScheduler } from "../src/runtimes/system.ts";

const KEY = parsePrivateKey("7".padStart(64, "0")) ?? expect.unreachable("no key");
const VOLATILITY = 0.00009;
/** So long that a window ends during a test only at midnight. */
const DAY_MS = 86_400_000;
const PATIENTLY = { interval: 20, timeout: 30_000 };

async function opened() {
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const startPrice = referencePrice(60_000 * MICRO);
  const path = { seed: 1, startPrice, volatilityPerSqrtSecond: VOLATILITY, tickMs: 80 };
  const { endpoints$, state } = venueServer(
    {
      port: 0,
      host: "127.0.0.1",
      isPublic: false,
      seed: 1,
      series: [rollingWindows(DAY_MS)],
      generation: "v1",
      cash: microUsdc(1_000 * MICRO),
      volatilityPerSqrtSecond: VOLATILITY,
    },
    {
      scheduler: systemScheduler,
      clock: systemClock,
      signer,
      log: silent,
      reference$: syntheticReference(path, systemScheduler),
    },
  );
  const at = await new Promise<Endpoints>((resolve, reject) => {
    const running = endpoints$.subscribe({ next: resolve, error: reject });
    onTestFinished(() => running.unsubscribe());
  });
  /** The bot's resting orders, from the exchange's state. */
  const resting = () => {
    const market = currentMarket(state());
    return market ? liveOrders(market, addressOf(signer, KEY)) : [];
  };
  return { at, resting };
}

function ignore(): void {}

function bot(...args: readonly string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", "examples/bot.ts", ...args]);
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

  it("quotes both sides, and leaves no order when its time is over", async () => {
    const { at, resting } = await opened();
    const { ended } = bot(at.rest, "6");
    await vi.waitUntil(() => resting().length === 2, PATIENTLY);
    expect(new Set(resting().map(({ token }) => token))).toEqual(new Set(["YES", "NO"]));
    const { code, said, errors } = await ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const { placed, open } = JSON.parse(said);
    expect(placed).toBeGreaterThanOrEqual(4);
    expect(open).toBe(0);
    expect(resting()).toEqual([]);
  });

  it("goes on through reset connections and a lost channel, and still leaves no order", async () => {
    const { at, resting } = await opened();
    const { child, ended, isTroubled } = bot(at.rest, "3600");
    const control = (command: object) =>
      fetch(`${at.rest}/control`, { method: "POST", body: JSON.stringify(command) });
    await vi.waitUntil(() => resting().length === 2, PATIENTLY);
    await control({ do: "drop", channel: "user", forMs: 200 });
    await control({ do: "loseRequest", ratio: 1, of: "all" });
    const before = resting().map(({ id }) => id);
    await vi.waitUntil(isTroubled, PATIENTLY);
    await control({ do: "loseRequest", ratio: 0, of: "all" });
    // Other orders than before: it quotes again.
    await vi.waitUntil(
      () => resting().length === 2 && !resting().some(({ id }) => before.includes(id)),
      PATIENTLY,
    );
    await control({ do: "loseAnswer", ratio: 0.5, of: "all" });
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0 });
    expect(resting()).toEqual([]);
  });

  it("cancels everything on SIGINT", async () => {
    const { at, resting } = await opened();
    const { child, ended } = bot(at.rest, "3600");
    await vi.waitUntil(() => resting().length === 2, PATIENTLY);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, errors: "" });
    expect(resting()).toEqual([]);
  });
});
