/**
 * B. Strategy never trades: a pure function from a view to a wish in YES prices. It knows no
 * orders, no minimum size and no complement; an exception in it means STOP.
 *
 * Break that turns this red: `digital.ts`, let the size depend on a variable of the module that every
 * call raises; or `guard.ts`, in `answer`, leave out the `catch`.
 */
import fc from "fast-check";
import { EMPTY, type Observable, Subject, VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  type StrategyParameters,
  type View,
  type QuoteTarget,
  digital,
  intents,
  strategyParameters,
} from "../../src/streams/strategy/index.ts";
import { quote } from "../../src/streams/strategy/digital.ts";
import {
  type Book,
  type Intent,
  type Snapshot,
  microShares,
  priceBp,
  referencePrice,
} from "../../src/types/index.ts";
import {
  RUNS,
  cents,
  deepFreeze,
  instant,
  inventory,
  market,
  shares,
} from "../support/builders.ts";
import { FIXED_SPREAD, NOTHING_RECENT } from "../support/quoting.ts";

const PARAMETERS = strategyParameters.parse(FIXED_SPREAD);

const anyBook: fc.Arbitrary<Book> = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 6 })
  .map((levels) =>
    levels.toSorted((a, b) => a - b).map((it) => ({ price: cents(it), size: shares(10) })),
  )
  .map((levels) => ({
    bids: levels.slice(0, levels.length / 2).toReversed(),
    asks: levels.slice(levels.length / 2),
  }));

const received = <Value>(value: Value, elapsedMs: number): Snapshot<Value> => ({
  value,
  receivedAt: instant(elapsedMs),
});

const anyView: fc.Arbitrary<View> = fc
  .record({
    books: fc.option(fc.record({ YES: anyBook, NO: anyBook }), { freq: 8 }),
    price: fc.option(fc.integer({ min: 50_000, max: 70_000 }), { freq: 8 }),
    variancePerSecond: fc.double({ min: 0, max: 1e-6, noNaN: true }),
    YES: fc.integer({ min: 0, max: 300 }),
    NO: fc.integer({ min: 0, max: 300 }),
    elapsedMs: fc.integer({ min: 0, max: 3_700_000 }),
  })
  .map(({ books, price, variancePerSecond, YES, NO, elapsedMs }) => ({
    now: instant(elapsedMs),
    market: market({ settledBy: "spot" }),
    book: books === null ? null : received(books, elapsedMs),
    reference: {
      price: price === null ? null : received(referencePrice(price * 1_000_000), elapsedMs),
      variancePerSecond,
      isHeld: false,
    },
    inventory: inventory({ YES, NO }),
    inventoryStep: 0,
    settlement: null,
    marketOffset: null,
    orders: [],
    ended: [],
    ...NOTHING_RECENT,
  }));

const wishFor = (view: View, parameters: StrategyParameters = PARAMETERS): QuoteTarget =>
  quote(deepFreeze(view), deepFreeze(parameters));

/** A view on which everything is there. */
const clear: View = {
  now: instant(0),
  market: market({ settledBy: "spot" }),
  book: {
    value: {
      YES: { bids: [{ price: cents(48), size: shares(5) }], asks: [] },
      NO: { bids: [], asks: [] },
    },
    receivedAt: instant(0),
  },
  reference: {
    price: { value: market().strike, receivedAt: instant(0) },
    variancePerSecond: PARAMETERS.volatilityPrior ** 2,
    isHeld: false,
  },
  inventory: inventory(),
  inventoryStep: 0,
  settlement: null,
  marketOffset: null,
  orders: [],
  ended: [],
  ...NOTHING_RECENT,
};

describe("[B] a wish", () => {
  it("is a function of the view: the same view, asked in any order, wishes the same", () => {
    fc.assert(
      fc.property(anyView, anyView, (view, other) => {
        const first = wishFor(view);
        wishFor(other);
        expect(wishFor(view)).toEqual(first);
      }),
      { numRuns: RUNS },
    );
  });

  it("without a book, or without a price, is STOP, and says which", () => {
    expect(wishFor({ ...clear, book: null })).toMatchObject({ mode: "stop", bid: null, ask: null });
    const blind = wishFor({ ...clear, reference: { ...clear.reference, price: null } });
    expect(blind).toMatchObject({ mode: "stop", bid: null, ask: null });
    expect(wishFor(clear).mode).toBe("normal");
    fc.assert(
      fc.property(anyView, (view) => {
        const isBlind = view.book === null || view.reference.price === null;
        expect(wishFor(view).mode === "stop").toBe(isBlind);
      }),
      { numRuns: RUNS },
    );
  });

  it("is a bid below an ask, in YES prices, of the size asked for: no minimum, no complement", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const { bid, ask } = wishFor(view);
        const size = microShares(PARAMETERS.sizeShares * 1_000_000);
        for (const leg of [bid, ask]) if (leg) expect(leg.size).toBe(size);
        if (bid && ask) expect(bid.price).toBeLessThan(ask.price);
      }),
      { numRuns: RUNS },
    );
  });

  it("does not look at what the venue demands of an order", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const demanding = {
          tick: priceBp(1000),
          orderSizeMin: shares(1_000),
          lot: shares(100),
          notionalMin: view.inventory.cash.settled,
        };
        const strict = { ...view, market: { ...view.market, rules: demanding } };
        expect(wishFor(strict)).toEqual(wishFor(view));
      }),
      { numRuns: RUNS },
    );
  });

  it("leans against what is held: the more YES, the lower both prices", () => {
    const centre = (YES: number) => wishFor({ ...clear, inventory: inventory({ YES }) }).bid?.price;
    expect(centre(100)).toBeLessThan(centre(0) ?? 0);
    const long = wishFor({ ...clear, inventory: inventory({ YES: 150 }) });
    expect([long.mode, long.bid]).toEqual(["oneSidedSell", null]);
    const short = wishFor({ ...clear, inventory: inventory({ NO: 150 }) });
    expect([short.mode, short.ask]).toEqual(["oneSidedBuy", null]);
  });
});

describe("[B] a strategy that throws", () => {
  /** The intents that come of evaluating this view at each trigger. */
  function published(
    view: (at: Pick<View, "now">) => View,
    trigger$: Observable<unknown>,
  ): readonly Intent[] {
    const scheduler = new VirtualTimeScheduler(undefined, 5_000);
    const all: Intent[] = [];
    const subscription = intents(
      digital,
      { trigger$, reference$: EMPTY, view: () => view({ now: instant(scheduler.now()) }) },
      PARAMETERS,
      scheduler,
    ).subscribe((intent) => {
      all.push(intent);
    });
    scheduler.flush();
    subscription.unsubscribe();
    return all;
  }

  const poisoned = (): View => ({
    ...clear,
    get inventory(): View["inventory"] {
      throw new Error("division by zero");
    },
  });

  it("wishes to stop, and says why", () => {
    expect(published(poisoned, EMPTY)[0]).toMatchObject({
      mode: "stop",
      bid: null,
      ask: null,
      reason: "digital threw: Error: division by zero",
    });
  });

  it("is asked again: it may come to its senses", () => {
    let asked = 0;
    const view = (at: Pick<View, "now">): View => {
      asked += 1;
      return asked === 1 ? poisoned() : { ...clear, ...at };
    };
    const modes = published(view, new Subject()).map(({ mode }) => mode);
    expect(modes.slice(0, 2)).toEqual(["stop", "normal"]);
  });
});
