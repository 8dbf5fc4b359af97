import { map } from "rxjs";
import { describe, it } from "vitest";
import { VOLATILITY_DEFAULTS } from "../../../src/pricing/index.ts";
import { bookCache, cache, referenceCache } from "../../../src/streams/caches/index.ts";
import {
  type Continuity,
  type MarketItem,
  type ReferenceItem,
  referencePrice,
} from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import { book, instant, level } from "./legend.ts";

describe("cache", () => {
  it(
    "[D] a cache is filled before anyone downstream hears of the event",
    marbles((m) => {
      const number$ = m.hot("   -a-b-c-|", { a: 1, b: 2, c: 3 });
      const numberSubs = "      ^------!";
      const expectedSum = "     -a-d-f-|";
      const expectedSnapshot = "za-d-f--";
      const sums = { z: 0, a: 1, d: 3, f: 6 };
      const sum = cache<number, number>((total, next) => total + next, 0);

      const readDownstream$ = number$.pipe(
        sum.keep,
        map(() => sum.read()),
      );

      // Listed first, so that it hears of frame 0; it fills nothing.
      m.expect(sum.snapshot$).toBeObservable(expectedSnapshot, sums);
      m.expect(readDownstream$).toBeObservable(expectedSum, sums);
      m.expect(number$).toHaveSubscriptions(numberSubs);
    }),
  );

  it(
    "events pass through a cache as they are, its end and its error too",
    marbles((m) => {
      const ending$ = m.hot(" -a-b|", { a: 1, b: 2 });
      const ended = "         -a-b|";
      const failing$ = m.hot("-a-b#", { a: 1, b: 2 });
      const failed = "        -a-b#";
      const last = cache<number, number>((_, next) => next, 0);

      m.expect(ending$.pipe(last.keep)).toBeObservable(ended, { a: 1, b: 2 });
      m.expect(failing$.pipe(last.keep)).toBeObservable(failed, { a: 1, b: 2 });
    }),
  );

  it(
    "a cache goes on from what it holds when its feed is subscribed to again",
    marbles((m) => {
      const number$ = m.hot(" -a-b-c-", { a: 1, b: 2, c: 3 });
      const first = "         ^-!";
      const expectedFirst = " -a-";
      const second = "        ----^--";
      const expectedSecond = "-----e-";
      const sums = { a: 1, e: 4 };
      const sum = cache<number, number>((total, next) => total + next, 0);

      const readDownstream$ = number$.pipe(
        sum.keep,
        map(() => sum.read()),
      );

      m.expect(readDownstream$, first).toBeObservable(expectedFirst, sums);
      m.expect(readDownstream$, second).toBeObservable(expectedSecond, sums);
    }),
  );
});

describe("bookCache", () => {
  const EVENTS: Record<string, Continuity<MarketItem>> = {
    R: { type: "restored", session: 1, at: instant(0) },
    Y: at(1, { type: "book", token: "YES", book: book(4900, 5100) }),
    N: at(2, { type: "book", token: "NO", book: book(4800, 5200) }),
    b: at(3, { type: "level", token: "YES", side: "BUY", level: level(5000) }),
    r: at(4, { type: "resolved", winner: "YES" }),
    L: { type: "lost", session: 1, at: instant(5), cause: "the link ended" },
  };

  function at(frame: number, item: MarketItem): Continuity<MarketItem> {
    return { type: "item", session: 1, at: instant(frame), item };
  }

  it(
    "[D] there is a book when both tokens have one, as old as its newest item; a gap empties it",
    marbles((m) => {
      const market$ = m.hot("RYNbrLRNbY", EVENTS);
      const expected = "     oowvvoooou";
      const values = {
        o: null,
        w: { value: { YES: book(4900, 5100), NO: book(4800, 5200) }, receivedAt: instant(2) },
        v: {
          value: {
            YES: { bids: [level(5000), level(4900)], asks: [level(5100)] },
            NO: book(4800, 5200),
          },
          receivedAt: instant(3),
        },
        // The level before it had no book to go into.
        u: { value: { YES: book(4900, 5100), NO: book(4800, 5200) }, receivedAt: instant(1) },
      };
      const books = bookCache();

      const view$ = market$.pipe(
        books.keep,
        map(() => books.read().view),
      );

      m.expect(view$).toBeObservable(expected, values);
    }),
  );
});

describe("[K] when each input was last seen", () => {
  const confirmed = (frame: number): Continuity<never> => ({
    type: "confirmed",
    session: 1,
    at: instant(frame),
  });
  const item = <Item>(frame: number, it: Item): Continuity<Item> => ({
    type: "item",
    session: 1,
    at: instant(frame),
    item: it,
  });

  it(
    "is by token, its last item or confirmation; what has no book was not seen, and a gap forgets",
    marbles((m) => {
      const market$ = m.hot<Continuity<MarketItem>>("RkYkNylxL", {
        R: { type: "restored", session: 1, at: instant(0) },
        k: confirmed(3),
        Y: item(2, { type: "book", token: "YES", book: book(4900, 5100) }),
        N: item(4, { type: "book", token: "NO", book: book(4800, 5200) }),
        y: item(5, { type: "level", token: "YES", side: "BUY", level: level(5000) }),
        l: item(6, { type: "resolved", winner: "YES" }),
        x: confirmed(7),
        L: { type: "lost", session: 1, at: instant(8), cause: "the link ended" },
      });
      const expected = "                            ooabcddeo";
      const values = {
        o: [null, null],
        a: [2, null],
        b: [3, null],
        c: [3, 4],
        d: [5, 4],
        e: [7, 7],
      };
      const books = bookCache();
      const seen$ = market$.pipe(
        books.keep,
        map((): readonly (number | null)[] => [books.read().seenAt.YES, books.read().seenAt.NO]),
      );

      m.expect(seen$).toBeObservable(expected, values);
    }),
  );

  it(
    "is the price's last item or confirmation; without a price nothing is confirmed",
    marbles((m) => {
      const price = { price: referencePrice(1_000_000) };
      const reference$ = m.hot<Continuity<ReferenceItem>>("RkakLk", {
        R: { type: "restored", session: 1, at: instant(0) },
        k: confirmed(3),
        a: item(2, price),
        L: { type: "lost", session: 1, at: instant(4), cause: "the link ended" },
      });
      const expected = "                                  oooboo";
      // The first price of a run is not believed before something agrees with it.
      const values = { o: null, b: 3 };
      const cached = referenceCache({ ...VOLATILITY_DEFAULTS, prior: 0.0001 });
      const seen$ = reference$.pipe(
        cached.keep,
        map((): number | null => cached.read().seenAt),
      );

      m.expect(seen$).toBeObservable(expected, values);
    }),
  );

  it(
    "moves the view of a book no more than it moves its levels: a confirmation is no change",
    marbles((m) => {
      const market$ = m.hot<Continuity<MarketItem>>("YNk", {
        Y: item(0, { type: "book", token: "YES", book: book(4900, 5100) }),
        N: item(1, { type: "book", token: "NO", book: book(4800, 5200) }),
        k: confirmed(2),
      });
      const expected = "                            fft";
      const books = bookCache();
      let last = books.read().view;
      const isSame$ = market$.pipe(
        books.keep,
        map(() => {
          const { view } = books.read();
          const isSame = view !== null && view === last;
          last = view;
          return isSame;
        }),
      );

      m.expect(isSame$).toBeObservable(expected, { t: true, f: false });
    }),
  );
});

describe("referenceCache", () => {
  const options = { ...VOLATILITY_DEFAULTS, prior: 0.0001 };
  const price = (dollars: number) => referencePrice(dollars * 1_000_000);
  const tick = (dollars: number, frame: number): Continuity<ReferenceItem> => ({
    type: "item",
    session: 1,
    at: instant(frame),
    item: { price: price(dollars) },
  });

  it(
    "[D] a price from before a gap is none; the volatility stays, and does not count the gap",
    marbles((m) => {
      const reference$ = m.hot<Continuity<ReferenceItem>>("za- 999ms b- 999ms L- 999ms R c-", {
        z: tick(100_000, 0),
        a: tick(100_000, 1),
        b: tick(100_010, 1_003),
        L: { type: "lost", session: 1, at: instant(2_004), cause: "the link ended" },
        R: { type: "restored", session: 2, at: instant(3_005) },
        c: tick(100_400, 3_006),
      });
      const expected = "za- 999ms b- 999ms L- 999ms R c-";
      const values = {
        // The first price of a run needs one more.
        z: null,
        a: { value: price(100_000), receivedAt: instant(1) },
        b: { value: price(100_010), receivedAt: instant(1_003) },
        L: null,
        R: null,
        // Further from the last price than a live link could be, and held.
        c: null,
      };
      const cached = referenceCache(options);
      const calm = referenceCache(options);

      const price$ = reference$.pipe(
        cached.keep,
        map(() => cached.read().price),
      );
      // A move across the gap is no return.
      const variance$ = reference$.pipe(
        calm.keep,
        map(() => calm.read().volatility.variancePerSecond < 0.0001 ** 2 * 1.01),
      );

      m.expect(price$).toBeObservable(expected, values);
      m.expect(variance$).toBeObservable(expected, {
        z: true,
        a: true,
        b: true,
        L: true,
        R: true,
        c: true,
      });
    }),
  );

  it(
    "[D] an odd tick is held: the price stays what it was, as old as it was, and so does the volatility",
    marbles((m) => {
      const reference$ = m.hot<Continuity<ReferenceItem>>("za 999ms o 999ms b", {
        z: tick(60_010.5, 0),
        a: tick(60_010.6, 1),
        o: tick(54_000, 1_001),
        b: tick(60_010.7, 2_001),
      });
      const expected = "za 999ms o 999ms b";
      const first = { value: price(60_010.6), receivedAt: instant(1) };
      const cached = referenceCache(options);

      const view$ = reference$.pipe(
        cached.keep,
        map(() => {
          const { price: believed, filter, volatility } = cached.read();
          const isCalm = volatility.variancePerSecond <= 0.0001 ** 2;
          return { believed, isHeld: filter.held !== null, isCalm };
        }),
      );

      m.expect(view$).toBeObservable(expected, {
        z: { believed: null, isHeld: true, isCalm: true },
        a: { believed: first, isHeld: false, isCalm: true },
        o: { believed: first, isHeld: true, isCalm: true },
        b: {
          believed: { value: price(60_010.7), receivedAt: instant(2_001) },
          isHeld: false,
          isCalm: true,
        },
      });
    }),
  );

  it(
    "a price that is held is believed when a second source confirms it, and as new as that",
    marbles((m) => {
      const reference$ = m.hot<Continuity<ReferenceItem>>("zcjd", {
        z: tick(60_000, 0),
        c: { type: "confirmed", session: 1, at: instant(1) },
        j: tick(90_000, 2),
        d: { type: "confirmed", session: 1, at: instant(3) },
      });
      const expected = "zcjd";
      const cached = referenceCache(options);

      const price$ = reference$.pipe(
        cached.keep,
        map(() => cached.read().price),
      );

      const believed = { value: price(60_000), receivedAt: instant(1) };
      m.expect(price$).toBeObservable(expected, {
        z: null,
        c: believed,
        j: believed,
        d: { value: price(90_000), receivedAt: instant(3) },
      });
    }),
  );
});
