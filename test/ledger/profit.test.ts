import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type LedgerFill,
  type Mark,
  attribution,
  fairMark,
  profit,
  resolvedMark,
  saleMark,
} from "../../src/ledger/index.ts";
import {
  type Side,
  type Token,
  LawBroken,
  epochMs,
  microShares,
  microUsdc,
  notionalCeil,
  notionalFloor,
  orderId,
  priceBp,
  tradeId,
} from "../../src/types/index.ts";

let fillsMade = 0;
function fill(
  side: Side,
  token: Token,
  shares: number,
  price: number,
  { fee = 0, at = (fillsMade += 1) }: { fee?: number; at?: number } = {},
): LedgerFill {
  return {
    fill: {
      orderId: orderId(`o${at}`),
      token,
      side,
      price: priceBp(price),
      size: microShares(shares * 1_000_000),
      fee: microUsdc(fee),
    },
    matchedAt: epochMs(at),
    tradeId: tradeId(`t${at}`),
  };
}

const open = fairMark;
const resolved = (yesBp: 0 | 10_000) => resolvedMark(yesBp === 0 ? "NO" : "YES");
const NO_BOOK = { bid: null, ask: null };

describe("profit, by example", () => {
  const cases: readonly [string, LedgerFill[], Mark, object][] = [
    ["nothing traded", [], open(5000), { realised: 0, fees: 0, unrealised: 0, mark: 0 }],
    [
      "a YES and a NO bought for less than a dollar are the difference, whatever the mark",
      [fill("BUY", "YES", 10, 4500), fill("BUY", "NO", 10, 5000)],
      open(1234),
      { realised: 500_000, unrealised: 0, mark: 0 },
    ],
    [
      "the same, NO first",
      [fill("BUY", "NO", 10, 5000), fill("BUY", "YES", 10, 4500)],
      open(1234),
      { realised: 500_000, unrealised: 0 },
    ],
    [
      "bought and sold at a profit",
      [fill("BUY", "YES", 10, 4500), fill("SELL", "YES", 10, 4700)],
      open(9000),
      { realised: 200_000, unrealised: 0 },
    ],
    [
      "NO bought and sold at a loss",
      [fill("BUY", "NO", 10, 4500), fill("SELL", "NO", 10, 4300)],
      open(9000),
      { realised: -200_000, unrealised: 0 },
    ],
    [
      "NO that is held is worth what YES is not",
      [fill("BUY", "NO", 10, 4500)],
      open(4000),
      { realised: 0, unrealised: 1_500_000, mark: 6_000_000 },
    ],
    [
      "what could be sold now: YES at its bid",
      [fill("BUY", "YES", 10, 4500)],
      saleMark({ YES: { bid: priceBp(4400), ask: priceBp(4700) }, NO: NO_BOOK }),
      { realised: 0, unrealised: -100_000, mark: 4_400_000 },
    ],
    [
      "what could be sold now: NO at its own bid, whatever YES would bring",
      [fill("BUY", "NO", 10, 4500)],
      saleMark({
        YES: { bid: priceBp(4400), ask: null },
        NO: { bid: priceBp(4100), ask: priceBp(5600) },
      }),
      { realised: 0, unrealised: -400_000, mark: 4_100_000 },
    ],
    [
      "what could be sold now: nothing without a bid, but for the pairs, which are a dollar each",
      [fill("BUY", "YES", 10, 4500), fill("BUY", "NO", 4, 5000)],
      saleMark({ YES: NO_BOOK, NO: { bid: priceBp(5500), ask: null } }),
      // 4 pairs for 0.95; 6 YES at 0.45 that nobody wants.
      { realised: 200_000, unrealised: -2_700_000, mark: 0 },
    ],
    [
      "half is sold: its average cost is realised against",
      [fill("BUY", "YES", 10, 4000), fill("BUY", "YES", 10, 5000), fill("SELL", "YES", 10, 4800)],
      open(4600),
      { realised: 300_000, unrealised: 100_000 },
    ],
    [
      "through zero: what is left is new stock at the new price",
      [fill("BUY", "YES", 10, 4000), fill("BUY", "NO", 30, 5500)],
      open(4000),
      // 10 closed at 0.45 - 0.40; 20 NO at 0.55 are worth 0.60.
      { realised: 500_000, unrealised: 1_000_000 },
    ],
    [
      "fees are apart from the result",
      [fill("BUY", "YES", 10, 4000, { fee: 12_000 }), fill("SELL", "YES", 10, 4000, { fee: 3 })],
      open(5000),
      { realised: 0, fees: 12_003, unrealised: 0 },
    ],
    [
      "resolved YES: all of it is realised",
      [fill("BUY", "YES", 10, 4000), fill("BUY", "NO", 4, 5000)],
      resolved(10_000),
      { realised: 4_000_000, unrealised: 0, mark: 0 },
    ],
    [
      "resolved NO: all of it is realised",
      [fill("BUY", "YES", 10, 4000), fill("BUY", "NO", 4, 5000)],
      resolved(0),
      { realised: -2_000_000, unrealised: 0, mark: 0 },
    ],
    [
      "a fraction of a micro-dollar is rounded against us, and not lost",
      [fill("BUY", "YES", 0.000_001, 4999), fill("SELL", "YES", 0.000_001, 4999)],
      open(5000),
      { realised: -1, unrealised: 0 },
    ],
    ["an empty fill", [fill("BUY", "YES", 1, 4000), fill("SELL", "YES", 0, 5000)], open(4000), {}],
  ];
  it.each(cases)("%s", (_, fills, mark, expected) => {
    expect(profit(fills, mark)).toMatchObject(expected);
  });

  it("what was matched first is counted first, whatever its trade is called", () => {
    const bought = { ...fill("BUY", "YES", 10, 4000, { at: 1 }), tradeId: tradeId("z") };
    const sold = { ...fill("SELL", "YES", 10, 5000, { at: 2 }), tradeId: tradeId("y") };
    const again = { ...fill("BUY", "YES", 10, 6000, { at: 3 }), tradeId: tradeId("x") };

    expect(profit([again, sold, bought], open(6000)).realised).toBe(1_000_000);
  });

  it("refuses a mark that is none", () => {
    const halves = { ...open(5000), isResolved: true };
    for (const mark of [open(-1), open(10_001), open(0.5), halves]) {
      expect(() => profit([], mark)).toThrow(LawBroken);
    }
  });
});

const anyFill: fc.Arbitrary<LedgerFill> = fc
  .record({
    // Few times, trades and orders, so that they collide.
    at: fc.integer({ min: 0, max: 3 }),
    trade: fc.constantFrom("a", "b"),
    order: fc.constantFrom("x", "y"),
    token: fc.constantFrom<Token>("YES", "NO"),
    side: fc.constantFrom<Side>("BUY", "SELL"),
    price: fc.oneof(fc.constantFrom(3333, 6667), fc.integer({ min: 1, max: 9999 })),
    size: fc.oneof(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 50_000_000 }),
      fc.integer({ min: 0, max: 9_000_000_000_000 }),
    ),
    fee: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ at, trade, order, token, side, price, size, fee }) => ({
    fill: {
      orderId: orderId(order),
      token,
      side,
      price: priceBp(price),
      size: microShares(size),
      fee: microUsdc(fee),
    },
    matchedAt: epochMs(at),
    tradeId: tradeId(trade),
  }));
const anyFills = fc.array(anyFill, { maxLength: 30 });
/** Of one order in one trade: nothing but the fills themselves can put them in an order. */
const twinFills = fc.array(
  fc
    .record({
      side: fc.constantFrom<Side>("BUY", "SELL"),
      price: fc.constantFrom(3333, 6667),
      size: fc.integer({ min: 0, max: 50 }),
    })
    .map(({ side, price, size }) => fill(side, "YES", size / 1_000_000, price, { at: 1 })),
  { maxLength: 10 },
);
const anyTouch = fc
  .option(fc.integer({ min: 1, max: 9999 }))
  .map((bid) => ({ bid: bid === null ? null : priceBp(bid), ask: null }));
const anyMark = fc.oneof(
  fc.record({ YES: anyTouch, NO: anyTouch }).map(saleMark),
  fc.integer({ min: 0, max: 10_000 }).map(open),
  fc.constantFrom<0 | 10_000>(0, 10_000).map(resolved),
);

describe("profit, always", () => {
  it("is the same for any order of arrival", () => {
    const shuffled = fc
      .oneof(anyFills, twinFills)
      .chain((fills) =>
        fc.tuple(
          fc.constant(fills),
          fc.shuffledSubarray(fills, { minLength: fills.length, maxLength: fills.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, anyMark, ([fills, others], mark) => {
        expect(profit(others, mark)).toStrictEqual(profit(fills, mark));
      }),
      { numRuns: 1000 },
    );
  });

  it("realised + unrealised - fees = cash flow + what is held at the mark, to the micro-dollar", () => {
    fc.assert(
      fc.property(anyFills, anyMark, (fills, mark) => {
        let cash = 0n;
        let heldYes = 0n;
        let heldNo = 0n;
        for (const { fill: it } of fills) {
          const isBuy = it.side === "BUY";
          cash += BigInt(isBuy ? 0 : notionalFloor(it.price, it.size));
          cash -= BigInt(isBuy ? notionalCeil(it.price, it.size) : 0) + BigInt(it.fee);
          const shares = BigInt(it.size) * (isBuy ? 1n : -1n);
          if (it.token === "YES") heldYes += shares;
          else heldNo += shares;
        }
        // In ten-thousandths of a micro-dollar: a dollar a pair, the rest at its mark, unrounded.
        const net = heldYes - heldNo;
        const held =
          net > 0n
            ? heldNo * 10_000n + net * BigInt(mark.YES)
            : heldYes * 10_000n - net * BigInt(mark.NO);

        const { realised, fees, unrealised } = profit(fills, mark);

        const excess =
          (BigInt(realised) + BigInt(unrealised) - BigInt(fees) - cash) * 10_000n - held;
        // Exact where the stock is worth whole micro-dollars, and else rounded down to one.
        expect(excess <= 0n && excess > -10_000n).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("once resolved, nothing is left unrealised", () => {
    fc.assert(
      fc.property(anyFills, fc.constantFrom<0 | 10_000>(0, 10_000), (fills, winner) => {
        expect(profit(fills, resolved(winner)).unrealised).toBe(0);
        const { realised, unrealised } = profit(fills, open(winner));
        expect(profit(fills, resolved(winner)).realised).toBe(realised + unrealised);
      }),
    );
  });

  it("flat, nothing depends on the mark", () => {
    fc.assert(
      fc.property(anyFills, fc.integer({ min: 0, max: 10_000 }), (fills, yesBp) => {
        const undone = fills.map((it) => ({
          ...it,
          fill: { ...it.fill, side: it.fill.side === "BUY" ? ("SELL" as const) : ("BUY" as const) },
          matchedAt: epochMs(it.matchedAt + 10),
        }));
        const { realised, unrealised } = profit([...fills, ...undone], open(yesBp));
        expect(unrealised).toBe(0);
        // Out at the price of the way in: only roundings are paid, at most one for each way.
        expect(realised).toBeLessThanOrEqual(0);
        expect(realised).toBeGreaterThanOrEqual(-fills.length);
      }),
    );
  });
});

describe("where a result comes from", () => {
  const valued = (of: LedgerFill, fairBp: number | null) => ({ ...of, fairBp });

  it("spread is what each fill was better than the fair value of its moment, in either token", () => {
    const fills = [
      // 10 x 0.02
      valued(fill("BUY", "YES", 10, 4300), 4500),
      // A NO is worth 0.40: 5 x 0.01
      valued(fill("BUY", "NO", 5, 3900), 6000),
      // Sold below what it was worth: 4 x -0.03
      valued(fill("SELL", "YES", 4, 4700), 5000),
    ];
    expect(attribution(fills, open(5000)).spread).toBe(200_000 + 50_000 - 120_000);
  });

  it("the rest is direction: 10 YES bought 0.02 below a fair value of 0.45 that then won", () => {
    const fills = [valued(fill("BUY", "YES", 10, 4300, { fee: 70_000 }), 4500)];
    expect(attribution(fills, resolved(10_000))).toEqual({
      spread: 200_000,
      directional: 5_500_000,
    });
    expect(attribution(fills, resolved(0))).toEqual({ spread: 200_000, directional: -4_500_000 });
  });

  it("a fill that nobody could value has no spread", () => {
    const fills = [valued(fill("BUY", "YES", 10, 4300), null)];
    expect(attribution(fills, resolved(0))).toEqual({ spread: 0, directional: -4_300_000 });
  });

  it("both together are what is realised and unrealised, to the micro-dollar", () => {
    const fair = fc.option(fc.integer({ min: 0, max: 10_000 }));
    const fills = fc.array(fc.tuple(anyFill, fair).map(([of, fairBp]) => valued(of, fairBp)));
    fc.assert(
      fc.property(fills, anyMark, (each, mark) => {
        const { realised, unrealised } = profit(each, mark);
        const { spread, directional } = attribution(each, mark);
        expect(spread + directional).toBe(realised + unrealised);
      }),
    );
  });
});
