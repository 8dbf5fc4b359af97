/** A window that a mean settles, through the whole graph: from the settlement feed to what is shown. */
import { NEVER, concatMap, filter, tap, throwError, timer } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Intent, SettlementMean } from "../../src/types/index.ts";
import { type Rig, rig } from "./rig.ts";

const WINDOW_MS = 300_000;

/** A run that is told what the settlement feed brings, and whose feed may be silent for a time. */
function trading(isSilent: (atMs: number) => boolean = () => false) {
  const means: SettlementMean[] = [];
  const intents: Intent[] = [];
  const run: Rig = rig({
    windowMs: WINDOW_MS,
    connections: (it) => ({
      ...it,
      settlement: () =>
        (it.settlement ?? (() => NEVER))().pipe(
          filter((link) => link.type !== "item" || !isSilent(run.scheduler.now())),
          tap((link) => {
            if (link.type === "item") means.push(link.item);
          }),
        ),
    }),
  });
  run.app.intent$.subscribe((intent) => intents.push(intent));
  return { run, means, intents };
}

describe("a window that a mean settles", () => {
  it("is priced to its end, and worth at last what it pays", async () => {
    const { run, means, intents } = trading();
    await run.runUntil(WINDOW_MS + 5_000);

    const [ended, next] = run.sim.truth().markets;
    expect(ended?.market.settledBy).toBe("twap60");
    // The mean that the feed brought for the boundary is what the venue settled by.
    const endsAt = Math.floor((ended?.market.endsAt ?? 0) / 1_000) * 1_000;
    const boundary = means.find(({ at }) => at === endsAt);
    expect(next?.market.strike).toBe(boundary?.mean);
    expect(ended?.winner).toBe((boundary?.mean ?? 0) >= (ended?.market.strike ?? 0) ? "YES" : "NO");
    const last = intents.filter(({ publishedAt }) => publishedAt > WINDOW_MS - 20_000);
    const shown = last.filter(({ publishedAt }) => publishedAt < WINDOW_MS - 5_000);
    expect(shown.length).toBeGreaterThan(0);
    const fairBp = shown.at(-1)?.fairBp ?? null;
    expect(fairBp === null ? null : fairBp >= 5_000).toBe(ended?.winner === "YES");
  });

  it("[K] is not quoted while the mean is silent: pulled within 5 s, without a stop, and back by itself", async () => {
    const [fromMs, backMs] = [40_000, 60_000];
    const { run } = trading((atMs) => atMs >= fromMs && atMs < backMs);
    const accepted = (from: number, to: number): number =>
      run.acceptedAt().filter((at) => at > from && at < to).length;
    await run.runUntil(fromMs);
    expect(run.sim.truth().orders.length).toBeGreaterThan(0);

    await run.runUntil(fromMs + 6_500);
    expect(run.sim.truth().orders).toEqual([]);
    await run.runUntil(backMs);
    expect(accepted(fromMs + 6_200, backMs)).toBe(0);
    expect(run.log().some((line) => line.includes("settlement mean older than 5000 ms"))).toBe(
      true,
    );
    expect(run.asked().some(({ what }) => what === "cancelAll")).toBe(false);

    await run.runUntil(backMs + 5_000);
    expect(accepted(backMs, backMs + 5_000)).toBeGreaterThan(0);
  });

  it("is not quoted without the feed at all, and the log says what fails", async () => {
    const cause = "HTTP 403 on the upgrade: Forbidden";
    const run: Rig = rig({
      windowMs: WINDOW_MS,
      connections: (it) => ({
        ...it,
        settlement: () =>
          timer(10, run.scheduler).pipe(concatMap(() => throwError(() => new Error(cause)))),
      }),
    });
    await run.runUntil(20_000);
    expect(run.acceptedAt()).toEqual([]);
    expect(run.log().filter((line) => line.includes(cause)).length).toBeGreaterThan(0);
    expect(run.log().join("\n")).toContain("settlement feed not connected");
  });
});
