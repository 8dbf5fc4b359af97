/**
 * M. The worst loss is a bound: whatever the prices at the ends and whichever live orders fill, all markets together come
 * to no less; and for markets of one price it is reached.
 *
 * Break that turns this red: `worstLoss.ts`, let markets of one strike turn one after the other, or leave out the case in
 * which every market resolves NO; `market.ts`, leave out what live orders can cost.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initial, step } from "../../src/account/index.ts";
import {
  type Side,
  type Token,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  referencePrice,
} from "../../src/types/index.ts";
import { accountConfig, digest, openedMarket } from "../account/builders.ts";
import { RUNS, instant } from "../support/builders.ts";

interface Order {
  readonly token: Token;
  readonly side: Side;
  /** Whole shares, and cents: no rounding is in the way. */
  readonly shares: number;
  readonly cents: number;
  readonly fills: boolean;
}

interface Trader {
  readonly reference: string | null;
  readonly end: number;
  readonly rule: "twap60" | "spot";
  readonly strike: number;
  readonly YES: number;
  readonly NO: number;
  readonly flow: number;
  readonly orders: readonly Order[];
  readonly winner: Token | null;
}

const anyTrader: fc.Arbitrary<Trader> = fc.record({
  reference: fc.constantFrom("BTC", "BTC", "ETH", null),
  end: fc.constantFrom(1, 2),
  rule: fc.constantFrom("twap60", "twap60", "spot"),
  strike: fc.integer({ min: 1, max: 6 }),
  YES: fc.nat({ max: 50 }),
  NO: fc.nat({ max: 50 }),
  flow: fc.integer({ min: -60, max: 30 }),
  orders: fc.array(
    fc.record({
      token: fc.constantFrom<Token>("YES", "NO"),
      side: fc.constantFrom<Side>("BUY", "SELL"),
      shares: fc.integer({ min: 1, max: 20 }),
      cents: fc.integer({ min: 1, max: 99 }),
      fills: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  winner: fc.constantFrom<(Token | null)[]>(null, null, null, "YES", "NO"),
});

const priceKey = ({ reference, end, rule }: Trader, at: number): string =>
  reference === null ? `alone ${at}` : `${reference} ${end} ${rule}`;

/** In cents, the orders filled one by one as the venue would. */
function resultAt(
  trader: Trader,
  price: number,
  doesFill: (order: Order, winner: Token) => boolean,
): number {
  const winner = trader.winner ?? (price >= trader.strike ? "YES" : "NO");
  let cash = trader.flow * 100;
  const stock = { YES: trader.YES, NO: trader.NO };
  for (const order of trader.winner === null ? trader.orders : []) {
    if (!doesFill(order, winner)) continue;
    const sign = order.side === "BUY" ? 1 : -1;
    cash -= sign * order.shares * order.cents;
    stock[order.token] += sign * order.shares;
  }
  return cash + stock[winner] * 100;
}

/** The fill that makes it worse: what is bought does not win, or what is sold does. */
const isBadFill = ({ token, side }: Order, winner: Token): boolean =>
  (side === "BUY") === (token !== winner);

const lostIf = (orders: readonly Order[], winner: Token): number =>
  orders
    .filter((order) => isBadFill(order, winner))
    .reduce(
      (sum, { shares, cents, side }) => sum + shares * (side === "BUY" ? cents : 100 - cents),
      0,
    );

/** Cents to millionths of a dollar. */
const micro = (cents: number): number => cents * 10_000;

function worstOf(traders: readonly Trader[]): number {
  let state = initial(null, instant(0));
  for (const [index, trader] of traders.entries()) {
    const market = marketId(`m${index}`);
    const { reference, end, rule, strike, orders, winner } = trader;
    const opened = openedMarket({
      market,
      reference,
      endsAt: epochMs(end),
      settledBy: rule,
      strike: referencePrice(strike),
    });
    const lost = (token: Token) => microUsdc(micro(lostIf(orders, token)));
    const known = digest({
      stock: { YES: microShares(trader.YES * 1_000_000), NO: microShares(trader.NO * 1_000_000) },
      flow: microUsdc(trader.flow * 1_000_000),
      lostIf: { YES: lost("YES"), NO: lost("NO") },
      winner,
    });
    state = step(
      state,
      { type: "market.opened", at: instant(0), ...opened },
      accountConfig(),
    ).state;
    state = step(
      state,
      { type: "market.changed", at: instant(0), market, digest: known },
      accountConfig(),
    ).state;
  }
  return state.sums.worst;
}

describe("[M] the worst loss", () => {
  it("is never exceeded, whatever the prices at the ends and whichever orders fill", () => {
    fc.assert(
      fc.property(
        fc.array(anyTrader, { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 8, maxLength: 8 }),
        (traders, prices) => {
          const keys = [...new Set(traders.map(priceKey))];
          const total = traders.reduce((sum, trader, index) => {
            const price = prices[keys.indexOf(priceKey(trader, index)) % prices.length] ?? 0;
            return sum + resultAt(trader, price, (order) => order.fills);
          }, 0);
          expect(micro(total)).toBeGreaterThanOrEqual(worstOf(traders));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("of up to 16 markets of one price is reached by one of the prices", () => {
    fc.assert(
      fc.property(fc.array(anyTrader, { minLength: 1, maxLength: 16 }), (any) => {
        const traders = any.map((trader): Trader => ({
          ...trader,
          reference: "BTC",
          end: 1,
          rule: "spot",
        }));
        const totals = [0, 1, 2, 3, 4, 5, 6, 7].map((price) =>
          traders.reduce((sum, trader) => sum + resultAt(trader, price, isBadFill), 0),
        );
        expect(worstOf(traders)).toBe(micro(Math.min(...totals)));
      }),
      { numRuns: RUNS },
    );
  });

  it("of two ends, or of two rules, is the sum of both, as a price can go anywhere in between", () => {
    // Together they would be a hedge: 10 NO at the lower strike, 10 YES at the higher one.
    const base = {
      reference: "BTC",
      end: 1,
      rule: "spot",
      orders: [],
      winner: null,
      flow: -5,
    } as const;
    const up: Trader = { ...base, strike: 3, YES: 10, NO: 0 };
    const down: Trader = { ...base, strike: 3, YES: 0, NO: 10 };

    expect(worstOf([up, down])).toBe(0);
    expect(worstOf([up, { ...down, strike: 2 }])).toBe(-10_000_000);
    expect(worstOf([up, { ...down, strike: 4 }])).toBe(0);
    expect(worstOf([up, { ...down, end: 2 }])).toBe(-10_000_000);
    expect(worstOf([up, { ...down, rule: "twap60" }])).toBe(-10_000_000);
    expect(worstOf([up, { ...down, reference: "ETH" }])).toBe(-10_000_000);
    expect(worstOf([up, { ...down, reference: null }])).toBe(-10_000_000);
  });

  it("of more than 16 markets of one price is that of each 16 added up", () => {
    const base = {
      reference: "BTC",
      end: 1,
      rule: "spot",
      orders: [],
      winner: null,
      flow: -5,
      strike: 3,
    } as const;
    const half = (token: Token, count: number): readonly Trader[] =>
      Array.from({ length: count }, () => ({ ...base, YES: 0, NO: 0, [token]: 10 }));

    expect(worstOf([...half("YES", 8), ...half("NO", 8)])).toBe(0);
    // The first 16 lose 80 dollars at one side, the other 16 at the other.
    expect(worstOf([...half("YES", 16), ...half("NO", 16)])).toBe(-160_000_000);
  });
});
