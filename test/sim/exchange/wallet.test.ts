/** Calls of a wallet on the simulated chain: what they move, when, and what makes them fail. */
import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../src/sim/exchange/transaction.ts";
import { MARKETS_KEPT } from "../../../src/sim/exchange/timeStep.ts";
import {
  FINALIZED_AFTER_MS,
  finalizedBlock,
  transactionOf,
  TRANSACTIONS_KEPT,
  walletOf,
} from "../../../src/sim/exchange/wallet.ts";
import {
  after,
  type CallTerms,
  type EpochMs,
  type MarketId,
  type WalletCall,
} from "../../../src/types/index.ts";
import {
  dollars,
  type ExchangeHarness,
  exchangeHarness,
  HIGHER,
  LOWER,
  only,
  shares,
  WINDOW_MS,
} from "./exchangeHarness.ts";

const MINED_MS = 3_000;
const CONFIRMED_MS = 4_000;

/** `us` owns 20 YES and 20 NO, bought at 40 and 60 cents, and 80 dollars. */
function stocked(options: Parameters<typeof exchangeHarness>[1] = {}): ExchangeHarness {
  const venue = exchangeHarness({ us: 100, them: 100 }, options);
  const buy = (account: string, token: "YES" | "NO", price: number): unknown =>
    venue.place({ account, id: `${account} ${token}`, token, side: "BUY", price, size: 20 });
  buy("us", "YES", 4000);
  buy("them", "NO", 6000);
  buy("us", "NO", 6000);
  buy("them", "YES", 4000);
  venue.wait(4_000);
  return venue;
}

const owned = (venue: ExchangeHarness, market: MarketId, account = "us") => {
  const held = venue.state().markets.get(market)?.holdings.get(account);
  return {
    cash: venue.state().accounts.get(account)?.cash,
    YES: held?.YES ?? 0,
    NO: held?.NO ?? 0,
  };
};

const submitted = (
  venue: ExchangeHarness,
  call: WalletCall,
  terms: Partial<CallTerms> = {},
): Transaction => {
  const [fact] = only(
    venue.run({ type: "submit", account: "us", call, terms: { ...nextTerms(venue), ...terms } }),
    "transaction.changed",
  );
  if (!fact) throw new Error("the call was not taken");
  return fact.transaction;
};

const nextTerms = (venue: ExchangeHarness): CallTerms => ({
  nonce: walletOf(venue.state(), "us").nonce,
  deadline: after(venue.now(), 60_000),
});

const stateOf = (venue: ExchangeHarness, { id }: Transaction) =>
  transactionOf(venue.state(), "us", id)?.state;

const ended = (venue: ExchangeHarness, isUp: boolean): void => {
  venue.run({ type: "reference", price: isUp ? HIGHER : LOWER });
  venue.wait(WINDOW_MS);
  venue.wait(3_000);
};

describe("a merge", () => {
  it("turns pairs into dollars when it is mined, and not before", () => {
    const venue = stocked();
    const { id } = venue.market().market;
    const merge = submitted(venue, { type: "merge", market: id, size: shares(15) });
    venue.wait(MINED_MS - 1);
    expect(owned(venue, id)).toEqual({ cash: dollars(80), YES: shares(20), NO: shares(20) });
    expect(stateOf(venue, merge)).toBe("waiting");
    venue.wait(1);
    expect(owned(venue, id)).toEqual({ cash: dollars(95), YES: shares(5), NO: shares(5) });
    expect(stateOf(venue, merge)).toBe("mined");
    venue.wait(CONFIRMED_MS);
    expect(stateOf(venue, merge)).toBe("confirmed");
    expect(owned(venue, id)).toEqual({ cash: dollars(95), YES: shares(5), NO: shares(5) });
  });

  it.each([
    ["more pairs than there are", 20.01, {}],
    ["no pairs", 0, {}],
    ["what the chain reverts", 5, { fails: true }],
    ["what is mined after its deadline", 5, { minedAfterMs: 60_001 }],
  ])("of %s fails, and moves nothing", (_what, size, plan) => {
    const venue = stocked({
      mining: () => ({
        minedAfterMs: MINED_MS,
        confirmedAfterMs: CONFIRMED_MS,
        fails: false,
        isLost: false,
        ...plan,
      }),
    });
    const { id } = venue.market().market;
    const merge = submitted(venue, { type: "merge", market: id, size: shares(size) });
    venue.wait(61_000);
    expect(stateOf(venue, merge)).toBe("failed");
    expect(owned(venue, id)).toEqual({ cash: dollars(80), YES: shares(20), NO: shares(20) });
    expect(walletOf(venue.state(), "us").nonce).toBe(0);
  });

  it("that is lost stays waiting and moves nothing", () => {
    const venue = stocked({
      mining: () => ({ minedAfterMs: 1, confirmedAfterMs: 1, fails: false, isLost: true }),
    });
    const { id } = venue.market().market;
    const merge = submitted(venue, { type: "merge", market: id, size: shares(5) });
    venue.wait(120_000);
    expect(stateOf(venue, merge)).toBe("waiting");
    expect(owned(venue, id)).toEqual({ cash: dollars(80), YES: shares(20), NO: shares(20) });
  });

  it("ends the SELLs that it leaves without cover", () => {
    const venue = stocked();
    const { id } = venue.market().market;
    venue.place({ account: "us", id: "sell", token: "YES", side: "SELL", price: 9000, size: 10 });
    submitted(venue, { type: "merge", market: id, size: shares(15) });
    const ends = only(venue.wait(MINED_MS), "order.changed");
    expect(ends.map(({ cause, order }) => [order.id, cause])).toEqual([["sell", "uncovered"]]);
  });

  it("does not take what is sold and not mined", () => {
    const venue = stocked();
    const { id } = venue.market().market;
    const merge = submitted(venue, { type: "merge", market: id, size: shares(15) });
    venue.wait(1_000);
    venue.place({ account: "them", id: "bid", token: "YES", side: "BUY", price: 5000, size: 10 });
    venue.place({ account: "us", id: "sell", token: "YES", side: "SELL", price: 5000, size: 10 });
    venue.wait(2_000);
    expect(stateOf(venue, merge)).toBe("failed");
    venue.wait(5_000);
    expect(owned(venue, id)).toEqual({ cash: dollars(85), YES: shares(10), NO: shares(20) });
  });
});

describe("the nonce of a wallet", () => {
  it.each<[string, (now: EpochMs) => Partial<CallTerms>, string]>([
    ["a nonce that is not its next", () => ({ nonce: 1 }), "nonce"],
    ["a deadline that is over", (now) => ({ deadline: now }), "deadline"],
  ])("and the time refuse %s", (_what, terms, reason) => {
    const venue = stocked();
    const call = { type: "merge", market: venue.market().market.id, size: shares(5) } as const;
    const facts = venue.run({
      type: "submit",
      account: "us",
      call,
      terms: { ...nextTerms(venue), ...terms(venue.now()) },
    });
    expect(only(facts, "transaction.refused").map(({ refusal }) => refusal.reason)).toEqual([
      reason,
    ]);
    expect(walletOf(venue.state(), "us").transactions).toEqual([]);
  });

  it("lets one of two calls with the same nonce through", () => {
    const venue = stocked();
    const { id } = venue.market().market;
    const call = { type: "merge", market: id, size: shares(5) } as const;
    const [first, second] = [submitted(venue, call), submitted(venue, call)];
    venue.wait(MINED_MS);
    expect([stateOf(venue, first), stateOf(venue, second)]).toEqual(["mined", "failed"]);
    expect(owned(venue, id).YES).toBe(shares(15));
    expect(walletOf(venue.state(), "us").nonce).toBe(1);
  });

  it("is counted in finalized blocks once they reach the call", () => {
    const venue = stocked();
    submitted(venue, { type: "merge", market: venue.market().market.id, size: shares(5) });
    venue.wait(MINED_MS);
    const block = (): unknown => finalizedBlock(venue.state(), "us", venue.now());
    expect(block()).toEqual({ at: after(venue.now(), -FINALIZED_AFTER_MS), nonce: 0 });
    venue.wait(FINALIZED_AFTER_MS);
    expect(block()).toEqual({ at: after(venue.now(), -FINALIZED_AFTER_MS), nonce: 1 });
  });

  it("goes on when old calls are forgotten", () => {
    const venue = stocked();
    const call = { type: "redeem", market: venue.market().market.id } as const;
    for (let count = 0; count < TRANSACTIONS_KEPT + 10; count += 1) submitted(venue, call);
    expect(walletOf(venue.state(), "us").transactions).toHaveLength(TRANSACTIONS_KEPT);
  });
});

describe("a redemption", () => {
  const byHand = { policy: { autoRedeems: false } };

  it.each([
    [true, "YES"],
    [false, "NO"],
  ] as const)(
    "pays the winners of a resolved market and takes the losers: up is %s",
    (isUp, winner) => {
      const venue = stocked(byHand);
      const { id } = venue.market().market;
      // 12 winners against 20 losers.
      venue.place({ account: "them", id: "bid", token: winner, side: "BUY", price: 5000, size: 8 });
      venue.place({
        account: "us",
        id: "sell",
        token: winner,
        side: "SELL",
        price: 5000,
        size: 8,
      });
      venue.wait(4_000);
      ended(venue, isUp);
      expect(owned(venue, id)[winner]).toBe(shares(12));
      submitted(venue, { type: "redeem", market: id });
      venue.wait(MINED_MS);
      expect(owned(venue, id)).toEqual({ cash: dollars(80 + 4 + 12), YES: 0, NO: 0 });
      expect(owned(venue, id, "them")).not.toEqual(expect.objectContaining({ YES: 0, NO: 0 }));
    },
  );

  it("fails before the market is resolved", () => {
    const venue = stocked(byHand);
    const { id } = venue.market().market;
    const redeem = submitted(venue, { type: "redeem", market: id });
    venue.wait(MINED_MS);
    expect(stateOf(venue, redeem)).toBe("failed");
    expect(owned(venue, id)).toEqual({ cash: dollars(80), YES: shares(20), NO: shares(20) });
  });

  it("of what the venue has paid unasked moves nothing", () => {
    const venue = stocked();
    const { id } = venue.market().market;
    ended(venue, true);
    expect(owned(venue, id)).toEqual({ cash: dollars(100), YES: 0, NO: 0 });
    const redeem = submitted(venue, { type: "redeem", market: id });
    venue.wait(MINED_MS);
    expect(stateOf(venue, redeem)).toBe("mined");
    expect(owned(venue, id)).toEqual({ cash: dollars(100), YES: 0, NO: 0 });
  });

  it("can wait: a market that is not redeemed outlives those that are", () => {
    const venue = stocked(byHand);
    const { id } = venue.market().market;
    for (let window = 0; window < MARKETS_KEPT + 5; window += 1) ended(venue, true);
    expect(venue.state().markets.size).toBe(MARKETS_KEPT + 1);
    submitted(venue, { type: "redeem", market: id });
    venue.wait(MINED_MS);
    expect(owned(venue, id).cash).toBe(dollars(100));
  });
});
