import { describe, expect, it } from "vitest";
import {
  type Fill,
  NO_USDC,
  type OrderReport,
  type TradeStatus,
  type UserItem,
  epochMs,
  microUsdc,
  orderId,
  tradeId,
} from "../../../src/types/index.ts";
import { decodeUserFrame } from "../../../src/venue/polymarket/index.ts";
import { A, ACCOUNT, B, C, MARKET, bp, fixture, fixtureNames, shares } from "./support.ts";

const placed: OrderReport = {
  orderId: A,
  token: "YES",
  side: "BUY",
  price: bp("0.48"),
  size: shares("20"),
  sizeMatched: shares("0"),
  status: "live",
};
const order = (changed: Partial<OrderReport> = {}): readonly UserItem[] => [
  { type: "order", report: { ...placed, ...changed } },
];

/** Id, token and side are all that is known of it. */
const UNREADABLE = { price: bp("0.0001"), size: shares("0"), status: "unreadable" } as const;

const made: Fill = {
  orderId: A,
  token: "YES",
  side: "BUY",
  price: bp("0.48"),
  size: shares("5"),
  fee: NO_USDC,
};
const trade = (
  fills: readonly Partial<Fill>[] = [{}],
  status: TradeStatus = "matched",
  id = "trade-1",
): readonly UserItem[] => [
  {
    type: "trade",
    report: {
      id: tradeId(id),
      status,
      matchedAt: epochMs(1_800_000_001_000),
      fills: fills.map((fill) => ({ ...made, ...fill })),
    },
  },
];
/** A trade of ours whose part in it cannot be read. */
const unreadTrade = (id = "trade-1"): readonly UserItem[] =>
  trade([], "matched", id).map((item) =>
    item.type === "trade" ? { ...item, report: { ...item.report, unreadable: [A] } } : item,
  );
const taken = (...fills: readonly Partial<Fill>[]): readonly UserItem[] =>
  trade(fills, "matched", "trade-2");

/** 20 × 0.07 × 0.51 × 0.49, of five decimals. */
const bought = { price: bp("0.51"), size: shares("20"), fee: microUsdc(349_860) };

type Oddities = readonly ("garbled" | "unknown")[];

const EXPECTED: Readonly<Record<string, readonly [readonly UserItem[], Oddities]>> = {
  "array_of_two.json": [[...order(), ...trade()], []],
  "order_cancellation.json": [order({ status: "cancelled", sizeMatched: shares("5.25") }), []],
  "order_cancellation_invalid.json": [order({ status: "cancelled" }), []],
  "order_cancellation_new_word.json": [order({ status: "cancelled" }), []],
  "order_cancellation_resolved.json": [order({ status: "cancelled" }), []],
  "order_elsewhere.json": [[], []],
  "order_fak_killed.json": [order({ token: "NO", side: "SELL", status: "cancelled" }), []],
  "order_float_price.json": [order(), []],
  "order_float_price_below.json": [order(), []],
  "order_new_status.json": [[], ["unknown"]],
  "order_new_type.json": [[], ["unknown"]],
  "order_null_trades.json": [order(), []],
  "order_off_grid.json": [order(UNREADABLE), ["garbled"]],
  "order_placement.json": [order(), []],
  "order_placement_delayed.json": [order(), []],
  "order_placement_unmatched.json": [order(), []],
  "order_placement_without_status.json": [order(), []],
  "order_update.json": [order({ sizeMatched: shares("5.25") }), []],
  "order_update_live_but_full.json": [order({ status: "matched", sizeMatched: shares("20") }), []],
  // The executor decides by the sizes: the venue also calls an order matched that still rests.
  "order_update_matched_in_part.json": [
    order({ status: "matched", sizeMatched: shares("5.25") }),
    [],
  ],
  "order_without_size.json": [order(UNREADABLE), ["garbled"]],
  "pong.txt": [[], []],
  "trade_elsewhere.json": [[], []],
  "trade_maker.json": [trade(), []],
  "trade_maker_confirmed.json": [trade([{}], "confirmed"), []],
  "trade_maker_failed.json": [trade([{}], "failed"), []],
  "trade_maker_merge.json": [trade([{ side: "SELL", price: bp("0.53") }]), []],
  "trade_maker_mined.json": [trade([{}], "mined"), []],
  "trade_maker_mint.json": [trade(), []],
  "trade_maker_not_broadcasted.json": [trade(), []],
  "trade_maker_one_order_twice.json": [trade([{ size: shares("8") }]), []],
  "trade_maker_one_order_two_sides.json": [unreadTrade(), ["garbled"]],
  "trade_maker_price_of_a_dollar.json": [unreadTrade(), ["garbled"]],
  "trade_maker_retrying.json": [trade([{}], "retrying"), []],
  "trade_maker_several.json": [
    trade([
      { size: shares("10") },
      { orderId: B, price: bp("0.47") },
      { orderId: C, token: "NO", side: "SELL", price: bp("0.53"), size: shares("3") },
    ]),
    [],
  ],
  "trade_maker_side_missing.json": [trade(), []],
  "trade_maker_side_missing_same_token.json": [trade(), []],
  "trade_match_time_in_ms.json": [trade(), []],
  "trade_matchtime.json": [trade(), []],
  "trade_new_status.json": [[], ["unknown"]],
  "trade_nobody_of_ours.json": [[], ["garbled"]],
  "trade_nothing_matched.json": [unreadTrade(), ["garbled"]],
  "trade_stranger_token.json": [unreadTrade(), ["garbled"]],
  "trade_taker.json": [taken(bought), []],
  "trade_taker_by_id.json": [taken(bought), []],
  // Buys NO's complement at 0.279, from an order given in dollars.
  "trade_taker_float_maker.json": [
    taken({ price: bp("0.279"), size: shares("11.371898"), fee: microUsdc(160_120) }),
    [],
  ],
  "trade_taker_no_legs.json": [taken(bought), []],
  // 10 at 0.51, and 20 of the other token at 0.47, which is 0.53: 15.7 dollars, 0.52333… each.
  "trade_taker_sweep.json": [
    taken({ price: bp("0.5234"), size: shares("30"), fee: microUsdc(523_850) }),
    [],
  ],
  // 1 at 0.50 and 2 at 0.51: 0.50666… each, and a seller counts on the lower.
  "trade_taker_sweep_sell.json": [
    taken({ side: "SELL", price: bp("0.5066"), size: shares("3"), fee: microUsdc(52_490) }),
    [],
  ],
  "trade_with_ourselves.json": [
    taken(
      { price: bp("0.51"), fee: microUsdc(87_460) },
      { orderId: B, side: "SELL", price: bp("0.51") },
    ),
    [],
  ],
  "unknown_event.json": [[], ["unknown"]],
};

describe("decodeUserFrame", () => {
  it("every fixture has its expectation", () => {
    expect(fixtureNames("user")).toStrictEqual(Object.keys(EXPECTED).toSorted());
  });

  it.each(Object.entries(EXPECTED))("%s", (name, [items, warnings]) => {
    const frame = decodeUserFrame(fixture("user", name), MARKET, ACCOUNT);

    expect(frame.items).toStrictEqual(items);
    expect(frame.warnings.map(({ type }) => type)).toStrictEqual(warnings);
  });

  it("[E] a fill is recognised as ours by order id, API key or wallet, each alone", () => {
    const text = fixture("user", "trade_maker_several.json");
    const nobody = { apiKey: "", wallet: "", isOurs: () => false };
    const idsFor = (account: Partial<typeof ACCOUNT>) =>
      decodeUserFrame(text, MARKET, { ...nobody, ...account }).items.flatMap((item) =>
        item.type === "trade" ? item.report.fills.map((fill) => fill.orderId) : [],
      );

    expect(idsFor({ isOurs: (id) => id === A })).toEqual([A]);
    expect(idsFor({ apiKey: ACCOUNT.apiKey })).toEqual([B]);
    expect(idsFor({ wallet: ACCOUNT.wallet })).toEqual([C]);
    expect(idsFor({ isOurs: (id) => id === orderId(`0x${"d4".repeat(32)}`) })).toHaveLength(1);
    expect(idsFor({})).toEqual([]);
  });
});
