import { describe, expect, it } from "vitest";
import type { AccountConfig, MarketDigest } from "../../src/account/index.ts";
import { MARKETS_MAX } from "../../src/account/state.ts";
import { NO_USDC, marketId, microShares } from "../../src/types/index.ts";
import { dollars } from "../support/builders.ts";
import { type AccountBench, accountBench, accountConfig } from "./builders.ts";

/** Read markets on so much cash. */
function opened(
  cash: number,
  markets: Readonly<Record<string, { series?: string | null; wants?: number }>>,
  config: AccountConfig = accountConfig(),
): AccountBench {
  const account = accountBench(config);
  account.reads(cash);
  for (const [name, { series = "btc-5m", wants = 50 }] of Object.entries(markets)) {
    account.opens(name, { series, wants: dollars(wants) });
    account.changes(name);
  }
  settles(account, Object.keys(markets));
  return account;
}

/** Every executor acts on its newest limits, until none change. */
function settles(account: AccountBench, names: readonly string[]): void {
  for (let round = 0; round < 6; round += 1) {
    for (const name of names) account.changes(name);
    account.waits(1_000);
    account.hears({ type: "clock" });
  }
}

const parts = (account: AccountBench, names: readonly string[]): readonly number[] =>
  names.map((name) => account.cash(name));

const used = (spent: number, reserved = 0): Partial<MarketDigest> => ({
  spent: dollars(spent),
  reserved: dollars(reserved),
  settledFlow: dollars(-spent),
});

describe("parts", () => {
  const rows: readonly [
    string,
    number,
    Readonly<Record<string, { series?: string | null; wants?: number }>>,
    readonly number[],
    Partial<AccountConfig>?,
  ][] = [
    ["enough for all", 200, { a: {}, b: {}, c: { wants: 25.5 } }, [50, 50, 25.5]],
    ["one market has what it wants, and no more", 200, { a: {} }, [50]],
    ["one market has all there is, in whole dollars", 42.7, { a: {} }, [42]],
    ["two markets of one series share its part", 61, { a: {}, b: {} }, [30, 30]],
    [
      "series share equally, however many markets they have",
      90,
      { a: {}, b: {}, c: { series: "btc-15m" } },
      [22, 22, 45],
    ],
    [
      "what a series does not want goes to the other",
      90,
      { a: {}, b: {}, c: { series: "btc-15m", wants: 20 } },
      [35, 35, 20],
    ],
    [
      "and from there on to a third",
      120,
      { a: { wants: 100 }, b: { series: "btc-15m", wants: 20 }, c: { series: "eth", wants: 45 } },
      // 20 of 40, then 45 of 50.
      [55, 20, 45],
    ],
    [
      "by weight",
      90,
      { a: { wants: 100 }, b: { series: "btc-15m", wants: 100 } },
      [60, 30],
      { weights: { "btc-5m": 2, "btc-15m": 1 } },
    ],
    [
      "a series without a weight has a part of weight 1, and so have markets without a series",
      90,
      { a: { wants: 100 }, b: { series: "eth", wants: 100 }, c: { series: null, wants: 100 } },
      [30, 30, 30],
    ],
    ["too little for two is enough for one", 15, { a: {}, b: {} }, [15, 0]],
    ["too little to quote with is nothing", 9.9, { a: {} }, [0]],
    ["just enough to quote with", 10, { a: {}, b: {} }, [10, 0]],
    [
      "no more markets than can quote, and the first ones",
      35,
      { a: {}, b: {}, c: {}, d: {} },
      [11, 11, 11, 0],
    ],
    [
      "a market that wants less than others could quote with gets all of it",
      100,
      { a: { wants: 9 } },
      [9],
    ],
    ["in larger quanta", 49, { a: {} }, [40], { quantum: dollars(20) }],
    ["a quantum above the least part", 15, { a: {} }, [10], { quantum: dollars(20) }],
    ["no more than the capital", 500, { a: { wants: 400 } }, [100], { capital: dollars(100) }],
    ["no cash", 0, { a: {} }, [0]],
  ];
  it.each(rows)("%s", (_, cash, markets, expected, changed = {}) => {
    const account = opened(cash, markets, accountConfig(changed));

    expect(parts(account, Object.keys(markets))).toEqual(expected);
  });

  it("nothing before the first survey of a market", () => {
    const account = accountBench();
    account.opens("a");
    account.changes("a", { isRead: false });
    account.reads(100);
    expect(account.cash("a")).toBe(0);
    account.changes("a", { isRead: true });
    expect(account.cash("a")).toBe(50);
  });

  it("nothing before the cash is known, which the first reading says whatever is under way", () => {
    const account = accountBench();
    account.opens("a");
    account.changes("a", { isRead: true, isQuiet: false });
    expect(account.cash("a")).toBe(0);
    account.reads(100);
    expect(account.cash("a")).toBe(50);
  });

  it("two markets race for the last dollar: the second has it when the first has shown that it let go", () => {
    const account = opened(60, { a: { wants: 60 } });
    expect(account.cash("a")).toBe(60);
    const late = account.limits("a").seq;
    account.opens("b", { wants: dollars(60) });
    account.changes("b");
    // Lowered, and not heard yet: nothing is there for the other.
    expect(parts(account, ["a", "b"])).toEqual([30, 0]);

    account.changes("a", { limitsSeq: late, reserved: dollars(45) });
    account.changes("b");
    expect(account.cash("b")).toBe(0);
    // It acts on 30 now, but an order of 45 may still be live.
    account.changes("a", { reserved: dollars(45) });
    expect(account.cash("b")).toBe(15);
    account.changes("a", { reserved: dollars(10), spent: dollars(5) });
    expect(account.cash("b")).toBe(30);
  });

  it("a part is raised only to what can be quoted, and by whole quanta", () => {
    const account = opened(60, { a: { wants: 60 } });
    account.changes("a", { reserved: dollars(52) });
    account.opens("b", { wants: dollars(60) });
    account.changes("b");
    account.changes("a", { reserved: dollars(51.5) });
    // 8.50 are free.
    expect(account.cash("b")).toBe(0);
    account.changes("a", { reserved: dollars(48.5) });
    expect(account.cash("b")).toBe(11);
    account.changes("a", { reserved: dollars(48) });
    expect(account.cash("b")).toBe(12);
    account.changes("a", { reserved: dollars(47.2) });
    expect(account.cash("b")).toBe(12);
  });

  it("a market that has used more than its part counts with what it uses", () => {
    const account = opened(60, { a: { wants: 60 } });
    account.changes("a", used(40, 10));
    account.opens("b", { wants: dollars(60) });
    account.changes("b");
    account.changes("a", used(40, 10));
    expect(parts(account, ["a", "b"])).toEqual([30, 10]);
    account.changes("a", used(40));
    expect(parts(account, ["a", "b"])).toEqual([30, 20]);
  });

  it("a market that is used for more than its part is raised within what it uses already", () => {
    const account = opened(60, { a: { wants: 60 } });
    account.changes("a", used(60));
    account.opens("b", { wants: dollars(60) });
    account.changes("b");
    expect(parts(account, ["a", "b"])).toEqual([30, 0]);
    account.changes("a", used(60));
    account.hears({ type: "market.left", market: marketId("b") });
    account.changes("a", used(60));
    expect(account.cash("a")).toBe(60);
  });

  it("what a market earns stays in its part until it has closed", () => {
    const account = opened(60, { a: { wants: 60 }, b: { wants: 60 } });
    account.changes("a", used(-20));
    account.changes("b");
    expect(parts(account, ["a", "b"])).toEqual([30, 30]);

    account.changes("a", { ...used(-20), isOver: true });
    expect(account.cash("b")).toBe(60);
  });

  it("a part returns once nothing may rest and no trade is unfinished, also where the result is a loss", () => {
    const account = opened(100, { a: { wants: 100 } });
    account.changes("a", used(40, 20));
    account.opens("b", { wants: dollars(100) });
    account.changes("b");
    account.changes("a", { isOver: true, mayRest: true, ...used(40, 20) });
    // It gets nothing any more, and may still use 60.
    expect(parts(account, ["a", "b"])).toEqual([0, 40]);
    // Of the 40 only 15 have settled.
    const unfinished = { isQuiet: false, reserved: NO_USDC, settledFlow: dollars(-15) };
    account.changes("a", { mayRest: false, ...unfinished });
    expect(account.cash("b")).toBe(60);
    // The other trade has failed after all, which shows in all figures at once.
    account.changes("a", { ...used(15), isQuiet: true, mayRest: true });
    expect(account.cash("b")).toBe(85);
    account.changes("a", { mayRest: false });
    account.notices();
    account.hears({ type: "market.left", market: marketId("a") });
    expect(account.cash("b")).toBe(85);
    expect(account.notices()).toContainEqual(
      expect.objectContaining({ type: "market.closed", market: "a", result: 0 }),
    );
  });

  it("a market whose executor is gone while an order may rest keeps its part until it is opened and read again", () => {
    const account = opened(100, { a: { wants: 60 } });
    account.changes("a", { mayRest: true, reserved: dollars(50) });
    account.hears({ type: "market.left", market: marketId("a") });
    account.opens("b", { wants: dollars(100) });
    account.changes("b");
    expect(account.notices()).toContainEqual({
      type: "market.kept",
      market: "a",
      held: dollars(60),
    });
    expect(account.cash("b")).toBe(40);

    account.opens("a", { wants: dollars(60) });
    account.changes("a", { isRead: false, mayRest: false, reserved: NO_USDC });
    account.changes("b");
    expect(parts(account, ["a", "b"])).toEqual([0, 40]);
    account.changes("a", { isRead: true });
    settles(account, ["a", "b"]);
    expect(parts(account, ["a", "b"])).toEqual([50, 50]);
  });

  it("a market that left and settles afterwards is closed by its last digest", () => {
    const account = opened(100, { a: { wants: 60 } });
    account.changes("a", {
      isQuiet: false,
      spent: dollars(20),
      stock: { YES: microShares(40_000_000), NO: microShares(0) },
    });
    account.hears({ type: "market.left", market: marketId("a") });
    account.notices();
    account.changes("a", { isQuiet: true, settledFlow: dollars(-20), flow: dollars(-20) });
    expect(account.notices()).toEqual([
      {
        type: "market.closed",
        market: "a",
        result: dollars(-20),
      },
    ]);
    expect(account.state().cash.base).toBe(dollars(80));
    expect(account.state().ring).toEqual([]);
  });

  it("one market more than there is room for begins without cash, and is said", () => {
    const account = accountBench();
    for (let count = 0; count <= MARKETS_MAX; count += 1) account.opens(`m${count}`);
    expect(account.notices()).toEqual([
      { type: "market.refused", market: `m${MARKETS_MAX}`, max: MARKETS_MAX },
    ]);
    expect(account.limits(`m${MARKETS_MAX}`)).toEqual({
      seq: 1,
      cash: 0,
      level: "normal",
      widenBp: 0,
      hits: [],
    });
    account.hears({ type: "market.left", market: marketId("m0") });
    account.opens("again");
    expect(account.notices()).toEqual([expect.objectContaining({ type: "market.closed" })]);
  });

  it("an executor that is silent is not sent lower limits for ever", () => {
    const account = opened(100, { a: { wants: 100 } });
    const silent = { limitsSeq: account.limits("a").seq };
    for (let cash = 99; cash > 60; cash -= 1) {
      account.waits(30_000);
      account.reads(cash);
      account.changes("a", silent);
    }
    expect(account.cash("a")).toBe(85);
    // 100 and the fifteen below it.
    expect(account.state().sums.held).toBe(dollars(100));
    account.changes("a");
    account.changes("a");
    expect(account.cash("a")).toBe(61);
  });

  it("limits come only where they have changed, and numbered", () => {
    const account = opened(100, { a: {} });
    const { seq } = account.limits("a");
    expect(account.changes("a", { reserved: dollars(5) }).limits).toEqual([]);
    account.opens("a");
    expect(account.limits("a")).toMatchObject({ seq: seq + 2, cash: 0 });
    account.changes("a");
    expect(account.limits("a")).toMatchObject({ seq: seq + 3, cash: dollars(50) });
  });

  it("digests and leavings of markets that are not known change nothing", () => {
    const account = opened(100, { a: {} });
    const before = account.state();
    expect(account.changes("b").limits).toEqual([]);
    account.hears({ type: "market.left", market: marketId("b") });
    expect({ ...account.state(), cursor: 0 }).toEqual({ ...before, cursor: 0 });
    expect(account.notices()).toEqual([
      expect.objectContaining({ type: "cash.adopted", change: null }),
    ]);
  });
});
