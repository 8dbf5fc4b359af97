import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levels, ordersIn } from "../../../src/sim/exchange/matching.ts";
import { remaining } from "../../../src/sim/exchange/order.ts";
import { type ExchangeState, unsettledLegs } from "../../../src/sim/exchange/state.ts";
import {
  after,
  microShares,
  microUsdc,
  orderId,
  type Side,
  type Token,
  TOKENS,
} from "../../../src/types/index.ts";
import { walletOf } from "../../../src/sim/exchange/wallet.ts";
import { exchangeHarness, dollars, HIGHER, LOWER, shares } from "./exchangeHarness.ts";

const ACCOUNTS = ["a", "b", "c"];
const CASH = 60;
const WINDOW_MS = 15_000;
const STOCK = [
  ["YES", 4000, 20],
  ["NO", 6000, 20],
] as const;

const placing = fc.record({
  type: fc.constant("place" as const),
  account: fc.constantFrom(...ACCOUNTS),
  token: fc.constantFrom<Token>("YES", "NO"),
  side: fc.constantFrom<Side>("BUY", "SELL"),
  price: fc.integer({ min: 45, max: 55 }).map((cents) => cents * 100),
  size: fc.integer({ min: 500, max: 3_000 }).map((lots) => lots / 100),
  orderType: fc.constantFrom("GTC" as const, "GTC" as const, "FAK" as const, "FOK" as const),
});
const policy = fc.record({
  fee: fc.constantFrom(null, { rateBp: 700, exponent: 1 }),
  selfTrade: fc.constantFrom("allow" as const, "rejectTaker" as const, "cancelMaker" as const),
  autoRedeems: fc.boolean(),
});
const calling = fc.record({
  type: fc.constant("call" as const),
  account: fc.constantFrom(...ACCOUNTS),
  call: fc.constantFrom("merge" as const, "redeem" as const),
  size: fc.integer({ min: 1, max: 1_500 }).map((lots) => lots / 100),
  /** Of the windows that are known, the newest first. */
  window: fc.nat({ max: 2 }),
});
const command = fc.oneof(
  { weight: 6, arbitrary: placing },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("cancel" as const), order: fc.nat({ max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("fund" as const),
      account: fc.constantFrom(...ACCOUNTS),
      cash: fc.integer({ min: 0, max: 80 }),
    }),
  },
  { weight: 2, arbitrary: calling },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("wait" as const),
      ms: fc.integer({ min: 1, max: 6_000 }),
      isUp: fc.boolean(),
    }),
  },
);

describe("conservation", () => {
  it("no flow of orders makes or loses a dollar or a share, or promises one twice", () => {
    const met = {
      complementary: 0,
      mint: 0,
      merge: 0,
      resolved: 0,
      failed: 0,
      fees: 0,
      uncovered: 0,
      reversed: 0,
      selfTrade: 0,
      dust: 0,
      merged: 0,
      redeemed: 0,
      callFailed: 0,
    };
    const commandList = fc.array(command, { minLength: 20, maxLength: 80 });
    fc.assert(
      fc.property(commandList, policy, (commands, rules) => {
        let hasBegun = false;
        const total = dollars(CASH * ACCOUNTS.length);
        const venue = exchangeHarness(Object.fromEntries(ACCOUNTS.map((id) => [id, CASH])), {
          windowMs: WINDOW_MS,
          policy: rules,
          // An id is a hash, so its last digit serves as a die; the trades that give the first stock never fail.
          settlement: (trade) => {
            const die = Number.parseInt(trade.slice(-1), 16);
            const retriedAfterMs = die % 3 === 0 ? 1_000 : null;
            return {
              retriedAfterMs,
              fails: hasBegun && die % 5 === 0,
              isReversed: hasBegun && die % 4 === 1,
            };
          },
          mining: (id) => {
            const die = Number.parseInt(id.slice(-1), 16);
            const minedAfterMs = die * 300;
            return {
              minedAfterMs,
              confirmedAfterMs: 2_000,
              fails: die % 7 === 0,
              isLost: die % 5 === 0,
            };
          },
        });
        // Stock for everyone, so that there is something to sell from the start.
        for (const [token, price, left] of STOCK)
          for (const account of ACCOUNTS)
            venue.place({
              account,
              id: `${account} ${token}`,
              token,
              side: "BUY",
              price,
              size: left,
            });
        venue.wait(4_000);
        hasBegun = true;
        for (const [index, next] of commands.entries()) {
          if (next.type === "place") {
            const { orderType, ...terms } = next;
            const isMarketBuy = orderType !== "GTC" && next.side === "BUY";
            const budget = microUsdc(Math.round(next.size * 100) * next.price);
            const ticket = { orderType, ...(isMarketBuy && { budget }) };
            const facts = venue.place({ ...terms, id: `${index}`, ticket });
            met.selfTrade += facts.filter(
              (fact) => "cause" in fact && fact.cause === "selfTrade",
            ).length;
          } else if (next.type === "fund") {
            const cash = microUsdc(dollars(next.cash));
            met.uncovered += venue
              .run({ type: "fund", account: next.account, cash })
              .filter(({ type }) => type === "order.changed").length;
          } else if (next.type === "cancel")
            for (const account of ACCOUNTS)
              venue.run({ type: "cancel", account, ids: [orderId(`${next.order}`)] });
          else if (next.type === "call") {
            const { account, size } = next;
            const market = [...venue.state().markets.keys()].at(-1 - next.window);
            if (market === undefined) continue;
            venue.run({
              type: "submit",
              account,
              call:
                next.call === "merge"
                  ? { type: "merge", market, size: shares(size) }
                  : { type: "redeem", market },
              terms: {
                nonce: walletOf(venue.state(), account).nonce,
                deadline: after(venue.now(), 60_000),
              },
            });
          } else {
            venue.run({ type: "reference", price: next.isUp ? HIGHER : LOWER });
            venue.wait(next.ms);
          }
          checkConserved(venue.state(), total);
        }
        met.fees += Number(venue.state().kept > 10);
        met.dust += Number(venue.state().kept % 10 !== 0);
        for (const { transactions } of venue.state().wallets.values())
          for (const { state, call } of transactions) {
            met.callFailed += Number(state === "failed");
            if (state === "confirmed") met[call.type === "merge" ? "merged" : "redeemed"] += 1;
          }
        for (const { isResolved, settling, finished } of venue.state().markets.values()) {
          for (const { type } of [...settling, ...finished]) met[type] += 1;
          met.failed += finished.filter(({ status }) => status === "failed").length;
          met.reversed += finished.filter(
            ({ status, fails }) => status === "failed" && !fails,
          ).length;
          met.resolved += Number(isResolved);
        }
      }),
      { numRuns: 300 },
    );
    // Without these the property would have tested nothing.
    for (const count of Object.values(met)) expect(count).toBeGreaterThan(10);
  });
});

// `expect` costs more than what it compares, so it is called only where it fails.
function same(found: number, expected: number): void {
  if (found !== expected) expect(found).toBe(expected);
}
function atLeast(found: number | undefined, least: number): void {
  if (found === undefined || !(found >= least)) expect(found).toBeGreaterThanOrEqual(least);
}

function checkConserved(state: ExchangeState, total: number): void {
  const markets = [...state.markets.values()];
  const cash = sum([...state.accounts.values()].map((account) => account.cash));
  const collateral = markets.map(({ holdings, winner, isResolved }) => {
    const supply = (token: Token): number => sum([...holdings.values()].map((one) => one[token]));
    if (!isResolved) same(supply("YES"), supply("NO"));
    return supply(winner ?? "YES");
  });
  same(cash + sum(collateral) + state.kept - state.outside, total);
  atLeast(state.kept, 0);

  for (const market of markets) {
    const { bids, asks } = levels(market.book, "YES");
    const [bid, ask] = [bids[0]?.price ?? 0, asks[0]?.price ?? 10_000];
    if (!(bid < ask)) expect(bid).toBeLessThan(ask);
    for (const account of ACCOUNTS) {
      atLeast(state.accounts.get(account)?.cash, 0);
      for (const token of TOKENS) {
        const selling = ordersIn(market.book)
          .filter((one) => one.account === account && one.side === "SELL" && one.token === token)
          .map(remaining);
        const sold = unsettledLegs(market, account)
          .map(({ fill }) => fill)
          .filter((fill) => fill.side === "SELL" && fill.token === token)
          .map((fill) => fill.size);
        const held = market.holdings.get(account)?.[token] ?? microShares(0);
        atLeast(held, sum([...selling, ...sold]));
      }
    }
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
