/** What a wallet converts, when it sends, and what it makes of every answer. */
import { describe, expect, it } from "vitest";
import { FINISHED_MAX } from "../../src/account/conversions.ts";
import type { ConversionEffect, MarketStock } from "../../src/account/index.ts";
import {
  type SubmitAnswer,
  after,
  marketId,
  microUsdc,
  transactionId,
} from "../../src/types/index.ts";
import { ONE, START, TWO, type Wallet, balancesOf, shares, stockOf, wallet } from "./wallet.ts";

const CLOCK = { type: "clock" } as const;
const typesOf = (effects: readonly ConversionEffect[]): readonly string[] =>
  effects.map((effect) => (effect.type === "ask" ? effect.question.type : effect.type));
const answered = <Value>(value: Value) => ({ type: "answered", value }) as const;
const lost = { type: "lost", detail: "HTTP 502" } as const;
const acked = { type: "acked", transactionId: transactionId("id") } as const;
const final = (market: Partial<MarketStock>): Partial<MarketStock> => ({
  isFinal: true,
  ...market,
});

/** What is chosen of one market's stock. */
const chosenOf = (stock: MarketStock, mergeMin = 25): ConversionEffect | undefined => {
  const one = wallet({ mergeMin: microUsdc(mergeMin * 1e6) });
  one.stocks.set(ONE, stock);
  return one.hear(0, CLOCK)[0];
};

/** Up to the call that is sent, at `ms`. */
function sent(one: Wallet, ms: number, stock = stockOf(35, 30)): void {
  one.stocks.set(ONE, stock);
  one.hear(ms, CLOCK);
  one.stocks.set(ONE, { ...stock, reserved: shares(30) });
  one.hear(ms, CLOCK);
  one.hear(ms, { type: "balances.read", answer: answered(balancesOf(35, 30)) });
  expect(typesOf(one.hear(ms, { type: "nonce.read", answer: answered(4) }))).toEqual(["submit"]);
}

/** Ended by its deadline, with the pairs free again. */
function provenUndone(one: Wallet, ms: number): readonly ConversionEffect[] {
  one.hear(ms, { type: "submitted", answer: lost });
  one.hear(ms + 5_000, CLOCK);
  const { nonce, deadline } = one.last("submit").terms;
  const block = answered({ at: after(deadline, 1), nonce });
  const effects = one.hear(ms + 5_000, { type: "finalized.read", answer: block });
  one.stocks.set(ONE, stockOf(35, 30));
  return effects;
}

describe("what is chosen", () => {
  it.each<[string, MarketStock, number | null]>([
    ["25 pairs", stockOf(25, 40), 25],
    ["fewer than the least", stockOf(24.99, 40), null],
    ["pairs that a SELL may take", stockOf(30, 30, { selling: balancesOf(5.01, 0) }), null],
    ["pairs beside those that a SELL may take", stockOf(40, 30, { selling: balancesOf(5, 0) }), 30],
    ["pairs in the middle of something", stockOf(30, 30, { isQuiet: false }), null],
    ["pairs that are kept for the call before", stockOf(60, 60, { reserved: shares(30) }), null],
    ["pairs of a market that is over", stockOf(30, 30, { isFinal: true }), null],
  ])("of %s", (_what, stock, size) => {
    expect(chosenOf(stock)).toEqual(
      size === null ? undefined : { type: "reserve", market: ONE, size: shares(size) },
    );
  });

  it("is never a merge of nothing", () => {
    expect(chosenOf(stockOf(0, 30), 0)).toBeUndefined();
    expect(chosenOf(stockOf(3, 30, { selling: balancesOf(5, 0) }), 0)).toBeUndefined();
  });

  it.each<[string, MarketStock, boolean]>([
    ["winners", stockOf(1, 0, final({ winner: "YES" })), true],
    ["winners beside losers", stockOf(3, 1, final({ winner: "NO" })), true],
    ["losers alone", stockOf(30, 0, final({ winner: "NO" })), false],
    ["winners with a trade unfinished", stockOf(30, 0, { winner: "YES" }), false],
    ["what is not resolved", stockOf(30, 0, final({})), false],
  ])("redeems %s", (_what, stock, isChosen) => {
    expect(chosenOf(stock)).toEqual(
      isChosen ? { type: "ask", id: 1, question: { type: "balances", market: ONE } } : undefined,
    );
  });

  it.each([
    [ONE, TWO],
    [TWO, ONE],
  ])("is the market that brings most cash, whichever comes first", (first, second) => {
    const stocks = {
      [ONE]: stockOf(30, 30),
      [TWO]: stockOf(10, 31, final({ winner: "NO" })),
    };
    const one = wallet();
    for (const market of [first, second]) one.stocks.set(market, stocks[market] ?? stockOf(0, 0));
    one.hear(0, CLOCK);
    expect(one.state().request?.call).toEqual({ type: "redeem", market: TWO });
  });
});

describe("a call", () => {
  it("is sent with the wallet's nonce and a deadline of whole seconds five minutes ahead", () => {
    const one = wallet();
    sent(one, 1_234);
    expect(one.last("submit")).toMatchObject({
      call: { type: "merge", market: ONE, size: shares(30) },
      terms: { nonce: 4, deadline: after(START, 302_000) },
    });
  });

  it.each<[string, SubmitAnswer]>([
    [
      "refused",
      { type: "rejected", refusal: { reason: "nonce", text: "other nonce", retryAfterMs: null } },
    ],
    ["not sent", { type: "notSent", cause: "unreachable", retryAfterMs: null }],
  ])("that is %s frees its pairs, and the market waits", (_what, answer) => {
    const one = wallet();
    sent(one, 0);
    expect(typesOf(one.hear(100, { type: "submitted", answer }))).toEqual(["release", "failed"]);
    one.stocks.set(ONE, stockOf(35, 30));
    expect(one.hear(10_099, CLOCK)).toEqual([]);
    expect(typesOf(one.hear(10_100, CLOCK))).toEqual(["reserve"]);
  });

  it("tells exactly what it has taken and brought", () => {
    const one = wallet();
    sent(one, 0);
    one.hear(0, { type: "submitted", answer: acked });
    one.hear(5_000, CLOCK);
    one.hear(5_000, { type: "transaction.read", answer: answered("confirmed") });
    // Five more of each were bought meanwhile: the readings lack what was merged all the same.
    one.stocks.set(ONE, stockOf(40, 35, { reserved: shares(30) }));
    const reading = { type: "balances.read", answer: answered(balancesOf(10, 5)) } as const;
    one.hear(5_000, reading);
    one.hear(15_000, CLOCK);
    expect(one.hear(15_000, reading)).toEqual([
      {
        type: "converted",
        call: { type: "merge", market: ONE, size: shares(30) },
        shares: { YES: shares(30), NO: shares(30) },
        cash: shares(30),
        byUs: true,
      },
    ]);
  });

  it("is verified by readings that begin ten seconds apart, not by answers that do", () => {
    const one = wallet();
    sent(one, 0);
    one.hear(0, { type: "submitted", answer: acked });
    one.hear(5_000, CLOCK);
    one.hear(5_000, { type: "transaction.read", answer: answered("confirmed") });
    const reading = { type: "balances.read", answer: answered(balancesOf(5, 0)) } as const;
    // Asked at 5 s, answered at 14 s.
    one.hear(14_000, reading);
    expect(one.hear(23_999, CLOCK)).toEqual([]);
    expect(typesOf(one.hear(24_000, CLOCK))).toEqual(["balances"]);
  });

  it("is looked up by its transaction where the acknowledgement comes late", () => {
    const one = wallet();
    sent(one, 0);
    one.hear(30_000, CLOCK);
    expect(typesOf(one.hear(35_000, CLOCK))).toEqual(["finalized"]);
    one.hear(35_100, { type: "submitted", answer: acked });
    expect(one.hear(40_100, CLOCK)).toMatchObject([
      { question: { type: "transaction", transactionId: acked.transactionId } },
    ]);
  });

  it.each<[string, { lateMs: number; more: number }, readonly string[]]>([
    ["at its deadline exactly proves nothing", { lateMs: 0, more: 0 }, []],
    ["past it proves that it is not done", { lateMs: 1, more: 0 }, ["release", "failed"]],
    ["past it that counts it proves that it is done", { lateMs: 1, more: 1 }, ["balances"]],
    ["past it from before the call's turn too", { lateMs: 1, more: -1 }, ["release", "failed"]],
  ])("and a final block %s", (_what, { lateMs, more }, expected) => {
    const one = wallet();
    sent(one, 0);
    one.hear(0, { type: "submitted", answer: lost });
    one.hear(5_000, CLOCK);
    const { nonce, deadline } = one.last("submit").terms;
    const block = answered({ at: after(deadline, lateMs), nonce: nonce + more });
    expect(typesOf(one.hear(5_000, { type: "finalized.read", answer: block }))).toEqual(expected);
  });

  it("that nothing proves is looked up for good and never sent again", () => {
    const one = wallet();
    sent(one, 0);
    one.hear(0, { type: "submitted", answer: lost });
    const tries: number[] = [];
    for (let ms = 1_000; ms < 3 * 3_600_000; ms += 1_000) {
      for (const effect of one.hear(ms, CLOCK)) {
        expect(effect.type).not.toBe("submit");
        if (effect.type !== "ask") continue;
        const said = one.hear(ms, { type: "finalized.read", answer: lost });
        tries.push(...said.flatMap((each) => (each.type === "lookUpFailed" ? each.tries : [])));
      }
    }
    // One each minute in the end.
    expect(tries).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
  });

  it("of a market that does not become quiet within a minute is given up unsent", () => {
    const one = wallet();
    one.stocks.set(ONE, stockOf(35, 30));
    one.hear(0, CLOCK);
    one.stocks.set(ONE, stockOf(35, 30, { reserved: shares(30), isQuiet: false }));
    one.hear(1_000, CLOCK);
    one.hear(1_000, { type: "balances.read", answer: answered(balancesOf(35, 30)) });
    for (let ms = 1_000; ms < 60_000; ms += 1_000)
      for (const { type } of one.hear(ms, CLOCK))
        if (type === "ask")
          expect(one.hear(ms, { type: "nonce.read", answer: answered(4) })).toEqual([]);
    expect(typesOf(one.hear(60_000, CLOCK))).toEqual(["release", "failed"]);
  });

  it("is not prepared where the pairs are never kept", () => {
    const one = wallet();
    one.stocks.set(ONE, stockOf(35, 30));
    for (let ms = 0; ms < 60_000; ms += 1_000)
      expect(typesOf(one.hear(ms, CLOCK))).toEqual(ms === 0 ? ["reserve"] : []);
    expect(typesOf(one.hear(60_000, CLOCK))).toEqual(["release", "failed"]);
  });

  it.each<[string, MarketStock]>([
    ["the market is resolved", stockOf(35, 30, { reserved: shares(30), winner: "YES" })],
    ["the market is over", stockOf(35, 30, { reserved: shares(30), isFinal: true })],
    [
      "a SELL takes its pairs",
      stockOf(35, 30, { reserved: shares(30), selling: balancesOf(6, 0) }),
    ],
    ["they are not kept", stockOf(35, 30)],
  ])("is not sent once %s, even with its nonce there", (_what, stock) => {
    const one = wallet();
    one.stocks.set(ONE, stockOf(35, 30));
    one.hear(0, CLOCK);
    one.stocks.set(ONE, stockOf(35, 30, { reserved: shares(30) }));
    one.hear(0, CLOCK);
    one.hear(0, { type: "balances.read", answer: answered(balancesOf(35, 30)) });
    one.stocks.set(ONE, stock);
    const effects = one.hear(0, { type: "nonce.read", answer: answered(4) });
    expect(typesOf(effects)).toEqual(["release"]);
  });

  it.each<[string, Partial<MarketStock>]>([
    ["is unfinished again", { isFinal: false }],
    ["has another stock", { settled: balancesOf(35, 31) }],
  ])("of a resolved market that %s is not sent", (_what, changed) => {
    const one = wallet();
    const stock = stockOf(35, 30, final({ winner: "NO" }));
    one.stocks.set(ONE, stock);
    one.hear(0, CLOCK);
    one.hear(0, { type: "balances.read", answer: answered(balancesOf(35, 30)) });
    one.stocks.set(ONE, { ...stock, ...changed });
    expect(one.hear(0, { type: "nonce.read", answer: answered(4) })).toEqual([]);
    expect(one.state().request).toBeNull();
  });

  it("that the balances do not show ends its market's calls, and says so", () => {
    const one = wallet();
    sent(one, 0);
    one.hear(0, { type: "submitted", answer: acked });
    one.hear(5_000, CLOCK);
    one.hear(5_000, { type: "transaction.read", answer: answered("confirmed") });
    const said: string[] = [];
    const reading = { type: "balances.read", answer: answered(balancesOf(35, 30)) } as const;
    one.hear(5_000, reading);
    for (let ms = 6_000; ms <= 605_000; ms += 1_000)
      for (const effect of one.hear(ms, CLOCK))
        if (effect.type === "ask") one.hear(ms, reading);
        else said.push(`${effect.type} ${ms}`);
    expect(said).toEqual(["unverified 605000", "release 605000"]);
    one.stocks.set(ONE, stockOf(90, 90));
    expect(one.hear(7_200_000, CLOCK)).toEqual([]);
  });
});

describe("failures of a market", () => {
  it("wait twice as long each time, up to half an hour, and are said at powers of two", () => {
    const one = wallet();
    const waits: number[] = [];
    const said: number[] = [];
    let ms = 0;
    for (let tries = 1; tries <= 12; tries += 1) {
      sent(one, ms);
      const effects = provenUndone(one, ms);
      said.push(...effects.flatMap((effect) => (effect.type === "failed" ? effect.tries : [])));
      const failedAt = ms + 5_000;
      for (ms = failedAt; ; ms += 1_000) {
        const before = one.state().failures[0]?.notBefore ?? 0;
        if (before <= ms) break;
      }
      waits.push((ms - failedAt) / 1_000);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 1_800, 1_800, 1_800, 1_800]);
    expect(said).toEqual([1, 2, 4, 8]);
  });

  it("do not hold up another market for longer than a pause", () => {
    const one = wallet();
    sent(one, 0);
    provenUndone(one, 0);
    one.stocks.set(TWO, stockOf(28, 28));
    expect(one.hear(9_999, CLOCK)).toEqual([]);
    expect(one.hear(10_000, CLOCK)).toMatchObject([{ type: "reserve", market: TWO }]);
  });

  it("are forgotten with the market, and once a call of it is done", () => {
    const one = wallet();
    sent(one, 0);
    provenUndone(one, 0);
    expect(one.state().failures).toHaveLength(1);
    one.stocks.clear();
    one.hear(10_000, CLOCK);
    expect(one.state().failures).toEqual([]);
  });
});

describe("a market that is redeemed", () => {
  /** Redeemed at once by the venue, as far as two readings show. */
  const redeemed = (one: Wallet, ms: number, market = ONE): readonly ConversionEffect[] => {
    one.stocks.set(market, stockOf(35, 30, final({ winner: "NO" })));
    one.hear(ms, CLOCK);
    const reading = { type: "balances.read", answer: answered(balancesOf(0, 0)) } as const;
    one.hear(ms, reading);
    one.hear(ms + 10_000, CLOCK);
    return one.hear(ms + 10_000, reading);
  };

  it("unasked is told with what it has paid, and nothing was sent", () => {
    expect(redeemed(wallet(), 0)).toEqual([
      {
        type: "converted",
        call: { type: "redeem", market: ONE },
        shares: { YES: shares(35), NO: shares(30) },
        cash: shares(30),
        byUs: false,
      },
    ]);
  });

  it("gets no other call, whatever is said of its stock", () => {
    const one = wallet();
    redeemed(one, 0);
    for (let ms = 11_000; ms < 60_000; ms += 1_000) expect(one.hear(ms, CLOCK)).toEqual([]);
  });

  it("is forgotten once there are too many", () => {
    const one = wallet();
    for (let count = 0; count < FINISHED_MAX + 2; count += 1) {
      one.stocks.clear();
      redeemed(one, count * 20_000, marketId(`0x${count}`));
    }
    expect(one.state().finished).toHaveLength(FINISHED_MAX);
    expect(one.state().finished[0]).toBe("0x2");
  });
});

describe("an answer", () => {
  it("to no question changes nothing", () => {
    const one = wallet();
    sent(one, 0);
    const before = one.state();
    one.hear(1, { type: "balances.read", answer: answered(balancesOf(5, 0)) });
    one.hear(1, { type: "finalized.read", answer: answered({ at: after(START, 1e9), nonce: 9 }) });
    expect(one.state()).toEqual(before);
  });

  it("to a question that was asked again changes nothing", () => {
    const one = wallet();
    one.stocks.set(ONE, stockOf(35, 30, final({ winner: "NO" })));
    one.hear(0, CLOCK);
    const { id } = one.last("ask");
    one.hear(15_000, CLOCK);
    one.hear(20_000, CLOCK);
    expect(one.last("ask").id).not.toBe(id);
    const before = one.state();
    one.hear(20_001, { type: "balances.read", id, answer: answered(balancesOf(35, 30)) });
    expect(one.state()).toEqual(before);
  });

  it("to the call before is not taken for one to this call", () => {
    const one = wallet();
    sent(one, 0);
    const { id } = one.last("submit");
    provenUndone(one, 0);
    sent(one, 20_000);
    const before = one.state();
    one.hear(20_001, { type: "submitted", id, answer: acked });
    expect(one.state()).toEqual(before);
  });
});
