import { describe, expect, it } from "vitest";
import {
  type SettlementRule,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  priceBp,
  referencePrice,
} from "../../../src/types/index.ts";
import {
  type Listing,
  type Listings,
  decodeClobMarket,
  decodeGammaEvents,
  decodeGammaMarkets,
  disagreements,
  settlementConflict,
} from "../../../src/venue/polymarket/index.ts";
import { DOWN, MARKET, UP, fixture, fixtureNames, reply } from "./support.ts";

const V1: Listing = {
  market: {
    id: MARKET.id,
    slug: "btc-updown-15m-1800000000",
    tokenIds: { YES: UP, NO: DOWN },
    opensAt: epochMs(1_800_000_000_000),
    endsAt: epochMs(1_800_000_900_000),
    rules: {
      tick: priceBp(100),
      orderSizeMin: microShares(5_000_000),
      lot: microShares(10_000),
      notionalMin: microUsdc(0),
    },
    fees: { takerRate: 0.07, rebateRate: 0.2 },
  },
  strike: null,
  exchange: "2",
  isNegRisk: false,
  feeRate: microUsdc(70_000),
  isTradeReady: true,
  saidSettlement: null,
};

const CONDITION = `0x01${"5b".repeat(16)}${"00".repeat(14)}`;
const POSITION = BigInt(CONDITION) << 8n;
const V2 = {
  ...V1,
  exchange: "3",
  market: {
    ...V1.market,
    // The 31 bytes of Gamma, in the 32 of the order book.
    id: marketId(`${CONDITION}00`),
    tokenIds: { YES: String(POSITION), NO: String(POSITION + 1n) },
  },
};

const listed = (...listings: readonly unknown[]) => ({
  listed: listings,
  unlisted: [],
  next: null,
});
const refused = (why: string) => ({
  listed: [],
  unlisted: [{ slug: "btc-updown-15m-1800000000", why }],
  next: null,
});

const EXPECTED: Readonly<Record<string, unknown>> = {
  "event.json": listed({ ...V1, strike: referencePrice(64_210_123_456) }),
  "event_before.json": listed(V1),
  "event_two_markets.json": listed(V1, V1),
  "events_page.json": {
    ...listed({ ...V1, strike: referencePrice(64_210_500_000) }),
    next: "bmV4dA==",
  },
  "market_condition_malformed.json": refused("no condition id"),
  "market_exponent_two.json": refused("a fee we cannot compute"),
  "market_garbled.json": listed(V1),
  "market_makers_pay.json": refused("a fee we cannot compute"),
  "market_names_reversed.json": listed({
    ...V1,
    market: { ...V1.market, tokenIds: { YES: DOWN, NO: UP } },
  }),
  "market_no_neg_risk.json": refused("no negRisk"),
  "market_no_tick.json": refused("no tick or minimum size"),
  "market_no_window.json": refused("no window"),
  "market_other_names.json": refused("tokens without our names"),
  "market_paused.json": listed({ ...V1, isTradeReady: false }),
  "market_same_token_twice.json": refused("tokens without our names"),
  "market_three_names.json": refused("not two tokens"),
  "market_token_no_number.json": refused("a token id that is no number"),
  "market_v1.json": listed(V1),
  "market_v1_with_positions.json": listed(V1),
  "market_v1_with_v2_tokens.json": refused("token ids that are not of its version"),
  "market_v2.json": listed(V2),
  "market_v2_swapped.json": refused("token ids that are not of its version"),
  "market_v2_with_v1_tokens.json": refused("token ids that are not of its version"),
  "market_version_missing.json": refused("version missing"),
  "market_version_v3.json": refused("version v3"),
  "market_window_reversed.json": refused("no window"),
  "market_without_fees.json": listed({
    ...V1,
    market: { ...V1.market, fees: { takerRate: 0, rebateRate: 0 } },
    feeRate: microUsdc(0),
  }),
  "not_a_list.json": listed(),
};
const ODD = new Set(["market_garbled.json", "not_a_list.json"]);

describe("Gamma's markets", () => {
  it("every fixture has its expectation", () => {
    expect(fixtureNames("gamma")).toStrictEqual(Object.keys(EXPECTED).toSorted());
  });

  it.each(Object.entries(EXPECTED))("%s", (name, expected) => {
    const decode = name.startsWith("event") ? decodeGammaEvents : decodeGammaMarkets;
    const { answer, warnings } = decode(fixture("gamma", name));

    expect(answer).toStrictEqual(expected satisfies unknown as Listings);
    expect(warnings.map(({ type }) => type)).toStrictEqual(ODD.has(name) ? ["garbled"] : []);
  });
});

describe("a reward pool", () => {
  const rewardsOf = (changed: object): unknown => {
    const [market] = JSON.parse(fixture("gamma", "market_v1.json")) as readonly object[];
    const { listed: found } = decodeGammaMarkets(
      JSON.stringify([{ ...market, ...changed }]),
    ).answer;
    return found[0]?.market.rewards;
  };
  const pool = { rewardsMinSize: 50, rewardsMaxSpread: 4.5, clobRewards: [{ id: "1" }] };

  it("has a least size and a largest distance, which mean nothing without a pool", () => {
    // 4.5 cents are 450 basis points of a dollar.
    expect(rewardsOf(pool)).toEqual({ sizeMin: 50_000_000, spreadMaxBp: 450 });
    for (const clobRewards of [[], null, "pool"]) {
      expect(rewardsOf({ ...pool, clobRewards })).toBeUndefined();
    }
    for (const odd of [
      { rewardsMaxSpread: 0 },
      { rewardsMaxSpread: 100 },
      { rewardsMinSize: -1 },
    ]) {
      expect(rewardsOf({ ...pool, ...odd })).toBeUndefined();
    }
  });

  it.each<[pools: readonly unknown[], poolUsdPerDay: number | undefined]>([
    [[{ id: "1", rewardsDailyRate: 12.5 }], 12.5],
    [[{ rewardsDailyRate: 5 }, { rewardsDailyRate: 0 }, { rewardsDailyRate: 3 }], 8],
    [[{ rewardsDailyRate: 5 }, { id: "2" }], undefined],
    [[{ rewardsDailyRate: "5" }], undefined],
    [[{ rewardsDailyRate: -5 }], undefined],
    [["pool"], undefined],
  ])(
    "pays what its pools do together, where each of them tells: %j",
    (clobRewards, poolUsdPerDay) => {
      expect(rewardsOf({ ...pool, clobRewards })).toEqual({
        sizeMin: 50_000_000,
        spreadMaxBp: 450,
        ...(poolUsdPerDay !== undefined && { poolUsdPerDay }),
      });
    },
  );
});

describe("a reward pool's period", () => {
  const [market] = JSON.parse(fixture("gamma", "market_v1.json")) as readonly object[];
  const rewardsOf = (clobRewards: readonly object[], opens: string): unknown => {
    const window = { eventStartTime: opens, endDate: "2027-01-16T08:00:00Z" };
    const pools = { rewardsMinSize: 50, rewardsMaxSpread: 4.5, clobRewards };
    const text = JSON.stringify([{ ...market, ...window, ...pools }]);
    return decodeGammaMarkets(text).answer.listed[0]?.market.rewards;
  };
  const NOON = "2027-01-15T12:00:00Z";
  const counted = (period: object, opens = NOON): boolean =>
    rewardsOf([{ rewardsDailyRate: 5, ...period }], opens) !== undefined;

  it.each<[period: object, isCounted: boolean]>([
    [{ startDate: "2027-01-01", endDate: "2027-01-31" }, true],
    // Both days belong to it.
    [{ startDate: "2027-01-15", endDate: "2027-01-15" }, true],
    [{ startDate: "2027-01-16", endDate: "2027-01-31" }, false],
    [{ startDate: "2027-01-01", endDate: "2027-01-14" }, false],
    // As the venue writes a pool without an end; it is beyond every time that the program reads.
    [{ startDate: "2025-01-04", endDate: "2500-12-31" }, true],
    [{ startDate: "2027-01-16", endDate: "2500-12-31" }, false],
    [{ startDate: "2027-01-15T12:00:00Z", endDate: "2027-01-15T12:00:01Z" }, true],
    [{ startDate: "2027-01-15T12:00:01Z" }, false],
    [{ endDate: "2027-01-15T12:00:00Z" }, false],
    [{ endDate: "2027-01-14" }, false],
    [{}, true],
    [{ startDate: null, endDate: "" }, true],
    [{ startDate: 7, endDate: "soon" }, true],
  ])("%j, of a window that opens at noon of 15 January: counted %s", (period, isCounted) => {
    expect(counted(period)).toBe(isCounted);
  });

  it("is of whole days of UTC", () => {
    const day = { startDate: "2027-01-15", endDate: "2027-01-15" };
    expect(counted(day, "2027-01-14T23:59:59.999Z")).toBe(false);
    expect(counted(day, "2027-01-15T00:00:00Z")).toBe(true);
    expect(counted(day, "2027-01-15T23:59:59.999Z")).toBe(true);
    expect(counted(day, "2027-01-16T00:00:00Z")).toBe(false);
  });

  it("leaves a pool out of the sum, also one that does not tell its rate", () => {
    const over = { endDate: "2027-01-14" };
    const pools = [{ rewardsDailyRate: 5 }, { rewardsDailyRate: 100, ...over }, over];
    expect(rewardsOf(pools, NOON)).toEqual({
      sizeMin: 50_000_000,
      spreadMaxBp: 450,
      poolUsdPerDay: 5,
    });
  });
});

describe("how a market says that it settles", () => {
  const [market] = JSON.parse(fixture("gamma", "market_v1.json")) as readonly object[];
  const conflictOf = (config: unknown, rule: SettlementRule): string | null => {
    const text = JSON.stringify([{ ...market, cryptoMarketConfig: config }]);
    const [listing] = decodeGammaMarkets(text).answer.listed;
    if (listing === undefined) throw new Error("not listed");
    return settlementConflict(listing, rule);
  };
  const differ = (said: string, rule: string): string =>
    `settlement rules differ: the market says ${said}, its series ${rule}`;
  const mean = (twapLookbackSeconds?: unknown) => ({ twapEnabled: true, twapLookbackSeconds });

  it.each<readonly [config: unknown, rule: SettlementRule, conflict: string | null]>([
    // The venue's own message of a window of five minutes.
    [
      {
        id: "btc-5m-twap-60",
        asset: "btc",
        duration: "5m",
        twapEnabled: true,
        twapLookbackSeconds: 60,
      },
      "twap60",
      null,
    ],
    [mean(60), "candle", differ("a mean of 60 s", "candle")],
    [mean(60), "spot", differ("a mean of 60 s", "spot")],
    // As in early August.
    [mean(30), "twap60", differ("a mean of 30 s", "twap60")],
    [mean("30"), "twap60", differ("a mean of 30 s", "twap60")],
    [mean(), "twap60", null],
    [mean("a minute"), "twap60", null],
    [mean(), "candle", differ("a mean", "candle")],
    [{ twapEnabled: false }, "twap60", differ("no mean", "twap60")],
    [{ twapEnabled: false, twapLookbackSeconds: 60 }, "twap60", differ("no mean", "twap60")],
    [{ twapEnabled: false }, "candle", null],
    [{ twapEnabled: false }, "spot", null],
    // Where nothing is said, nothing is compared.
    ...[undefined, null, {}, "twap", { twapEnabled: null }, { twapEnabled: "yes" }].flatMap(
      (config) =>
        (["twap60", "candle", "spot"] as const).map((rule) => [config, rule, null] as const),
    ),
  ])("%j in a series of %s", (config, rule, conflict) => {
    expect(conflictOf(config, rule)).toBe(conflict);
  });
});

describe("Gamma and the order book", () => {
  const clob = (changed: object) => {
    const wire = JSON.parse(fixture("rest", "clob_market.json")) as object;
    const { answer } = decodeClobMarket(reply({ ...wire, ...changed }));
    if (answer.type !== "answered" || answer.value === null) throw new Error("not answered");
    return disagreements(V1, answer.value);
  };
  const swapped = [
    { t: UP, o: "Down" },
    { t: DOWN, o: "Up" },
  ];

  it("disagreements names each fact in which they differ", () => {
    expect(clob({})).toEqual([]);
    expect(clob({ t: swapped })).toHaveLength(2);
    expect(clob({ v: "v2" })).toEqual(["version: 2, 3"]);
    expect(clob({ v: null })).toEqual(["version: 2, null"]);
    expect(clob({ nr: true })).toEqual(["negRisk: false, true"]);
    expect(clob({ c: `0x${"00".repeat(32)}` })).toHaveLength(1);
    expect(clob({ fd: { r: 0.05, e: 1, to: true } })).toEqual(["fee: 70000, 50000"]);
  });
});

it.each(["LTE=", "", null, undefined])("a page whose next cursor is %j is the last", (cursor) => {
  const page = JSON.stringify({ events: [], next_cursor: cursor });
  expect(decodeGammaEvents(page).answer.next).toBeNull();
});
