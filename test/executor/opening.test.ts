/** What a session finds at its start, and what the venue's balances let it sell. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FEEDS,
  type Fill,
  NO_USDC,
  type Side,
  type TradeStatus,
  orderId,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  RUNS,
  type SurveyAnswer,
  bench,
  cents,
  dollars,
  held,
  quote,
  shares,
  tradeReport,
  trading,
} from "../support/builders.ts";
import { BALANCE_LAG_MS } from "../../src/executor/inventory.ts";

const ASK = { ask: quote(200, 55), expiresAt: FOREVER };

function starting(): Bench {
  const day = bench();
  for (const feed of FEEDS) day.restores(feed);
  day.hears({ type: "heartbeat.beaten" });
  return day;
}

const earlier = (side: Side, count: number): Fill => ({
  orderId: orderId("an order of the session before"),
  token: "YES",
  side,
  price: cents(50),
  size: shares(count),
  fee: NO_USDC,
});

const report = (side: Side, status: TradeStatus): ReturnType<typeof tradeReport> =>
  tradeReport("before", status, [earlier(side, 100)]);

/** The first survey, twice and late enough to be believed, shows this. */
function opened(side: Side, status: TradeStatus, YES: number): Bench {
  const day = starting();
  const shown = { balances: { YES, cash: 500 }, trades: [report(side, status)] };
  day.answersSurvey(shown);
  day.waits(12_500, shown);
  day.asked();
  return day;
}

const hears = (day: Bench, side: Side, status: TradeStatus): void => {
  day.hears({ type: "trade.reported", report: report(side, status) });
};

/** The most YES that was offered for sale since this was last asked. */
const offered = (day: Bench): number =>
  Math.max(
    0,
    ...day
      .asked()
      .filter((words) => words.startsWith("place SELL YES"))
      .map((words) => Number(words.split(" ")[3])),
  );

/** Time passes; the venue does at once what it is asked, and every survey shows this. */
function passes(day: Bench, durationMs: number, shown: SurveyAnswer): void {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 250) {
    day.waits(250, shown);
    for (const [order, phase] of Object.entries(day.phases())) {
      if (phase === "placing") day.acks(order);
      if (phase !== "cancelling") continue;
      day.cancels(order);
      day.reports(order, "cancelled");
    }
  }
}

const owned = (day: Bench): number => held(day.state().inventory.YES).settled;

describe("a trade that was on its way when the balances were read (G32)", () => {
  it("[E] and that the balances hold already is not sold twice, nor believed twice for long", () => {
    const day = opened("BUY", "matched", 100);
    hears(day, "BUY", "mined");
    day.intends(ASK);
    expect(offered(day)).toBe(100);
    passes(day, 25_000, { balances: { YES: 100 }, trades: [report("BUY", "mined")] });
    expect([offered(day), owned(day)]).toEqual([100, 100]);
  });

  it("[E] and that they do not hold is sold once they do", () => {
    const day = opened("BUY", "matched", 100);
    hears(day, "BUY", "mined");
    expect(owned(day)).toBe(200);
    passes(day, 25_000, { balances: { YES: 200 }, trades: [report("BUY", "mined")] });
    day.asked();
    day.intends(ASK);
    expect([offered(day), owned(day)]).toEqual([200, 200]);
  });

  it("[E] and that fails: what it may have brought is not sold before the balances say so", () => {
    for (const truth of [0, 100]) {
      const day = opened("BUY", "matched", 100);
      hears(day, "BUY", "failed");
      day.intends(ASK);
      expect(offered(day)).toBe(0);
      passes(day, 25_000, { balances: { YES: truth }, trades: [report("BUY", "failed")] });
      expect([offered(day), owned(day)]).toEqual([truth, truth]);
    }
  });

  it("[E] a sale that the balances have lost already is taken off twice, until they are compared", () => {
    const day = opened("SELL", "matched", 40);
    hears(day, "SELL", "mined");
    day.intends(ASK);
    expect(offered(day)).toBe(0);
    passes(day, 25_000, { balances: { YES: 40 }, trades: [report("SELL", "mined")] });
    expect([offered(day), owned(day)]).toEqual([40, 40]);
  });
});

describe("a trade that had settled when the balances were read, and fails (G32)", () => {
  it("[E] a purchase takes its shares along, at once; its cash comes back with a comparison", () => {
    const day = opened("BUY", "mined", 100);
    const before = day.state().inventory.cash.settled;
    hears(day, "BUY", "failed");
    expect([owned(day), day.state().inventory.cash.settled]).toEqual([0, before]);
    day.intends({ ask: quote(100, 55), expiresAt: FOREVER });
    passes(day, 25_000, { balances: { YES: 0, cash: 500 }, trades: [report("BUY", "failed")] });
    expect(offered(day)).toBe(0);
    expect(day.state().inventory.cash.settled).toBe(before + dollars(50));
  });

  it("[E] a purchase that the balances did not hold any more: two looks, and all is there again", () => {
    const day = opened("BUY", "mined", 100);
    hears(day, "BUY", "failed");
    passes(day, 25_000, { balances: { YES: 100 }, trades: [report("BUY", "failed")] });
    expect(owned(day)).toBe(100);
  });

  it("[E] a sale gives nothing back before a comparison has, and takes its cash along", () => {
    const day = opened("SELL", "mined", 40);
    const before = day.state().inventory.cash.settled;
    hears(day, "SELL", "failed");
    expect([owned(day), day.state().inventory.cash.settled]).toEqual([40, before - dollars(50)]);
    day.intends({ ask: quote(140, 55), expiresAt: FOREVER });
    expect(offered(day)).toBe(40);
    passes(day, 25_000, { balances: { YES: 140 }, trades: [report("SELL", "failed")] });
    expect(owned(day)).toBe(140);
  });

  it("[E] never takes more than there is", () => {
    const day = opened("BUY", "mined", 30);
    hears(day, "BUY", "failed");
    expect(owned(day)).toBe(0);
  });
});

describe("what may be sold while the venue's balance says less than we believe (G32)", () => {
  const BID = "BUY YES 20 @ 0.45";

  it("[E] is the venue's balance, until a later one says more", () => {
    const day = trading({ YES: 100 });
    day.waits(15_000);
    day.commands("resync");
    day.answersSurvey({ balances: { YES: 40 } });
    day.intends(ASK);
    expect([offered(day), owned(day)]).toEqual([40, 100]);
    passes(day, 30_000, { balances: { YES: 100 } });
    expect(offered(day)).toBe(100);
  });

  it("[E] and what has settled since it was read, or just before: balances lag", () => {
    for (const lateMs of [1_500, 11_000]) {
      const day = trading({ YES: 100 });
      day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
      day.acks(BID);
      day.waits(5_000);
      day.matches(BID, 20, "bought", "mined");
      day.waits(lateMs);
      day.commands("resync");
      day.answersSurvey({ open: [], balances: { YES: 40 } });
      day.intends(ASK);
      expect(offered(day)).toBe(lateMs < 10_000 ? 60 : 40);
    }
  });

  it("[E] what is bought after it was read can be sold", () => {
    const day = trading({ YES: 100 });
    day.waits(15_000);
    day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    day.acks(BID);
    day.commands("resync");
    day.answersSurvey({ balances: { YES: 40 } });
    day.acks(BID);
    day.matches(BID, 20, "bought", "mined");
    day.intends(ASK);
    expect(offered(day)).toBe(60);
  });

  it("[E] a sale that is on its way may be in it already: it is not taken off twice", () => {
    const day = trading({ YES: 100 });
    day.intends({ ask: quote(60, 55), expiresAt: FOREVER });
    day.acks("SELL YES 60 @ 0.55");
    day.matches("SELL YES 60 @ 0.55", 60, "sold");
    day.waits(15_000);
    day.asked();
    day.commands("resync");
    day.answersSurvey({ open: [], balances: { YES: 40 } });
    day.intends(ASK);
    expect(offered(day)).toBe(40);
  });

  it("[E] a sale after that reading is not in it: it is taken off", () => {
    const day = trading({ YES: 100 });
    day.waits(15_000);
    day.commands("resync");
    day.answersSurvey({ balances: { YES: 40 } });
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
    day.acks("SELL YES 20 @ 0.55");
    day.matches("SELL YES 20 @ 0.55", 20, "sold");
    day.intends(ASK);
    expect(offered(day)).toBe(20);
  });

  it("[E] a sale that fails leaves what it stood for in that reading unsold", () => {
    const day = trading({ YES: 100 });
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
    day.acks("SELL YES 20 @ 0.55");
    day.matches("SELL YES 20 @ 0.55", 20, "sold");
    day.waits(15_000);
    day.commands("resync");
    day.answersSurvey({ open: [], balances: { YES: 80 } });
    day.matches("SELL YES 20 @ 0.55", 20, "sold", "failed");
    day.asked();
    day.intends(ASK);
    expect(offered(day)).toBe(80);
  });

  it("[E] a sale on its way does not stand for what a purchase of before has brought", () => {
    const day = starting();
    const shown = (buy: TradeStatus) => ({
      balances: { YES: 80, cash: 500 },
      trades: [
        tradeReport("bought", buy, [earlier("BUY", 20)]),
        tradeReport("sold", "matched", [earlier("SELL", 20)]),
      ],
    });
    passes(day, 11_000, shown("matched"));
    const [bought] = shown("mined").trades;
    if (bought) day.hears({ type: "trade.reported", report: bought });
    day.asked();
    day.intends({ ...ASK, ask: quote(200, 55) });
    expect(offered(day)).toBe(60);
  });

  it("[E] a purchase by an order that we do not know waits for the balances", () => {
    const day = trading({ YES: 10 });
    day.hears({ type: "trade.reported", report: report("BUY", "mined") });
    day.answersSurvey({ balances: { YES: 10 } });
    day.intends(ASK);
    expect(offered(day)).toBe(10);
  });
});

describe("the model of a start (G32)", () => {
  /** A trade of the time before; on the chain, and, so much later, in what the venue says of it. */
  interface Earlier {
    readonly side: Side;
    readonly size: number;
    readonly minedMs: number | null;
    readonly failedMs: number | null;
  }
  /** Later than balances lag. */
  const CONFIRMED_MS = BALANCE_LAG_MS;
  const START_MS = 0;
  const CHAIN_BASE = 60;
  /**
   * The venue's last word comes after 70 s. It is seen, doubted and compared by a look each, half a
   * minute apart, and once more where another trade moves between two of them.
   */
  const LASTS_MS = 70_000 + 4 * 31_000 + BALANCE_LAG_MS;

  const anyEarlier: fc.Arbitrary<Earlier> = fc
    .record({
      side: fc.constantFrom<Side>("BUY", "SELL"),
      size: fc.constantFrom(5, 10, 20),
      minedMs: fc.integer({ min: -20_000, max: 20_000 }),
      end: fc.constantFrom("holds", "holds", "fails late", "never mined"),
      afterMs: fc.integer({ min: 500, max: 20_000 }),
    })
    .map(({ side, size, minedMs, end, afterMs }) => ({
      side,
      size,
      minedMs: end === "never mined" ? null : minedMs,
      failedMs: end === "holds" ? null : minedMs + afterMs,
    }));

  const statusAt = ({ minedMs, failedMs }: Earlier, atMs: number): TradeStatus => {
    if (failedMs !== null && atMs >= failedMs) return "failed";
    if (minedMs === null || atMs < minedMs) return "matched";
    return failedMs === null && atMs >= minedMs + CONFIRMED_MS ? "confirmed" : "mined";
  };
  const isOnChain = (trade: Earlier, atMs: number): boolean =>
    ["mined", "confirmed"].includes(statusAt(trade, atMs));
  const signed = ({ side, size }: Earlier): number => (side === "BUY" ? size : -size);
  const chainAt = (trades: readonly Earlier[], atMs: number): number =>
    trades
      .filter((trade) => isOnChain(trade, atMs))
      .reduce((sum, trade) => sum + signed(trade), CHAIN_BASE);

  it("[E] whatever is mined, confirmed or fails around it: no more is offered than is there", () => {
    fc.assert(
      fc.property(
        fc.array(anyEarlier, { minLength: 1, maxLength: 3 }),
        fc.record({
          wordMs: fc.integer({ min: 0, max: 30_000 }),
          balanceMs: fc.integer({ min: 0, max: 9_000 }),
          isHeard: fc.boolean(),
        }),
        (trades, { wordMs, balanceMs, isHeard }) => {
          const day = starting();
          let nowMs = START_MS;
          const reports = (): readonly ReturnType<typeof tradeReport>[] =>
            trades.map((trade, index) =>
              tradeReport(`trade ${index}`, statusAt(trade, nowMs - wordMs), [
                earlier(trade.side, trade.size),
              ]),
            );
          let said = reports();
          for (; nowMs < LASTS_MS; nowMs += 250) {
            const balance = chainAt(trades, nowMs - balanceMs);
            passes(day, 250, { balances: { YES: balance, cash: 500 }, trades: reports() });
            const says = reports();
            for (const [index, each] of says.entries()) {
              if (isHeard && each.status !== said[index]?.status) {
                day.hears({ type: "trade.reported", report: each });
              }
            }
            said = says;
            if (nowMs % 5_000 === 0) day.intends({ ...ASK, ask: quote(200, 55) });
            // What fails on the chain before the venue says so nobody can know.
            const untold = trades.filter(
              (trade) =>
                trade.side === "BUY" &&
                statusAt(trade, nowMs) === "failed" &&
                statusAt(trade, nowMs - wordMs) !== "failed",
            );
            const sold = trades.filter(
              (trade) => trade.side === "SELL" && statusAt(trade, nowMs) === "matched",
            );
            const there =
              chainAt(trades, nowMs) +
              untold.reduce((sum, { size }) => sum + size, 0) -
              sold.reduce((sum, { size }) => sum + size, 0);
            expect(offered(day)).toBeLessThanOrEqual(Math.max(0, there));
          }
          // And in the end all of it is believed, and no more.
          expect(owned(day)).toBe(chainAt(trades, nowMs));
        },
      ),
      { numRuns: Math.ceil(RUNS / 30) },
    );
  });
});
