import { describe, expect, it } from "vitest";
import { dryRun, unsent } from "../../src/runtimes/dryRun.ts";
import type { Runtime } from "../../src/app/index.ts";
import { virtualScheduler } from "../../src/sim/index.ts";
import type { Venue } from "../../src/types/index.ts";
import { rig } from "../app/rig.ts";
import type { Summary } from "../../src/observers/index.ts";

/** A venue that notes each request that reaches it. */
function noted(venue: Venue, asked: Set<string>): Venue {
  const note =
    <Args extends readonly unknown[], Answer>(name: string, ask: (...args: Args) => Answer) =>
    (...args: Args): Answer => {
      asked.add(name);
      return ask(...args);
    };
  return {
    orderId: venue.orderId,
    place: note("place", venue.place),
    cancel: note("cancel", venue.cancel),
    cancelAll: note("cancelAll", venue.cancelAll),
    openOrders: note("openOrders", venue.openOrders),
    order: note("order", venue.order),
    trades: note("trades", venue.trades),
    balances: note("balances", venue.balances),
    heartbeat: note("heartbeat", venue.heartbeat),
  };
}

const resolved = (it: ReturnType<typeof rig>): Summary => {
  const outcome = it.outcome();
  if (outcome?.type !== "resolved") throw new Error("it has not ended well");
  return outcome.summary;
};

describe("a dry run", () => {
  it("reads and decides, and nothing that would change anything reaches the venue", async () => {
    const reached = new Set<string>();
    const it = rig({ venue: (venue, scheduler) => unsent(noted(venue, reached), scheduler) });
    await it.runUntil(20_000);
    it.app.stop("enough");
    await it.runUntil(60_000);

    expect([...reached].toSorted()).toEqual(["balances", "openOrders", "trades"]);
    const { places, fills, openAtVenue, lawsBroken } = resolved(it);
    expect(places.decided).toBeGreaterThan(2);
    expect(places).toMatchObject({ sent: 0, acked: 0, notSent: places.decided });
    expect({ fills, openAtVenue, lawsBroken }).toEqual({ fills: 0, openAtVenue: 0, lawsBroken: 0 });
  });

  it("says what it would have placed, and that it was not sent", async () => {
    const it = rig({ venue: unsent });
    await it.runUntil(20_000);

    expect(it.log()).toContainEqual(
      expect.stringMatching(
        /^debug: placing order .*"side":"BUY","token":"YES","price":"0\.\d+","size":"20"/,
      ),
    );
    expect(it.log()).toContainEqual(
      expect.stringMatching(
        /^debug: order not sent .*"side":"BUY","token":"YES".*"cause":"dryRun"/,
      ),
    );
  });

  it("ends as fast as any other, and not in 30 s: of nothing sent, everything is cancelled", async () => {
    const it = rig({ venue: unsent });
    await it.runUntil(20_000);
    it.app.stop("enough");
    await it.runUntil(35_000);

    expect(it.outcome()).toMatchObject({ type: "resolved" });
  });

  it("is a runtime like the one it is made of, but for its venue and its name", () => {
    const scheduler = virtualScheduler();
    const heard: unknown[] = [];
    const venue = { place: () => expect.unreachable("sent") } as unknown as Venue;
    const made = dryRun({ mode: "live", venue, scheduler, nonce: "n" } as unknown as Runtime);

    expect(made).toMatchObject({ mode: "dryRun", nonce: "n" });
    made.venue.place([], () => true).subscribe((answer) => heard.push(answer));
    expect(heard).toEqual([]);
    scheduler.runUntil(1);
    expect(heard).toEqual([{ type: "notSent", cause: "dryRun", retryAfterMs: null }]);
  });
});
