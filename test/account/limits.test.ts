import { describe, expect, it } from "vitest";
import {
  type AccountConfig,
  LIMIT_NAMES,
  type LimitName,
  type LimitSetting,
  type MarketDigest,
  initial,
  margins,
  memory,
  parseMemory,
} from "../../src/account/index.ts";
import {
  LIMIT_ACTIONS,
  type LimitAction,
  marketId,
  microShares,
  microUsdc,
} from "../../src/types/index.ts";
import { cents, dollars, instant, shares } from "../support/builders.ts";
import { type AccountBench, END, TOMORROW_MS, accountBench, accountConfig } from "./builders.ts";

const limited = (limits: AccountConfig["limits"]): AccountConfig => accountConfig({ limits });
const one = (limit: LimitName, max: number, action: LimitAction = "halt"): AccountConfig =>
  limited({ [limit]: { max, action } satisfies LimitSetting });

/** Markets "a" and "b" of one reference, "c" of another, "d" of none. */
function opened(config: AccountConfig): AccountBench {
  const account = accountBench(config);
  account.reads(1_000);
  account.opens("a");
  account.opens("b", { endsAt: END });
  account.opens("c", { reference: "ETH" });
  account.opens("d", { reference: null });
  for (const name of NAMES) account.changes(name);
  for (const name of NAMES) account.changes(name);
  account.notices();
  return account;
}

const NAMES = ["a", "b", "c", "d"];

const levels = (account: AccountBench): readonly string[] =>
  NAMES.map((name) => {
    const { level, widenBp } = account.limits(name);
    return widenBp > 0 ? `${level} +${widenBp}` : level;
  });

const lost = (usd: number): Partial<MarketDigest> => ({ flow: dollars(-usd), spent: dollars(usd) });
const owned = (YES: number, NO = 0): MarketDigest["stock"] => ({
  YES: shares(YES),
  NO: shares(NO),
});
const net = (up: number, down: number): Partial<MarketDigest> => ({
  worstUp: shares(up),
  worstDown: shares(down),
});
const counted = (refusals: number, failedTrades = 0, differences = 0): Partial<MarketDigest> => ({
  counts: { refusals, failedTrades, differences },
});

const valueOf = (account: AccountBench, config: AccountConfig, limit: LimitName): number =>
  margins(account.state(), config).find((each) => each.limit === limit)?.value ?? NaN;

describe("each limit", () => {
  /** What market "a" shows just within a limit of 10, and just beyond, and which markets it concerns. */
  const rows: Readonly<
    Record<LimitName, readonly [Partial<MarketDigest>, Partial<MarketDigest>, string]>
  > = {
    lossPerWindowUsd: [lost(10), lost(10.01), "a"],
    lossPerDayUsd: [lost(10), lost(10.01), "abcd"],
    drawdownUsd: [lost(10), lost(10.01), "abcd"],
    worstLossUsd: [lost(10), lost(10.01), "abcd"],
    exposurePerPercentUsd: [
      { ...net(100, 0), deltaPerPercent: 0.1 },
      { ...net(101, 0), deltaPerPercent: 0.1 },
      "ab",
    ],
    exposurePerSigmaUsd: [
      { ...net(0, -20), deltaPerSigma: 0.5 },
      { ...net(0, -21), deltaPerSigma: 0.5 },
      "ab",
    ],
    refusalsPerMinute: [counted(10), counted(11), "abcd"],
    failedTradesPerMinute: [counted(0, 10), counted(0, 11), "abcd"],
    differencesPerMinute: [counted(0, 0, 10), counted(0, 0, 11), "abcd"],
  };
  const table = LIMIT_NAMES.flatMap((limit) =>
    LIMIT_ACTIONS.map((action) => [limit, action] as const),
  );

  it.each(table)("%s with %s acts in the step that sees it, and only beyond", (limit, action) => {
    const [within, beyond, concerned] = rows[limit];
    const account = opened(one(limit, 10, action));
    account.changes("a", within);
    expect(levels(account)).toEqual(["normal", "normal", "normal", "normal"]);
    expect(account.notices()).toEqual([]);

    const { limits } = account.changes("a", beyond);

    const level = action === "widen" ? "normal +150" : action;
    expect(levels(account)).toEqual(
      NAMES.map((name) => (concerned.includes(name) ? level : "normal")),
    );
    expect(
      limits
        .map(({ market }) => market)
        .toSorted()
        .join(""),
    ).toBe(concerned);
    const [notice] = account.notices();
    expect(notice).toMatchObject({ type: "limit.hit", hit: { limit, action, max: 10 } });
    const [hit] = account.limits("a").hits;
    expect(hit?.value).toBeGreaterThan(10);
    expect(hit?.since).toBe(instant(account.nowMs()).epochMs);
  });

  it.each(table)(
    "%s with %s stays until it is cleared, but for one that widens",
    (limit, action) => {
      const [within, beyond] = rows[limit];
      const account = opened(one(limit, 10, action));
      account.changes("a", beyond);
      account.waits(90_000);
      account.changes("a", { ...within, lostIf: { YES: microUsdc(0), NO: microUsdc(0) } });
      account.hears({ type: "clock" });
      const isRate = limit.endsWith("PerMinute");
      // At its limit, a limit that widens holds; a rate is 0 by now.
      const ends = action === "widen" && isRate;
      expect(account.limits("a").hits.length).toBe(ends ? 0 : 1);
      account.changes("a", { flow: dollars(0), worstUp: shares(0), worstDown: shares(0) });
      expect(account.limits("a").hits.length).toBe(action === "widen" ? 0 : 1);
    },
  );

  it("that is cleared is not hit again by the same, but by as much again", () => {
    const again: Readonly<Record<LimitName, Partial<MarketDigest>>> = {
      lossPerWindowUsd: lost(20.03),
      lossPerDayUsd: lost(20.03),
      drawdownUsd: lost(20.03),
      worstLossUsd: lost(10.02),
      exposurePerPercentUsd: { ...net(102, 0), deltaPerPercent: 0.1 },
      exposurePerSigmaUsd: { ...net(0, -22), deltaPerSigma: 0.5 },
      refusalsPerMinute: counted(22),
      failedTradesPerMinute: counted(0, 22),
      differencesPerMinute: counted(0, 0, 22),
    };
    const bases: Readonly<Record<LimitName, { from: number; to: number }>> = {
      lossPerWindowUsd: { from: 0, to: -10.01 },
      lossPerDayUsd: { from: 0, to: -10.01 },
      drawdownUsd: { from: 0, to: -10.01 },
      worstLossUsd: { from: 0, to: 10.01 },
      exposurePerPercentUsd: { from: 0, to: 10.1 },
      exposurePerSigmaUsd: { from: 0, to: 10.5 },
      refusalsPerMinute: { from: 11, to: 0 },
      failedTradesPerMinute: { from: 11, to: 0 },
      differencesPerMinute: { from: 11, to: 0 },
    };
    for (const limit of LIMIT_NAMES) {
      const account = opened(one(limit, 10));
      const [, beyond] = rows[limit];
      account.changes("a", beyond);
      account.notices();
      account.hears({ type: "limit.cleared", limit, reason: "seen it", who: "ann" });
      expect(levels(account)).toEqual(["normal", "normal", "normal", "normal"]);
      expect(account.notices()).toEqual([
        expect.objectContaining({
          type: "limit.cleared",
          hit: expect.objectContaining({ limit }),
          base: bases[limit],
          reason: "seen it",
          who: "ann",
        }),
      ]);
      account.changes("a", beyond);
      expect(account.limits("a").level).toBe("normal");
      account.changes("a", again[limit]);
      expect(account.limits("a").level).toBe("halt");
    }
  });

  it("of what is there at once is excused only until it is within its limit", () => {
    const account = opened(one("worstLossUsd", 10));
    account.changes("a", lost(30));
    account.hears({ type: "limit.cleared", limit: "worstLossUsd", reason: "known", who: "ann" });
    account.changes("a", lost(25));
    expect(account.limits("a").level).toBe("normal");
    account.changes("a", lost(30));
    expect(account.limits("a").level).toBe("normal");
    account.changes("a", lost(10));
    expect(account.state().excuses).toEqual([]);
    account.changes("a", lost(11));
    expect(account.limits("a").level).toBe("halt");
    account.hears({ type: "limit.cleared", limit: "worstLossUsd", reason: "known", who: "ann" });
    account.changes("a", lost(12));
    account.notices();
    account.hears({ type: "limit.cleared", limit: "worstLossUsd", reason: "known", who: "ann" });
    expect(account.notices()).toMatchObject([{ base: { from: 11, to: 12 } }]);
    expect(account.state().excuses.length).toBe(1);
  });

  it("that only widens ends at 80 % of its limit", () => {
    const account = opened(one("worstLossUsd", 10, "widen"));
    account.changes("a", lost(11));
    account.notices();
    account.changes("a", lost(8.01));
    expect(levels(account)).toEqual(Array(4).fill("normal +150"));
    account.changes("a", lost(8));
    expect(levels(account)).toEqual(Array(4).fill("normal"));
    expect(account.notices()).toEqual([
      {
        type: "limit.ended",
        scope: { type: "account" },
        value: 8,
        hit: expect.objectContaining({ limit: "worstLossUsd", value: 11 }),
      },
    ]);
  });

  it("that is not configured is not looked at, but a hit of it is known until it is cleared", () => {
    const before = opened(one("worstLossUsd", 10));
    before.changes("a", lost(11));
    const read = parseMemory(memory(before.state()));
    const account = accountBench(accountConfig(), typeof read === "string" ? null : read);
    account.opens("n");
    expect(account.limits("n").level).toBe("halt");
    expect(margins(account.state(), accountConfig())).toEqual([
      {
        limit: "worstLossUsd",
        scope: { type: "account" },
        value: 0,
        max: 10,
        margin: 10,
        isHit: true,
      },
    ]);
  });

  it("the strictest of several is in force, and each is named", () => {
    const account = opened(
      limited({
        lossPerWindowUsd: { max: 1, action: "flatten" },
        drawdownUsd: { max: 2, action: "reduceOnly" },
        worstLossUsd: { max: 3, action: "widen" },
      }),
    );
    account.changes("a", lost(4));
    expect(levels(account)).toEqual([
      "flatten +150",
      "reduceOnly +150",
      "reduceOnly +150",
      "reduceOnly +150",
    ]);
    expect(
      account
        .limits("a")
        .hits.map(({ limit }) => limit)
        .toSorted(),
    ).toEqual(["drawdownUsd", "lossPerWindowUsd", "worstLossUsd"]);
  });

  it("a market that is opened while a limit is hit begins with it", () => {
    const account = opened(
      limited({
        worstLossUsd: { max: 10, action: "reduceOnly" },
        exposurePerPercentUsd: { max: 5, action: "flatten" },
      }),
    );
    account.changes("a", { ...lost(11), ...net(10, 0) });
    account.opens("e");
    account.opens("f", { reference: "ETH" });
    expect(account.limits("e")).toMatchObject({ seq: 1, level: "flatten" });
    expect(account.limits("f")).toMatchObject({ seq: 1, level: "reduceOnly" });
  });

  it("a clearance needs the name of a limit, a reason, and something that is hit", () => {
    const account = opened(one("worstLossUsd", 10));
    const clears = (limit: string, reason: string): void => {
      account.hears({ type: "limit.cleared", limit, reason, who: "ann" });
    };
    clears("worstLossUsd", "why not");
    account.changes("a", lost(11));
    account.notices();
    clears("worst", "seen");
    clears("worstLossUsd", "  ");
    expect(account.notices()).toEqual([
      { type: "limit.notCleared", limit: "worst", why: "no limit has this name" },
      { type: "limit.notCleared", limit: "worstLossUsd", why: "a reason is needed" },
    ]);
    expect(levels(account)).toEqual(Array(4).fill("halt"));
    clears("drawdownUsd", "seen");
    expect(account.notices()).toEqual([
      { type: "limit.notCleared", limit: "drawdownUsd", why: "it is not hit" },
    ]);
  });

  it("a clearance ends a limit in every market and of every reference", () => {
    const account = opened(
      limited({
        lossPerWindowUsd: { max: 1, action: "flatten" },
        exposurePerPercentUsd: { max: 5, action: "flatten" },
      }),
    );
    account.changes("a", { ...lost(2), ...net(10, 0) });
    account.changes("c", { ...lost(2), ...net(10, 0) });
    account.changes("d", { ...net(10, 0) });
    account.hears({ type: "limit.cleared", limit: "lossPerWindowUsd", reason: "ok", who: "ann" });
    expect(levels(account)).toEqual(Array(4).fill("flatten"));
    account.notices();
    account.hears({
      type: "limit.cleared",
      limit: "exposurePerPercentUsd",
      reason: "ok",
      who: "ann",
    });
    expect(levels(account)).toEqual(Array(4).fill("normal"));
    expect(account.notices().map((notice) => ("scope" in notice ? notice.scope : null))).toEqual([
      { type: "reference", reference: "BTC" },
      { type: "reference", reference: "ETH" },
      { type: "market", market: "d" },
    ]);
  });
});

describe("exposure", () => {
  const config = limited({
    exposurePerPercentUsd: { max: 1_000, action: "halt" },
    exposurePerSigmaUsd: { max: 1_000, action: "halt" },
  });
  const of = (account: AccountBench) =>
    margins(account.state(), config).map(({ scope, value }) => [
      scope.type === "reference" ? scope.reference : scope.type === "market" ? scope.market : "",
      value,
    ]);

  it("is netted between markets of one end, and added up between ends", () => {
    const account = opened(config);
    const model = { deltaPerPercent: 0.1, deltaPerSigma: 0.2 };
    account.changes("a", { ...net(100, 80), ...model });
    account.changes("b", { ...net(-40, -50), ...model });
    // Up by 1 %: 10 - 4; and by a sigma twice that.
    expect(of(account)).toEqual([
      ["BTC", 6],
      ["ETH", 0],
      ["d", 0],
      ["BTC", 12],
      ["ETH", 0],
      ["d", 0],
    ]);
    account.opens("later", { endsAt: instant(7_200_000).epochMs });
    account.changes("later", { ...net(-40, -50), ...model });
    expect(of(account)[0]).toEqual(["BTC", 11]);
  });

  it("counts whole without a model, in either direction, and for its market alone without a reference", () => {
    const account = opened(config);
    account.changes("a", { ...net(100, 0), deltaPerPercent: 0.1, deltaPerSigma: 0.1 });
    account.changes("b", net(-40, -50));
    account.changes("d", net(30, -7));
    expect(of(account).slice(0, 3)).toEqual([
      ["BTC", 60],
      ["ETH", 0],
      ["d", 30],
    ]);
  });

  it("is never more than a dollar a share, and nothing once the end has passed or there is a winner", () => {
    const account = opened(config);
    const steep = { deltaPerPercent: 7, deltaPerSigma: -7 };
    account.changes("a", { ...net(10, -2), ...steep });
    expect(of(account)[0]).toEqual(["BTC", 10]);
    expect(of(account)[3]).toEqual(["BTC", 10]);
    account.changes("a", { deltaPerPercent: NaN, deltaPerSigma: Infinity });
    expect(of(account)[0]).toEqual(["BTC", 10]);
    account.changes("a", { isOver: true });
    expect(of(account)[0]).toEqual(["BTC", 0]);
    account.changes("a", { isOver: false, winner: "YES" });
    expect(of(account)[0]).toEqual(["BTC", 0]);
  });

  it("is rounded against us, to the micro-dollar", () => {
    const account = opened(config);
    const third = { deltaPerPercent: 1 / 3, deltaPerSigma: -1 / 3 };
    account.changes("a", { worstUp: microShares(1), worstDown: microShares(0), ...third });
    expect(of(account)[0]).toEqual(["BTC", 0.000_001]);
    expect(of(account)[3]).toEqual(["BTC", 0.000_001]);
  });

  it("of a reference without markets any more is not measured", () => {
    const account = opened(config);
    account.hears({ type: "market.left", market: marketId("c") });
    expect(of(account).map(([name]) => name)).toEqual(["BTC", "d", "BTC", "d"]);
  });
});

describe("losses", () => {
  const config = limited({
    lossPerWindowUsd: { max: 1_000, action: "halt" },
    lossPerDayUsd: { max: 1_000, action: "halt" },
    drawdownUsd: { max: 1_000, action: "halt" },
  });
  /** Of market "a", in dollars. */
  const result = (account: AccountBench): number => account.state().sums.result / 1_000_000;
  const mark = (account: AccountBench, YES: number | null, NO: number | null, ageMs = 0) => ({
    mark: {
      YES: YES === null ? null : cents(YES),
      NO: NO === null ? null : cents(NO),
      at: instant(account.nowMs() - ageMs).monotonicMs,
    },
  });

  const marks: readonly [
    string,
    number,
    MarketDigest["stock"],
    number | null,
    number | null,
    number,
  ][] = [
    ["what is not paired is worth its best bid", -30, owned(100), 45, null, 15],
    ["of the token that is owned", -30, owned(0, 100), 45, 20, -10],
    ["a pair is a dollar", -30, owned(20, 20), null, null, -10],
    ["pairs and the rest", -30, owned(20, 50), 90, 10, -7],
    ["nothing owned", -30, owned(0), 50, 50, -30],
  ];
  it.each(marks)("%s", (_, flow, stock, yes, no, expected) => {
    const account = opened(config);
    account.changes("a", { flow: dollars(flow), stock, ...mark(account, yes, no) });
    expect(result(account)).toBe(expected);
  });

  it("a bid is fresh for five seconds; without one the result stays what it was", () => {
    const account = opened(config);
    account.waits(60_000);
    const bought = { flow: dollars(-30), stock: owned(100) };
    account.changes("a", { ...bought, ...mark(account, 25, null, 5_000) });
    expect(result(account)).toBe(-5);
    account.changes("a", { ...bought, ...mark(account, 1, null, 5_001) });
    expect(result(account)).toBe(-5);
    account.changes("a", { ...bought, ...mark(account, null, 99) });
    expect(result(account)).toBe(-5);
    account.changes("a", { ...bought, ...mark(account, 1, null) });
    expect(result(account)).toBe(-29);
  });

  it("what is lost for good counts without a fresh bid", () => {
    const account = opened(config);
    const stale = mark(account, null, null);
    account.changes("a", { flow: dollars(-30), stock: owned(100), ...stale });
    expect(result(account)).toBe(0);
    // 70 of 100 sold for a dollar: the 30 that are left can bring 30 at most.
    account.changes("a", { flow: dollars(-31), stock: owned(30), ...stale });
    expect(result(account)).toBe(-1);
    account.changes("a", { flow: dollars(-31), stock: owned(0, 3), ...stale });
    expect(result(account)).toBe(-28);
  });

  it.each([
    ["YES", 70],
    ["NO", -20],
  ] as const)("resolved %s, whatever the bids", (winner, expected) => {
    const account = opened(config);
    account.changes("a", {
      flow: dollars(-30),
      stock: owned(100, 10),
      winner,
      ...mark(account, 50, 50),
    });
    expect(result(account)).toBe(expected);
  });

  it("of a market that left without a winner is that of its last bid, and nothing without one", () => {
    for (const [bid, expected] of [
      [20, -10],
      [null, -30],
    ] as const) {
      const account = opened(config);
      const bought = { flow: dollars(-30), stock: owned(100) };
      account.changes("a", { ...bought, ...mark(account, bid, null, 900_000) });
      account.hears({ type: "market.left", market: marketId("a") });
      expect(account.notices()).toMatchObject([
        { type: "market.closed", result: dollars(expected) },
      ]);
      expect(valueOf(account, config, "lossPerDayUsd")).toBe(-expected);
    }
  });

  it("of the day count closed and open markets, and begin again at midnight in UTC with what is marked then", () => {
    const account = opened(config);
    account.changes("a", lost(7));
    account.hears({ type: "market.left", market: marketId("a") });
    account.changes("b", lost(5));
    expect(valueOf(account, config, "lossPerDayUsd")).toBe(12);
    account.waits(TOMORROW_MS - account.nowMs() - 1);
    account.notices();
    account.hears({ type: "clock" });
    expect(account.notices()).toEqual([]);
    account.waits(1);
    account.changes("b", lost(6));
    expect(account.notices()).toEqual([
      { type: "day.began", day: 20_371, resultBefore: dollars(-12) },
    ]);
    expect(valueOf(account, config, "lossPerDayUsd")).toBe(1);
    expect(valueOf(account, config, "drawdownUsd")).toBe(13);
  });

  it("from the highest are counted from there, and cash from outside is no profit", () => {
    const account = opened(config);
    account.changes("a", { flow: dollars(20) });
    account.changes("b", lost(5));
    account.reads(5_000);
    account.waits(10_000);
    account.reads(5_000);
    expect(valueOf(account, config, "drawdownUsd")).toBe(5);
    account.changes("b", { flow: dollars(1) });
    expect(valueOf(account, config, "drawdownUsd")).toBe(0);
    account.changes("a", { flow: dollars(10) });
    expect(valueOf(account, config, "drawdownUsd")).toBe(10);
    expect(valueOf(account, config, "lossPerDayUsd")).toBe(0);
    expect(valueOf(account, config, "lossPerWindowUsd")).toBe(0);
  });
});

describe("rates", () => {
  const config = limited({
    refusalsPerMinute: { max: 1_000, action: "halt" },
    failedTradesPerMinute: { max: 1_000, action: "halt" },
    differencesPerMinute: { max: 1_000, action: "halt" },
  });
  const rates = (account: AccountBench) =>
    margins(account.state(), config).map(({ value }) => value);

  it("are counted over all markets in the last sixty seconds", () => {
    const account = opened(config);
    account.changes("a", counted(3, 1, 2));
    account.changes("b", counted(4));
    expect(rates(account)).toEqual([7, 1, 2]);
    account.waits(30_000);
    account.changes("a", counted(5, 1, 2));
    expect(rates(account)).toEqual([9, 1, 2]);
    account.waits(29_000);
    account.hears({ type: "clock" });
    expect(rates(account)).toEqual([9, 1, 2]);
    account.waits(1_000);
    account.hears({ type: "clock" });
    expect(rates(account)).toEqual([2, 0, 0]);
    account.waits(30_000);
    account.hears({ type: "clock" });
    expect(rates(account)).toEqual([0, 0, 0]);
  });

  it("an executor that begins again counts from 0, and nothing is taken back", () => {
    const account = opened(config);
    account.changes("a", counted(3));
    account.changes("a", counted(0));
    account.changes("a", counted(2));
    expect(rates(account)[0]).toBe(5);
  });

  it("keep a slot for each second of the last minute, and no more", () => {
    const account = opened(config);
    for (let count = 1; count <= 200; count += 1) {
      account.waits(500);
      account.changes("a", counted(count));
    }
    expect(account.state().rates.refusals.length).toBe(60);
    expect(rates(account)[0]).toBe(119);
  });
});

describe("margins", () => {
  it("say of each limit and scope how far it is away", () => {
    const config = limited({
      lossPerWindowUsd: { max: 3, action: "halt" },
      drawdownUsd: { max: 10, action: "halt" },
    });
    const account = opened(config);
    account.changes("a", lost(4));
    const all = margins(account.state(), config);
    expect(all.length).toBe(5);
    expect(all).toContainEqual({
      limit: "lossPerWindowUsd",
      scope: { type: "market", market: "a" },
      value: 4,
      max: 3,
      margin: -1,
      isHit: true,
    });
    expect(all).toContainEqual({
      limit: "drawdownUsd",
      scope: { type: "account" },
      value: 4,
      max: 10,
      margin: 6,
      isHit: false,
    });
  });

  it("show a hit of a reference that has no market any more", () => {
    const config = one("exposurePerPercentUsd", 5);
    const account = opened(config);
    account.changes("c", net(10, 0));
    account.hears({ type: "market.left", market: marketId("c") });
    expect(margins(account.state(), config)).toContainEqual(
      expect.objectContaining({ scope: { type: "reference", reference: "ETH" }, isHit: true }),
    );
  });
});

describe("what a market leaves behind", () => {
  it("its result counts once, where a run is stopped in order and started again inside its window", () => {
    const account = opened(limited({}));
    account.changes("a", lost(4));
    account.hears({ type: "market.left", market: marketId("a") });
    const read = parseMemory(memory(account.state()));
    if (typeof read === "string") throw new Error(read);

    const again = accountBench(limited({}), read, 60_000);
    const total = (): number => again.state().results.closed + again.state().sums.result;
    expect(total()).toBe(dollars(-4));
    again.opens("a");
    again.changes("a", lost(4));
    expect(total()).toBe(dollars(-4));
  });

  it("without a book it ends at the last bid that was seen", () => {
    const account = opened(limited({}));
    account.changes("a", {
      stock: owned(10),
      flow: dollars(-5),
      mark: { YES: cents(60), NO: cents(38), at: instant(account.nowMs()).monotonicMs },
    });
    const before = account.state().sums.result;
    expect(before).toBe(dollars(1));
    account.waits(60_000);
    account.changes("a", {
      stock: owned(10),
      flow: dollars(-5),
      mark: { YES: null, NO: null, at: instant(-100_000).monotonicMs },
    });
    account.hears({ type: "market.left", market: marketId("a") });
    expect(account.state().results.closed + account.state().sums.result).toBe(before);
  });

  it("a hit of it alone is there where it is opened again after a restart", () => {
    const config = limited({
      lossPerWindowUsd: { max: 3, action: "flatten" },
      exposurePerPercentUsd: { max: 3, action: "halt" },
    });
    const account = opened(config);
    account.changes("a", lost(4));
    account.changes("d", net(10, 0));
    account.hears({ type: "limit.cleared", limit: "exposurePerPercentUsd", reason: "x", who: "y" });
    const read = parseMemory(memory(account.state()));
    if (typeof read === "string") throw new Error(read);
    account.hears({ type: "market.left", market: marketId("a") });
    account.hears({ type: "market.left", market: marketId("d") });
    expect(account.state().excuses).toEqual([]);
    // It has not ended: a run that is stopped in order may be started again inside the same window.
    expect(memory(account.state()).markets.find(({ market }) => market === "a")?.hits).toHaveLength(
      1,
    );

    const again = accountBench(config, read, 60_000);
    expect(again.state().results.closed).toBe(dollars(-4));
    again.opens("a");
    expect(again.limits("a").level).toBe("flatten");
    expect(again.state().sums.result).toBe(dollars(-4));
    expect(again.state().results.closed).toBe(0);
    // Left before it was read, it is still remembered.
    again.hears({ type: "market.left", market: marketId("a") });
    again.opens("a");
    expect(again.limits("a").level).toBe("flatten");
    again.changes("a", lost(5));
    expect(again.state().sums.result).toBe(dollars(-5));
    again.hears({ type: "limit.cleared", limit: "lossPerWindowUsd", reason: "x", who: "y" });
    expect(again.limits("a").level).toBe("normal");
  });

  it("a clearance reaches a market that is not open again yet", () => {
    const config = one("lossPerWindowUsd", 3, "flatten");
    const before = opened(config);
    before.changes("a", lost(4));
    before.changes("b", lost(1));
    const account = accountBench(config, memory(before.state()), 60_000);
    account.hears({ type: "limit.cleared", limit: "lossPerWindowUsd", reason: "x", who: "y" });
    expect(account.notices()).toMatchObject([
      { scope: { type: "market", market: "a" }, base: { from: 0, to: -4 }, reason: "x", who: "y" },
    ]);
    account.opens("a");
    expect(account.limits("a").level).toBe("normal");
    account.changes("a", lost(7));
    expect(account.limits("a").level).toBe("normal");
    account.changes("a", lost(7.01));
    expect(account.limits("a").level).toBe("flatten");
    account.opens("b");
    account.changes("b", lost(3.5));
    expect(account.limits("b").level).toBe("flatten");
  });

  it("is kept in memory for a day after the end of a market, its result for good", () => {
    const config = one("lossPerWindowUsd", 3, "flatten");
    const before = opened(config);
    before.changes("a", lost(4));
    const written = memory(before.state());
    const end = 3_600_000;
    expect(initial(written, instant(end + 86_400_000 - 1)).remembered.length).toBe(4);
    const late = initial(written, instant(end + 86_400_000));
    expect(late.remembered).toEqual([]);
    expect(late.results.closed).toBe(dollars(-4));
  });
});
