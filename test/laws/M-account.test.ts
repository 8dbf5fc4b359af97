/**
 * M. What the account allows its markets together is never raised beyond its cash, whatever they hear late, twice or
 * not at all; a limit that is hit acts in the step that sees it and holds until it is cleared, over restarts; the worst
 * loss is a bound; and the sums that are kept are those that would be counted.
 *
 * Break that turns this red: `market.ts`, let `heldCash` count only what was sent last; or `limits.ts`, let every hit end
 * as those that widen do.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AccountConfig,
  type AccountInput,
  type AccountState,
  LIMIT_NAMES,
  type MarketDigest,
  initial,
  margins,
  memory,
  parseMemory,
  step,
} from "../../src/account/index.ts";
import { heldCash, isEligible, isQuiet, underWay } from "../../src/account/market.ts";
import { type AccountMarket } from "../../src/account/state.ts";
import { entriesOf } from "../../src/account/table.ts";
import { type MarketId, OPERATOR_LEVELS, marketId } from "../../src/types/index.ts";
import { accountConfig, digest, openedMarket } from "../account/builders.ts";
import { type TradingOptions, type TradingStep, anyTrading, trading } from "../account/trading.ts";
import { RUNS, dollars, instant } from "../support/builders.ts";

const LIMITED: AccountConfig = accountConfig({
  limits: {
    lossPerWindowUsd: { max: 8, action: "reduceOnly" },
    lossPerDayUsd: { max: 20, action: "halt" },
    drawdownUsd: { max: 15, action: "flatten" },
    worstLossUsd: { max: 60, action: "widen" },
    exposurePerPercentUsd: { max: 10, action: "widen" },
    exposurePerSigmaUsd: { max: 25, action: "reduceOnly" },
    refusalsPerMinute: { max: 5, action: "reduceOnly" },
  },
});

/** What is wrong with a step; null where nothing is. */
type Law = (step: TradingStep) => string | null;

/** Holds a law, made anew for each walk, against every step of so many walks; returns how often it had something to say. */
function holds(runs: number, changed: Partial<TradingOptions>, lawOf: () => Law): void {
  fc.assert(
    fc.property(anyTrading(), fc.constantFrom(1, 2, 4, 12), (moves, markets) => {
      const law = lawOf();
      const broken: string[] = [];
      const observe = (made: TradingStep): void => {
        const wrong = law(made);
        if (wrong !== null) broken.push(`${made.input.type}: ${wrong}`);
      };
      const world = trading({ ...OPTIONS, ...changed, markets, observe });
      for (const move of moves) world.make(move);
      expect(broken).toEqual([]);
    }),
    { numRuns: Math.ceil(runs) },
  );
}

const OPTIONS: TradingOptions = {
  config: accountConfig(),
  cash: 100,
  markets: 6,
  isOutsideMoving: false,
};

const seriesSums = (markets: readonly AccountMarket[]): AccountState["series"] => {
  const all: Record<string, AccountState["series"][string]> = {};
  for (const market of markets.filter(isEligible)) {
    const same = markets.filter((each) => isEligible(each) && each.series === market.series);
    all[market.series] = {
      markets: same.length,
      need: sum(same.map(({ wants }) => wants)),
      seated: same.filter(({ limits }) => limits.cash > 0).length,
    };
  }
  return all;
};

const sum = (values: readonly number[]): number => values.reduce((acc, value) => acc + value, 0);

describe("[M] cash", () => {
  it("markets together never commit more than the chain has, whatever they hear and when", () => {
    let mostCommitted = 0;
    fc.assert(
      fc.property(anyTrading(), fc.constantFrom(1, 2, 4, 12), (moves, markets) => {
        const world = trading({ ...OPTIONS, markets });
        for (const move of moves) {
          world.make(move);
          expect(world.uncommitted()).toBeGreaterThanOrEqual(0);
          mostCommitted = Math.max(mostCommitted, world.cash() - world.uncommitted());
        }
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
    // It would be no law of markets that do nothing.
    expect(mostCommitted).toBeGreaterThan(dollars(60));
  });

  it("no raise leaves what markets may act on above the cash, also where cash goes elsewhere", () => {
    let raises = 0;
    holds(RUNS / 4, { isOutsideMoving: true }, () => {
      const sent = new Map<MarketId, { seq: number; cash: number }[]>();
      const read = new Map<MarketId, MarketDigest>();
      return ({ before, input, made }) => {
        if (input.type === "market.changed" && input.digest.isRead)
          read.set(input.market, input.digest);
        for (const notice of made.notices) {
          if (notice.type !== "market.closed") continue;
          // Opened again, it counts anew.
          sent.delete(notice.market);
          read.delete(notice.market);
        }
        const last = new Map([...sent].map(([id, all]) => [id, all.at(-1)?.cash ?? 0]));
        for (const { market, limits } of made.limits)
          sent.set(market, [...(sent.get(market) ?? []), limits]);
        const hasRaised = made.limits.some(
          ({ market, limits }) => limits.cash > (last.get(market) ?? 0),
        );
        if (!hasRaised) return null;
        raises += 1;
        const used = entriesOf(made.state.markets).map(({ id, isRead, hasLeft }) => {
          const now = read.get(id);
          const all = sent.get(id) ?? [];
          if (now === undefined) return Math.max(...all.map(({ cash }) => cash));
          if (isRead && now.isQuiet && !now.mayRest && (now.isOver || hasLeft))
            return -now.settledFlow;
          // An executor that has started again shows nothing before it is read.
          const acting = all.filter(({ seq }) => seq >= now.limitsSeq).map(({ cash }) => cash);
          return Math.max(now.spent + now.reserved, ...acting);
        });
        const { base, ahead } = made.state.cash;
        const free = (base ?? 0) - ahead - sum(used);
        return free < 0 ? `${free} free, of ${before.cash.base}` : null;
      };
    });
    expect(raises).toBeGreaterThan(RUNS / 10);
  });

  it("what is believed to be there rises only by what settles, or by an adoption that is said", () => {
    let adoptions = 0;
    const believed = ({ cash, sums }: AccountState): number =>
      (cash.base ?? 0) + sums.settledFlow - cash.ahead;
    /** Cash that settles in this step; what had settled before the account knew the market does not. */
    const settledIn = (state: AccountState, input: AccountInput): number => {
      if (input.type !== "market.changed") return 0;
      const known = entriesOf(state.markets).find(({ id }) => id === input.market)?.digest;
      return known == null ? 0 : input.digest.settledFlow - known.settledFlow;
    };
    holds(RUNS / 4, { isOutsideMoving: true }, () => {
      const readings: { readonly cash: number; readonly beganAt: number }[] = [];
      return ({ before, input, made: { state, notices } }) => {
        const rise = believed(state) - believed(before);
        if (input.type !== "cash.read") {
          const settled = Math.max(0, settledIn(before, input));
          return rise > settled ? `rose by ${rise}, settled ${settled}` : null;
        }
        const { cash, beganAt } = input;
        const isFirst = before.cash.base === null;
        if (!isFirst && notices.some(({ type }) => type === "cash.adopted")) {
          adoptions += 1;
          const earlier = readings.filter((each) => each.beganAt <= beganAt - 10_000);
          const isShown = rise > 0 && earlier.length > 0 && believed(state) <= cash;
          if (!isShown) return "raised by what no reading ten seconds before has shown";
        } else if (!isFirst && rise > 0) return `raised by ${rise}`;
        readings.push({ cash, beganAt });
        const recent = sum(before.cash.inflows.map((inflow) => inflow.cash));
        const isUsed = state.cash.readAt === beganAt && before.cash.readAt !== beganAt;
        const isAbove = isUsed && believed(state) - recent > cash;
        return isAbove && !isFirst ? `${believed(state)} believed, of ${cash}` : null;
      };
    });
    expect(adoptions).toBeGreaterThan(RUNS / 100);
  });

  it("once everything is quiet, limits come to rest, and a clock that ticks changes nothing", () => {
    fc.assert(
      fc.property(anyTrading(), fc.constantFrom(1, 2, 4, 12), (moves, markets) => {
        const world = trading({ ...OPTIONS, markets, isOutsideMoving: true });
        for (const move of moves) world.make(move);
        world.calm(90);
        const late = world.calm(20).flatMap(({ limits }) => limits);
        expect(late).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });
});

describe("[M] the sums that are kept", () => {
  it("are those that would be counted, after every step", () => {
    holds(RUNS / 4, { config: LIMITED, isOutsideMoving: true }, () => ({ made: { state } }) => {
      const markets = entriesOf(state.markets);
      const counted = {
        held: sum(markets.map(heldCash)),
        heldElse: sum(markets.filter((each) => !isEligible(each)).map(heldCash)),
        settledFlow: sum(markets.map((each) => each.digest?.settledFlow ?? 0)),
        underWay: sum(markets.map(underWay)),
        incoming: sum(markets.map((each) => each.digest?.incoming ?? 0)),
        result: sum(markets.map(({ result }) => result)),
        worst: worstCounted(markets),
        unquiet: markets.filter((each) => !isQuiet(each)).length,
      };
      expect(state.sums).toEqual(counted);
      expect(state.series).toEqual(seriesSums(markets));
      expect(state.references).toEqual(referencesCounted(state, markets));
      expect(state.ring.toSorted()).toEqual(markets.map(({ id }) => id).toSorted());
      return null;
    });
  });

  it("are looked at, and not the markets: a step reads as many of 200 as of 20", () => {
    const counts = [20, 200].map((count) => {
      let state = initial(null, instant(0));
      const hear = (input: AccountInput): void => {
        state = step(state, input, LIMITED).state;
      };
      hear({
        type: "cash.read",
        cash: dollars(100_000),
        beganAt: instant(0).monotonicMs,
        at: instant(0),
      });
      const ids = Array.from({ length: count }, (_, at) => marketId(`m${at}`));
      for (const market of ids) {
        hear({ type: "market.opened", ...openedMarket({ market }), at: instant(0) });
        hear({ type: "market.changed", market, digest: digest(), at: instant(0) });
      }
      for (let tick = 0; tick < count; tick += 1) hear({ type: "clock", at: instant(tick) });
      const read = new Set<MarketId>();
      const watched: AccountState["markets"] = Object.fromEntries(
        Object.entries(state.markets).map(([shard, markets]) => [
          shard,
          Object.fromEntries(
            Object.entries(markets).map(([id, market]) => [
              id,
              new Proxy(market, {
                get: (target, key) => {
                  read.add(target.id);
                  return Reflect.get(target, key) as unknown;
                },
              }),
            ]),
          ),
        ]),
      );
      const input = { market: marketId("m3"), digest: digest({ reserved: dollars(3) }) };
      step(
        { ...state, markets: watched },
        { type: "market.changed", ...input, at: instant(9) },
        LIMITED,
      );
      return read.size;
    });
    for (const looked of counts) expect(looked).toBeLessThanOrEqual(9);
    expect(Math.min(...counts)).toBeGreaterThan(5);
  });
});

describe("[M] a limit that is hit", () => {
  it("acts in the step that sees it, on every market it concerns, and stays until it is cleared", () => {
    let hits = 0;
    holds(RUNS / 4, { config: LIMITED, isOutsideMoving: true }, () => ({ before, input, made }) => {
      const { state, notices } = made;
      hits += notices.filter(({ type }) => type === "limit.hit").length;
      for (const { limit, scope, margin, isHit } of margins(state, LIMITED)) {
        const isExcused = state.excuses.some(
          (each) =>
            each.limit === limit &&
            String(Object.values(each.scope)) === String(Object.values(scope)),
        );
        if (margin < 0 && !isHit && !isExcused)
          return `${limit} of ${scope.type} is exceeded, not hit`;
      }
      for (const market of entriesOf(state.markets)) {
        const shared = state.hits.filter(
          ({ reference }) => reference === null || reference === market.reference,
        );
        const all = [...shared.map(({ hit }) => hit), ...market.hits];
        if (market.hasLeft) continue;
        if (JSON.stringify(market.limits.hits) !== JSON.stringify(all)) return "a hit is not heard";
        const least = Math.max(
          0,
          ...all.map(({ action }) => OPERATOR_LEVELS.indexOf(action as never)),
        );
        if (OPERATOR_LEVELS.indexOf(market.limits.level) !== least) return "another level";
        const isWidened = all.some(({ action }) => action === "widen");
        if (market.limits.widenBp !== (isWidened ? 150 : 0)) return "not widened";
      }
      if (input.type === "limit.cleared") return null;
      const gone = before.hits.filter(
        ({ hit, reference }) =>
          hit.action !== "widen" &&
          !state.hits.some((each) => each.hit === hit && each.reference === reference),
      );
      return gone.length > 0 ? `${gone.length} hits are gone` : null;
    });
    expect(hits).toBeGreaterThan(RUNS / 20);
  });

  it("is a hit after a restart, with what its limit counts from", () => {
    let hits = 0;
    fc.assert(
      fc.property(anyTrading(), (moves) => {
        const world = trading({ ...OPTIONS, config: LIMITED });
        for (const move of moves) world.make(move);
        const before = world.state();
        const written = JSON.stringify(memory(before));
        const read = parseMemory(JSON.parse(written));
        if (typeof read === "string") throw new Error(read);
        const after = initial(read, before.at);
        hits += before.hits.length;
        expect(JSON.stringify(memory(after))).toBe(written);
        expect(after.hits).toEqual(before.hits);
        for (const limit of LIMIT_NAMES.filter(
          (each) => each.startsWith("loss") || each === "drawdownUsd",
        )) {
          const of = (state: AccountState) =>
            margins(state, LIMITED).filter(
              (each) => each.limit === limit && each.scope.type === "account",
            );
          expect(of(after)).toEqual(of(before));
        }
        for (const market of entriesOf(before.markets)) {
          const again = step(
            after,
            {
              type: "market.opened",
              ...openedMarket({ market: market.id, reference: market.reference }),
              at: before.at,
            },
            LIMITED,
          );
          const shared = before.hits.filter(
            ({ reference }) => reference === null || reference === market.reference,
          );
          // One that widens ends by itself while nothing is known, and is hit again as soon as it is.
          const lasting = [...shared.map(({ hit }) => hit), ...market.hits].filter(
            ({ action }) => action !== "widen",
          );
          expect(again.limits[0]?.limits.hits.filter(({ action }) => action !== "widen")).toEqual(
            lasting,
          );
        }
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
    expect(hits).toBeGreaterThan(RUNS / 100 - 1);
  });
});

function groupedBy<Value, Key>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  }
  return groups;
}

/** The least over all prices of each group, the members tried one by one. */
function worstCounted(markets: readonly AccountMarket[]): number {
  const groups = groupedBy(markets, ({ group }) => group);
  return sum(
    [...groups.values()].map((members) => {
      const prices = [0, ...members.map(({ strike }) => strike)];
      return Math.min(
        ...prices.map((price) =>
          sum(
            members.map(({ digest: known, strike }) => {
              if (known === null) return 0;
              const winner = known.winner ?? (price >= strike ? "YES" : "NO");
              return (
                known.flow +
                known.stock[winner] -
                (known.winner === null ? known.lostIf[winner] : 0)
              );
            }),
          ),
        ),
      );
    }),
  );
}

function referencesCounted(state: AccountState, markets: readonly AccountMarket[]): unknown {
  const tables = structuredClone(state.references) as Record<string, Record<string, unknown>>;
  for (const shard of Object.values(tables)) {
    for (const reference of Object.keys(shard)) {
      const ofIt = markets.filter((market) => market.reference === reference);
      const ends = groupedBy(ofIt, ({ endsAt }) => endsAt);
      const most = (delta: "deltaPerPercent" | "deltaPerSigma"): number =>
        sum([...ends.values()].map((same) => exposureCounted(same, delta)));
      shard[reference] = {
        percent: most("deltaPerPercent"),
        sigma: most("deltaPerSigma"),
        markets: ofIt.length,
      };
    }
  }
  const known = Object.values(tables).flatMap((shard) => Object.keys(shard));
  const all = markets.flatMap(({ reference }) => reference ?? []);
  expect(known.toSorted()).toEqual([...new Set(all)].toSorted());
  return tables;
}

/** Each market at its own worst in either direction; without a model all of it, both ways. */
function exposureCounted(
  markets: readonly AccountMarket[],
  delta: "deltaPerPercent" | "deltaPerSigma",
): number {
  let up = 0;
  let down = 0;
  for (const { digest: known } of markets) {
    if (known === null || known.isOver || known.winner !== null) continue;
    const perShare = known[delta];
    const ends = [known.worstUp, known.worstDown];
    const moves =
      perShare === null
        ? ends.flatMap((end) => [end, -end])
        : ends.map((end) => end * Math.min(1, Math.max(-1, perShare)));
    up += Math.ceil(Math.max(...moves));
    down += Math.floor(Math.min(...moves));
  }
  return Math.max(Math.abs(up), Math.abs(down));
}
