/**
 * D. Feeds and caches are advisory: they report loss and age as values and decide nothing. The
 * executor's gate acts on a loss, and the strategy answers STOP to a view with a hole in it.
 *
 * Break that turns this red: `bookCache.ts`, in `foldMarket`, keep the books over a gap
 * (`return folded` where `NOTHING` is); or `gate.ts`, leave one feed out of the stops.
 */
import fc from "fast-check";
import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { VOLATILITY_DEFAULTS } from "../../src/pricing/index.ts";
import { bookCache, referenceCache } from "../../src/streams/caches/index.ts";
import { foldMarket } from "../../src/streams/caches/bookCache.ts";
import { strategyParameters } from "../../src/streams/strategy/index.ts";
import { quote as digitalQuote } from "../../src/streams/strategy/digital.ts";
import {
  type Continuity,
  FEEDS,
  type MarketItem,
  type ReferenceItem,
  TOKENS,
  referencePrice,
} from "../../src/types/index.ts";
import {
  FOREVER,
  RUNS,
  cents,
  instant,
  inventory,
  market,
  quote,
  shares,
  trading,
} from "../support/builders.ts";
import { FIXED_SPREAD, NOTHING_RECENT } from "../support/quoting.ts";

const PARAMETERS = strategyParameters.parse(FIXED_SPREAD);
const gap = (elapsedMs: number): Continuity<never> => ({
  type: "lost",
  session: 1,
  at: instant(elapsedMs),
  cause: "the line is dead",
});
const back = (elapsedMs: number): Continuity<never> => ({
  type: "restored",
  session: 2,
  at: instant(elapsedMs),
});
const item = <Item>(elapsedMs: number, it: Item): Continuity<Item> => ({
  type: "item",
  session: 1,
  at: instant(elapsedMs),
  item: it,
});
const book = (token: "YES" | "NO"): MarketItem => ({
  type: "book",
  token,
  book: { bids: [{ price: cents(48), size: shares(5) }], asks: [] },
});
const level = (token: "YES" | "NO"): MarketItem => ({
  type: "level",
  token,
  side: "BUY",
  level: { price: cents(47), size: shares(1) },
});
const price = (dollarsEach: number): ReferenceItem => ({
  price: referencePrice(dollarsEach * 1_000_000),
});

describe("[D] a cache", () => {
  it("shows a book while both are known on the present connection, whatever came before", () => {
    const anyEvent = fc.oneof(
      fc.constantFrom(...TOKENS).map((token) => item(0, book(token))),
      fc.constantFrom(...TOKENS).map((token) => item(0, level(token))),
      fc.constantFrom(gap(0), back(0)),
    );
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
        const { initial } = { initial: bookCache().read() };
        const folded = events.reduce(foldMarket, initial);
        const since = events.slice(events.findLastIndex(({ type }) => type !== "item") + 1);
        const isKnown = (token: string) =>
          since.some(
            (event) =>
              event.type === "item" && event.item.type === "book" && event.item.token === token,
          );
        expect(folded.view !== null).toBe(TOKENS.every(isKnown));
      }),
      { numRuns: RUNS },
    );
  });

  it("says when it heard what it shows, and never judges how old that is", () => {
    const cache = bookCache();
    const event$ = new Subject<Continuity<MarketItem>>();
    event$.pipe(cache.keep).subscribe();
    for (const token of TOKENS) event$.next(item(1_000, book(token)));
    const quiet = cache.read().view;
    expect(quiet?.receivedAt).toEqual(instant(1_000));
    // An hour later, with not a word from a live link: it is what it was.
    expect(cache.read().view).toBe(quiet);
    event$.next(gap(2_000));
    expect(cache.read().view).toBeNull();
  });

  it("of the reference forgets its price in a gap, and not how wild the market is", () => {
    const cache = referenceCache({ ...VOLATILITY_DEFAULTS, prior: 0.0001 });
    const event$ = new Subject<Continuity<ReferenceItem>>();
    event$.pipe(cache.keep).subscribe();
    event$.next(item(0, price(60_000)));
    event$.next(item(100, price(60_000)));
    event$.next(item(5_100, price(60_100)));
    const { variancePerSecond } = cache.read().volatility;
    expect(variancePerSecond).toBeGreaterThan(0.0001 ** 2);
    event$.next(gap(6_000));
    expect(cache.read().price).toBeNull();
    expect(cache.read().volatility.variancePerSecond).toBe(variancePerSecond);
  });
});

describe("[D] the judges", () => {
  const day = () => {
    const bench = trading();
    bench.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    bench.acks("BUY YES 10 @ 0.45");
    bench.asked();
    return bench;
  };

  it("the strategy answers STOP to what the caches show in a gap", () => {
    const cache = bookCache();
    const event$ = new Subject<Continuity<MarketItem>>();
    event$.pipe(cache.keep).subscribe();
    for (const token of TOKENS) event$.next(item(0, book(token)));
    const view = () => ({
      now: instant(0),
      market: market({ settledBy: "spot" }),
      book: cache.read().view,
      reference: {
        price: { value: market().strike, receivedAt: instant(0) },
        variancePerSecond: 0,
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
    expect(digitalQuote(view(), PARAMETERS).mode).toBe("normal");
    event$.next(gap(1));
    expect(digitalQuote(view(), PARAMETERS).mode).toBe("stop");
    event$.next(back(2));
    expect(digitalQuote(view(), PARAMETERS).mode).toBe("stop");
  });

  it("the executor acts on a loss though the standing intent would quote on (acceptance 21)", () => {
    for (const feed of FEEDS) {
      const bench = day();
      bench.loses(feed);
      // Without the mean a price is missing, not the sight of what rests.
      const isOfPrice = feed === "settlement";
      expect(bench.asked()).toEqual([isOfPrice ? "cancel BUY YES 10 @ 0.45" : "cancel all"]);
      expect(bench.state().why.gate).toContain(`${feed} feed lost`);
    }
  });

  it("the executor acts on nothing else they report: it hears no books and no prices", () => {
    const bench = day();
    for (const feed of FEEDS) bench.hears({ type: "feed.restored", feed, session: 1 });
    bench.waits(120_000, {});
    expect(bench.sent()).toEqual([]);
  });
});
