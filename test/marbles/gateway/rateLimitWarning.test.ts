import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { bucket } from "../../../src/gateway/buckets.ts";
import { rateLimitWarning } from "../../../src/gateway/index.ts";
import type { PermitsEvent } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";

const SAID: Record<string, PermitsEvent> = {
  s: { type: "permits.changed", areShort: true },
  a: { type: "permits.changed", areShort: false },
};

describe("shortage", () => {
  it(
    "begins below a full wave, and ends at two: not with every wave in between",
    marbles((m) => {
      // 14 left at 50 ms; one more every 10 ms: 15 at 60, 29 at 200, and 34 at the next check.
      const until = "   ^ 450ms !";
      const expected = "100ms s 199ms a";
      const orders = bucket({ perSecond: 100, burst: 60 }, m.scheduler);
      m.scheduler.schedule(() => orders.begin(0)(undefined, 51), 50);

      m.expect(rateLimitWarning(orders, m.scheduler), until).toBeObservable(expected, SAID);
    }),
  );

  it(
    "lasts for as long as the venue holds everything back, however full the bucket is",
    marbles((m) => {
      const until = "   ^ 900ms !";
      const expected = "100ms s 599ms a";
      const orders = bucket({ perSecond: 100, burst: 60 }, m.scheduler);
      const over = { tier: null, remaining: 60, isOver: true, retryAfterMs: 600 };
      m.scheduler.schedule(() => orders.begin(1)(over), 50);

      m.expect(rateLimitWarning(orders, m.scheduler), until).toBeObservable(expected, SAID);
    }),
  );

  it("says nothing while there is enough", () => {
    const scheduler = new VirtualTimeScheduler();
    const events: PermitsEvent[] = [];
    const orders = bucket({ perSecond: 40, burst: 60 }, scheduler);
    orders.begin(0)(undefined, 45);
    const running = rateLimitWarning(orders, scheduler).subscribe((event) => events.push(event));
    scheduler.schedule(() => running.unsubscribe(), 5_000);
    scheduler.flush();
    expect(events).toEqual([]);
  });
});
