/** The end of a recording that is the price of a simulation. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NEVER } from "rxjs";
import { afterAll, describe, expect, it } from "vitest";
import { referenceSource } from "../../src/runtimes/index.ts";
import { virtualScheduler } from "../../src/sim/index.ts";
import type { Connections } from "../../src/types/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tandem-reference-"));
afterAll(() => rmSync(folder, { recursive: true }));

const RECORDING = join(folder, "two-seconds.ndjson");
const PRICES = [60_000, 60_001, 60_002];
writeFileSync(
  RECORDING,
  PRICES.map((price, at) => {
    const frame = { u: at, s: "BTCUSDT", b: `${price}`, B: "1", a: `${price}`, A: "1" };
    return `${JSON.stringify({ ts: at * 1_000, frame })}\n`;
  }).join(""),
);

const NOWHERE = {
  reference: () => NEVER,
  market: () => NEVER,
  user: () => NEVER,
  settlement: null,
} as Connections;

function playing(isLooped: boolean) {
  const scheduler = virtualScheduler();
  const said: string[] = [];
  const say = (_: object, text: string) => said.push(text);
  const log = { debug: say, info: say, warn: say, error: say };
  const choice = { seed: 1, referenceFile: RECORDING, speed: 1, isLooped };
  const { reference$, ending } = referenceSource(choice, ["btc"], { scheduler, log });
  const prices: number[] = [];
  reference$.subscribe(({ price }) => prices.push(price / 1_000_000));
  const causes: string[] = [];
  const connect = () =>
    ending(NOWHERE)
      .reference()
      .subscribe({ error: (cause: unknown) => causes.push(String(cause)) });
  return { scheduler, prices, causes, connect, said };
}

describe("a recording as the price", () => {
  it("is played once, and then the reference is lost for good, with its cause", () => {
    const { scheduler, prices, causes, connect } = playing(false);
    connect();
    scheduler.runUntil(1_999);
    expect(causes).toEqual([]);
    scheduler.runUntil(10_000);
    connect(); // as a feed does that has lost its connection

    const cause = expect.stringContaining("the recording has ended");
    expect(causes).toEqual([cause, cause]);
    expect(prices).toEqual(PRICES);
  });

  it("goes on for ever where that is asked for, which is said", () => {
    const { scheduler, prices, causes, connect, said } = playing(true);
    connect();
    scheduler.runUntil(10_000);

    expect(causes).toEqual([]);
    expect(prices.length).toBeGreaterThan(2 * PRICES.length);
    expect(said).toContainEqual(expect.stringContaining("at each seam the time jumps"));
  });
});
