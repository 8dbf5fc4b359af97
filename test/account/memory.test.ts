import { describe, expect, it } from "vitest";
import { type AccountMemory, initial, memory, parseMemory } from "../../src/account/index.ts";
import { MARKETS_MAX } from "../../src/account/state.ts";
import { epochMs, marketId, microUsdc } from "../../src/types/index.ts";
import { dollars, instant } from "../support/builders.ts";
import { END, TOMORROW_MS, accountBench, accountConfig } from "./builders.ts";

const HIT = { limit: "drawdownUsd", action: "halt", value: 11, max: 10, since: 1 } as const;

const WRITTEN = {
  schema: 1,
  results: { day: 20_370, dayBase: -5, peak: 7, closed: -3 },
  hits: [
    { reference: null, hit: HIT },
    { reference: "BTC", hit: { ...HIT, limit: "exposurePerSigmaUsd" } },
  ],
  excuses: [
    { limit: "worstLossUsd", scope: { type: "account" }, value: 12.5 },
    { limit: "exposurePerPercentUsd", scope: { type: "reference", reference: "BTC" }, value: 3 },
  ],
  markets: [{ market: "a", endsAt: END, result: -2, lossBase: 0, hits: [HIT] }],
};

const [HELD, MARKET, EXCUSE] = [
  { reference: null, hit: HIT },
  WRITTEN.markets[0],
  WRITTEN.excuses[0],
];

describe("the account's memory", () => {
  it("is read as it was written", () => {
    expect(parseMemory(structuredClone(WRITTEN))).toEqual(WRITTEN);
  });

  it("is written as it was read", () => {
    const read = parseMemory(WRITTEN);
    if (typeof read === "string") throw new Error(read);
    expect(memory(initial(read, instant(0)))).toEqual(WRITTEN);
  });

  const wrong: readonly [string, unknown, string][] = [
    ["nothing", null, "no object"],
    ["a list", [], "no object"],
    ["a text", "{}", "no object"],
    ["another schema", { ...WRITTEN, schema: 2 }, "schema 2; this version reads 1"],
    ["no schema", { ...WRITTEN, schema: undefined }, "schema undefined"],
    ["a field that is not known", { ...WRITTEN, more: 1 }, "not known"],
    [
      "results without a peak",
      { ...WRITTEN, results: { day: 1, dayBase: 0, closed: 0 } },
      "results",
    ],
    ["results with more", { ...WRITTEN, results: { ...WRITTEN.results, more: 0 } }, "results"],
    ["half a micro-dollar", { ...WRITTEN, results: { ...WRITTEN.results, peak: 0.5 } }, "results"],
    ["a day as a text", { ...WRITTEN, results: { ...WRITTEN.results, day: "20370" } }, "results"],
    ["results as a list", { ...WRITTEN, results: [1, 2, 3, 4] }, "results"],
    ["no hits", { ...WRITTEN, hits: undefined }, "hits"],
    ["hits by number", { ...WRITTEN, hits: { 0: HELD } }, "hits"],
    [
      "a hit of another limit",
      { ...WRITTEN, hits: [{ ...HELD, hit: { ...HIT, limit: "x" } }] },
      "hits",
    ],
    [
      "another action",
      { ...WRITTEN, hits: [{ ...HELD, hit: { ...HIT, action: "stop" } }] },
      "hits",
    ],
    [
      "a value that is none",
      { ...WRITTEN, hits: [{ ...HELD, hit: { ...HIT, value: null } }] },
      "hits",
    ],
    [
      "a maximum without end",
      { ...WRITTEN, hits: [{ ...HELD, hit: { ...HIT, max: Infinity } }] },
      "hits",
    ],
    [
      "an hour and a half",
      { ...WRITTEN, hits: [{ ...HELD, hit: { ...HIT, since: 1.5 } }] },
      "hits",
    ],
    ["a reference without a name", { ...WRITTEN, hits: [{ ...HELD, reference: "" }] }, "hits"],
    ["a long name", { ...WRITTEN, hits: [{ ...HELD, reference: "x".repeat(257) }] }, "hits"],
    ["a reference by number", { ...WRITTEN, hits: [{ ...HELD, reference: 3 }] }, "hits"],
    ["too many hits", { ...WRITTEN, hits: Array.from({ length: 1_025 }, () => HELD) }, "hits"],
    [
      "an excuse of a market",
      { ...WRITTEN, excuses: [{ ...EXCUSE, scope: { type: "market", market: "a" } }] },
      "excuses",
    ],
    [
      "an excuse of no scope",
      { ...WRITTEN, excuses: [{ ...EXCUSE, scope: "account" }] },
      "excuses",
    ],
    ["an excuse of no limit", { ...WRITTEN, excuses: [{ ...EXCUSE, limit: null }] }, "excuses"],
    ["an excuse without a value", { ...WRITTEN, excuses: [{ ...EXCUSE, value: "3" }] }, "excuses"],
    ["too many excuses", { ...WRITTEN, excuses: Array(1_025).fill(EXCUSE) }, "excuses"],
    ["a market without a name", { ...WRITTEN, markets: [{ ...MARKET, market: "" }] }, "markets"],
    ["a market without an end", { ...WRITTEN, markets: [{ ...MARKET, endsAt: null }] }, "markets"],
    ["a result that is none", { ...WRITTEN, markets: [{ ...MARKET, result: "1" }] }, "markets"],
    ["a base that is none", { ...WRITTEN, markets: [{ ...MARKET, lossBase: 0.1 }] }, "markets"],
    ["hits that are none", { ...WRITTEN, markets: [{ ...MARKET, hits: [null] }] }, "markets"],
    [
      "more hits than limits",
      { ...WRITTEN, markets: [{ ...MARKET, hits: Array.from({ length: 10 }, () => HIT) }] },
      "markets",
    ],
    ["too many markets", { ...WRITTEN, markets: Array(MARKETS_MAX + 1).fill(MARKET) }, "markets"],
  ];
  it.each(wrong)("is refused in words: %s", (_, value, words) => {
    const read = parseMemory(value);
    expect(read).toEqual(expect.stringContaining(words));
    expect(read).toEqual(expect.stringContaining("the account's memory"));
  });

  it.each([
    ["hits", Array(1_024).fill(HELD)],
    ["excuses", Array(1_024).fill(EXCUSE)],
    ["markets", Array(MARKETS_MAX).fill(MARKET)],
  ])("may have as many %s as are written", (name, list) => {
    expect(parseMemory({ ...WRITTEN, [name]: list })).toMatchObject({ [name]: list });
  });

  it("of a first process is a day without a loss", () => {
    const state = initial(null, instant(0));
    expect(state.results).toEqual({ day: 20_370, dayBase: 0, peak: 0, closed: 0 });
    expect([state.hits, state.excuses, state.remembered]).toEqual([[], [], []]);
  });

  it("of the day before begins a day with what was lost by then; a clock that goes back begins none", () => {
    const written = parseMemory(WRITTEN);
    if (typeof written === "string") throw new Error(written);
    expect(initial(written, instant(TOMORROW_MS - 1)).results).toEqual(WRITTEN.results);
    const tomorrow = { ...WRITTEN.results, day: 20_371, dayBase: -3 };
    expect(initial(written, instant(TOMORROW_MS)).results).toEqual(tomorrow);
    expect(
      initial({ ...written, results: { ...written.results, day: 20_371 } }, instant(0)).results
        .dayBase,
    ).toBe(-5);
  });

  it("has the results of open markets as if they were closed, and no cash", () => {
    const account = accountBench(accountConfig());
    account.reads(100);
    account.opens("a");
    account.changes("a", { flow: dollars(-4) });
    const written = memory(account.state());
    expect(written.results.closed).toBe(dollars(-4));
    expect(written.markets).toEqual([
      { market: "a", endsAt: END, result: dollars(-4), lossBase: 0, hits: [] },
    ]);
    const state = initial(written, instant(0));
    expect(state.cash.base).toBeNull();
    expect(memory(state)).toEqual(written);
  });

  it("has as many markets as there is room for, the open ones first of all", () => {
    const market = (at: number): AccountMemory["markets"][number] => ({
      market: marketId(`old${at}`),
      endsAt: epochMs(END),
      result: microUsdc(0),
      lossBase: microUsdc(0),
      hits: [],
    });
    const empty = memory(initial(null, instant(0)));
    const many = { ...empty, markets: Array.from({ length: MARKETS_MAX }, (_, at) => market(at)) };
    const account = accountBench(accountConfig(), many);
    account.opens("new");
    const { markets } = memory(account.state());
    expect(markets.length).toBe(MARKETS_MAX);
    expect(markets.at(-1)?.market).toBe("new");
    expect(parseMemory(memory(account.state()))).not.toBeTypeOf("string");
  });
});
