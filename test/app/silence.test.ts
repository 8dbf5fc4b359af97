/** What the session tells the market's connection: the others' doubts, in the real graph. */
import { NEVER, type Observable, concat, map, merge, take, tap, throwError } from "rxjs";
import { expect, it } from "vitest";
import type { Link, MarketItem } from "../../src/types/index.ts";
import { rig } from "./rig.ts";

/** So many items, and then it is open and silent, until another doubts it. */
const frozenAfter =
  (count: number, hear: (doubt: string) => void) =>
  (
    link$: Observable<Link<MarketItem>>,
    suspicion$: Observable<string>,
  ): Observable<Link<MarketItem>> =>
    merge(
      concat(link$.pipe(take(count)), NEVER),
      suspicion$.pipe(
        tap(hear),
        map((doubt) => {
          throw new Error(`frozen: ${doubt}`);
        }),
      ),
    );

it("[K] a channel that falls silent while prices move is doubted, lost, and replaced", async () => {
  const heard: { readonly doubt: string; readonly atMs: number }[] = [];
  let connected = 0;
  const run = rig({
    connections: (it) => ({
      ...it,
      market: (market, suspicion$ = throwError(() => new Error("nobody doubts"))) => {
        connected += 1;
        const link$ = it.market(market);
        if (connected > 1) return link$;
        const hear = (doubt: string): unknown => heard.push({ doubt, atMs: run.scheduler.now() });
        return frozenAfter(400, hear)(link$, suspicion$);
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
  expect(run.log().some((line) => line.includes(`frozen: ${first?.doubt ?? "?"}`))).toBe(true);
});

it("a channel that speaks is not doubted", async () => {
  const heard: string[] = [];
  const run = rig({
    connections: (it) => ({
      ...it,
      market: (market, suspicion$ = NEVER) => {
        const silent$ = suspicion$.pipe(
          tap((doubt) => heard.push(doubt)),
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
