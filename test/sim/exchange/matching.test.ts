import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EMPTY_BOOK,
  levelChanges,
  levels,
  match,
  type OrderBook,
  ordersIn,
  rested,
  without,
  wouldMatch,
} from "../../../src/sim/exchange/matching.ts";
import { type Order, remaining } from "../../../src/sim/exchange/order.ts";
import { tradeDrafts } from "../../../src/sim/exchange/settlement.ts";
import {
  type Book,
  marketId,
  NO_SHARES,
  orderId,
  priceBp,
  type Side,
  type Token,
  TOKENS,
} from "../../../src/types/index.ts";
import { shares } from "./exchangeHarness.ts";

const order = (
  id: string,
  [side, token, price, size]: readonly [Side, Token, number, number],
  account = id,
): Order => ({
  id: orderId(id),
  account,
  market: marketId("market"),
  token,
  side,
  price: priceBp(price),
  size: shares(size),
  matched: NO_SHARES,
  status: "live",
  expiresAt: null,
});

/** The book after the order, and what it met. */
function arrive(book: OrderBook, incoming: Order) {
  const { taker, matches, book: left } = match(book, incoming);
  return { matches, taker, book: taker.status === "live" ? rested(left, taker) : left };
}

const bookOf = (...orders: readonly Order[]): OrderBook =>
  orders.reduce((book, each) => arrive(book, each).book, EMPTY_BOOK);

describe("matching", () => {
  it("a BUY takes from a SELL of its token at the maker's price: shares change hands", () => {
    const book = bookOf(order("maker", ["SELL", "YES", 5200, 30]));
    const { matches, taker } = arrive(book, order("taker", ["BUY", "YES", 5500, 10]));
    expect(tradeDrafts(taker, matches, null)).toEqual([
      {
        type: "complementary",
        legs: [
          { account: "taker", fill: fill("taker", ["BUY", "YES", 5200, 10]) },
          { account: "maker", fill: fill("maker", ["SELL", "YES", 5200, 10]) },
        ],
      },
    ]);
  });

  it("two BUYs that add up to a dollar mint: the taker pays what the maker leaves", () => {
    const book = bookOf(order("maker", ["BUY", "YES", 4900, 30]));
    const { matches, taker } = arrive(book, order("taker", ["BUY", "NO", 5300, 12]));
    expect(tradeDrafts(taker, matches, null)).toEqual([
      {
        type: "mint",
        legs: [
          { account: "taker", fill: fill("taker", ["BUY", "NO", 5100, 12]) },
          { account: "maker", fill: fill("maker", ["BUY", "YES", 4900, 12]) },
        ],
      },
    ]);
  });

  it("two SELLs that ask for no more than a dollar merge", () => {
    const book = bookOf(order("maker", ["SELL", "YES", 5300, 30]));
    const { matches, taker } = arrive(book, order("taker", ["SELL", "NO", 4500, 12]));
    expect(tradeDrafts(taker, matches, null)).toEqual([
      {
        type: "merge",
        legs: [
          { account: "taker", fill: fill("taker", ["SELL", "NO", 4700, 12]) },
          { account: "maker", fill: fill("maker", ["SELL", "YES", 5300, 12]) },
        ],
      },
    ]);
  });

  it("prices a tick short of a dollar do not mint", () => {
    const book = bookOf(order("maker", ["BUY", "YES", 4900, 30]));
    expect(wouldMatch(book, order("taker", ["BUY", "NO", 5000, 12]))).toBe(false);
    expect(wouldMatch(book, order("taker", ["BUY", "NO", 5100, 12]))).toBe(true);
  });

  it("the better price goes first, then the older order, whichever token it is written in", () => {
    const book = bookOf(
      order("worse", ["BUY", "YES", 4800, 10]),
      order("older", ["SELL", "NO", 5100, 10]),
      order("newer", ["BUY", "YES", 4900, 10]),
    );
    const { matches } = arrive(book, order("taker", ["SELL", "YES", 4800, 25]));
    expect(matches.map(({ maker, size }) => [maker.id, size])).toEqual([
      ["older", shares(10)],
      ["newer", shares(10)],
      ["worse", shares(5)],
    ]);
  });

  it("makers at one price and of one kind share a trade; the taker's fill is their sum", () => {
    const book = bookOf(
      order("a", ["BUY", "YES", 4900, 10]),
      order("b", ["BUY", "YES", 4900, 10]),
      order("c", ["BUY", "YES", 4800, 10]),
    );
    const { matches, taker } = arrive(book, order("taker", ["SELL", "YES", 4800, 25]));
    expect(
      tradeDrafts(taker, matches, null).map(({ legs }) => legs.map(({ fill: { size } }) => size)),
    ).toEqual([
      [shares(20), shares(10), shares(10)],
      [shares(5), shares(5)],
    ]);
  });

  it("an account may trade with itself", () => {
    const book = bookOf(order("a", ["BUY", "YES", 4900, 10], "one"));
    const { matches } = arrive(book, order("b", ["BUY", "NO", 5100, 10], "one"));
    expect(matches).toHaveLength(1);
  });

  it("a partly matched order rests with what is left, behind nobody it was ahead of", () => {
    const book = bookOf(
      order("first", ["BUY", "YES", 4900, 10]),
      order("second", ["BUY", "YES", 4900, 10]),
    );
    const { book: left } = arrive(book, order("taker", ["SELL", "YES", 4900, 4]));
    expect(ordersIn(left).map(({ id }) => id)).toEqual(["first", "second"]);
    expect(levels(left, "YES").bids).toEqual([{ price: 4900, size: shares(16) }]);
  });

  it("shows NO as the mirror of YES", () => {
    const book = bookOf(
      order("a", ["BUY", "YES", 4900, 10]),
      order("b", ["SELL", "NO", 5200, 10]),
      order("c", ["SELL", "YES", 5300, 10]),
      order("d", ["BUY", "NO", 4600, 10]),
    );
    const ten = shares(10);
    expect(levels(book, "YES")).toEqual({
      bids: [
        { price: 4900, size: ten },
        { price: 4800, size: ten },
      ],
      asks: [
        { price: 5300, size: ten },
        { price: 5400, size: ten },
      ],
    });
    expect(levels(book, "NO")).toEqual({
      bids: [
        { price: 4700, size: ten },
        { price: 4600, size: ten },
      ],
      asks: [
        { price: 5100, size: ten },
        { price: 5200, size: ten },
      ],
    });
  });

  it("does what a matcher does that looks for the best maker one lot at a time", () => {
    fc.assert(
      fc.property(flow, (commands) => {
        const naive = naiveExchange();
        let book = EMPTY_BOOK;
        for (const [index, terms] of commands.entries()) {
          const incoming = order(`order ${index}`, terms);
          const { matches, book: next } = arrive(book, incoming);
          book = next;
          const met = matches.map(({ maker, yesPrice, size }) => [maker.id, yesPrice, size]);
          expect(met).toEqual(naive.arrive(incoming));
        }
        const left = ordersIn(book).map((each) => [each.id, remaining(each)] as const);
        expect(new Map(left)).toEqual(naive.left());
      }),
    );
  });

  it("its level changes, applied to the old book, give the new one, for both tokens", () => {
    fc.assert(
      fc.property(flow, fc.array(fc.nat()), (commands, cancels) => {
        let book = EMPTY_BOOK;
        const shown = { YES: levels(book, "YES"), NO: levels(book, "NO") };
        const show = (next: OrderBook): void => {
          for (const { token, side, level } of levelChanges(book, next))
            shown[token] = applied(shown[token], side, level);
          book = next;
          for (const token of TOKENS) expect(shown[token]).toEqual(levels(book, token));
        };
        for (const [index, terms] of commands.entries()) {
          show(arrive(book, order(`order ${index}`, terms)).book);
          const orders = ordersIn(book);
          const gone = orders[(cancels[index] ?? 0) % (2 * orders.length)];
          if (gone) show(without(book, [gone]));
        }
      }),
    );
  });
});

const flow = fc.array(
  fc.tuple(
    fc.constantFrom<Side>("BUY", "SELL"),
    fc.constantFrom<Token>("YES", "NO"),
    fc.integer({ min: 45, max: 55 }).map((cents) => cents * 100),
    fc.integer({ min: 5, max: 20 }),
  ),
  { maxLength: 40 },
);

const fill = (id: string, [side, token, price, size]: readonly [Side, Token, number, number]) => ({
  orderId: id,
  token,
  side,
  price,
  size: shares(size),
  fee: 0,
});

/** Whole shares, one at a time, each from the best maker there is: slow, and hard to get wrong. */
function naiveExchange() {
  interface Resting {
    readonly id: string;
    readonly isBid: boolean;
    readonly yes: number;
    left: number;
  }
  const all: Resting[] = [];
  const best = (taker: Resting): Resting | undefined =>
    all
      .filter((one) => one.isBid !== taker.isBid && one.left > 0)
      .filter((one) => (taker.isBid ? one.yes <= taker.yes : one.yes >= taker.yes))
      .toSorted((a, b) => (taker.isBid ? a.yes - b.yes : b.yes - a.yes))[0];
  return {
    arrive: ({ id, side, token, price, size }: Order) => {
      const taker: Resting = {
        id,
        isBid: token === "YES" ? side === "BUY" : side === "SELL",
        yes: token === "YES" ? price : 10_000 - price,
        left: size / shares(1),
      };
      const met = new Map<Resting, number>();
      for (let maker = best(taker); maker && taker.left > 0; maker = best(taker)) {
        maker.left -= 1;
        taker.left -= 1;
        met.set(maker, (met.get(maker) ?? 0) + 1);
      }
      all.push(taker);
      return [...met].map(([maker, count]) => [maker.id, maker.yes, shares(count)]);
    },
    left: () =>
      new Map(all.filter(({ left }) => left > 0).map(({ id, left }) => [id, shares(left)])),
  };
}

function applied(book: Book, side: Side, level: Book["bids"][number]): Book {
  const key = side === "BUY" ? "bids" : "asks";
  const others = book[key].filter(({ price }) => price !== level.price);
  const sorted = (level.size > 0 ? [...others, level] : others).toSorted((a, b) =>
    side === "BUY" ? b.price - a.price : a.price - b.price,
  );
  return { ...book, [key]: sorted };
}
