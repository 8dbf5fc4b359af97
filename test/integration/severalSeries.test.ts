/** Three series of two coins in one run, on the simulated venue over loopback. */
import { Subscription, concatMap, firstValueFrom, map, merge } from "rxjs";
import { expect, it, onTestFinished } from "vitest";
import { app, appConfig } from "../../src/app/index.ts";
import type { ExecutorState } from "../../src/executor/index.ts";
import { servedRuntime, servedVenue, syntheticPath } from "../../src/runtimes/index.ts";
import { systemScheduler } from "../../src/runtimes/system.ts";
import { syntheticReference } from "../../src/sim/index.ts";
import { COINS, type Coin, MICRO, type MarketId, coinOf } from "../../src/types/index.ts";
import { type SeriesName, chooseSigner } from "../../src/venue/polymarket/index.ts";
import { timeByTurns, until } from "../support/patience.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

timeByTurns();

const NAMES = [
  "btc-updown-5m",
  "eth-updown-15m",
  "btc-updown-1h",
] as const satisfies readonly SeriesName[];
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it("quotes in each by the price of its own coin, and ends with nothing open", async () => {
  const life = new Subscription();
  onTestFinished(() => life.unsubscribe());
  const signer = await chooseSigner(silent);
  const reference$ = merge(
    ...COINS.map((coin) =>
      syntheticReference(syntheticPath(1, coin), systemScheduler).pipe(
        map((item) => ({ ...item, coin })),
      ),
    ),
  );
  const started = new Promise<Parameters<typeof app>[1]>((resolve, reject) => {
    life.add(
      servedVenue({ seed: 1, windowMs: 300_000, series: NAMES, reference$ }, signer, silent)
        .pipe(concatMap(({ rest }) => servedRuntime(rest, { series: NAMES, signer }, silent)))
        .subscribe({ next: resolve, error: reject }),
    );
  });
  const runtime = await started;
  const tandem = app(appConfig({ strategy: FIXED_SPREAD }), runtime);
  const states = new Map<MarketId, ExecutorState>();
  const acked = new Set<string>();
  const heard = new Map<Coin, number>();
  life.add(tandem.state$.subscribe((state) => states.set(state.market.id, state)));
  life.add(
    tandem.receipt$.subscribe((receipt) => {
      if (receipt.type !== "order.acked") return;
      for (const { market, working } of states.values()) {
        if (receipt.orderId in working) acked.add(market.series ?? "");
      }
    }),
  );
  life.add(
    tandem.reference$.subscribe((event) => {
      if (event.type === "item") heard.set(coinOf(event), event.item.price / MICRO);
    }),
  );
  const ended = tandem.start();
  await until(() => acked.size === NAMES.length);

  expect([...acked].toSorted()).toEqual([...NAMES].toSorted());
  expect([...heard.keys()].toSorted()).toEqual(["btc", "eth"]);
  expect(Math.round((heard.get("btc") ?? 0) / 10_000)).toBe(6);
  expect(Math.round((heard.get("eth") ?? 0) / 1_000)).toBe(3);
  for (const { market } of states.values()) {
    const of = heard.get(coinOf(market)) ?? 0;
    expect(Math.abs(market.strike / MICRO / of - 1)).toBeLessThan(0.05);
  }

  tandem.stop("the test is over");
  expect(await ended).toMatchObject({ openAtVenue: 0, lawsBroken: 0, failing: [] });
  expect(await firstValueFrom(runtime.venue.openOrders(null))).toMatchObject({ value: [] });
});
