/** What a strategy is told beyond books and prices, by the whole graph; and a bug in the telling. */
import { map } from "rxjs";
import { describe, expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import { OUR_ACCOUNT } from "../../src/sim/index.ts";
import { digital, strategyParameters, type View } from "../../src/streams/strategy/index.ts";
import { mid } from "../../src/streams/strategy/mid.ts";
import { MICRO, type MarketItem, isRecord } from "../../src/types/index.ts";
import { rig } from "./rig.ts";

const RUN_MS = 120_000;

/** The views of `mid`, so near to the middle that it trades. */
async function told(): Promise<{
  readonly views: readonly View[];
  readonly run: ReturnType<typeof rig>;
}> {
  const views: View[] = [];
  const own = {
    ...mid,
    name: "told",
    parameters: strategyParameters,
    quote: (view: View, parameters: never) => {
      views.push(view);
      return mid.quote(view, parameters);
    },
  };
  const config = appConfig(
    { strategy: { name: "told", halfSpreadBp: 60, pullMoves: 0 } },
    null,
    undefined,
    [own],
  );
  const run = rig({ seed: 3, windowMs: 300_000, config });
  await run.runUntil(RUN_MS);
  return { views, run };
}

describe("a strategy is told", () => {
  it("trades, its place in the queue, its latency and its fills, as the venue has them", async () => {
    const { views, run } = await told();
    const last = views.at(-1);
    if (last === undefined) throw new Error("never evaluated");

    const traded = run
      .facts()
      .flatMap(({ fact }) =>
        fact.type === "trade.changed" && fact.trade.status === "matched" ? [fact.trade] : [],
      );
    expect(traded.length).toBeGreaterThan(5);
    expect(last.trades.length).toBeGreaterThan(5);
    const sizes = traded.flatMap(({ legs }) => legs.slice(0, 1)).map(({ fill }) => fill.size);
    expect(sizes.join()).toContain(last.trades.map(({ size }) => size).join());

    const ours = traded.filter(({ legs }) => legs.some(({ account }) => account === OUR_ACCOUNT));
    expect(ours.length).toBeGreaterThan(2);
    expect(last.fills.length).toBe(ours.length);
    const judged = last.fills.filter(
      ({ heardAt }) => last.now.monotonicMs - heardAt.monotonicMs > 16_000,
    );
    expect(judged.length).toBeGreaterThan(0);
    for (const { markoutBp } of judged) {
      expect(Object.values(markoutBp).every((bp) => typeof bp === "number")).toBe(true);
    }

    // The simulated venue takes some tens of milliseconds each way.
    expect(views[0]?.latency).toEqual({ roundTripMs: null });
    const { roundTripMs } = last.latency;
    expect(roundTripMs).toBeGreaterThan(10);
    expect(roundTripMs).toBeLessThan(1_000);

    const resting = views.flatMap(({ orders }) => orders.filter(({ ageMs }) => ageMs !== null));
    expect(resting.length).toBeGreaterThan(20);
    expect(resting.every(({ ahead }) => ahead !== null && ahead >= 0)).toBe(true);
    expect(resting.some(({ ahead }) => (ahead ?? 0) > 5 * MICRO)).toBe(true);
    expect(resting.some(({ ahead }) => ahead === 0)).toBe(true);
  }, 60_000);

  it("[B] nothing more once our own bug has broken it: a stop of its market, and no end of the run", async () => {
    const broken: MarketItem = {
      type: "traded",
      token: "NO",
      price: Number.NaN as never,
      size: null,
      side: "BUY",
    };
    const run = rig({
      seed: 1,
      windowMs: 300_000,
      config: appConfig({ strategy: { name: digital.name } }),
      connections: (it) => ({
        ...it,
        market: (market) => {
          let isSent = false;
          return it.market(market).pipe(
            map((link) => {
              if (isSent || link.type !== "item" || run.scheduler.now() < 20_000) return link;
              isSent = true;
              return { ...link, item: broken };
            }),
          );
        },
      }),
    });
    await run.runUntil(60_000);
    expect(run.outcome()).toBeNull();
    const intents = run
      .journals()
      .flatMap((journal) => journal.lines())
      .map((line): unknown => JSON.parse(line))
      .flatMap((line) => (isRecord(line) && isRecord(line["event"]) ? [line["event"]] : []))
      .flatMap((event) => (isRecord(event["intent"]) ? [event["intent"]] : []));
    expect(intents.some(({ mode }) => mode === "normal")).toBe(true);
    expect(intents.at(-1)).toMatchObject({
      mode: "stop",
      reason: expect.stringMatching(/^what a strategy is told of its market: law F broken/),
    });
    expect(run.sim.truth().orders).toEqual([]);
  }, 60_000);
});
