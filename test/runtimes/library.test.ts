/** The runtimes that the library offers, as a program that embeds tandem uses them. */
import { firstValueFrom } from "rxjs";
import { describe, expect, it, vi } from "vitest";
import {
  type LiveRuntimeOptions,
  type Runtime,
  MICRO,
  app,
  appConfig,
  liveIdentity,
  liveRuntime,
  referencePrice,
  servedRuntime,
  simulatedRuntime,
  simulatedVenue,
  systemTime,
} from "../../src/index.ts";
import { syntheticReference, virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import { clobClient, parsePrivateKey } from "../../src/venue/polymarket/index.ts";
import { simulatedIdentity } from "../../src/runtimes/index.ts";
import { signer } from "../sim/server/served.ts";
import { DAY_MS, venueInRealTime } from "../sim/server/inRealTime.ts";

const KEY_DIGITS = "9".padStart(64, "0");
const PATIENTLY = { interval: 20, timeout: 60_000 };

describe("a simulated venue", () => {
  const path = { seed: 3, startPrice: referencePrice(60_000 * MICRO), tickMs: 100 };

  it("makes its own runtime, which trades on it in virtual time", async () => {
    const scheduler = virtualScheduler();
    const time = { scheduler, macrotask: scheduler, clock: virtualClock(scheduler, 1.8e12) };
    const reference$ = syntheticReference({ ...path, volatilityPerSqrtSecond: 9e-5 }, scheduler);
    const venue = simulatedVenue({ seed: 3, windowMs: [60_000, 90_000] }, reference$, time);
    const tandem = app(appConfig({}, 10_000), venue.runtime());
    const ended = tandem.start();

    scheduler.runUntil(5_000);
    expect(venue.truth().orders.length).toBeGreaterThan(0);
    expect(
      venue.truth().markets.map(({ market: { endsAt, opensAt } }) => endsAt - opensAt),
    ).toEqual([60_000, 90_000]);

    scheduler.runUntil(30_000);
    expect(await ended).toMatchObject({ mode: "sim", openAtVenue: 0, lawsBroken: 0 });
    expect(venue.truth().orders).toEqual([]);
  });

  it("does not compile with the runtime of another one", () => {
    const mixed = (venue: ReturnType<typeof simulatedVenue>): readonly unknown[] => [
      // @ts-expect-error: its ports are those of its own runtime
      { ...simulatedRuntime(), venue: venue.venue },
      // @ts-expect-error: a venue is no option of a runtime
      simulatedRuntime({ venue }),
      // @ts-expect-error: a venue is no runtime
      venue satisfies Runtime,
    ];
    expect(mixed).toBeTypeOf("function");
  });
});

describe("servedRuntime", () => {
  it("trades on the venue at a URL, and leaves nothing there", async () => {
    const { at, restingOf } = await venueInRealTime();
    const { account } = simulatedIdentity(signer);
    const runtime = await firstValueFrom(servedRuntime(at.rest, { windowMs: DAY_MS }));
    // A stop need not wait for more than this venue can do.
    const quickStop = { executor: { lateBookingMs: 1_000, surveyGapMs: 500 } };
    const tandem = app(appConfig(quickStop), runtime);
    const ended = tandem.start();

    await vi.waitUntil(() => restingOf(account.maker).length > 0, PATIENTLY);
    tandem.stop("seen");
    expect(await ended).toMatchObject({ mode: "sim", openAtVenue: 0 });
    expect(restingOf(account.maker)).toEqual([]);
  });

  it.each([
    ["127.0.0.1:8080", /127\.0\.0\.1:8080: not an address/],
    ["localhost:8080", /localhost:8080: not an address/],
    ["http://venue.invalid:8080", /loopback addresses only/],
  ])("refuses %s", async (url, problem) => {
    await expect(firstValueFrom(servedRuntime(url))).rejects.toThrow(problem);
  });
});

describe("liveRuntime", () => {
  const key = parsePrivateKey(KEY_DIGITS) ?? expect.unreachable("no key");
  const identity = liveIdentity({ key, wallet: "key", maker: null }, signer);

  it.each([
    ["live", 0],
    ["dryRun", 1],
  ] as const)("%s: after a cancel-all %i of our orders rests", async (mode, left) => {
    const { at, restingOf } = await venueInRealTime();
    await rests(at.rest);
    expect(restingOf(identity.account.maker)).toHaveLength(1);

    const options: LiveRuntimeOptions = {
      mode,
      addresses: at,
      identity,
      series: ["btc-updown-5m"],
    };
    const runtime = await firstValueFrom(liveRuntime(options));
    expect(runtime.mode).toBe(mode);
    await firstValueFrom(runtime.venue.cancelAll(null));
    expect(restingOf(identity.account.maker)).toHaveLength(left);
  });

  async function rests(host: string): Promise<void> {
    const client = await firstValueFrom(
      clobClient({ host, privateKey: KEY_DIGITS, signatureType: 0 }, systemTime),
    );
    const listed = await fetch(`${host}/gamma/markets?closed=false&limit=1`);
    const [{ clobTokenIds }] = (await listed.json()) as [{ clobTokenIds: string }];
    const [tokenID = ""] = JSON.parse(clobTokenIds) as readonly string[];
    const order = client.createOrder(
      { tokenID, price: 0.05, size: 5, side: "BUY" },
      { tickSize: "0.01", negRisk: false, orderType: "GTC" },
    );
    expect(await firstValueFrom(client.postOrder(order))).toEqual({
      type: "accepted",
      orderID: order.orderID,
    });
  }
});
