/** When a wallet asks and sends, as drawings. A clock ticks each second. */
import { type Observable, concatMap, from, interval, map, merge, take } from "rxjs";
import type { SchedulerLike } from "rxjs";
import { describe, it } from "vitest";
import type { ConversionEffect, MarketStock } from "../../../src/account/index.ts";
import { type FinalizedBlock, after, transactionId } from "../../../src/types/index.ts";
import {
  type Heard,
  ONE,
  TWO,
  type Wallet,
  balancesOf,
  stockOf,
  wallet,
} from "../../account/wallet.ts";
import { marbles } from "../../support/marbles.ts";

type Drawn = (wallet: Wallet) => Heard;

const stock =
  (given: MarketStock): Drawn =>
  ({ stocks }) => {
    stocks.set(ONE, given);
    return { type: "clock" };
  };
const balances =
  (yes: number, no: number): Drawn =>
  () => ({ type: "balances.read", answer: { type: "answered", value: balancesOf(yes, no) } });
const transaction =
  (value: "waiting" | "confirmed" | "failed"): Drawn =>
  () => ({ type: "transaction.read", answer: { type: "answered", value } });
/** A final block so long after the deadline of the call, with so many calls after its nonce. */
const finalized =
  (lateMs: number, more = 0): Drawn =>
  ({ last }) => {
    const { nonce, deadline } = last("submit").terms;
    const value: FinalizedBlock = { at: after(deadline, lateMs), nonce: nonce + more };
    return { type: "finalized.read", answer: { type: "answered", value } };
  };

const EVENTS: Readonly<Record<string, Drawn>> = {
  // Thirty pairs and five YES more; kept for a merge; merged; in the middle of something.
  p: stock(stockOf(35, 30)),
  k: stock(stockOf(35, 30, { reserved: stockOf(30, 30).settled.YES })),
  m: stock(stockOf(5, 0)),
  b: stock(stockOf(35, 30, { reserved: stockOf(30, 30).settled.YES, isQuiet: false })),
  // Both with pairs, the other with more; and the other gone.
  y: ({ stocks }) => {
    stocks.set(ONE, stockOf(35, 30)).set(TWO, stockOf(80, 80));
    return { type: "clock" };
  },
  d: ({ stocks }) => {
    stocks.delete(TWO);
    return { type: "clock" };
  },
  // Resolved: YES has won.
  r: stock(stockOf(35, 30, { winner: "YES", isFinal: true })),
  h: balances(35, 30),
  t: balances(5, 0),
  z: balances(0, 0),
  n: () => ({ type: "nonce.read", answer: { type: "answered", value: 4 } }),
  a: () => ({ type: "submitted", answer: { type: "acked", transactionId: transactionId("id") } }),
  l: () => ({ type: "submitted", answer: { type: "lost", detail: "HTTP 502" } }),
  w: transaction("waiting"),
  c: transaction("confirmed"),
  x: transaction("failed"),
  e: finalized(-1),
  f: finalized(1),
  g: finalized(-1, 1),
};

const LETTERS: Readonly<Record<ConversionEffect["type"], string>> = {
  reserve: "R",
  release: "L",
  ask: "?",
  submit: "S",
  converted: "C",
  failed: "X",
  lookUpFailed: "Q",
  unverified: "U",
};
const QUESTIONS = { balances: "B", nonce: "N", transaction: "T", finalized: "F" } as const;
/** The pairs of the other market are kept with a Z. */
const letterOf = (effect: ConversionEffect): string => {
  if (effect.type === "reserve" && effect.market === TWO) return "Z";
  return effect.type === "ask" ? QUESTIONS[effect.question.type] : LETTERS[effect.type];
};

const converting =
  (seconds: number, scheduler: SchedulerLike) =>
  (event$: Observable<Drawn>): Observable<string> => {
    const one = wallet();
    const clock$ = interval(1_000, scheduler).pipe(
      take(seconds),
      map((): Drawn => () => ({ type: "clock" })),
    );
    return merge(event$, clock$).pipe(
      concatMap((event) => from(one.hear(scheduler.now(), event(one)))),
      map(letterOf),
    );
  };

describe("a merge", () => {
  it(
    "is prepared, sent once, looked up, and verified by two readings ten seconds apart",
    marbles((m) => {
      const event$ = m.hot("p--k--h--n--a 5990ms c--t 10996ms t--m 9s -", EVENTS);
      const expected = "    R--B--N--S 5990ms T--B 10996ms B--C 12s -";
      m.expect(event$.pipe(converting(20, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "whose answer is lost is looked up until a final block is past its deadline, and only then given up and tried anew",
    marbles((m) => {
      const event$ = m.hot("p--k--h--n--l 5990ms e 5999ms f--p 20s -", EVENTS);
      const expected = "    R--B--N--S 5990ms F 5999ms F--(LX) 10993ms R";
      m.expect(event$.pipe(converting(25, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "whose answer is lost is verified where a final block counts it",
    marbles((m) => {
      const event$ = m.hot("p--k--h--n--l 5990ms g--t 10996ms t", EVENTS);
      const expected = "    R--B--N--S 5990ms F--B 10996ms B--C";
      m.expect(event$.pipe(converting(20, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "that the relayer calls failed is not sent again before the proof",
    marbles((m) => {
      const event$ = m.hot("p--k--h--n--a 5990ms x--e 5996ms x--f", EVENTS);
      const expected = "    R--B--N--S 5990ms T--F 5996ms T--F--(LX)";
      m.expect(event$.pipe(converting(12, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "that nobody answers is looked up after half a minute",
    marbles((m) => {
      const event$ = m.hot("p--k--h--n", EVENTS);
      const expected = "    R--B--N--S 35990ms F";
      m.expect(event$.pipe(converting(36, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "waits with its pairs kept until the market is quiet",
    marbles((m) => {
      const event$ = m.hot("p--k--h--(bn) 4992ms k 999ms n", EVENTS);
      const expected = "    R--B--N 5993ms N----S";
      m.expect(event$.pipe(converting(6, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "is withdrawn where its pairs are not kept any more",
    marbles((m) => {
      const event$ = m.hot("p--k--p", EVENTS);
      const expected = "    R--B--L";
      m.expect(event$.pipe(converting(4, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "whose readings disagree waits for two that do",
    marbles((m) => {
      const event$ = m.hot("p--k--h--n--a 5990ms c--t 10996ms h 10999ms t 10999ms t", EVENTS);
      const expected = "    R--B--N--S 5990ms T--B 10996ms B 10999ms B 10999ms B--C";
      m.expect(event$.pipe(converting(39, m.scheduler))).toBeObservable(expected);
    }),
  );
});

describe("several markets", () => {
  it(
    "have one call at a time, the largest first, and the next one after a pause",
    marbles((m) => {
      const event$ = m.hot("y 1s d", EVENTS);
      const expected = "    Z 1s L 5998ms R";
      m.expect(event$.pipe(converting(10, m.scheduler))).toBeObservable(expected);
    }),
  );
});

describe("a redemption", () => {
  it(
    "keeps nothing from being sold, and is verified as a merge is",
    marbles((m) => {
      const event$ = m.hot("r--h--n--a 5993ms c--z 10996ms z 30s -", EVENTS);
      const expected = "    B--N--S 5993ms T--B 10996ms B--C 27s -";
      m.expect(event$.pipe(converting(40, m.scheduler))).toBeObservable(expected);
    }),
  );

  it(
    "that the venue has paid unasked is found, and nothing is sent",
    marbles((m) => {
      const event$ = m.hot("r--z 10999ms z", EVENTS);
      const expected = "    B 10999ms B--C";
      m.expect(event$.pipe(converting(20, m.scheduler))).toBeObservable(expected);
    }),
  );
});
