import { describe, expect, it } from "vitest";
import {
  constantLatency,
  noFaults,
  simulation,
  type SimulationOptions,
  syntheticReference,
  type TradersName,
  type VenueFact,
  virtualClock,
  virtualScheduler,
} from "../../../src/sim/index.ts";
import { PRESETS, TRADERS_NAMES } from "../../../src/sim/traders/presets.ts";
import type { Trade } from "../../../src/sim/exchange/settlement.ts";
import { fairYesBp } from "../../../src/sim/traders/fair.ts";
import type { Market, PriceBp, ReferencePrice } from "../../../src/types/index.ts";
import { microUsdc, referencePrice } from "../../../src/types/index.ts";
import { dollars, only, shares, START } from "../exchange/exchangeHarness.ts";

const VOLATILITY = 9e-5;
const LATENCY = constantLatency(10);
const RUN_MS = 30_000;
/** By then every quoter quotes. */
const READY_MS = 2_000;
const MARKOUT_MS = 1_000;

interface TimedFact {
  readonly fact: VenueFact;
  readonly atMs: number;
}

function begun(traders: TradersName, seed: number, audit: (fact: VenueFact, atMs: number) => void) {
  const scheduler = virtualScheduler();
  const options: SimulationOptions = {
    seed,
    traders,
    windowMs: 300_000,
    account: { cash: microUsdc(dollars(1_000)) },
    latency: { request: LATENCY, response: LATENCY, channel: LATENCY, reference: LATENCY },
    volatilityPerSqrtSecond: VOLATILITY,
    faults: noFaults,
    audit: (fact) => audit(fact, scheduler.now()),
  };
  const reference$ = syntheticReference(
    {
      seed,
      startPrice: referencePrice(60_000_000_000),
      volatilityPerSqrtSecond: VOLATILITY,
      tickMs: 80,
    },
    scheduler,
  );
  const clock = virtualClock(scheduler, START);
  const sim = simulation(options, { scheduler, clock, reference$ });
  sim.activity$.subscribe();
  return { sim, scheduler };
}

function factsOf(traders: TradersName, seed: number, forMs: number): readonly TimedFact[] {
  const facts: TimedFact[] = [];
  const { scheduler } = begun(traders, seed, (fact, atMs) => facts.push({ fact, atMs }));
  scheduler.runUntil(forMs);
  return facts;
}

/** Runs that several tests read. */
const known = new Map<string, readonly TimedFact[]>();
function run(traders: TradersName, seed: number): readonly TimedFact[] {
  const name = `${traders} ${seed}`;
  const result = known.get(name) ?? factsOf(traders, seed, RUN_MS);
  known.set(name, result);
  return result;
}

const facts = (all: readonly TimedFact[]): readonly VenueFact[] => all.map(({ fact }) => fact);

/** Each trade once: the fact of its match, not the later ones. */
const matched = (all: readonly TimedFact[]): readonly (TimedFact & { readonly trade: Trade })[] =>
  all.flatMap(({ fact, atMs }) =>
    fact.type === "trade.changed" && fact.trade.status === "matched"
      ? [{ fact, atMs, trade: fact.trade }]
      : [],
  );

/** The dollars `account` has won as a taker, by the fair value a second after each trade. */
function markout(all: readonly TimedFact[], account: string): number {
  const [market] = only(facts(all), "market.opened").map((fact) => fact.market);
  const prices = all.flatMap(({ fact, atMs }) =>
    fact.type === "reference.moved" ? [{ price: fact.price, atMs }] : [],
  );
  return matched(all).reduce((sum, { trade, atMs }) => {
    const taker = trade.legs[0];
    const later = prices.find((one) => one.atMs >= atMs + MARKOUT_MS);
    if (!market || taker?.account !== account || !later) return sum;
    const { token, side, price, size } = taker.fill;
    const worth = fairOf(market, later, token);
    return sum + (((side === "BUY" ? 1 : -1) * (worth - price)) / 10_000) * (size / shares(1));
  }, 0);
}

function fairOf(
  market: Market,
  { price, atMs }: { readonly price: ReferencePrice; readonly atMs: number },
  token: "YES" | "NO",
): number {
  const now = virtualClock({ ...virtualScheduler(), now: () => atMs }, START).now().epochMs;
  // Runs end long before the last minute, which alone needs the seconds.
  const view = { price, seconds: [], at: now, variancePerSecond: VOLATILITY ** 2 };
  const yes = fairYesBp(market, view) ?? expect.unreachable();
  return token === "YES" ? yes : 10_000 - yes;
}

/** The best bid and ask of YES after every step that changed the book. */
function* touches(
  all: readonly TimedFact[],
): Generator<{ bid: number; ask: number; atMs: number }> {
  const sides = { BUY: new Map<PriceBp, number>(), SELL: new Map<PriceBp, number>() };
  for (const [index, { fact, atMs }] of all.entries()) {
    if (fact.type !== "book.changed") continue;
    const { token, side, level } = fact.item;
    if (token === "YES" && level.size === 0) sides[side].delete(level.price);
    else if (token === "YES") sides[side].set(level.price, level.size);
    // The changes of one step come in a row; the book is complete after the last of them.
    if (all[index + 1]?.fact.type === "book.changed") continue;
    const [bid, ask] = [Math.max(...sides.BUY.keys()), Math.min(...sides.SELL.keys())];
    yield { bid, ask, atMs };
  }
}

const quotingNames = TRADERS_NAMES.filter((name) => PRESETS[name].quoters.length > 0);
const SEEDS = [1, 2, 3];

describe.each(quotingNames)("traders who are %s", (name) => {
  const runs = SEEDS.map((seed) => run(name, seed));

  it("quote two sides that never cross, and never take", () => {
    const quoters = new Set(PRESETS[name].quoters.map(({ account }) => account));
    for (const all of runs) {
      const seen = [...touches(all)];
      expect(seen.length).toBeGreaterThan(100);
      for (const { bid, ask } of seen) expect(bid).toBeLessThan(ask);
      const ready = seen.filter(({ atMs }) => atMs >= READY_MS);
      const twoSided = ready.filter(({ bid, ask }) => bid > 0 && ask < 10_000);
      expect(twoSided.length / ready.length).toBeGreaterThan(0.9);
      for (const { trade } of matched(all)) {
        expect(quoters).not.toContain(trade.legs[0]?.account);
        for (const { account } of trade.legs.slice(1)) expect(quoters).toContain(account);
      }
    }
  });

  it("place orders that the venue accepts unless the market has moved away", () => {
    const refused = new Set(
      runs.flatMap((all) => only(facts(all), "order.refused")).map(({ refusal }) => refusal.reason),
    );
    refused.delete("postOnlyCross");
    refused.delete("unmatched");
    expect([...refused]).toEqual([]);
  });

  it("act the same from the same seed, and differently from another", () => {
    const again = factsOf(name, 1, 5_000);
    expect(again).toEqual(runs[0]?.filter(({ atMs }) => atMs <= 5_000));
    expect(factsOf(name, 2, 5_000)).not.toEqual(again);
  });
});

describe("traders by name", () => {
  const perSecond = (name: TradersName): number => matched(run(name, 1)).length / (RUN_MS / 1_000);

  it("trade seldom in `calm`, and all the time in `busy`", () => {
    expect(perSecond("calm")).toBeGreaterThan(0.5);
    expect(perSecond("calm")).toBeLessThan(2);
    expect(perSecond("busy")).toBeGreaterThan(10);
    expect(perSecond("busy")).toBeLessThan(25);
  });

  it("quote two cents wide in `calm`, and one in `busy`", () => {
    const spread = (name: TradersName): number => {
      const spreads = [...touches(run(name, 1))].map(({ bid, ask }) => ask - bid);
      return spreads.toSorted((a, b) => a - b)[Math.floor(spreads.length / 2)] ?? 0;
    };
    expect(spread("busy")).toBe(100);
    expect(spread("calm")).toBeGreaterThanOrEqual(200);
    expect(spread("calm")).toBeLessThanOrEqual(300);
  });

  it("win from the quoters when informed (`toxic`), and lose to them when not", () => {
    const total = (name: TradersName, account: string): number =>
      SEEDS.map((seed) => markout(run(name, seed), account)).reduce((sum, one) => sum + one, 0);
    expect(total("toxic", "informed")).toBeGreaterThan(0);
    expect(total("toxic", "informed")).toBeGreaterThan(-total("toxic", "whim"));
    expect(total("busy", "whim")).toBeLessThan(0);
    expect(total("calm", "whim")).toBeLessThan(0);
  });

  it("have the middle of the book at the result when a window ends that settles by a mean", () => {
    const winners = new Map<string, "YES" | "NO">();
    const { sim, scheduler } = begun("calm", 4, (fact) => {
      if (fact.type === "market.resolved") winners.set(fact.market, fact.winner);
    });
    let current: Market | null = null;
    sim.markets$.subscribe((market) => (current = market));
    const mids = [1, 2, 3, 4, 5].map((window) => {
      scheduler.runUntil(window * 300_000 - 100);
      const { id, settledBy } = current ?? expect.unreachable();
      expect(settledBy).toBe("twap60");
      const { bids, asks } = sim.asked.book(id, "YES");
      return { id, yes: ((bids[0]?.price ?? 0) + (asks[0]?.price ?? 10_000)) / 2 };
    });
    scheduler.runUntil(1_510_000);
    const errors = mids.map(({ id, yes }) => Math.abs(yes - (winners.get(id) === "YES" ? 1e4 : 0)));
    expect(winners.size).toBe(5);
    // No further from the end of the range than the quoters' own limit and half a spread.
    for (const error of errors) expect(error).toBeLessThan(400);
  });

  it("are absent in `empty`, and the windows go on without them", () => {
    const all = facts(factsOf("empty", 1, 700_000));
    const kinds = new Set(all.map(({ type }) => type));
    expect(kinds).toEqual(new Set(["reference.moved", "market.opened", "market.resolved"]));
    expect(only(all, "market.opened")).toHaveLength(3);
  });
});
