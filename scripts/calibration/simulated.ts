/** Runs the traders of a preset alone, in virtual time, and samples them as the recorder did. */
import { NEVER } from "rxjs";
import { SYNTHETIC_VOLATILITY, syntheticPath } from "../../src/runtimes/inProcess.ts";
import { exchangeStore } from "../../src/sim/exchange/exchangeStore.ts";
import { random, syntheticReference, virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import { marketActivity } from "../../src/sim/traders/marketActivity.ts";
import { levels } from "../../src/sim/exchange/matching.ts";
import { TRADERS } from "../../src/sim/traders/presets.ts";
import { rollingWindows, windowAt } from "../../src/sim/server/state/windows.ts";
import { seededSettlement } from "../../src/sim/exchange/settlement.ts";
import {
  currentMarket,
  emptyExchange,
  PLAIN_POLICY,
  type VenueFact,
} from "../../src/sim/exchange/state.ts";
import type { Traders } from "../../src/sim/traders/traders.ts";
import { type BookLevel, epochMs, MICRO } from "../../src/types/index.ts";
import type { Frame, Level } from "./tally.ts";

/** 2026-04-13T12:00:00Z: a window begins. */
const START = epochMs(1_776_081_600_000);
const WINDOW_MS = 300_000;

export interface Simulated {
  /** Books of YES, one after each trade. */
  readonly frames: readonly Frame[];
  /** In shares. */
  readonly tradeSizes: readonly number[];
  /** Changes of YES levels without a trade, which the venue reports as price changes. */
  readonly changesPerSecond: number;
}

export function simulated(traders: Traders, seed: number, windows: number): Simulated {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, START);
  const chance = random(seed);
  const frames: Frame[] = [];
  const tradeSizes: number[] = [];
  let changes = 0;
  const inner = exchangeStore(emptyExchange(TRADERS), clock, {
    audit: () => undefined,
    policy: PLAIN_POLICY,
    settlement: seededSettlement(chance.fork("settlement")),
    series: [
      {
        name: "calibrated",
        settledBy: "twap60",
        window: (now, strike) =>
          windowAt({ seed, generation: "v1" }, rollingWindows(WINDOW_MS), now, strike),
      },
    ],
  });
  const seen = (facts: readonly VenueFact[]): readonly VenueFact[] => {
    const market = currentMarket(inner.state());
    const sizes = facts.flatMap((fact) =>
      fact.type === "trade.changed" && fact.trade.status === "matched"
        ? [(fact.trade.legs[0]?.fill.size ?? 0) / MICRO]
        : [],
    );
    if (sizes.length === 0)
      changes += facts.filter(
        (fact) => fact.type === "book.changed" && fact.item.token === "YES",
      ).length;
    else if (market) {
      tradeSizes.push(...sizes);
      const { bids, asks } = levels(market.book, "YES");
      frames.push({
        book: market.market.slug,
        atMs: scheduler.now(),
        bids: bids.map(plain),
        asks: asks.map(plain),
      });
    }
    return facts;
  };
  const { activity$ } = marketActivity(
    { ...inner, apply: (command) => seen(inner.apply(command)) },
    {
      traders,
      reference$: syntheticReference(syntheticPath(seed), scheduler),
      random: chance.fork("traders"),
      volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
      background$: NEVER,
      clock,
    },
    scheduler,
  );
  const running = activity$.subscribe();
  scheduler.runUntil(windows * WINDOW_MS);
  running.unsubscribe();
  return { frames, tradeSizes, changesPerSecond: changes / ((windows * WINDOW_MS) / 1_000) };
}

const plain = ({ price, size }: BookLevel): Level => [price, size / MICRO];
