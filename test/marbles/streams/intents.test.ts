import { EMPTY, NEVER, type Observable, type SchedulerLike, map } from "rxjs";
import { describe, it } from "vitest";
import { latest } from "../../../src/operators/index.ts";
import {
  type QuoteTarget,
  type IntentInputs,
  type StrategyParameters,
  type View,
  digital,
  intents,
  strategyParameters,
} from "../../../src/streams/strategy/index.ts";
import { quote } from "../../../src/streams/strategy/digital.ts";
import {
  type Intent,
  type Inventory,
  NO_SHARES,
  NO_USDC,
  type ReferencePrice,
  monotonicMs,
  priceBp,
  referencePrice,
} from "../../../src/types/index.ts";
import { shares } from "../../support/builders.ts";
import { marbles } from "../../support/marbles.ts";
import { MARKET, book, instant } from "./legend.ts";
import { FIXED_SPREAD, NOTHING_RECENT } from "../../support/quoting.ts";

const DEFAULTS = strategyParameters.parse(FIXED_SPREAD);
/** Short enough to draw; a life so long that no refresh comes into it. */
const PARAMETERS = { ...DEFAULTS, quietMs: 5, maxWaitMs: 20, intentLifeMs: 300 };

const NOTHING_HELD = { settled: NO_SHARES, pendingIn: NO_SHARES, pendingOut: NO_SHARES };
const INVENTORY: Inventory = {
  YES: NOTHING_HELD,
  NO: NOTHING_HELD,
  cash: { settled: NO_USDC, pendingIn: NO_USDC, pendingOut: NO_USDC },
};

/** A dollar is 1.5 basis points of fair here: `a` to `b` is a jump, `b` to `c` is none. */
const dollars = (value: number): ReferencePrice => referencePrice(value * 1_000_000);
const PRICES = {
  a: dollars(100_000),
  b: dollars(100_300),
  c: dollars(100_310),
  d: dollars(100_600),
};

/** Live inputs; the wall clock stands still, so that fair moves with the price alone. */
const viewOf = (price: ReferencePrice, frame: number): View => ({
  now: { ...instant(0), monotonicMs: monotonicMs(frame) },
  market: MARKET,
  book: { value: { YES: book(4000, 6000), NO: book(4100, 5900) }, receivedAt: instant(0) },
  reference: {
    price: { value: price, receivedAt: instant(0) },
    variancePerSecond: DEFAULTS.volatilityPrior ** 2,
    isHeld: false,
  },
  inventory: INVENTORY,
  inventoryStep: 7,
  settlement: null,
  marketOffset: null,
  orders: [],
  ended: [],
  ...NOTHING_RECENT,
});

/** "1 quote", "2 pull" (nothing shown), "3 stop: no book": an intent's number, and what it is. */
const inWords = map(({ seq, mode, bid, ask, reason }: Intent): string => {
  if (mode === "stop") return `${seq} stop: ${reason}`;
  return bid === null && ask === null ? `${seq} pull` : `${seq} quote`;
});

/** The intents of a strategy in words, in the time of a drawing. */
const intentsOf = (
  { scheduler }: { readonly scheduler: SchedulerLike },
  inputs: Partial<IntentInputs> & Pick<IntentInputs, "view">,
  parameters: StrategyParameters = PARAMETERS,
  strategy: typeof digital = digital,
): Observable<string> =>
  intents(strategy, { trigger$: EMPTY, reference$: EMPTY, ...inputs }, parameters, scheduler).pipe(
    inWords,
  );

/** `digital` with answers of its own, one for each evaluation. */
const slow = (...answers: readonly Observable<QuoteTarget>[]): typeof digital => {
  const left = answers.values();
  return { ...digital, quote: () => left.next().value ?? NEVER };
};
const targetAt = (price: ReferencePrice): QuoteTarget => quote(viewOf(price, 0), PARAMETERS);

describe("intents", () => {
  it(
    "a quote comes when the triggers pause, and one burst is one quote",
    marbles((m) => {
      const trigger$ = m.hot("-t-(tt)---------");
      const expected = "      --------q-------";
      const until = "         ^--------------!";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());

      m.expect(intentsOf(m, { trigger$, view }), until).toBeObservable(expected, { q: "1 quote" });
    }),
  );

  it(
    "triggers that never pause are quoted at the ceiling of the debounce",
    marbles((m) => {
      const trigger$ = m.hot("-tttttttttttttttttttttttttt");
      const expected = "      -------q------r------s-----";
      const until = "         ^-------------------------!";
      const values = { q: "1 quote", r: "2 quote", s: "3 quote" };
      // The price walks, so every quote is a new one.
      const view = (): View => {
        const now = m.scheduler.now();
        return viewOf(dollars(100_000 + 10 * now), now);
      };
      const parameters = { ...PARAMETERS, quietMs: 2, maxWaitMs: 6 };

      m.expect(intentsOf(m, { trigger$, view }, parameters), until).toBeObservable(
        expected,
        values,
      );
    }),
  );

  it(
    "a quote is pulled at once when fair begins to move by more than its spread pays, and one side is not",
    marbles((m) => {
      const trigger$ = m.hot("  t---------------");
      const reference$ = m.hot("----------r------");
      const expectedBoth = "    -----q----p------";
      const expectedOne = "     -----q-----------";
      const until = "           ^---------------!";
      const values = { q: "1 quote", p: "2 pull" };
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());
      // Three cents in a quarter of a second, once frame 8 has come; the spread pays two.
      const restless = (legs: Partial<QuoteTarget>): typeof digital => ({
        ...digital,
        quote: (seen, parameters) => ({ ...quote(seen, parameters), ...legs }),
        fair: (seen) => ({
          probability: (quote(seen, PARAMETERS).fairBp ?? 0) / 10_000,
          standardError: 0,
          movePerSqrtSecond: seen.now.monotonicMs < 8 ? 0 : 0.06,
        }),
      });
      const parameters = { ...PARAMETERS, reactionMs: 250, pullMoves: 1 };
      const inputs = { trigger$, reference$, view };

      m.expect(intentsOf(m, inputs, parameters, restless({})), until).toBeObservable(
        expectedBoth,
        values,
      );
      m.expect(
        intentsOf(m, inputs, parameters, restless({ mode: "oneSidedSell", bid: null })),
        until,
      ).toBeObservable(expectedOne, values);
      // In the tenth of a second that was measured, the debounce's ceiling included, it moves by less than two.
      const measured = { roundTripMs: 100 - parameters.maxWaitMs };
      const quick = { ...inputs, view: (): View => ({ ...view(), latency: measured }) };
      m.expect(intentsOf(m, quick, parameters, restless({})), until).toBeObservable(
        expectedOne,
        values,
      );
    }),
  );

  it(
    "[C] a quote that the next tick would pull is not shown at all, and nothing is stopped",
    marbles((m) => {
      const trigger$ = m.hot("  t---------t-----");
      const expected = "        -----p----------";
      const until = "           ^---------------!";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());
      const restless: typeof digital = {
        ...digital,
        fair: (seen) => ({
          probability: (quote(seen, PARAMETERS).fairBp ?? 0) / 10_000,
          standardError: 0,
          movePerSqrtSecond: 0.06,
        }),
      };
      const parameters = { ...PARAMETERS, reactionMs: 250, pullMoves: 1 };

      m.expect(intentsOf(m, { trigger$, view }, parameters, restless), until).toBeObservable(
        expected,
        { p: "1 pull" },
      );
    }),
  );

  it(
    "a pull says by how much, and one whose figures alone have changed is no news",
    marbles((m) => {
      const trigger$ = m.hot("  t---------t---------t-----");
      const expected = "        -----f-------------------";
      const until = "           ^------------------------!";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());
      // Three cents in a quarter of a second, later four; the spread pays two.
      const restless: typeof digital = {
        ...digital,
        quote: (seen, parameters) => ({
          ...quote(seen, parameters),
          bid: { price: priceBp(4_800), size: shares(20) },
          ask: { price: priceBp(5_200), size: shares(20) },
        }),
        fair: (seen) => ({
          probability: (quote(seen, PARAMETERS).fairBp ?? 0) / 10_000,
          standardError: 0,
          movePerSqrtSecond: seen.now.monotonicMs < 8 ? 0.06 : 0.08,
        }),
      };
      const parameters = { ...PARAMETERS, reactionMs: 250, pullMoves: 1 };
      const reasons = intents(
        restless,
        { trigger$, reference$: EMPTY, view },
        parameters,
        m.scheduler,
      ).pipe(map(({ reason }) => reason));

      m.expect(reasons, until).toBeObservable(expected, {
        f: "pulled: fair moves 300 bp in 250 ms, pullMoves 1 of that is above the half-spread of 200 bp",
      });
    }),
  );

  it(
    "a jump of the reference says how far fair has moved",
    marbles((m) => {
      const trigger$ = m.hot("  t---------");
      const reference$ = m.hot("----------r");
      const expected = "        -----q----p";
      const until = "           ^-----------!";
      const view = (): View =>
        viewOf(m.scheduler.now() < 8 ? PRICES.a : PRICES.b, m.scheduler.now());
      const fairBpOf = (price: ReferencePrice): number =>
        quote(viewOf(price, 0), PARAMETERS).fairBp ?? 0;
      const moved = Math.abs(fairBpOf(PRICES.b) - fairBpOf(PRICES.a));
      const reasons = intents(
        digital,
        { trigger$, reference$, view },
        PARAMETERS,
        m.scheduler,
      ).pipe(map(({ reason }) => reason));

      m.expect(reasons, until).toBeObservable(expected, {
        q: "quoting",
        p: `pulled: fair moved ${moved} bp, pullBp ${PARAMETERS.pullBp}`,
      });
    }),
  );

  it(
    "a jump of the reference pulls though the book, which has most of the weight, has not followed",
    marbles((m) => {
      const trigger$ = m.hot("  t---------");
      const reference$ = m.hot("----------r");
      const expected = "        -----q----p";
      const until = "           ^-----------!";
      const view = (): View =>
        viewOf(m.scheduler.now() < 8 ? PRICES.a : PRICES.b, m.scheduler.now());
      const parameters = { ...PARAMETERS, marketWeight: 0.9 };

      m.expect(intentsOf(m, { trigger$, reference$, view }, parameters), until).toBeObservable(
        expected,
        { q: "1 quote", p: "2 pull" },
      );
    }),
  );

  it(
    "[K] a fair value that is not a number stops its market",
    marbles((m) => {
      const trigger$ = m.hot("  t---------");
      const reference$ = m.hot("----------r");
      const expected = "        -----q----p";
      const until = "           ^-----------!";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());
      const broken: typeof digital = {
        ...digital,
        fair: (seen, parameters) =>
          seen.now.monotonicMs < 8
            ? (digital.fair?.(seen, parameters) ?? null)
            : { probability: NaN, standardError: 0, movePerSqrtSecond: 0 },
      };

      m.expect(
        intentsOf(m, { trigger$, reference$, view }, PARAMETERS, broken),
        until,
      ).toBeObservable(expected, {
        q: "1 quote",
        p: "2 stop: digital answered no fair value: an object",
      });
    }),
  );

  it(
    "[I] an equal intent is suppressed only while the standing one has more than half its life",
    marbles((m) => {
      // A life of 30: half of it is left at frame 17; every third of it comes a refresh.
      const trigger$ = m.hot("t------------t-t---------------------------");
      const expected = "      --q--------------r----------------------s--";
      const until = "         ^-----------------------------------------!";
      const values = { q: "1 quote", r: "2 quote", s: "3 quote" };
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());
      const parameters = { ...PARAMETERS, quietMs: 2, maxWaitMs: 6, intentLifeMs: 30 };

      m.expect(intentsOf(m, { trigger$, view }, parameters), until).toBeObservable(
        expected,
        values,
      );
    }),
  );

  it(
    "a standing quote is kept while its target has moved by less than `holdBp`",
    marbles((m) => {
      const trigger$ = m.hot("t---------t---------t------");
      const expected = "      -----q-------------------r-";
      const until = "         ^-------------------------!";
      const values = { q: "1 quote", r: "2 quote" };
      // 15 basis points a step: 15 from the standing quote at the second trigger, 30 at the third.
      const view = (): View => {
        const now = m.scheduler.now();
        return viewOf(dollars(100_000 + 10 * Math.floor(now / 10)), now);
      };
      const parameters = { ...PARAMETERS, holdBp: 20 };

      m.expect(intentsOf(m, { trigger$, view }, parameters), until).toBeObservable(
        expected,
        values,
      );
    }),
  );

  it(
    "a fill makes the same target a new intent: it was made knowing more",
    marbles((m) => {
      const trigger$ = m.hot("t---------t---------t------");
      const expected = "      -----q-------------------r-";
      const until = "         ^-------------------------!";
      const values = { q: "1 quote", r: "2 quote" };
      const view = (): View => {
        const now = m.scheduler.now();
        return { ...viewOf(PRICES.a, now), inventoryStep: now < 20 ? 7 : 8 };
      };

      m.expect(intentsOf(m, { trigger$, view }), until).toBeObservable(expected, values);
    }),
  );

  it(
    "[K] 60 s of silence on live sessions: an intent of 6 s is renewed every 4, and never runs out",
    marbles((m) => {
      const trigger$ = m.hot("t 60s -");
      const expected = `25ms i 3974ms i ${"3999ms i ".repeat(14)}`;
      const until = "         ^ 60s !";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());

      const intent$ = intents(
        digital,
        { trigger$, reference$: EMPTY, view },
        DEFAULTS,
        m.scheduler,
      );

      m.expect(intent$.pipe(map(() => "i")), until).toBeObservable(expected);
    }),
  );

  it(
    "[K] triggers that have ended still leave the refresh",
    marbles((m) => {
      const expected = "2s i 3999ms i 3999ms i";
      const until = "   ^ 11s !";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());

      const intent$ = intents(
        digital,
        { trigger$: EMPTY, reference$: EMPTY, view },
        DEFAULTS,
        m.scheduler,
      );

      m.expect(intent$.pipe(map(() => "i")), until).toBeObservable(expected);
    }),
  );

  it(
    "a jump of the reference pulls the standing quote at once; the next quote is debounced",
    marbles((m) => {
      const reference$ = m.hot("----------b---------", PRICES);
      const trigger$ = m.hot("  t----------t--------");
      const expected = "        -----q----p-----r---";
      const until = "           ^------------------!";
      const values = { q: "1 quote", p: "2 pull", r: "3 quote" };
      const prices = latest(PRICES.a);
      const view = (): View => viewOf(prices.read(), m.scheduler.now());

      m.expect(
        intentsOf(m, { trigger$, reference$: reference$.pipe(prices.keep), view }),
        until,
      ).toBeObservable(expected, values);
    }),
  );

  it(
    "a standing quote is pulled once, whatever the reference does until there is a new one",
    marbles((m) => {
      const reference$ = m.hot("----------bcd-------a---", PRICES);
      const trigger$ = m.hot("  t---------ttt-----------");
      const expected = "        -----q----p------r--P---";
      const until = "           ^----------------------!";
      const values = { q: "1 quote", p: "2 pull", r: "3 quote", P: "4 pull" };
      const prices = latest(PRICES.a);
      const view = (): View => viewOf(prices.read(), m.scheduler.now());

      m.expect(
        intentsOf(m, { trigger$, reference$: reference$.pipe(prices.keep), view }),
        until,
      ).toBeObservable(expected, values);
    }),
  );

  it(
    "a jump and a trigger in one frame are a pull now and a quote later, in either order",
    marbles((m) => {
      const before$ = m.hot("   t---------t------");
      const reference$ = m.hot("----------b------", PRICES);
      const after$ = m.hot("    t---------t------");
      const expected = "        -----q----p----r-";
      const until = "           ^---------------!";
      const values = { q: "1 quote", p: "2 pull", r: "3 quote" };
      const published = (trigger$: Observable<unknown>): Observable<Intent> => {
        const prices = latest(PRICES.a);
        const view = (): View => viewOf(prices.read(), m.scheduler.now());
        const inputs = { trigger$, reference$: reference$.pipe(prices.keep), view };
        return intents(digital, inputs, PARAMETERS, m.scheduler);
      };

      m.expect(published(before$).pipe(inWords), until).toBeObservable(expected, values);
      m.expect(published(after$).pipe(inWords), until).toBeObservable(expected, values);
    }),
  );

  it(
    "a refresh and a quote in one frame are one intent",
    marbles((m) => {
      // A life of 30: the refresh is at 10, and so is the end of the burst.
      const trigger$ = m.hot("--------t------");
      const expected = "      ----------q----";
      const until = "         ^-------------!";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());
      const parameters = { ...PARAMETERS, quietMs: 2, maxWaitMs: 6, intentLifeMs: 30 };

      m.expect(intentsOf(m, { trigger$, view }, parameters), until).toBeObservable(expected, {
        q: "1 quote",
      });
    }),
  );

  it(
    "a small move of the reference pulls nothing, and neither does a jump when nothing is shown",
    marbles((m) => {
      const small$ = m.hot("  ------b-c-c-c-", PRICES);
      const jump$ = m.hot("   ------b-a-b-a-", PRICES);
      const trigger$ = m.hot("t-------------");
      const expectedSmall = " -----q--------";
      const expectedJump = "  -----s--------";
      const until = "         ^------------!";
      const calm = latest(PRICES.b);
      const wild = latest(PRICES.a);
      const live = (): View => viewOf(calm.read(), m.scheduler.now());
      const blind = (): View => ({ ...viewOf(wild.read(), m.scheduler.now()), book: null });

      const small = { trigger$, reference$: small$.pipe(calm.keep), view: live };
      const jump = { trigger$, reference$: jump$.pipe(wild.keep), view: blind };
      const quoted$ = intents(digital, small, PARAMETERS, m.scheduler);
      const stopped$ = intents(digital, jump, PARAMETERS, m.scheduler);

      m.expect(quoted$.pipe(inWords), until).toBeObservable(expectedSmall, { q: "1 quote" });
      m.expect(stopped$.pipe(inWords), until).toBeObservable(expectedJump, {
        s: "1 stop: no book on the present market connection",
      });
    }),
  );

  it(
    "a quote that shows nothing is not pulled either",
    marbles((m) => {
      const reference$ = m.hot("------b-a-b-a-", PRICES);
      const trigger$ = m.hot("  t-------------");
      const expected = "        -----q--------";
      const until = "           ^------------!";
      const prices = latest(PRICES.a);
      // Long, and YES as good as certain: there is no bid to show, and no price for the ask.
      const market = { ...MARKET, strike: dollars(50_000) };
      const inventory = { ...INVENTORY, YES: { ...NOTHING_HELD, settled: shares(200) } };
      const view = (): View => ({
        ...viewOf(prices.read(), m.scheduler.now()),
        market: prices.read() === PRICES.a ? market : MARKET,
        inventory,
      });

      const intent$ = intents(
        digital,
        { trigger$, reference$: reference$.pipe(prices.keep), view },
        { ...PARAMETERS, skewPerShare: 0 },
        m.scheduler,
      );

      m.expect(intent$.pipe(inWords), until).toBeObservable(expected, { q: "1 pull" });
    }),
  );

  it(
    "[D] an input that goes is a stop, one that comes back a quote",
    marbles((m) => {
      const trigger$ = m.hot("t---------t---------t------");
      const expected = "      -----q---------s---------r-";
      const until = "         ^-------------------------!";
      const values = {
        q: "1 quote",
        s: "2 stop: no price on the present reference connection",
        r: "3 quote",
      };
      const view = (): View => {
        const now = m.scheduler.now();
        const live = viewOf(PRICES.a, now);
        const isDown = now >= 10 && now < 20;
        return isDown ? { ...live, reference: { ...live.reference, price: null } } : live;
      };

      m.expect(intentsOf(m, { trigger$, view }), until).toBeObservable(expected, values);
    }),
  );

  it(
    "[D] a stop for another reason is another stop, the same one is not",
    marbles((m) => {
      const trigger$ = m.hot("t---------t---------t------");
      const expected = "      -----s---------t-----------";
      const until = "         ^-------------------------!";
      const values = {
        s: "1 stop: no book on the present market connection",
        t: "2 stop: no price on the present reference connection",
      };
      const view = (): View => {
        const now = m.scheduler.now();
        const live = viewOf(PRICES.a, now);
        return now < 10
          ? { ...live, book: null }
          : { ...live, reference: { ...live.reference, price: null } };
      };

      m.expect(intentsOf(m, { trigger$, view }), until).toBeObservable(expected, values);
    }),
  );

  it(
    "[B] a quote that throws is a stop, and the strategy lives on",
    marbles((m) => {
      // The answer at 25 is a good one, and comes too early after the fault at 15.
      const trigger$ = m.hot("t---------t---------t 989ms t------");
      const expected = "      -----q---------s 999ms r--";
      const until = "         ^ 1030ms !";
      const values = {
        q: "1 quote",
        s: "2 stop: digital threw: Error: no such share",
        r: "3 quote",
      };
      const parameters = { ...PARAMETERS, intentLifeMs: 60_000 };
      const view = (): View => {
        const now = m.scheduler.now();
        return {
          ...viewOf(PRICES.a, now),
          get inventory(): Inventory {
            if (now >= 10 && now < 20) throw new Error("no such share");
            return INVENTORY;
          },
        };
      };

      m.expect(intentsOf(m, { trigger$, view }, parameters), until).toBeObservable(
        expected,
        values,
      );
    }),
  );

  it(
    "[D] a price that is held pulls the standing quote at once, and nothing is shown while it lasts",
    marbles((m) => {
      const reference$ = m.hot("----------h-----------b---", { h: true, b: false });
      const trigger$ = m.hot("  t---------t----t------t---");
      const expected = "        -----q----p----------------r-";
      const until = "           ^---------------------------!";
      const values = {
        q: "quoting",
        p: "held: the reference price is not confirmed yet",
        r: "quoting",
      };
      const isHeld = latest(false);
      // The strategy sees the believed price all the time, and would quote on it.
      const view = (): View => {
        const it = viewOf(PRICES.a, m.scheduler.now());
        return { ...it, reference: { ...it.reference, isHeld: isHeld.read() } };
      };
      const inputs = { trigger$, reference$: reference$.pipe(isHeld.keep), view };

      const intent$ = intents(digital, inputs, PARAMETERS, m.scheduler);

      const shown = ({ reason, bid, ask, mode }: Intent): string =>
        (bid === null && ask === null) === (reason !== "quoting") && mode === "normal"
          ? reason
          : "wrong";
      m.expect(intent$.pipe(map(shown)), until).toBeObservable(expected, values);
    }),
  );

  it(
    "[D] a slow answer, made before the price was held, is dropped",
    marbles((m) => {
      const reference$ = m.hot("----------h--------", { h: true });
      const trigger$ = m.hot("  t---------------t--");
      const answer$ = m.cold("       ------x", { x: targetAt(PRICES.a) });
      const expected = "        -------------------";
      const until = "           ^-----------------!";
      const isHeld = latest(false);
      const view = (): View => {
        const it = viewOf(PRICES.a, m.scheduler.now());
        return { ...it, reference: { ...it.reference, isHeld: isHeld.read() } };
      };
      const inputs = { trigger$, reference$: reference$.pipe(isHeld.keep), view };

      m.expect(intentsOf(m, inputs, PARAMETERS, slow(answer$)), until).toBeObservable(expected);
    }),
  );

  it(
    "a strike that nobody could mean is not quoted on, and neither is a price beside it",
    marbles((m) => {
      const trigger$ = m.hot("t------");
      const expected = "      -----n-";
      const until = "         ^-----!";
      const reasons = (strike: ReferencePrice): Observable<string> => {
        const view = (): View => {
          const it = viewOf(PRICES.a, m.scheduler.now());
          return { ...it, market: { ...it.market, strike } };
        };
        const inputs = { trigger$, reference$: NEVER, view };
        return intents(digital, inputs, PARAMETERS, m.scheduler).pipe(map(({ reason }) => reason));
      };

      for (const strike of [79_999, 120_001, 999_999_999]) {
        m.expect(reasons(dollars(strike)), until).toBeObservable(expected, {
          n: "held: the strike is far from the reference",
        });
      }
      for (const strike of [80_000, 120_000]) {
        m.expect(reasons(dollars(strike)), until).toBeObservable(expected, { n: "quoting" });
      }
    }),
  );

  it(
    "[B] a pull that throws is a stop, at once",
    marbles((m) => {
      const reference$ = m.hot("----------b------", PRICES);
      const trigger$ = m.hot("  t----------------");
      const expected = "        -----q----s------";
      const until = "           ^---------------!";
      const values = { q: "1 quote", s: "2 stop: the strategy threw: Error: no such market" };
      const view = (): View => {
        const now = m.scheduler.now();
        return {
          ...viewOf(PRICES.a, now),
          get market(): View["market"] {
            if (now >= 10) throw new Error("no such market");
            return MARKET;
          },
        };
      };

      const intent$ = intents(digital, { trigger$, reference$, view }, PARAMETERS, m.scheduler);

      m.expect(intent$.pipe(inWords), until).toBeObservable(expected, values);
    }),
  );

  it(
    "[K] an intent says what it was made from: touch, oldest and newest input; and its life",
    marbles((m) => {
      const trigger$ = m.hot("---t---------");
      const expected = "      --------i----";
      const until = "         ^-----------!";
      const view = (): View => ({
        ...viewOf(PRICES.a, m.scheduler.now()),
        book: {
          value: { YES: book(4000, 6000), NO: { bids: [], asks: [] } },
          receivedAt: instant(1),
        },
        reference: {
          ...viewOf(PRICES.a, 0).reference,
          price: { value: PRICES.a, receivedAt: instant(3) },
        },
      });
      const target = quote(viewOf(PRICES.a, 8), PARAMETERS);
      const values: Record<string, Intent> = {
        i: {
          seq: 1,
          ...target,
          touch: {
            YES: { bid: priceBp(4000), ask: priceBp(6000) },
            NO: { bid: null, ask: null },
          },
          inventoryStep: 7,
          inputsAt: monotonicMs(1),
          triggeredAt: monotonicMs(3),
          publishedAt: monotonicMs(8),
          expiresAt: monotonicMs(308),
        },
      };

      const intent$ = intents(
        digital,
        { trigger$, reference$: EMPTY, view },
        PARAMETERS,
        m.scheduler,
      );

      m.expect(intent$, until).toBeObservable(expected, values);
    }),
  );

  it(
    "[B] a newer evaluation drops the answer of an older one that has not come",
    marbles((m) => {
      const trigger$ = m.hot("t---------t---------");
      const older$ = m.cold("      ---------------a|", { a: targetAt(PRICES.a) });
      const olderSubs = "     -----^---------!----";
      const newer$ = m.cold("                --b|", { b: targetAt(PRICES.d) });
      const newerSubs = "     ---------------^--!-";
      const expected = "      -----------------b--";
      const until = "         ^------------------!";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());

      const intent$ = intents(
        slow(older$, newer$),
        { trigger$, reference$: EMPTY, view },
        PARAMETERS,
        m.scheduler,
      );

      const bid = map(({ seq, bid: leg }: Intent) => `${seq} ${leg?.price ?? ""}`);
      const b = `1 ${targetAt(PRICES.d).bid?.price ?? ""}`;
      m.expect(intent$.pipe(bid), until).toBeObservable(expected, { b });
      m.expect(older$).toHaveSubscriptions(olderSubs);
      m.expect(newer$).toHaveSubscriptions(newerSubs);
    }),
  );

  it(
    "[B] a slow answer is dropped when the reference has jumped meanwhile, and kept when it has not",
    marbles((m) => {
      const trigger$ = m.hot("t--------------t-------");
      const jump$ = m.hot("   ---------d-------------", PRICES);
      const small$ = m.hot("  ---------c-------------", PRICES);
      const first$ = m.cold("      -------a|", { a: targetAt(PRICES.b) });
      const second$ = m.cold("                    --b|", { b: targetAt(PRICES.d) });
      const expectedJump = "  ----------------------b";
      const expectedSmall = " ------------a---------b";
      const until = "         ^----------------------!";
      const published = (reference$: Observable<ReferencePrice>): Observable<string> => {
        const prices = latest(PRICES.b);
        const view = (): View => viewOf(prices.read(), m.scheduler.now());
        const inputs = { trigger$, reference$: reference$.pipe(prices.keep), view };
        return intents(slow(first$, second$), inputs, PARAMETERS, m.scheduler).pipe(inWords);
      };

      m.expect(published(jump$), until).toBeObservable(expectedJump, { b: "1 quote" });
      m.expect(published(small$), until).toBeObservable(expectedSmall, {
        a: "1 quote",
        b: "2 quote",
      });
    }),
  );

  it(
    "[B] a slow answer that fails is a stop, and the strategy lives on",
    marbles((m) => {
      const trigger$ = m.hot("t 1003ms t-------");
      const broken$ = m.cold("     ---#");
      const quick$ = m.cold("                b|", { b: targetAt(PRICES.a) });
      // A second after the fault at 8 the next evaluation's answer counts.
      const expected = "      --------s 1000ms q-------";
      const until = "         ^ 1015ms !";
      const view = (): View => viewOf(PRICES.a, m.scheduler.now());
      const parameters = { ...PARAMETERS, intentLifeMs: 60_000 };

      m.expect(
        intentsOf(m, { trigger$, view }, parameters, slow(broken$, quick$)),
        until,
      ).toBeObservable(expected, {
        s: "1 stop: digital threw: error",
        q: "2 quote",
      });
    }),
  );

  it(
    "a strategy that knows no fair value is never pulled",
    marbles((m) => {
      const reference$ = m.hot("----------b------", PRICES);
      const trigger$ = m.hot("  t----------------");
      const expected = "        -----q-----------";
      const until = "           ^---------------!";
      const prices = latest(PRICES.a);
      const view = (): View => viewOf(prices.read(), m.scheduler.now());
      const { name, describe: text, parameters } = digital;

      m.expect(
        intentsOf(m, { trigger$, reference$: reference$.pipe(prices.keep), view }, PARAMETERS, {
          name,
          describe: text,
          parameters,
          quote,
        }),
        until,
      ).toBeObservable(expected, { q: "1 quote" });
    }),
  );
});
