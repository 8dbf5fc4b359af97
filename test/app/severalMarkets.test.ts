/** One app in several markets at the same time, of one account. */
import { NEVER, type Observable, defer, map, takeUntil, throwError, timer } from "rxjs";
import { expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import { OUR_ACCOUNT } from "../../src/sim/index.ts";
import { type Rig, rig } from "./rig.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

/** The slugs of the markets in which the venue took an order of ours between two moments. */
function placedIn({ sim, facts }: Rig, fromMs: number, toMs: number): readonly string[] {
  const ids = facts().flatMap(({ atMs, fact }) =>
    fact.type === "order.changed" &&
    fact.cause === "placed" &&
    fact.order.account === OUR_ACCOUNT &&
    atMs >= fromMs &&
    atMs < toMs
      ? [fact.order.market]
      : [],
  );
  return sim
    .truth()
    .markets.flatMap(({ market }) => (ids.includes(market.id) ? [market.slug] : []));
}

it("trades two markets at once, through the end of one, and stops both", async () => {
  const run = rig({
    windowMs: [25_000, 70_000],
    config: appConfig({ strategy: FIXED_SPREAD }, 35_000),
  });

  await run.runUntil(45_000);

  const [short, long, next] = run.sim.truth().markets.map(({ market }) => market.slug);
  expect(placedIn(run, 5_000, 10_000)).toEqual([short, long]);
  expect(placedIn(run, 25_100, 35_000)).toEqual([long, next]);
  expect(run.sim.truth().orders).toEqual([]);
  const outcome = run.outcome();
  if (outcome?.type !== "resolved") return expect.unreachable("still running, or killed");
  const { markets, lawsBroken, openAtVenue } = outcome.summary;
  expect({ lawsBroken, openAtVenue }).toEqual({ lawsBroken: 0, openAtVenue: 0 });
  // Only the stop cancels everything: the end of a window does nothing to the other market.
  expect(run.asked().find(({ what }) => what === "cancelAll")?.atMs).toBeGreaterThanOrEqual(35_000);
  expect(markets.map(({ market }) => market).toSorted()).toEqual([short, next, long]);
  for (const { fills } of markets) expect(fills).toBeGreaterThan(0);
});

it.each(["reference", "settlement"] as const)(
  "[K] what becomes of one coin's %s does not reach the markets of another",
  async (feed) => {
    const [lostMs, backMs] = [40_000, 70_000];
    const lost = <T>(link$: Observable<T>): Observable<T> =>
      defer(() => {
        const now = run.scheduler.now();
        if (now >= lostMs && now < backMs) return throwError(() => new Error("reset"));
        return now < lostMs ? link$.pipe(takeUntil(timer(lostMs - now, run.scheduler))) : link$;
      });
    const run: Rig = rig({
      windowMs: [300_000, 310_000],
      connections: (it) => {
        // The venue in process has one price, which stands for that of both coins.
        const links = {
          reference: it.reference("btc"),
          settlement: it.settlement?.("btc") ?? NEVER,
        };
        const cut = { ...links, [feed]: lost<never>(links[feed] as Observable<never>) };
        return {
          ...it,
          reference: (coin) => (coin === "eth" ? cut : links).reference,
          settlement: (coin) => (coin === "eth" ? cut : links).settlement,
        };
      },
      remade: (runtime) => ({
        ...runtime,
        coins: ["btc", "eth"],
        market$: runtime.market$.pipe(
          map((market) => ({
            ...market,
            coin: market.endsAt - market.opensAt === 310_000 ? "eth" : "btc",
          })),
        ),
      }),
    });
    await run.runUntil(110_000);

    const [btc, eth] = run.sim.truth().markets.map(({ market }) => market.slug);
    expect(placedIn(run, 10_000, lostMs)).toEqual([btc, eth]);
    // A mean may be five seconds old before it is missed.
    expect(placedIn(run, lostMs + 6_500, backMs)).toEqual([btc]);
    expect(placedIn(run, backMs + 10_000, 110_000)).toEqual([btc, eth]);
    const said = run.log().filter((line) => line.includes(`: ${feed} feed lost {`));
    expect(said.length).toBeGreaterThan(0);
    for (const line of said) expect(line).toContain('"coin":"eth"');
  },
);
