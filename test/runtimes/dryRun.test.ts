import { NEVER, of } from "rxjs";
import { describe, expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import type { Summary } from "../../src/observers/index.ts";
import { dryRun, simulatedVenue } from "../../src/runtimes/index.ts";
import { OUR_ACCOUNT, virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import { after, marketId, microShares, priceBp } from "../../src/types/index.ts";
import { market } from "../support/builders.ts";
import { type Rig, type RigOptions, rig } from "../app/rig.ts";

/** Quotes for `tradingMs` of virtual time, then stops. */
async function dry(tradingMs: number, options: RigOptions = {}): Promise<Rig> {
  const it = rig({ remade: dryRun, ...options });
  await it.runUntil(tradingMs);
  it.app.stop("enough");
  await it.runUntil(tradingMs + 30_000);
  return it;
}

const summaryOf = (it: Rig): Summary => {
  const outcome = it.outcome();
  if (outcome?.type !== "resolved") throw new Error("it has not ended well");
  return outcome.summary;
};

describe("a dry run", () => {
  it("reads and decides, and nothing that would change anything reaches the venue", async () => {
    const it = await dry(60_000);

    const ours = it
      .facts()
      .filter(({ fact }) => fact.type === "order.changed" && fact.order.account === OUR_ACCOUNT);
    expect(ours).toEqual([]);
    expect(new Set(it.asked().map(({ what }) => what))).toEqual(new Set(["openOrders"]));
  });

  it("says that it is one, and that nothing was sent, filled or left", async () => {
    const { places, ...summary } = summaryOf(await dry(60_000));

    expect(summary).toMatchObject({ mode: "dryRun", fills: 0, openAtVenue: 0, lawsBroken: 0 });
    expect(places.decided).toBeGreaterThan(2);
    const nothing = { sent: 0, acked: 0, rejected: 0, unknown: 0 };
    expect(places).toEqual({ ...nothing, decided: places.decided, notSent: places.decided });
  });

  it("quotes as steadily as orders at the venue: nothing is refused, doubted or stopped", async () => {
    const it = rig({ remade: dryRun });
    const reasons: string[] = [];
    let isQuoting = false;
    const steps = it.app.transition$.subscribe(({ state: { why } }) => {
      isQuoting ||= why.plan !== null && why.gate.length === 0;
      if (isQuoting) reasons.push(...why.gate, ...why.withheld.map(({ reason }) => reason));
    });
    await it.runUntil(60_000);
    steps.unsubscribe();

    expect(isQuoting).toBe(true);
    // A new price waits for the cancel of the old one, or is so near that the order stays; nothing else may hold a side back.
    expect(new Set(reasons)).toEqual(new Set(["slotBusy", "held"]));
    expect(it.log().filter((line) => /^(warn|error): /.test(line))).toEqual([]);
  });

  it("shows its orders on the user channel too: the canary order comes back", async () => {
    const it = await dry(30_000, { config: appConfig({ executor: { canary: true } }) });

    expect(it.log()).toContainEqual(expect.stringMatching(/^info: canary verified /));
  });

  it("ends as fast as any other: nothing has to be waited for", async () => {
    const it = rig({ remade: dryRun });
    await it.runUntil(20_000);
    it.app.stop("enough");
    await it.runUntil(35_000);

    expect(it.outcome()).toMatchObject({ type: "resolved" });
  });
});

it("knows a window of hours through all the short ones that open after it", () => {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, 1.8e12);
  const time = { scheduler, clock, macrotask: scheduler };
  const steady = simulatedVenue({ seed: 1, windowMs: 60_000 }, NEVER, time).runtime();
  const long = { ...market(), endsAt: after(clock.now().epochMs, 4 * 3_600_000) };
  const short = Array.from({ length: 100 }, (_, index) => ({
    ...market(),
    id: marketId(`short ${index}`),
    endsAt: clock.now().epochMs,
  }));
  const runtime = dryRun({ ...steady, market$: of(long, ...short) });
  runtime.market$.subscribe();

  const ticket = {
    market: long.id,
    tokenId: long.tokenIds.NO,
    side: "BUY",
    price: priceBp(4_000),
    size: microShares(5_000_000),
    salt: 1,
    createdAt: clock.now().epochMs,
    expiresAt: null,
    orderType: "GTC",
    postOnly: true,
  } as const;
  const orderId = runtime.venue.orderId(ticket);
  const leg = { orderId, ticket, epoch: { account: 0, market: 0 }, liveAfter: 1 };
  runtime.venue.place([leg], () => true).subscribe();
  const found: unknown[] = [];
  scheduler.runUntil(1);
  runtime.venue.order(orderId).subscribe((answer) => found.push(answer));
  scheduler.runUntil(2);
  expect(found).toMatchObject([{ value: { orderId, token: "NO" } }]);
});
