/** A process that has died does nothing more; what it had sent goes on without it. */
import { NEVER, Subject, of } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Runtime } from "../../src/app/runtime.ts";
import { memoryJournal, memoryLevel } from "../../src/journal/index.ts";
import { virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import type { Venue } from "../../src/types/index.ts";
import { FOREVER, instant, market } from "../support/builders.ts";
import { type Death, mortal } from "./crashing.ts";

const silent = (): void => undefined;

function process(death: Partial<Death>) {
  const scheduler = virtualScheduler();
  const asked: string[] = [];
  const answer$ = new Subject<never>();
  const noting = (what: string) => (): Subject<never> => {
    asked.push(what);
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
    venue: { cancelAll: noting("cancelAll"), openOrders: noting("openOrders") } as unknown as Venue,
    connections: { market: () => NEVER, user: () => NEVER, reference: () => NEVER },
    market$: of(market()),
    background$: NEVER,
    history: () => null,
    level: memoryLevel(),
    journal: (origin) => memoryJournal(origin),
  };
  let deaths = 0;
  const made = mortal(runtime, { moment: Infinity, untilMs: FOREVER, ...death }, () => {
    deaths += 1;
  });
  return { ...made, scheduler, asked, answer$, deaths: () => deaths };
}

describe("a mortal process", () => {
  it("lives as any other until its moment has come", () => {
    const { runtime, asked, isDead } = process({ moment: 3 });
    runtime.venue.cancelAll(null).subscribe();
    runtime.venue.openOrders(null).subscribe();
    expect([asked, isDead()]).toEqual([["cancelAll", "openOrders"], false]);
  });

  it("dies before what it was about to send has left, once", () => {
    const { runtime, asked, isDead, deaths } = process({ moment: 2 });
    runtime.venue.cancelAll(null).subscribe();
    expect(() => runtime.venue.openOrders(null)).toThrow("died");
    runtime.venue.cancelAll(null).subscribe();
    expect([asked, isDead(), deaths()]).toEqual([["cancelAll"], true, 1]);
  });

  it("hears no answer any more, and nothing it had scheduled runs", () => {
    const { runtime, answer$, scheduler } = process({ moment: 2 });
    let heard = 0;
    runtime.venue.cancelAll(null).subscribe(() => (heard += 1));
    runtime.scheduler.schedule(() => (heard += 1), 10);
    expect(() => runtime.venue.openOrders(null)).toThrow("died");
    answer$.next(undefined as never);
    scheduler.runUntil(100);
    expect(heard).toBe(0);
  });

  it("writes no line after its death, and the line it died at only if it was written before", () => {
    const origin = { version: "", market: market(), config: {}, nonce: "", state: {}, step: 0 };
    const stamped = { seq: 1, at: instant(0), event: { type: "clock.ticked" } } as const;
    const { runtime } = process({ moment: 3 });
    const journal = runtime.journal(origin, () => null);
    let written = 0;
    journal.append(stamped).subscribe(() => (written += 1));
    expect(() => journal.decided(1, [])).toThrow("died");
    journal.append({ ...stamped, seq: 2 }).subscribe(() => (written += 1));
    expect(written).toBe(1);
  });

  it("does not die any more after its time", () => {
    const { runtime, isDead, scheduler } = process({ moment: 1, untilMs: 50 });
    scheduler.runUntil(50);
    runtime.venue.cancelAll(null).subscribe();
    expect(isDead()).toBe(false);
  });
});
