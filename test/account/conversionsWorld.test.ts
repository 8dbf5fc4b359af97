/**
 * A wallet among markets that trade, a chain that mines late, never or in vain, and answers that are late, lost or
 * old. The chain is a model of a few lines, so that it shares nothing with what is tested.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CONVERSIONS,
  type ConversionEffect,
  type ConversionInput,
  type ConversionState,
  type MarketStock,
  NO_CONVERSIONS,
  conversionStep,
} from "../../src/account/index.ts";
import { random } from "../../src/sim/exchange/random.ts";
import {
  type CallTerms,
  type MarketId,
  NO_USDC,
  type Token,
  type WalletCall,
  epochMs,
  marketId,
  microShares,
  monotonicMs,
  transactionId,
} from "../../src/types/index.ts";
import { START } from "./wallet.ts";

const MARKETS = ["0x0a", "0x0b", "0x0c"].map(marketId);
const STEP_MS = 500;
const FINAL_MS = 5_000;
/** Trading and faults end after the first; by the second everything is settled. */
const BUSY_MS = 20 * 60_000;
const END_MS = 90 * 60_000;

type Pair = Record<Token, number>;
interface Sent {
  readonly call: WalletCall;
  readonly terms: CallTerms;
  readonly minedAt: number;
  readonly fails: boolean;
  state: "waiting" | "mined" | "failed";
  /** What it moved when it was mined. */
  moved: { readonly shares: Pair; readonly cash: number } | null;
}
interface MarketModel {
  /** What the chain has, what the executor counts, and what its SELLs may take of that. */
  readonly chain: Pair;
  readonly settled: Pair;
  readonly selling: Pair;
  reserved: number;
  pending: number;
  winner: Token | null;
}

function run(seed: number, autoRedeems: boolean) {
  const chance = random(seed);
  const markets = new Map<MarketId, MarketModel>(
    MARKETS.map((id) => [
      id,
      {
        chain: { YES: 0, NO: 0 },
        settled: { YES: 0, NO: 0 },
        selling: { YES: 0, NO: 0 },
        reserved: 0,
        pending: 0,
        winner: null,
      },
    ]),
  );
  const met = { merged: 0, redeemed: 0, unasked: 0, failed: 0, lost: 0, late: 0 };
  let state: ConversionState = NO_CONVERSIONS;
  let now = 0;
  let nonce = 0;
  const nonces: { readonly at: number; readonly nonce: number }[] = [{ at: 0, nonce: 0 }];
  const sent: Sent[] = [];
  const inputs: { readonly at: number; readonly input: ConversionInput }[] = [];
  const orders: { readonly at: number; readonly effect: ConversionEffect }[] = [];
  const cash = { chain: 0, unasked: 0, told: 0 };
  const isBusy = (): boolean => now < BUSY_MS;
  const odds = (percent: number): boolean =>
    isBusy() && chance.chance({ numerator: percent, denominator: 100 });
  const market = (id: MarketId): MarketModel => markets.get(id) ?? expect.unreachable("no market");

  const stocks = (): Map<MarketId, MarketStock> =>
    new Map(
      [...markets].map(([id, one]) => [
        id,
        {
          settled: { YES: microShares(one.settled.YES), NO: microShares(one.settled.NO) },
          selling: { YES: microShares(one.selling.YES), NO: microShares(one.selling.NO) },
          reserved: microShares(one.reserved),
          isQuiet: one.pending === 0,
          winner: one.winner,
          isFinal: one.winner !== null && one.pending === 0,
        },
      ]),
    );

  /** Trades, sales and resolutions, as the executors see them a little later than the chain. */
  const trade = (): void => {
    for (const one of markets.values()) {
      if (one.winner !== null || !odds(4)) continue;
      const token = chance.pick(["YES", "NO"] as const);
      const free = one.settled[token] - one.selling[token] - one.reserved;
      if (free >= 5e6 && chance.chance({ numerator: 1, denominator: 3 })) {
        // An executor sells nothing that is kept for a merge.
        one.selling[token] += 5e6;
        later(
          () => {
            one.chain[token] -= 5e6;
            expect(one.chain[token]).toBeGreaterThanOrEqual(0);
          },
          one,
          () => {
            one.settled[token] -= 5e6;
            one.selling[token] -= 5e6;
          },
        );
      } else {
        const size = chance.integer(1, 40) * 1e6;
        later(
          () => (one.chain[token] += size),
          one,
          () => (one.settled[token] += size),
        );
      }
    }
  };
  const due: { readonly at: number; readonly act: () => void }[] = [];
  const later = (mined: () => unknown, one: MarketModel, seen: () => unknown): void => {
    one.pending += 1;
    const minedAt = now + chance.integer(500, 4_000);
    due.push({ at: minedAt, act: () => void mined() });
    due.push({
      at: minedAt + chance.integer(0, 3_000),
      act: () => {
        seen();
        one.pending -= 1;
      },
    });
  };
  const resolve = (): void => {
    for (const one of markets.values()) {
      if (one.winner !== null || now < BUSY_MS * 0.7 || !odds(1)) continue;
      one.winner = chance.pick(["YES", "NO"] as const);
      if (autoRedeems) due.push({ at: now + chance.integer(0, 120_000), act: () => payOut(one) });
    }
  };
  const payOut = (one: MarketModel): number => {
    const won = one.winner === null ? 0 : one.chain[one.winner];
    cash.chain += won;
    one.chain.YES = 0;
    one.chain.NO = 0;
    return won;
  };

  const mine = (): void => {
    for (const each of sent) {
      if (each.state !== "waiting" || each.minedAt > now) continue;
      const one = market(each.call.market);
      const { call } = each;
      const isNext = each.terms.nonce === nonce && START + now <= each.terms.deadline;
      const size = call.type === "merge" ? call.size : 0;
      const isHeld = one.chain.YES >= size && one.chain.NO >= size;
      if (!isNext || each.fails || !isHeld || (call.type === "redeem" && one.winner === null)) {
        each.state = "failed";
        met.failed += 1;
        continue;
      }
      const before = { ...one.chain };
      let won = size;
      if (call.type === "redeem") won = payOut(one);
      else {
        one.chain.YES -= size;
        one.chain.NO -= size;
        cash.chain += size;
      }
      each.state = "mined";
      each.moved = {
        shares: { YES: before.YES - one.chain.YES, NO: before.NO - one.chain.NO },
        cash: won,
      };
      nonce += 1;
      nonces.push({ at: now, nonce });
      expect(one.chain.YES).toBeGreaterThanOrEqual(0);
      expect(one.chain.NO).toBeGreaterThanOrEqual(0);
    }
  };

  const answer = (input: (at: ConversionInput["at"]) => ConversionInput): void => {
    if (odds(12)) {
      met.lost += 1;
      return;
    }
    const at = now + chance.integer(1, odds(5) ? 40_000 : 2_000);
    inputs.push({ at, input: input(instant(at)) });
  };
  const read = <Value>(value: Value) =>
    odds(8)
      ? ({ type: "lost", detail: "HTTP 502" } as const)
      : ({ type: "answered", value } as const);

  const history: { readonly at: number; readonly chains: ReadonlyMap<MarketId, Pair> }[] = [];
  const balancesOf = (id: MarketId) => {
    // Sometimes as it was some seconds ago.
    const agoMs = odds(20) ? chance.integer(0, 8_000) : 0;
    const { YES, NO } =
      history.findLast(({ at }) => at <= now - agoMs)?.chains.get(id) ?? market(id).chain;
    return { cash: NO_USDC, YES: microShares(YES), NO: microShares(NO) };
  };

  const submit = ({ id, call, terms }: Extract<ConversionEffect, { type: "submit" }>): void => {
    // Nothing that was sent before can still be carried out.
    for (const each of sent)
      if (each.state === "waiting") expect(START + now).toBeGreaterThan(each.terms.deadline);
    if (call.type === "merge") expect(market(call.market).reserved).toBe(call.size);
    const isDelivered = !odds(15);
    const number = sent.length;
    const minedAfterMs = odds(10) ? chance.integer(250_000, 400_000) : chance.integer(2_000, 8_000);
    if (minedAfterMs > 100_000) met.late += 1;
    if (isDelivered)
      sent.push({
        call,
        terms,
        minedAt: odds(10) ? Infinity : now + minedAfterMs,
        fails: odds(15),
        state: "waiting",
        moved: null,
      });
    const isKnown = isDelivered && !odds(20);
    answer((at) => ({
      type: "submitted",
      id,
      at,
      answer: isKnown
        ? { type: "acked", transactionId: transactionId(String(number)) }
        : { type: "lost", detail: "HTTP 500" },
    }));
  };

  const ask = ({ id, question }: Extract<ConversionEffect, { type: "ask" }>): void => {
    switch (question.type) {
      case "balances": {
        const value = read(balancesOf(question.market));
        answer((at) => ({ type: "balances.read", id, at, answer: value }));
        return;
      }
      case "nonce": {
        const value = read(nonce);
        answer((at) => ({ type: "nonce.read", id, at, answer: value }));
        return;
      }
      case "transaction": {
        const known = sent[Number(question.transactionId)];
        const told = known?.state === "mined" ? chance.pick(["mined", "confirmed"] as const) : null;
        const value = read(told ?? (odds(10) ? "failed" : (known?.state ?? null)));
        answer((at) => ({ type: "transaction.read", id, at, answer: value }));
        return;
      }
      case "finalized": {
        const at = now - FINAL_MS;
        const block = {
          at: epochMs(START + at),
          nonce: nonces.findLast((one) => one.at <= at)?.nonce ?? 0,
        };
        const value = read(block);
        answer((when) => ({ type: "finalized.read", id, at: when, answer: value }));
      }
    }
  };

  const apply = (effect: ConversionEffect): void => {
    switch (effect.type) {
      case "reserve": {
        const one = market(effect.market);
        const free = (token: Token): number => one.settled[token] - one.selling[token];
        if (Math.min(free("YES"), free("NO")) >= effect.size) one.reserved = effect.size;
        return;
      }
      case "release":
        market(effect.market).reserved = 0;
        return;
      case "converted": {
        const { call, shares, cash: brought } = effect;
        const one = market(call.market);
        one.settled.YES -= shares.YES;
        one.settled.NO -= shares.NO;
        one.reserved = 0;
        cash.told += brought;
        return;
      }
      case "unverified":
        expect.unreachable("the balances always show it in the end");
        return;
      case "ask":
      case "submit":
      case "failed":
      case "lookUpFailed":
    }
  };

  const told: Extract<ConversionEffect, { type: "converted" }>[] = [];
  const instant = (ms: number): ConversionInput["at"] => ({
    epochMs: epochMs(START + ms),
    monotonicMs: monotonicMs(ms),
  });
  const hear = (input: ConversionInput): void => {
    const [next, effects] = conversionStep(state, input, stocks(), CONVERSIONS);
    state = next;
    for (const effect of effects) {
      if (effect.type === "ask") ask(effect);
      else if (effect.type === "submit") submit(effect);
      else orders.push({ at: now + (isBusy() ? chance.integer(0, 600) : 0), effect });
      if (effect.type === "converted") told.push(effect);
    }
  };
  const take = <One extends { readonly at: number }>(queue: One[]): One[] => {
    const ready = queue.filter(({ at }) => at <= now);
    queue.splice(0, queue.length, ...queue.filter(({ at }) => at > now));
    return ready;
  };

  for (now = 0; now < END_MS; now += STEP_MS) {
    for (const { act } of take(due)) act();
    mine();
    history.push({
      at: now,
      chains: new Map([...markets].map(([id, { chain }]) => [id, { ...chain }])),
    });
    if (history.length > 40) history.shift();
    trade();
    resolve();
    // What is ordered of one executor comes in order.
    while (orders[0] && orders[0].at <= now) {
      const [first] = orders.splice(0, 1);
      if (first) apply(first.effect);
    }
    for (const { input } of take(inputs).toSorted((a, b) => a.at - b.at))
      hear({ ...input, at: instant(now) });
    if (now % 1_000 === 0) hear({ type: "clock", at: instant(now) });
  }

  for (const { call, byUs } of told)
    met[call.type === "merge" ? "merged" : byUs ? "redeemed" : "unasked"] += 1;
  return { markets, cash, sent, told, state, met };
}

describe("a wallet among faults", () => {
  it("sends one call at a time, converts nothing twice, and tells every dollar and share", () => {
    const all = { merged: 0, redeemed: 0, unasked: 0, failed: 0, lost: 0, late: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.boolean(), (seed, autoRedeems) => {
        const { markets, cash, sent, told, state, met } = run(seed, autoRedeems);
        expect(state.request).toBeNull();
        // What is believed is what the chain has.
        for (const { chain, settled, winner } of markets.values()) {
          expect(settled).toEqual(chain);
          if (winner !== null) expect(chain[winner]).toBe(0);
          else expect(Math.min(chain.YES, chain.NO)).toBeLessThan(25e6 + 40e6);
        }
        expect(cash.told).toBe(cash.chain);
        // Each merge that the chain has carried out is told once, by its size, in that order.
        const merges = sent.filter(
          ({ state: of, call }) => of === "mined" && call.type === "merge",
        );
        expect(told.flatMap(({ call }) => (call.type === "merge" ? [call.size] : []))).toEqual(
          merges.map(({ moved }) => moved?.cash),
        );
        for (const { call, shares, cash: brought } of told)
          if (call.type === "merge") expect(shares).toEqual({ YES: brought, NO: brought });
        for (const [name, count] of Object.entries(met)) all[name as keyof typeof all] += count;
      }),
      { numRuns: 60 },
    );
    // Without these the property would have tested nothing.
    for (const count of Object.values(all)) expect(count).toBeGreaterThan(10);
  });
});
