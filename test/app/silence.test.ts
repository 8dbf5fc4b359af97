/** The silence detector wired to the market's connection, in the real graph. */
import { NEVER, type Observable, concat, map, merge, take, tap, throwError } from "rxjs";
import { expect, it } from "vitest";
import type { Link, MarketItem } from "../../src/types/index.ts";
import { rig } from "./rig.ts";

/** So many items, then open and silent until the detector reports it. */
const frozenAfter =
  (count: number, hear: (report: string) => void) =>
  (
    link$: Observable<Link<MarketItem>>,
    silence$: Observable<string>,
  ): Observable<Link<MarketItem>> =>
    merge(
      concat(link$.pipe(take(count)), NEVER),
      silence$.pipe(
        tap(hear),
        map((report) => {
          throw new Error(`frozen: ${report}`);
        }),
      ),
    );

it("[K] a channel that falls silent while prices move is reported, lost, and replaced", async () => {
  const heard: { readonly report: string; readonly atMs: number }[] = [];
  let connected = 0;
  const run = rig({
    connections: (it) => ({
      ...it,
      market: (market, silence$ = throwError(() => new Error("no silence detector"))) => {
        connected += 1;
        const link$ = it.market(market);
        if (connected > 1) return link$;
        const hear = (report: string): unknown => heard.push({ report, atMs: run.scheduler.now() });
        return frozenAfter(400, hear)(link$, silence$);
      },
    }),
  });
  await run.runUntil(120_000);

  expect(heard).toHaveLength(1);
  expect(connected).toBe(2);
  const [first] = heard;
  // The loss stops and cancels; the new connection has it quote again.
  const stops = run.asked().filter(({ what }) => what === "cancelAll");
  expect(stops[0]?.atMs).toBe(first?.atMs);
  expect(run.acceptedAt().some((at) => at > (first?.atMs ?? Infinity))).toBe(true);
  expect(run.log().some((line) => line.includes(`frozen: ${first?.report ?? "?"}`))).toBe(true);
});

it("a channel that keeps emitting is not reported", async () => {
  const heard: string[] = [];
  const run = rig({
    connections: (it) => ({
      ...it,
      market: (market, silence$ = NEVER) => {
        const silent$ = silence$.pipe(
          tap((report) => heard.push(report)),
          map((): Link<MarketItem> => ({ type: "opened" })),
        );
        return merge(it.market(market), silent$);
      },
    }),
  });
  await run.runUntil(120_000);

  expect(run.acceptedAt().length).toBeGreaterThan(10);
  expect(heard).toEqual([]);
});
