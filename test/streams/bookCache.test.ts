import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bookCache, foldMarket } from "../../src/streams/caches/bookCache.ts";
import {
  type Book,
  type BookLevel,
  type Continuity,
  type Instant,
  type MarketItem,
  type Side,
  type Token,
  microShares,
  priceBp,
} from "../../src/types/index.ts";
import { MARKET, book, instant, level } from "../marbles/streams/legend.ts";

const item = (frame: number, of: MarketItem): Continuity<MarketItem> => ({
  type: "item",
  session: 1,
  at: instant(frame),
  item: of,
});

const yes = (side: Side, ...levels: readonly BookLevel[]): readonly Continuity<MarketItem>[] =>
  levels.map((each) => item(1, { type: "level", token: "YES", side, level: each }));

/** YES after these events, from one bid at 4900 and one ask at 5100. */
function yesAfter(events: readonly Continuity<MarketItem>[]): Book | undefined {
  const start = [
    item(0, { type: "book", token: "YES", book: book(4900, 5100) }),
    item(0, { type: "book", token: "NO", book: book(4900, 5100) }),
  ];
  return [...start, ...events].reduce(foldMarket, bookCache().read()).view?.value.YES;
}

describe("foldMarket", () => {
  it.each<[string, Side, readonly BookLevel[], readonly BookLevel[]]>([
    ["a better bid comes first", "BUY", [level(5000)], [level(5000), level(4900)]],
    ["a worse bid comes last", "BUY", [level(4800)], [level(4900), level(4800)]],
    ["a known price gets its new total", "BUY", [level(4900, 7)], [level(4900, 7)]],
    ["a size of nothing removes the level", "BUY", [level(4900, 0)], []],
    ["removing what is not there changes nothing", "BUY", [level(4850, 0)], [level(4900)]],
    ["a better ask comes first", "SELL", [level(5000)], [level(5000), level(5100)]],
    [
      "an ask goes between its neighbours",
      "SELL",
      [level(5300), level(5200)],
      [level(5100), level(5200), level(5300)],
    ],
  ])("%s", (_name, side, levels, expected) => {
    const found = yesAfter(yes(side, ...levels));
    expect(side === "BUY" ? found?.bids : found?.asks).toEqual(expected);
    expect(side === "BUY" ? found?.asks : found?.bids).toEqual([
      level(side === "BUY" ? 5100 : 4900),
    ]);
  });

  it("what says nothing new leaves the books the same object, and only it", () => {
    const bid = (size: number): MarketItem => ({
      type: "level",
      token: "YES",
      side: "BUY",
      level: level(4900, size),
    });
    const whole = (token: Token, ask = 5100): MarketItem => ({
      type: "book",
      token,
      book: book(4900, ask),
    });
    const start = [whole("YES"), whole("NO"), bid(7)];
    const isSameAfter = (more: MarketItem): boolean => {
      const before = start.map((of) => item(1, of)).reduce(foldMarket, bookCache().read());
      const after = foldMarket(before, item(2, more));
      expect(after.view?.receivedAt).toEqual(instant(2));
      return before.view !== null && after.view?.value === before.view.value;
    };
    expect(isSameAfter(bid(7))).toBe(true);
    expect(isSameAfter({ ...bid(7), level: level(4850, 0) } as MarketItem)).toBe(true);
    expect(isSameAfter(whole("NO"))).toBe(true);
    expect(isSameAfter(bid(8))).toBe(false);
    expect(isSameAfter(bid(0))).toBe(false);
    expect(isSameAfter(whole("YES"))).toBe(false);
    expect(isSameAfter(whole("NO", 5200))).toBe(false);
  });

  it("[D] a book is what a map of prices would say, best first, whatever comes in between", () => {
    const token = fc.constantFrom<Token>("YES", "NO");
    const price = fc.integer({ min: 1, max: 12 }).map((tick) => priceBp(tick * 100));
    const size = fc.nat(3).map((count) => microShares(count * 1_000_000));
    const side = fc.constantFrom<Side>("BUY", "SELL");
    const levels = fc.uniqueArray(fc.record({ price, size: size.filter((s) => s > 0) }), {
      selector: ({ price: at }) => at,
    });
    const events = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("book" as const),
          token,
          bids: levels,
          asks: levels,
        }),
      },
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant("level" as const),
          token,
          side,
          level: fc.record({ price, size }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constantFrom("restored" as const, "lost" as const) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constantFrom("rulesChanged" as const, "resolved" as const),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (list) => {
        let folded = bookCache().read();
        const model = new NaiveBooks();
        for (const [frame, event] of list.entries()) {
          switch (event.kind) {
            case "restored":
              folded = foldMarket(folded, { type: "restored", session: 1, at: instant(frame) });
              model.empty();
              break;
            case "lost":
              folded = foldMarket(folded, {
                type: "lost",
                session: 1,
                at: instant(frame),
                cause: "",
              });
              model.empty();
              break;
            case "rulesChanged":
              folded = foldMarket(
                folded,
                item(frame, { type: "rulesChanged", rules: MARKET.rules }),
              );
              break;
            case "resolved":
              folded = foldMarket(folded, item(frame, { type: "resolved", winner: "NO" }));
              break;
            case "book": {
              const bids = event.bids.toSorted((a, b) => b.price - a.price);
              const asks = event.asks.toSorted((a, b) => a.price - b.price);
              folded = foldMarket(
                folded,
                item(frame, { type: "book", token: event.token, book: { bids, asks } }),
              );
              model.set(event.token, event.bids, event.asks, instant(frame));
              break;
            }
            case "level":
              folded = foldMarket(
                folded,
                item(frame, {
                  type: "level",
                  token: event.token,
                  side: event.side,
                  level: event.level,
                }),
              );
              model.put(event.token, event.side, event.level, instant(frame));
          }
          expect(folded.view).toEqual(model.view());
        }
      }),
    );
  });
});

/** Both books as maps from price to size, sorted when they are read. */
class NaiveBooks {
  #books = new Map<Token, Record<Side, Map<number, number>>>();
  #at: Instant = instant(0);

  empty(): void {
    this.#books.clear();
  }

  set(token: Token, bids: readonly BookLevel[], asks: readonly BookLevel[], at: Instant): void {
    const mapped = (levels: readonly BookLevel[]): Map<number, number> =>
      new Map(levels.map(({ price, size }) => [price, size]));
    this.#books.set(token, { BUY: mapped(bids), SELL: mapped(asks) });
    this.#at = at;
  }

  put(token: Token, side: Side, { price, size }: BookLevel, at: Instant): void {
    const found = this.#books.get(token);
    if (!found) return;
    if (size > 0) found[side].set(price, size);
    else found[side].delete(price);
    this.#at = at;
  }

  view(): object | null {
    const [YES, NO] = [this.#books.get("YES"), this.#books.get("NO")];
    if (!YES || !NO) return null;
    const sorted = (levels: Map<number, number>, sign: number): object[] =>
      [...levels]
        .map(([price, size]) => ({ price, size }))
        .toSorted((a, b) => sign * (a.price - b.price));
    const of = (each: Record<Side, Map<number, number>>): object => ({
      bids: sorted(each.BUY, -1),
      asks: sorted(each.SELL, 1),
    });
    return { value: { YES: of(YES), NO: of(NO) }, receivedAt: this.#at };
  }
}
