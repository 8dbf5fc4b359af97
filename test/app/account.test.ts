/** What all markets together may do, in a whole app. */
import { describe, expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import { memoryAccount } from "../../src/journal/index.ts";
import { ConfigError, MICRO, notionalCeil } from "../../src/types/index.ts";
import { SIMULATED_CASH } from "../../src/runtimes/index.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";
import { type Rig, rig } from "./rig.ts";

const limited = (limits: object) => appConfig({ strategy: FIXED_SPREAD, limits });
/** Hit by the first fills: a quote in front of the best bid loses the difference at once. */
const HALTING = limited({ drawdownUsd: { max: 0.01, action: "halt" } });

const places = (run: Rig) => run.asked().filter(({ what }) => what === "place");
const isHit = (run: Rig) => run.app.limits().some((each) => each.isHit);

/** Runs until it holds, second by second. */
async function until(run: Rig, maxMs: number, holds: () => boolean): Promise<number> {
  for (let at = 1_000; at <= maxMs; at += 1_000) {
    await run.runUntil(at);
    if (holds()) return at;
  }
  return expect.unreachable("it never held");
}

/** What the venue has taken from us, has matched and will take, and could still match. */
function usedBy(run: Rig): number {
  const { cash, orders, markets } = run.sim.truth();
  const live = orders
    .filter(({ side }) => side === "BUY")
    .reduce(
      (sum, { price, size, sizeMatched }) => sum + (price * (size - sizeMatched)) / 10_000,
      0,
    );
  const pending = markets
    .flatMap(({ trades }) => trades)
    .filter(({ status }) => status === "matched" || status === "retrying")
    .flatMap(({ fills }) => fills)
    .filter(({ side }) => side === "BUY")
    .reduce((sum, { price, size, fee }) => sum + notionalCeil(price, size) + fee, 0);
  return SIMULATED_CASH - cash + pending + live;
}

describe("a limit of the account", () => {
  it("[M] that is hit halts every market, says the figures, and lasts over a restart until it is cleared", async () => {
    const account = memoryAccount();
    const first = rig({ config: HALTING, account, windowMs: [300_000, 400_000] });
    const hitAt = await until(first, 120_000, () => isHit(first));
    await first.runUntil(hitAt + 20_000);

    expect(first.log().join("\n")).toMatch(/account limit hit .*"limit":"drawdownUsd"/);
    expect(first.log().join("\n")).toMatch(/account: drawdownUsd [\d.]+ of 0.01/);
    expect(first.sim.truth().orders).toEqual([]);
    expect(places(first).filter(({ atMs }) => atMs > hitAt)).toEqual([]);
    first.app.stop("closing time");
    await first.runUntil(hitAt + 60_000);
    expect(first.outcome()).toMatchObject({ type: "resolved", summary: { lawsBroken: 0 } });

    const second = rig({ config: HALTING, account });
    await second.runUntil(20_000);
    expect(places(second)).toEqual([]);
    expect(second.app.limits()).toMatchObject([
      { limit: "drawdownUsd", of: "account", max: 0.01, isHit: true },
    ]);

    expect(second.app.clear("drawdownUsd", " ", "ann")).toBe("drawdownUsd: a reason is needed");
    expect(second.app.clear("drawdownUsd", "a thin book", "ann")).toBeNull();
    expect(second.app.clear("drawdownUsd", "again", "ann")).toBe("drawdownUsd: it is not hit");
    await second.runUntil(30_000);
    expect(places(second).length).toBeGreaterThan(0);
    expect(second.log().join("\n")).toMatch(/account limit cleared .*"who":"ann"/);
  });

  it("[M] of capital is never passed by what two markets have spent and may still spend", async () => {
    const run = rig({ config: limited({ capitalUsdc: 20 }), windowMs: [300_000, 400_000] });
    let most = 0;
    for (let at = 500; at <= 60_000; at += 500) {
      await run.runUntil(at);
      most = Math.max(most, usedBy(run));
    }

    // Both have been given some of it.
    const filled = run.sim.truth().markets.filter(({ trades }) => trades.length > 0);
    expect(filled).toHaveLength(2);
    expect(most).toBeGreaterThan(10 * MICRO);
    expect(most).toBeLessThanOrEqual(20 * MICRO);
  });
});

describe("what the account must not forget", () => {
  it("stops the start where it cannot be understood", () => {
    const account = { ...memoryAccount(), read: () => ({ schema: 99 }) };
    expect(() => rig({ account })).toThrow(ConfigError);
    expect(() => rig({ account })).toThrow(/schema 99/);
  });

  it("is told once where it cannot be written, and trading goes on", async () => {
    const write = (): void => {
      throw new Error("no space left on device");
    };
    const run = rig({ account: { ...memoryAccount(), write } });
    await run.runUntil(30_000);

    const told = run.log().filter((line) => line.includes("account not recorded"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("no space left on device");
    expect(run.acceptedAt().length).toBeGreaterThan(0);
  });

  it("is written at once when a limit is hit, and when the run ends", async () => {
    const account = memoryAccount();
    const run = rig({ config: HALTING, account });
    await until(run, 120_000, () => isHit(run));
    await run.runUntil(121_000);
    expect(account.read()).toMatchObject({
      hits: [{ reference: null, hit: { limit: "drawdownUsd", action: "halt" } }],
    });
  });
});
