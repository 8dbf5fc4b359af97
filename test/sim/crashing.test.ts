/** A crashed process does nothing more; what it has sent goes on without it. */
import { NEVER, Subject, of, defer } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Runtime } from "../../src/app/runtime.ts";
import { memoryJournal, memoryAccount, memoryLevel } from "../../src/journal/index.ts";
import { virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import type { Venue } from "../../src/types/index.ts";
import { FOREVER, instant, market } from "../support/builders.ts";
import { type Crash, crashingRuntime } from "./crashing.ts";

const silent = (): void => undefined;

function process(crash: Partial<Crash>) {
  const scheduler = virtualScheduler();
  const sent: string[] = [];
  const answer$ = new Subject<never>();
  const recording = (what: string) => (): Subject<never> => {
    sent.push(what);
    return answer$;
  };
  const runtime: Runtime = {
    mode: "sim",
    clock: virtualClock(scheduler, 0),
    scheduler,
    macrotask: scheduler,
    chance: () => 0.5,
    nonce: "n",
    log: { debug: silent, info: silent, warn: silent, error: silent },
    venue: {
      cancelAll: recording("cancelAll"),
      openOrders: recording("openOrders"),
    } as unknown as Venue,
    connections: {
      market: () => NEVER,
      user: () => NEVER,
      reference: () => NEVER,
      settlement: null,
    },
    market$: of(market()),
    background$: NEVER,
    history: () => null,
    level: memoryLevel(),
    account: memoryAccount(),
    journal: (origin) => memoryJournal(origin),
  };
  let crashes = 0;
  const made = crashingRuntime(runtime, { moment: Infinity, untilMs: FOREVER, ...crash }, () => {
    crashes += 1;
  });
  return { ...made, scheduler, sent, answer$, crashes: () => crashes };
}

describe("a crashing runtime", () => {
  it("works as any other before its moment", () => {
    const { runtime, sent, isCrashed } = process({ moment: 3 });
    runtime.venue.cancelAll(null).subscribe();
    runtime.venue.openOrders(null).subscribe();
    expect([sent, isCrashed()]).toEqual([["cancelAll", "openOrders"], false]);
  });

  it("crashes once, before the request of that moment has left", () => {
    const { runtime, sent, isCrashed, crashes } = process({ moment: 2 });
    runtime.venue.cancelAll(null).subscribe();
    expect(() => runtime.venue.openOrders(null)).toThrow("crashed");
    runtime.venue.cancelAll(null).subscribe();
    expect([sent, isCrashed(), crashes()]).toEqual([["cancelAll"], true, 1]);
  });

  it("gets no answer any more, and runs nothing it had scheduled", () => {
    const { runtime, answer$, scheduler } = process({ moment: 2 });
    let calls = 0;
    runtime.venue.cancelAll(null).subscribe(() => (calls += 1));
    runtime.scheduler.schedule(() => (calls += 1), 10);
    expect(() => runtime.venue.openOrders(null)).toThrow("crashed");
    answer$.next(undefined as never);
    scheduler.runUntil(100);
    expect(calls).toBe(0);
  });

  it("writes no line after the crash, and a line of that moment only if it was written before", () => {
    const origin = { version: "", market: market(), config: {}, nonce: "", state: {}, step: 0 };
    const stamped = { seq: 1, at: instant(0), event: { type: "clock.ticked" } } as const;
    const { runtime } = process({ moment: 3 });
    const journal = runtime.journal(origin, () => null);
    let written = 0;
    defer(() => journal.append(stamped)).subscribe(() => (written += 1));
    expect(() => journal.decided(1, [])).toThrow("crashed");
    defer(() => journal.append({ ...stamped, seq: 2 })).subscribe(() => (written += 1));
    expect(written).toBe(1);
  });

  it("does not crash any more after its time", () => {
    const { runtime, isCrashed, scheduler } = process({ moment: 1, untilMs: 50 });
    scheduler.runUntil(50);
    runtime.venue.cancelAll(null).subscribe();
    expect(isCrashed()).toBe(false);
  });
});
