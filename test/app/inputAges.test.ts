/** The age of each input, through the whole graph: from the connection to the order that is not sent. */
import { NEVER, type Observable, concatMap, filter, interval, map, merge, of, timer } from "rxjs";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/journal/index.ts";
import { virtualClock } from "../../src/sim/index.ts";
import type { Instant, Link, ReferenceItem } from "../../src/types/index.ts";
import { type Rig, rig } from "./rig.ts";

const EPOCH_START_MS = 1_795_305_600_000;
const FROM_MS = 40_000;
const BACK_MS = 60_000;

type Reference = Observable<Link<ReferenceItem>>;

/** A run whose reference does something else between the two moments. */
function trading(meanwhile: (link$: Reference) => Reference, windowMs = 300_000): Rig {
  const isMeanwhile = (): boolean =>
    run.scheduler.now() >= FROM_MS && run.scheduler.now() < BACK_MS;
  const run: Rig = rig({
    windowMs,
    connections: (it) => ({
      ...it,
      reference: () =>
        merge(
          it.reference().pipe(filter(() => !isMeanwhile())),
          meanwhile(it.reference()).pipe(filter(isMeanwhile)),
        ),
    }),
  });
  return run;
}

const TOO_OLD = "reference price older than 5000 ms";
const accepted = (run: Rig, fromMs: number, toMs: number): number =>
  run.acceptedAt().filter((at) => at > fromMs && at < toMs).length;
const nowOf = ({ scheduler }: Rig): Instant => virtualClock(scheduler, EPOCH_START_MS).now();
const restingAt = (run: Rig): number => run.sim.truth().orders.length;

describe("[K] a reference that brings no price", () => {
  it("pings only, while the books and the trades go on: pulled within 5 s, and back by itself", async () => {
    const run: Rig = trading(() =>
      interval(1_000, run.scheduler).pipe(map(() => ({ type: "opened" as const }))),
    );
    await run.runUntil(FROM_MS);
    expect(accepted(run, FROM_MS - 10_000, FROM_MS)).toBeGreaterThan(0);

    await run.runUntil(FROM_MS + 5_500);
    expect(restingAt(run)).toBe(0);
    await run.runUntil(BACK_MS);
    expect(accepted(run, FROM_MS + 5_200, BACK_MS)).toBe(0);
    expect(run.log().some((line) => line.includes(TOO_OLD))).toBe(true);
    // A pull, not a stop.
    expect(run.asked().some(({ what }) => what === "cancelAll")).toBe(false);

    await run.runUntil(BACK_MS + 5_000);
    expect(accepted(run, BACK_MS, BACK_MS + 5_000)).toBeGreaterThan(0);
  });

  it("frozen, then a flood of what came meanwhile: not one order on what is old", async () => {
    const late: Link<ReferenceItem>[] = [];
    const isFrozen = (): boolean =>
      run.scheduler.now() >= FROM_MS && run.scheduler.now() < BACK_MS - 1;
    const run: Rig = trading((link$) =>
      merge(
        link$.pipe(
          filter((link) => {
            // Each has the moment at which it came in.
            if (isFrozen() && link.type === "item") late.push({ ...link, at: nowOf(run) });
            return false;
          }),
        ),
        timer(BACK_MS - 1, run.scheduler).pipe(concatMap(() => of(...late))),
      ),
    );
    await run.runUntil(BACK_MS);
    expect(late.length).toBeGreaterThan(100);
    expect(accepted(run, FROM_MS + 5_200, BACK_MS)).toBe(0);
    await run.runUntil(BACK_MS + 5_000);
    expect(accepted(run, BACK_MS, BACK_MS + 5_000)).toBeGreaterThan(0);
  });

  it("while one market ends and the next begins: the next waits for it", async () => {
    const run: Rig = trading(() => NEVER, 50_000);
    await run.runUntil(BACK_MS);
    const markets = new Set(run.journals().map((journal) => journal.lines()[0]));
    expect(markets.size).toBeGreaterThan(1);
    expect(accepted(run, FROM_MS + 5_200, BACK_MS)).toBe(0);
    await run.runUntil(BACK_MS + 30_000);
    expect(accepted(run, BACK_MS, BACK_MS + 30_000)).toBeGreaterThan(0);
  });

  it("and is confirmed, as in a quiet night: the quotes stay", async () => {
    const run: Rig = trading(() =>
      interval(1_000, run.scheduler).pipe(map(() => ({ type: "confirmed" as const }))),
    );
    await run.runUntil(BACK_MS);
    expect(restingAt(run)).toBeGreaterThan(0);
    expect(run.log().filter((line) => line.includes("older than"))).toEqual([]);
  });
});

describe("[K] the ticks of a run", () => {
  it("bring when each input was last seen, so that the journal has it", async () => {
    const run = rig();
    await run.runUntil(30_000);
    const segment = decode(run.journals()[0]?.lines() ?? []);
    if (segment.type === "problem") throw new Error(segment.detail);
    const ticks = segment.steps.flatMap(({ stamped: { at, event } }) =>
      event.type === "clock.ticked" ? [{ now: at.monotonicMs, seen: event.seen }] : [],
    );
    const last = ticks.at(-1);
    for (const seenAt of [last?.seen?.reference, last?.seen?.YES, last?.seen?.NO]) {
      expect((last?.now ?? 0) - (seenAt ?? 0)).toBeLessThan(5_000);
    }
  });

  it("show each book's own age: NO is pulled for though YES moves on", async () => {
    const run: Rig = rig({
      connections: (it) => ({
        ...it,
        market: (market) =>
          it
            .market(market)
            .pipe(
              filter(
                (link) =>
                  run.scheduler.now() < FROM_MS ||
                  (link.type === "item" && "token" in link.item && link.item.token === "YES"),
              ),
            ),
      }),
    });
    await run.runUntil(FROM_MS + 26_000);
    expect(run.log().some((line) => line.includes("NO book older than 20000 ms"))).toBe(true);
    expect(run.log().some((line) => line.includes("YES book older"))).toBe(false);
  });
});
