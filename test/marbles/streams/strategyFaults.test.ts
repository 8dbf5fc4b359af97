/** Somebody else's strategy in time: what it fails at, how long that counts, and parameters that change. */
import { EMPTY, Observable, type SchedulerLike, from, map, of } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  type AnyStrategy,
  type QuoteTarget,
  type View,
  chosenIntents,
  intents,
  strategyParameters,
} from "../../../src/streams/strategy/index.ts";
import { EVALUATION_MS_MAX } from "../../../src/streams/strategy/guard.ts";
import { FAULT_HOLD_MS } from "../../../src/streams/strategy/intents.ts";
import { type Intent, monotonicMs, priceBp, referencePrice } from "../../../src/types/index.ts";
import { inventory, shares } from "../../support/builders.ts";
import { marbles } from "../../support/marbles.ts";
import { MARKET, book, instant } from "./legend.ts";
import { NOTHING_RECENT } from "../../support/quoting.ts";

const DEFAULTS = strategyParameters.parse({});
const PARAMETERS = { ...DEFAULTS, quietMs: 5, maxWaitMs: 20, intentLifeMs: 60_000 };

const viewAt = (frame: number): View => ({
  now: { ...instant(0), monotonicMs: monotonicMs(frame) },
  market: MARKET,
  book: { value: { YES: book(4000, 6000), NO: book(4000, 6000) }, receivedAt: instant(0) },
  reference: {
    price: { value: referencePrice(100_000_000_000), receivedAt: instant(0) },
    variancePerSecond: 1e-8,
    isHeld: false,
  },
  inventory: inventory(),
  inventoryStep: 0,
  settlement: null,
  marketOffset: null,
  orders: [],
  ended: [],
  ...NOTHING_RECENT,
});

const targetAt = (bid: number): QuoteTarget => ({
  mode: "normal",
  bid: { price: priceBp(bid), size: shares(20) },
  ask: { price: priceBp(6000), size: shares(20) },
  reason: "quoting",
  fairBp: 5000,
});
const A = targetAt(4000);

/** A strategy of this answer, which may be any value at all. */
const mine = (answer: (view: View) => unknown): AnyStrategy => ({
  name: "mine",
  describe: "a test's own",
  parameters: strategyParameters,
  // A plain function: what it answers is not checked by the compiler, as in a user's JavaScript.
  quote: Object.assign(answer as never),
});

const inWords = map(({ seq, mode, bid, reason }: Intent): string =>
  mode === "stop" ? `${seq} stop: ${reason}` : `${seq} at ${bid?.price ?? "nothing"}`,
);

const intentsOf = (
  scheduler: SchedulerLike,
  trigger$: Observable<unknown>,
  strategy: AnyStrategy,
  reference$: Observable<unknown> = EMPTY,
): Observable<string> =>
  intents(
    strategy,
    { trigger$, reference$, view: () => viewAt(scheduler.now()) },
    PARAMETERS,
    scheduler,
  ).pipe(inWords);

describe("[B] a strategy that fails", () => {
  it(
    "in the teardown of its Observable, or with one that is none, ends nothing but its own quote",
    marbles((m) => {
      const trigger$ = m.hot("t---------t------------");
      const expected = "      -----a---------b-------";
      const until = "         ^----------------------!";
      let asked = 0;
      const torn = mine(
        () =>
          new Observable<QuoteTarget>((subscriber) => {
            asked += 1;
            subscriber.next(targetAt(4000 + 100 * asked));
            return () => {
              throw new Error("torn");
            };
          }),
      );
      const duck = mine(() => ({ lift: () => null, subscribe: () => null }));

      m.expect(intentsOf(m.scheduler, trigger$, torn), until).toBeObservable(expected, {
        a: "1 at 4100",
        b: "2 at 4200",
      });
      m.expect(intentsOf(m.scheduler, m.hot("t------"), duck), "^------!").toBeObservable(
        "                                    -----s-",
        { s: expect.stringMatching(/^1 stop: mine threw: /) as string },
      );
    }),
  );

  it("the hold after a fault is a second, and outlasts many evaluations", () => {
    expect(FAULT_HOLD_MS).toBe(1_000);
    expect(FAULT_HOLD_MS).toBeGreaterThan(5 * DEFAULTS.maxWaitMs);
  });

  it(
    "at every other evaluation is one stop, not one at each: a good answer within the hold does not count",
    marbles((m) => {
      const trigger$ = m.hot("t---------t---------t---------t---------t-------");
      const expected = "      -----s------------------------------------------";
      const until = "         ^-----------------------------------------------!";
      let asked = 0;
      const strategy = mine(() => {
        asked += 1;
        if (asked % 2 === 1) throw new Error("odd");
        return A;
      });

      m.expect(intentsOf(m.scheduler, trigger$, strategy), until).toBeObservable(expected, {
        s: "1 stop: mine threw: Error: odd",
      });
    }),
  );

  it(
    "once recovers with the first good answer a second after its last fault",
    marbles((m) => {
      const trigger$ = m.hot("t---------t 989ms t---------t------");
      // Faults at 5 and 15; the good answer at 1005 is too early, the one at 1015 is not.
      const expected = "      -----s 1009ms q-----";
      const until = "         ^ 1030ms !";
      const strategy = mine((view) => {
        if (view.now.monotonicMs < 20) throw new Error("early");
        return A;
      });

      m.expect(intentsOf(m.scheduler, trigger$, strategy), until).toBeObservable(expected, {
        s: "1 stop: mine threw: Error: early",
        q: "2 at 4000",
      });
    }),
  );

  it(
    "is not asked with a view that our own bug has broken: that is a stop, once, in the bug's words",
    marbles((m) => {
      const trigger$ = m.hot("t---------t---------t---");
      const expected = "      -----q---------s--------";
      const until = "         ^----------------------!";
      let asked = 0;
      const strategy = mine(() => {
        asked += 1;
        return A;
      });
      const view = (): View => viewAt(m.scheduler.now());
      const fault = (): string | null => (m.scheduler.now() < 10 ? null : "last trades: a bug");
      const inputs = { trigger$, reference$: EMPTY, view, fault };

      m.expect(
        intents(strategy, inputs, PARAMETERS, m.scheduler).pipe(inWords),
        until,
      ).toBeObservable(expected, { q: "1 at 4000", s: "2 stop: last trades: a bug" });
      m.flush();
      expect(asked).toBe(1);
    }),
  );

  it(
    "whose evaluation takes too long is a stop with the figure, though its answer is a good one",
    marbles((m) => {
      const trigger$ = m.hot("t---------t------");
      const expected = "      -----q---------s-";
      const until = "         ^---------------!";
      // A clock of its own: the strategy spends time on it, while the drawing's stands still.
      let spentMs = 0;
      const clocked: SchedulerLike = Object.create(m.scheduler, {
        now: { value: () => m.scheduler.now() + spentMs },
      });
      const strategy = mine((view) => {
        spentMs += view.now.monotonicMs < 10 ? EVALUATION_MS_MAX : EVALUATION_MS_MAX + 1;
        return A;
      });
      const intent$ = intents(
        strategy,
        { trigger$, reference$: EMPTY, view: () => viewAt(m.scheduler.now()) },
        PARAMETERS,
        clocked,
      );

      m.expect(intent$.pipe(inWords), until).toBeObservable(expected, {
        q: "1 at 4000",
        s: "2 stop: mine took 501 ms for one evaluation, and 500 are allowed",
      });
    }),
  );

  it(
    "whose fair value throws or is none is a stop at once, and not only when it quotes",
    marbles((m) => {
      const reference$ = m.hot("----------r---");
      const trigger$ = m.hot("  t-------------");
      const expected = "        -----q----s---";
      const until = "           ^------------!";
      const drawn = (fair: () => unknown, reason: string): void => {
        const failing = (fromMs: number): AnyStrategy => ({
          ...mine(() => A),
          fair: ({ now }) => (now.monotonicMs < fromMs ? null : (fair() as never)),
        });
        m.expect(intentsOf(m.scheduler, trigger$, failing(8), reference$), until).toBeObservable(
          expected,
          { q: "1 at 4000", s: `2 stop: ${reason}` },
        );
        // Before it is shown.
        m.expect(intentsOf(m.scheduler, trigger$, failing(0)), until).toBeObservable(
          "                -----s--------",
          { s: `1 stop: ${reason}` },
        );
      };

      const nonsense = { probability: Number.NaN, standardError: 0, movePerSqrtSecond: 0 };
      drawn(() => nonsense, "mine answered no fair value: an object");
      drawn(() => ({ ...nonsense, probability: 1.5 }), "mine answered no fair value: an object");
      drawn(() => 0.5, "mine answered no fair value: 0.5");
      drawn(() => {
        throw new Error("no price");
      }, "mine threw: Error: no price");
    }),
  );

  it(
    "is stopped for every answer that is no target, with what was wrong",
    marbles((m) => {
      const trigger$ = m.hot("t------");
      const expected = "      -----s-";
      const until = "         ^-----!";
      const leg = { price: 4000, size: 20_000_000 };
      const normal = { mode: "normal", bid: leg, ask: null, reason: "quoting", fairBp: null };
      const nonsense: readonly (readonly [answer: unknown, words: string])[] = [
        [undefined, "no target: undefined"],
        [7, "no target: 7"],
        [[], "no target: a list"],
        [Promise.resolve(A), "a promise: give an Observable, as from(promise)"],
        [
          { ...normal, mode: "buy" },
          'mode "buy", not one of normal, caution, oneSidedBuy, oneSidedSell, stop',
        ],
        [{ ...normal, bid: undefined }, "bid undefined, neither a leg nor null"],
        [
          { ...normal, bid: { ...leg, price: Number.NaN } },
          "bid.price NaN, not a whole number from 1 to 9999 bp",
        ],
        [
          { ...normal, bid: { ...leg, price: 0.4 } },
          "bid.price 0.4, not a whole number from 1 to 9999 bp",
        ],
        [
          { ...normal, bid: { ...leg, price: 10_000 } },
          "bid.price 10000, not a whole number from 1 to 9999 bp",
        ],
        [
          { ...normal, bid: { ...leg, size: -1 } },
          "bid.size -1, not whole millionths of a share from 1 to 250000000000",
        ],
        [
          { ...normal, ask: { ...leg, price: 3999 } },
          "a bid at 4000 bp, not below its ask at 3999 bp",
        ],
        [{ ...normal, ask: leg }, "a bid at 4000 bp, not below its ask at 4000 bp"],
        [{ ...normal, reason: 5 }, "a reason that is no text: 5"],
        [{ ...normal, fairBp: Number.NaN }, "fairBp NaN"],
        [{ ...normal, fairErrorBp: -1 }, "fairErrorBp -1"],
      ];
      for (const [answer, words] of nonsense) {
        for (const given of [answer, of(answer)]) {
          m.expect(
            intentsOf(
              m.scheduler,
              trigger$,
              mine(() => given),
            ),
            until,
          ).toBeObservable(expected, { s: `1 stop: mine answered ${words}` });
        }
      }
    }),
  );

  it(
    "whose slow answer ends without one is a stop; one that never comes is left to the intent's life",
    marbles((m) => {
      const trigger$ = m.hot("t---------");
      const ended$ = m.cold("      --|");
      const never$ = m.cold("      ---");
      const until = "         ^--------!";

      m.expect(
        intentsOf(
          m.scheduler,
          trigger$,
          mine(() => ended$),
        ),
        until,
      ).toBeObservable("-------s--", { s: "1 stop: mine ended without an answer" });
      m.expect(
        intentsOf(
          m.scheduler,
          trigger$,
          mine(() => never$),
        ),
        until,
      ).toBeObservable("----------");
    }),
  );
});

describe("parameters that change while it runs", () => {
  const byBid = mine(() => A);
  const withBid = (holdBp: number) => ({
    strategy: byBid,
    parameters: { ...PARAMETERS, holdBp },
  });

  it(
    "count at an evaluation of their own, after which the quote made before them is no repeat",
    marbles((m) => {
      const trigger$ = m.hot("-t-------------------------");
      const change$ = m.hot(" c---------d----------------", { c: withBid(60), d: withBid(61) });
      // The same target: without the change it would be kept.
      const expected = "      ------q---r----------------";
      const until = "         ^--------------------------!";
      const inputs = { trigger$, reference$: EMPTY, view: () => viewAt(m.scheduler.now()) };

      m.expect(chosenIntents(change$, inputs, m.scheduler).pipe(inWords), until).toBeObservable(
        expected,
        { q: "1 at 4000", r: "2 at 4000" },
      );
    }),
  );

  it(
    "are each evaluated, also where they come faster than the inputs pause",
    marbles((m) => {
      const trigger$ = m.hot("tttttttttttttt");
      const change$ = m.hot(" a--b--c--d----", {
        a: withBid(60),
        b: withBid(61),
        c: withBid(62),
        d: withBid(63),
      });
      const expected = "      ---b--c--d----";
      const until = "         ^-------------!";
      const inputs = { trigger$, reference$: EMPTY, view: () => viewAt(m.scheduler.now()) };

      m.expect(chosenIntents(change$, inputs, m.scheduler).pipe(inWords), until).toBeObservable(
        expected,
        { b: "1 at 4000", c: "2 at 4000", d: "3 at 4000" },
      );
    }),
  );

  it(
    "drop a slow answer that was asked for with the old ones",
    marbles((m) => {
      const trigger$ = m.hot("t--------------------------");
      const change$ = m.hot(" c-------d------------------", { c: 4000, d: 5000 });
      const expected = "      -----------------r---------";
      const until = "         ^--------------------------!";
      const chosen$ = change$.pipe(
        map((bid) => ({
          strategy: mine(() => m.cold("---------a", { a: targetAt(bid) })),
          parameters: PARAMETERS,
        })),
      );
      const inputs = { trigger$, reference$: EMPTY, view: () => viewAt(m.scheduler.now()) };

      m.expect(chosenIntents(chosen$, inputs, m.scheduler).pipe(inWords), until).toBeObservable(
        expected,
        { r: "1 at 5000" },
      );
    }),
  );

  it(
    "change the pace, too: the debounce and the life of the next intent",
    marbles((m) => {
      const trigger$ = m.hot("-------------------t-------");
      const moving = mine(({ now }) => targetAt(now.monotonicMs < 15 ? 4000 : 4200));
      const change$ = from([
        { strategy: moving, parameters: PARAMETERS },
        { strategy: moving, parameters: { ...PARAMETERS, quietMs: 1, intentLifeMs: 1_000 } },
      ]);
      const expected = "      i-------------------i------";
      const until = "         ^-----------------------!";
      const inputs = { trigger$, reference$: EMPTY, view: () => viewAt(m.scheduler.now()) };
      const lives$ = chosenIntents(change$, inputs, m.scheduler).pipe(
        map(({ publishedAt, expiresAt }) => expiresAt - publishedAt),
      );

      m.expect(lives$, until).toBeObservable(expected, { i: 1_000 });
    }),
  );
});
