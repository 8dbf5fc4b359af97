/** The production app as a whole, in virtual time, on the simulated venue. */
import {
  NEVER,
  type Observable,
  ReplaySubject,
  config as rxjsConfig,
  filter,
  map,
  mergeMap,
  of,
  throwError,
  timer,
} from "rxjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type App, appConfig } from "../../src/app/index.ts";
import { type ExecutorState, reducer, tradeEntries } from "../../src/executor/index.ts";
import { memoryLevel, refold } from "../../src/journal/index.ts";
import { readersOf } from "../../src/observers/index.ts";
import type { VirtualScheduler } from "../../src/sim/index.ts";
import {
  type Journal,
  LawBroken,
  type Link,
  MICRO,
  type Market,
  type OrderId,
  type PlaceAnswer,
  type UserItem,
  type Venue,
} from "../../src/types/index.ts";
import { NONCE, type Rig, rig } from "./rig.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

const SHUTDOWN_MS = 30_000;
/** A place still on its way is booked within this on the simulated venue. */
const IN_FLIGHT_MS = 100;
/** Every request answered, a survey 5 s later, and another 2 s after that: design 3.7. */
const VERIFIED_WITHIN_MS = 10_000;

const placesThatLeftAfter = (run: Rig, atMs: number): number =>
  run.asked().filter((asked) => asked.what === "place" && asked.hasLeft && asked.atMs > atMs)
    .length;

const acceptedAfter = (run: Rig, atMs: number): number =>
  run.acceptedAt().filter((at) => at > atMs).length;

/** The venue as it is until `atMs`; from then on it answers nothing. */
const mute =
  (atMs: number) =>
  (venue: Venue, scheduler: VirtualScheduler): Venue => {
    const until = <Args extends unknown[], Answer>(
      ask: (...args: Args) => Answer,
    ): ((...args: Args) => Answer | typeof NEVER) => {
      return (...args) => (scheduler.now() < atMs ? ask(...args) : NEVER);
    };
    return {
      orderId: venue.orderId,
      place: until(venue.place),
      cancel: until(venue.cancel),
      cancelAll: until(venue.cancelAll),
      openOrders: until(venue.openOrders),
      order: until(venue.order),
      trades: until(venue.trades),
      balances: until(venue.balances),
      heartbeat: until(venue.heartbeat),
    };
  };

const isOfTrade = (
  link: Link<UserItem>,
): link is { type: "item"; item: Extract<UserItem, { type: "trade" }> } =>
  link.type === "item" && link.item.type === "trade";

/** Silent but for the heartbeat, so that the dead-man switch leaves what rests. */
const muteButForTheHeartbeat =
  (atMs: number) =>
  (venue: Venue, scheduler: VirtualScheduler): Venue => ({
    ...mute(atMs)(venue, scheduler),
    heartbeat: venue.heartbeat,
  });

/** Every order that rests at the venue is named in the log by its id. */
function expectNamed(run: Rig): void {
  const named = run.log().filter((line) => line.includes("may rest at the venue"));
  const resting = run.sim.truth().orders;
  expect(resting).not.toEqual([]);
  for (const { orderId } of resting) {
    expect(named.some((line) => line.includes(orderId))).toBe(true);
  }
}

describe("a run", () => {
  it("ends by itself when its time is over, with nothing of ours at the venue and every leg accounted for", async () => {
    const forMs = 20_000;
    const run = rig({ config: appConfig({ strategy: FIXED_SPREAD }, forMs) });

    await run.runUntil(forMs + SHUTDOWN_MS);

    const outcome = run.outcome();
    expect(outcome).toMatchObject({ type: "resolved", summary: { openAtVenue: 0, lawsBroken: 0 } });
    expect(outcome?.atMs).toBeLessThanOrEqual(forMs + VERIFIED_WITHIN_MS);
    expect(run.sim.truth().orders).toEqual([]);
    expect(placesThatLeftAfter(run, forMs)).toBe(0);

    const { places, intents, markets } = run.app.summary();
    expect(intents).toBeGreaterThan(0);
    expect(places.acked).toBeGreaterThan(0);
    expect(places.decided).toBe(places.sent + places.notSent);
    expect(places.sent).toBe(places.acked + places.rejected + places.unknown);
    expect(run.acceptedAt()).toHaveLength(places.sent - places.rejected);
    expect(markets).toHaveLength(1);
  });

  it("told to stop cancels everything, verifies it, and ends well before its bound", async () => {
    const stopAt = 12_000;
    const run = rig();
    await run.runUntil(stopAt);
    expect(run.sim.truth().orders).not.toEqual([]);

    run.app.stop("enough");
    await run.runUntil(stopAt + SHUTDOWN_MS);

    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: 0 } });
    expect(run.outcome()?.atMs).toBeLessThanOrEqual(stopAt + VERIFIED_WITHIN_MS);
    expect(run.sim.truth().orders).toEqual([]);
    expect(placesThatLeftAfter(run, stopAt)).toBe(0);
  });

  it("[J] with a venue that has gone silent ends 30 s after the stop, and does not claim an empty book", async () => {
    const stopAt = 10_000;
    const run = rig({ venue: mute(stopAt) });
    await run.runUntil(stopAt);
    expect(run.sim.truth().orders).not.toEqual([]);

    run.app.stop("enough");
    await run.runUntil(stopAt + SHUTDOWN_MS - 1);
    expect(run.outcome()).toBeNull();
    await run.runUntil(stopAt + SHUTDOWN_MS + 1);

    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: null } });
  });

  it("[J] that ends without a verified venue names the orders that may rest", async () => {
    const stopAt = 10_000;
    // So soon that the other traders have not taken what rests.
    const config = { ...appConfig({ strategy: FIXED_SPREAD }), shutdownMs: 500 };
    const run = rig({ config, venue: muteButForTheHeartbeat(stopAt) });
    await run.runUntil(stopAt);
    run.app.stop("enough");

    await run.runUntil(stopAt + config.shutdownMs + 1);

    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: null } });
    expectNamed(run);
  });

  it("ignores a second stop", async () => {
    const run = rig();
    await run.runUntil(10_000);

    run.app.stop("enough");
    await run.runUntil(12_000);
    run.app.stop("really");
    await run.runUntil(40_000);

    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: 0 } });
    expect(run.outcome()?.atMs).toBeLessThanOrEqual(10_000 + VERIFIED_WITHIN_MS);
  });

  it("[C] stopped before it has started never places, and is over at once", async () => {
    const run = rig();
    run.app.stop("changed my mind");

    await run.runUntil(60_000);

    expect(run.acceptedAt()).toEqual([]);
    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: 0 } });
  });

  it("[A] is started once: a second start is the same run", async () => {
    const run = rig();
    await run.runUntil(5_000);

    const second = run.app.start();
    run.app.stop("enough");
    await run.runUntil(20_000);

    expect(run.journals()).toHaveLength(1);
    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: 0 } });
    await expect(second).resolves.toMatchObject({ openAtVenue: 0 });
  });

  it("goes from window to window, and leaves each market only with its account closed", async () => {
    const windowMs = 20_000;
    const run = rig({ windowMs, config: appConfig({ strategy: FIXED_SPREAD }, 50_000) });
    const opened: Market[] = [];
    run.app.market$.subscribe((market) => opened.push(market));

    await run.runUntil(80_000);

    const { markets, openAtVenue } = run.app.summary();
    expect(opened).toHaveLength(3);
    expect(opened[1]?.opensAt).toBe(opened[0]?.endsAt);
    expect(markets.map(({ market }) => market)).toEqual(opened.map(({ slug }) => slug));
    expect(markets.slice(0, 2).map(({ winner }) => winner)).not.toContain(null);
    expect(openAtVenue).toBe(0);
    expect(run.journals()).toHaveLength(3);
  });

  it("[E] does not leave a market before its trades have settled, though no message reports it", async () => {
    const windowMs = 20_000;
    const run = rig({
      seed: 3,
      windowMs,
      config: appConfig({ strategy: FIXED_SPREAD }, 3 * windowMs),
      connections: (it) => ({
        ...it,
        user: (market) =>
          it
            .user(market)
            .pipe(filter((link) => !isOfTrade(link) || link.item.report.status === "matched")),
      }),
    });
    const last = new Map<string, ExecutorState>();
    run.app.state$.subscribe((state) => last.set(state.market.slug, state));

    await run.runUntil(5 * windowMs);

    const trades = [...last.values()].flatMap(tradeEntries);
    expect(trades).not.toEqual([]);
    expect(trades.filter(({ status }) => status === "matched")).toEqual([]);
    expect([...last.values()].map(({ winner }) => winner)).not.toContain(null);
  });

  it("[A] without faults notes no anomaly: no market gets the receipts of another", async () => {
    const run = rig({ windowMs: 20_000, config: appConfig({ strategy: FIXED_SPREAD }, 50_000) });
    const anomalies = new Map<string, ExecutorState["anomalies"]>();
    run.app.state$.subscribe(({ market, anomalies: told }) => anomalies.set(market.slug, told));

    await run.runUntil(80_000);

    expect(anomalies.size).toBe(3);
    for (const told of anomalies.values()) expect(told).toMatchObject({ count: 0 });
  });

  it("has an empty summary before it starts", () => {
    const run = rig();
    expect(run.app.summary()).toMatchObject({ intents: 0, openAtVenue: 0, markets: [] });
  });
});

describe("the operator", () => {
  it("[C] halts: everything is cancelled and verified, and nothing is placed until the level changes", async () => {
    const haltAt = 10_000;
    const run = rig();
    let state: ExecutorState | null = null;
    run.app.state$.subscribe((next) => {
      state = next;
    });
    await run.runUntil(haltAt);

    run.app.command("halt", "lunch");
    // In the same turn, before any reader.
    expect(run.asked().at(-1)).toEqual({ what: "cancelAll", atMs: haltAt });
    await run.runUntil(haltAt + VERIFIED_WITHIN_MS);
    expect(state).toMatchObject({ stop: { state: "halted" } });
    expect(run.sim.truth().orders).toEqual([]);

    await run.runUntil(60_000);
    expect(placesThatLeftAfter(run, haltAt)).toBe(0);
    expect(acceptedAfter(run, haltAt + IN_FLIGHT_MS)).toBe(0);
    expect(run.outcome()).toBeNull();
  });

  it("[C] resumes: after the cooldown half the size is quoted, and after the caution all of it", async () => {
    const [haltAt, resumeAt] = [10_000, 30_000];
    const config = appConfig({ strategy: FIXED_SPREAD });
    const { cautionMs } = config.executor;
    const full = Number(config.strategy["sizeShares"]) * MICRO;
    const run = rig({ config });
    await run.runUntil(haltAt);
    run.app.command("halt", "lunch");
    await run.runUntil(resumeAt);

    run.app.command("normal", "fed");
    await run.runUntil(resumeAt + cautionMs + 20_000);

    const placed = run
      .facts()
      .flatMap(({ atMs, fact }) =>
        fact.type === "order.changed" && fact.cause === "placed" && fact.order.account === "us"
          ? [{ atMs, size: fact.order.size }]
          : [],
      );
    const sizes = (from: number, to: number): readonly number[] =>
      placed.filter(({ atMs }) => atMs > from && atMs <= to).map(({ size }) => size);
    expect(Math.max(...sizes(0, haltAt))).toBe(full);
    expect(Math.max(...sizes(resumeAt, resumeAt + cautionMs))).toBe(full / 2);
    expect(Math.max(...sizes(resumeAt + cautionMs, Infinity))).toBe(full);
  });

  it("[C] sets a level for the next run too; a shutdown is for its own run", async () => {
    const level = memoryLevel();
    const first = rig({ level });
    await first.runUntil(10_000);
    first.app.command("halt", "lunch");
    first.app.stop("closing time");
    await first.runUntil(60_000);
    expect(first.outcome()).toMatchObject({ type: "resolved" });

    const second = rig({ level });
    await second.runUntil(20_000);
    expect(second.asked().filter(({ what }) => what === "place")).toEqual([]);
    expect(second.log().join()).toContain(`operator level restored {"level":"halt"`);
    second.app.command("normal", "fed");
    await second.runUntil(30_000);
    expect(second.acceptedAt().length).toBeGreaterThan(0);
    second.app.stop("closing time");
    await second.runUntil(60_000);
    expect(level.read()).toEqual({ level: "normal", reason: "fed" });
  });

  it("sets a level that cannot be recorded for this run, and the log says so", async () => {
    const write = (): void => {
      throw new Error("no space left on device");
    };
    const run = rig({ level: { ...memoryLevel(), write } });
    await run.runUntil(10_000);
    run.app.command("halt", "lunch");
    expect(run.asked().at(-1)).toEqual({ what: "cancelAll", atMs: 10_000 });
    expect(run.log().join()).toContain("will not outlive this run");
  });

  it("[C] halts with a fence over the whole account: later places have a higher epoch", async () => {
    const [haltAt, resumeAt] = [10_000, 25_000];
    const run = rig();
    const epochs: { readonly atMs: number; readonly account: number }[] = [];
    run.app.effect$.subscribe((effect) => {
      if (effect.type !== "place") return;
      const atMs = run.scheduler.now();
      epochs.push(...effect.legs.map(({ epoch: { account } }) => ({ atMs, account })));
    });
    await run.runUntil(haltAt);
    run.app.command("halt", "lunch");
    await run.runUntil(resumeAt);
    run.app.command("normal", "fed");
    await run.runUntil(resumeAt + 5_000);

    const before = epochs.filter(({ atMs }) => atMs <= haltAt).map(({ account }) => account);
    const after = epochs.filter(({ atMs }) => atMs > haltAt).map(({ account }) => account);
    expect(before).not.toEqual([]);
    expect(after).not.toEqual([]);
    expect(Math.min(...after)).toBeGreaterThan(Math.max(...before));
  });

  it("[C] resumes within the cooldown: placing waits for its end", async () => {
    const haltAt = 10_000;
    const run = rig();
    let haltedAt: number | null = null;
    run.app.state$.subscribe(({ stop }) => {
      haltedAt ??= stop.state === "halted" ? stop.haltedAt : null;
    });
    await run.runUntil(haltAt);

    run.app.command("halt", "lunch");
    await run.runUntil(haltAt + 50);
    run.app.command("normal", "not hungry");
    await run.runUntil(60_000);

    const next = run.asked().find(({ what, hasLeft, atMs }) => {
      return what === "place" && hasLeft && atMs > haltAt;
    });
    expect(haltedAt).not.toBeNull();
    expect(next?.atMs).toBeGreaterThanOrEqual(Number(haltedAt) + run.config.executor.cooldownMs);
  });

  it("[C] halts every market, also one that opens later", async () => {
    const windowMs = 30_000;
    const haltAt = 15_000;
    const run = rig({ windowMs });
    await run.runUntil(haltAt);

    run.app.command("halt", "for today");
    await run.runUntil(3 * windowMs);
    expect(acceptedAfter(run, haltAt + IN_FLIGHT_MS)).toBe(0);

    run.app.command("normal", "tomorrow");
    await run.runUntil(4 * windowMs);
    expect(acceptedAfter(run, 3 * windowMs)).toBeGreaterThan(0);
  });

  it("[C] cannot resume during a shutdown", async () => {
    const stopAt = 15_000;
    const run = rig();
    await run.runUntil(stopAt);

    run.app.stop("enough");
    run.app.command("normal", "no, go on");
    await run.runUntil(stopAt + SHUTDOWN_MS + 1);

    expect(placesThatLeftAfter(run, stopAt)).toBe(0);
    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: 0 } });
  });
});

/** When the fault begins. */
const BREAKS_AT = 5_000;
const broken = new Error("the disk is full");

const ways: readonly (readonly [
  way: string,
  options: Parameters<typeof rig>[0],
  cause: unknown,
])[] = [
  [
    "an order id comes twice",
    {
      venue: (venue, scheduler) => {
        let first: OrderId | null = null;
        return {
          ...venue,
          orderId: (ticket) => {
            const id = venue.orderId(ticket);
            first ??= id;
            return scheduler.now() < BREAKS_AT ? id : first;
          },
        };
      },
    },
    expect.any(LawBroken),
  ],
  [
    "two orders of one step have one id",
    {
      venue: (venue, scheduler) => {
        let last: { readonly at: number; readonly id: OrderId } | null = null;
        return {
          ...venue,
          orderId: (ticket) => {
            const at = scheduler.now();
            if (at < BREAKS_AT || last?.at !== at) last = { at, id: venue.orderId(ticket) };
            return last.id;
          },
        };
      },
    },
    expect.any(LawBroken),
  ],
  [
    "an event cannot be journalled",
    { journal: failing({ append: () => throwError(() => broken) }) },
    broken,
  ],
  [
    "an event cannot be journalled, nor the journal be closed",
    {
      journal: failing({
        append: () => throwError(() => broken),
        close: () => {
          throw new Error("the disk is gone");
        },
      }),
    },
    broken,
  ],
  [
    "a decision cannot be journalled",
    {
      journal: failing({
        decided: () => {
          throw broken;
        },
      }),
    },
    broken,
  ],
];

/** A journal whose methods, from the moment it breaks, are these. */
function failing(
  after: Partial<Journal>,
): (journal: Journal, scheduler: VirtualScheduler) => Journal {
  return (journal, scheduler) => {
    const now = (): Journal => ({ ...journal, ...(scheduler.now() < BREAKS_AT ? {} : after) });
    return {
      append: (input) => now().append(input),
      decided: (seq, effects) => now().decided(seq, effects),
      close: () => now().close(),
    };
  };
}

/** The run was rejected with `cause`; after the first cancel-all nothing else was sent, and nothing rests. */
function expectKilled(run: Rig, cause: unknown): void {
  const outcome = run.outcome();
  expect(outcome).toMatchObject({ type: "rejected" });
  expect(outcome?.type === "rejected" && outcome.cause).toEqual(cause);

  const asked = run.asked();
  const tripped = asked.findIndex(({ what }) => what === "cancelAll");
  expect(tripped).toBeGreaterThan(0);
  const later = asked.slice(tripped);
  expect(later.filter(({ what, hasLeft }) => what === "place" && hasLeft)).toEqual([]);
  expect(later.filter(({ what }) => what === "heartbeat")).toEqual([]);

  expect(run.sim.truth().orders).toEqual([]);
  const { lawsBroken, places } = run.app.summary();
  expect(lawsBroken).toBe(1);
  expect(places.decided).toBe(places.sent + places.notSent);
  expect(places.sent).toBe(places.acked + places.rejected + places.unknown);
}

describe("the kill switch", () => {
  it.each(ways)(
    "[A] %s: everything is cancelled, nothing leaves any more, start rejects",
    async (_way, options, cause) => {
      const run = rig(options);
      await run.runUntil(BREAKS_AT - 1);
      expect(run.sim.truth().orders).not.toEqual([]);

      await run.runUntil(BREAKS_AT + 40_000);

      expectKilled(run, cause);
    },
  );

  it("[A] is tripped by the host, with the host's cause", async () => {
    const cause = new Error("uncaught");
    const run = rig();
    await run.runUntil(BREAKS_AT);
    expect(run.sim.truth().orders).not.toEqual([]);

    run.app.fail(cause);
    expect(run.asked().at(-1)).toEqual({ what: "cancelAll", atMs: BREAKS_AT });
    await run.runUntil(BREAKS_AT + 40_000);

    expectKilled(run, cause);
  });

  it("[A] tripped before the start keeps the start from trading", async () => {
    const cause = new Error("uncaught");
    const run = rig();
    run.app.fail(cause);

    await run.runUntil(40_000);

    expect(run.acceptedAt()).toEqual([]);
    expect(run.outcome()).toMatchObject({ type: "rejected", cause });
  });

  it("is not tripped by a summary that throws: the start rejects with its cause", async () => {
    const cause = new Error("no summary");
    const run = rig({
      observe: (given) => ({
        ...readersOf(given),
        summary: () => {
          throw cause;
        },
      }),
    });
    const started = run.app.start();
    const outcome = started.catch((error: unknown) => error);
    run.app.stop("at once");

    await run.runUntil(40_000);

    expect(await outcome).toBe(cause);
  });

  it("[J] finds and cancels an order that was on its way when it tripped", async () => {
    const bookedLaterMs = 2_000;
    const late = (venue: Venue, scheduler: VirtualScheduler): Venue => ({
      ...venue,
      place: (legs, mayLeave) => {
        if (!mayLeave()) return of({ type: "notSent", cause: "epoch", retryAfterMs: null });
        // Subscribed to for good: what has left is not called back by whoever asked.
        const answer$ = new ReplaySubject<PlaceAnswer>();
        timer(bookedLaterMs, scheduler)
          .pipe(mergeMap(() => venue.place(legs, () => true)))
          .subscribe(answer$);
        return answer$;
      },
    });
    const run = rig({ venue: late });
    await run.runUntil(4_000);
    const onItsWay = run.asked().filter(({ what, hasLeft }) => what === "place" && hasLeft);
    expect(onItsWay.at(-1)?.atMs).toBeGreaterThan(4_000 - bookedLaterMs);

    run.app.fail(broken);
    await run.runUntil(60_000);

    expect(acceptedAfter(run, 4_000)).toBeGreaterThan(0);
    expectKilled(run, broken);
  });

  it("[J] leg counts add up although a place was never answered", async () => {
    const run = rig({ venue: (venue) => ({ ...venue, place: (_, leaves) => (leaves(), NEVER) }) });
    await run.runUntil(2_000);
    expect(run.asked().some(({ what, hasLeft }) => what === "place" && hasLeft)).toBe(true);

    run.app.fail(broken);
    await run.runUntil(40_000);

    expectKilled(run, broken);
    expect(run.app.summary().places.unknown).toBeGreaterThan(0);
  });

  it("[J] a venue that has gone silent holds it for 30 s and no longer; empty is not claimed", async () => {
    const run = rig({ venue: mute(BREAKS_AT) });
    await run.runUntil(BREAKS_AT);

    run.app.fail(broken);
    await run.runUntil(BREAKS_AT + 30_000 - 1);
    expect(run.outcome()).toBeNull();
    await run.runUntil(BREAKS_AT + 30_000 + 2_000);

    expect(run.outcome()).toMatchObject({ type: "rejected", cause: broken });
    expect(run.app.summary()).toMatchObject({ lawsBroken: 1, openAtVenue: null });
    expectNamed(run);
  });
});

describe("the dead man's switch", () => {
  it("[K] an executor that takes no tick loses the heartbeat, and so its quotes", async () => {
    const wedgedAt = 6_000;
    const run = rig({
      journal: (journal, scheduler) => ({
        ...journal,
        append: (input) => (scheduler.now() < wedgedAt ? journal.append(input) : NEVER),
      }),
    });
    await run.runUntil(wedgedAt);
    expect(run.sim.truth().orders).not.toEqual([]);

    await run.runUntil(wedgedAt + 2_000);
    const beats = run.asked().filter(({ what }) => what === "heartbeat").length;
    await run.runUntil(wedgedAt + 20_000);

    expect(run.asked().filter(({ what }) => what === "heartbeat")).toHaveLength(beats);
    expect(run.facts().map(({ fact }) => fact)).toContainEqual({
      type: "heartbeat.lapsed",
      account: "us",
    });
    expect(run.sim.truth().orders).toEqual([]);
  });

  it("[K] one executor that takes ticks does not keep the heartbeat up for another", async () => {
    const windowMs = 20_000;
    const wedgedAt = windowMs - 500;
    let markets = 0;
    const run = rig({
      windowMs,
      journal: (journal, scheduler) => {
        const isFirst = markets++ === 0;
        return {
          ...journal,
          append: (input) =>
            isFirst && scheduler.now() >= wedgedAt ? NEVER : journal.append(input),
        };
      },
    });
    await run.runUntil(windowMs + 10_000);
    const [second] = run.journals().slice(1);
    expect(second?.lines().length).toBeGreaterThan(10);

    const beats = run.asked().filter(({ what }) => what === "heartbeat");

    expect(beats.filter(({ atMs }) => atMs > wedgedAt + 2_000)).toEqual([]);
  });

  it("[K] nothing is placed before the venue has taken a first heartbeat", async () => {
    const run = rig({ venue: (venue) => ({ ...venue, heartbeat: () => NEVER }) });

    await run.runUntil(20_000);

    expect(run.asked().some(({ what }) => what === "heartbeat")).toBe(true);
    expect(run.acceptedAt()).toEqual([]);
  });
});

describe("the public streams", () => {
  let before: typeof rxjsConfig.onUnhandledError = null;
  beforeEach(() => {
    before = rxjsConfig.onUnhandledError;
  });
  afterEach(() => {
    rxjsConfig.onUnhandledError = before;
  });
  const lines = (run: Rig): readonly (readonly string[])[] =>
    run.journals().map((journal) => journal.lines());
  const STREAMS = [
    "market$",
    "reference$",
    "intent$",
    "transition$",
    "state$",
    "effect$",
    "receipt$",
  ] as const;
  const stream = (it: App, name: (typeof STREAMS)[number]): Observable<unknown> => it[name];

  it("start nothing by being subscribed to", () => {
    const run = rig();
    for (const name of STREAMS) stream(run.app, name).subscribe();

    run.scheduler.runUntil(10_000);

    expect(run.facts()).toEqual([]);
    expect(run.journals()).toEqual([]);
    expect(run.asked()).toEqual([]);
  });

  it("[A] each emits, and a late subscriber joins the run without restarting anything", async () => {
    const alone = rig({ config: appConfig({ strategy: FIXED_SPREAD }, 10_000) });
    await alone.runUntil(30_000);

    const run = rig({ config: appConfig({ strategy: FIXED_SPREAD }, 10_000) });
    const heard = new Map<string, number>();
    const steps: number[] = [];
    for (const name of STREAMS) {
      stream(run.app, name).subscribe(() => heard.set(name, (heard.get(name) ?? 0) + 1));
    }
    await run.runUntil(6_000);
    run.app.transition$.subscribe(({ state }) => steps.push(state.step));
    await run.runUntil(30_000);

    for (const name of STREAMS) expect(heard.get(name)).toBeGreaterThan(0);
    expect(steps[0]).toBeGreaterThan(1);
    expect(steps).toEqual(steps.map((_, index) => (steps[0] ?? 0) + index));
    expect(lines(run)).toStrictEqual(lines(alone));
  });

  it("[A] a subscriber is never called from within the graph", async () => {
    const run = rig();
    let isWithin = false;
    const heard: boolean[] = [];
    run.app.transition$.subscribe(() => heard.push(isWithin));
    await run.runUntil(5_000);
    const acc = heard.length;

    isWithin = true;
    run.app.command("halt", "lunch");
    isWithin = false;
    await run.runUntil(6_000);

    expect(heard.length).toBeGreaterThan(acc);
    expect(heard).not.toContain(true);
  });

  it("[A] a subscriber that throws, itself or in an operator, is logged and disturbs nothing", async () => {
    rxjsConfig.onUnhandledError = null;
    const run = rig({ config: appConfig({ strategy: FIXED_SPREAD }, 10_000) });
    run.app.state$.subscribe(() => {
      throw new Error("a careless reader");
    });
    run.app.effect$
      .pipe(
        map(() => {
          throw new Error("a careless operator");
        }),
      )
      .subscribe();
    await run.runUntil(30_000);
    // rxjs reports what a reader threw on a timer of the machine.
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });

    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: 0 } });
    const careless = run.log().filter((line) => line.includes("careless"));
    expect(careless.some((line) => line.includes("a careless reader"))).toBe(true);
    expect(careless.some((line) => line.includes("a careless operator"))).toBe(true);
    const alone = rig({ config: appConfig({ strategy: FIXED_SPREAD }, 10_000) });
    await alone.runUntil(30_000);
    expect(lines(run)).toStrictEqual(lines(alone));
  });

  it("[A] a host that has set `onUnhandledError` keeps it", async () => {
    const thrown: unknown[] = [];
    rxjsConfig.onUnhandledError = (cause) => thrown.push(cause);
    const careless = new Error("a careless reader");
    const run = rig();
    run.app.market$.subscribe(() => {
      throw careless;
    });

    await run.runUntil(1_000);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });

    expect(thrown).toEqual([careless]);
  });

  it.each([
    ["stopped", (it: App) => it.stop("enough"), "resolved"],
    ["killed", (it: App) => it.fail(broken), "rejected"],
  ] as const)(
    "have emitted everything, and are complete, when start settles: %s",
    async (_how, end, type) => {
      const run = rig();
      const said: string[] = [];
      for (const name of STREAMS) {
        stream(run.app, name).subscribe({
          complete: () => said.push(name),
          error: () => said.push(`${name} with an error`),
        });
      }
      const settled = async (ended: Promise<unknown>): Promise<void> => {
        await Promise.allSettled([ended]);
        said.push("start");
      };
      void settled(run.app.start());
      await run.runUntil(5_000);
      expect(said).toEqual([]);

      end(run.app);
      await run.runUntil(50_000);
      await run.runUntil(50_001);

      expect(run.outcome()).toMatchObject({ type });
      expect(said.slice(0, -1).toSorted()).toEqual([...STREAMS].toSorted());
      expect(said.at(-1)).toBe("start");
      const late: string[] = [];
      run.app.state$.subscribe({ complete: () => late.push("complete") });
      await run.runUntil(50_002);
      expect(late).toEqual(["complete"]);
    },
  );
});

describe("the journal of a run", () => {
  const history = async (seed: number): Promise<Rig> => {
    const run = rig({
      seed,
      windowMs: 20_000,
      config: appConfig({ strategy: FIXED_SPREAD }, 30_000),
    });
    await run.runUntil(60_000);
    return run;
  };
  const text = (run: Rig): string =>
    run
      .journals()
      .flatMap((journal) => journal.lines())
      .join("\n");

  it("[A] is the same to the byte for the same seed, and another for another seed", async () => {
    const [one, again, other] = [await history(1), await history(1), await history(2)];

    expect(text(one)).toBe(text(again));
    expect(text(one)).not.toBe(text(other));
  });

  it("[A] refolds: the same events decide the same again", async () => {
    const run = await history(3);
    const reduce = reducer(run.config.executor, { nonce: NONCE, orderId: run.sim.venue.orderId });

    expect(run.journals()).toHaveLength(2);
    for (const journal of run.journals()) {
      const refolded = refold(journal.lines(), reduce, (state) => state as ExecutorState);
      expect(refolded).toMatchObject({ type: "refolded", firstDifference: null, torn: null });
      expect(refolded.type === "refolded" && refolded.steps.length).toBeGreaterThan(100);
    }
  });
});
