import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EMPTY_BOOK,
  levelChanges,
  levels,
  match,
  type OrderBook,
  orderIn,
  ordersBy,
  ordersExpiring,
  ordersIn,
  rested,
  without,
} from "../../../src/sim/exchange/matching.ts";
import { isBid, type Order, remaining, yesPrice } from "../../../src/sim/exchange/order.ts";
import {
  type Book,
  epochMs,
  marketId,
  NO_SHARES,
  orderId,
  priceBp,
  type Side,
  type Token,
  TOKENS,
} from "../../../src/types/index.ts";
import { shares } from "./exchangeHarness.ts";
import { NaiveMatcher } from "./naiveMatcher.ts";

const ACCOUNTS = ["a", "b", "c"];

const command = fc.record({
  account: fc.constantFrom(...ACCOUNTS),
  token: fc.constantFrom<Token>("YES", "NO"),
  side: fc.constantFrom<Side>("BUY", "SELL"),
  cents: fc.integer({ min: 46, max: 54 }),
  size: fc.integer({ min: 5, max: 40 }),
  expires: fc.option(fc.integer({ min: 1, max: 9 })),
  /** Ends this order of those that rest before the new one comes; null: none. */
  ends: fc.option(fc.nat(), { freq: 3 }),
});
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

const order = (id: string, { account, token, side, cents, size, expires }: Command): Order => ({
  id: orderId(id),
  account,
  market: marketId("market"),
  token,
  side,
  price: priceBp(cents * 100),
  size: shares(size),
  matched: NO_SHARES,
  status: "live",
  expiresAt: expires === null ? null : epochMs(expires),
});

/** The orders in their order of time, sorted anew for each question. */
class NaiveBook {
  readonly matcher = new NaiveMatcher();
  private placed: Order[] = [];

  arrive(next: Order): void {
    const { id, token, side, price, size } = next;
    this.matcher.arrive({ id, token, side, price, shares: size, kind: "GTC" });
    this.placed.push(next);
  }

  orders(): readonly (readonly [string, number])[] {
    const left = this.matcher.left();
    const live = this.placed.filter(({ id }) => left[id] !== undefined);
    const side = (isBidding: boolean) => live.filter((one) => isBid(one) === isBidding);
    return [
      ...side(true).toSorted((a, b) => yesPrice(b) - yesPrice(a)),
      ...side(false).toSorted((a, b) => yesPrice(a) - yesPrice(b)),
    ].map(({ id }) => [id, left[id] ?? 0]);
  }

  all(): readonly Order[] {
    return this.placed;
  }
}

/** Everything that is asked of a book, by every way there is to ask. */
const read = (book: OrderBook, ids: readonly Order["id"][]) => ({
  orders: ordersIn(book),
  own: ACCOUNTS.map((account) => ordersBy(book, account)),
  byId: ids.map((id) => orderIn(book, id)),
  expiring: [0, 3, 6, 9].map((until) => ordersExpiring(book, epochMs(until))),
  levels: TOKENS.map((token) => levels(book, token)),
});

const depth = (side: Book["bids"]) =>
  Object.fromEntries(side.map(({ price, size }) => [price, size]));

describe("the ladder", () => {
  it("is the naive matcher's book in every question, and an old book stays as it was", () => {
    const met = { partly: 0, swept: 0, ended: 0, expiring: 0, deep: 0 };
    fc.assert(
      fc.property(fc.array(command, { minLength: 10, maxLength: 80 }), (commands) => {
        const naive = new NaiveBook();
        const past: { readonly book: OrderBook; readonly text: string }[] = [];
        const ids = commands.map((_, index) => orderId(`${index}`));
        let book = EMPTY_BOOK;
        for (const [index, next] of commands.entries()) {
          const resting = ordersIn(book);
          const gone = next.ends === null ? undefined : resting[next.ends % (resting.length + 1)];
          if (gone) {
            book = without(book, [gone]);
            naive.matcher.cancel(gone.id);
            met.ended += 1;
          }
          const incoming = order(`${index}`, next);
          const { taker, matches, book: left } = match(book, incoming);
          book = taker.status === "live" ? rested(left, taker) : left;
          naive.arrive(incoming);
          met.swept += Number(matches.length > 1);
          met.partly += Number(matches.some(({ maker }) => maker.status === "live"));

          const orders = ordersIn(book);
          const expected = naive.orders();
          expect(orders.map((one) => [one.id, remaining(one)])).toEqual(expected);
          for (const account of ACCOUNTS)
            expect(ordersBy(book, account)).toEqual(
              orders.filter((one) => one.account === account),
            );
          for (const { id } of naive.all())
            expect(orderIn(book, id)).toBe(orders.find((one) => one.id === id));
          for (const until of [0, 3, 6, 9]) {
            const due = orders.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= until);
            expect(ordersExpiring(book, epochMs(until))).toEqual(due);
            met.expiring += Number(due.length > 1);
          }
          for (const token of TOKENS) {
            const { bids, asks } = levels(book, token);
            expect(depth(bids)).toEqual(naive.matcher.depth(token, "BUY"));
            expect(depth(asks)).toEqual(naive.matcher.depth(token, "SELL"));
          }
          met.deep += Number(book.bids.some((rung) => rung.orders.length > 2));
          past.push({ book, text: JSON.stringify(read(book, ids)) });
        }
        for (const { book: old, text } of past) expect(JSON.stringify(read(old, ids))).toBe(text);
      }),
      { numRuns: 60 },
    );
    // Without these the property would have tested nothing.
    for (const count of Object.values(met)) expect(count).toBeGreaterThan(10);
  });

  it("shares with the book before it all levels but those that a step touches", () => {
    const at = (id: string, cents: number, side: Side = "BUY"): Order =>
      order(id, { account: "a", token: "YES", side, cents, size: 10, expires: null, ends: null });
    const before = [at("x", 50), at("y", 49), at("z", 48), at("s", 52, "SELL")].reduce(
      rested,
      EMPTY_BOOK,
    );
    const after = without(rested(before, at("w", 49)), [at("z", 48)]);
    expect(after.bids[0]).toBe(before.bids[0]);
    expect(after.asks).toBe(before.asks);
    expect(levelChanges(before, after)).toEqual([
      { type: "level", token: "YES", side: "BUY", level: { price: 4800, size: 0 } },
      { type: "level", token: "YES", side: "BUY", level: { price: 4900, size: shares(20) } },
      { type: "level", token: "NO", side: "SELL", level: { price: 5200, size: 0 } },
      { type: "level", token: "NO", side: "SELL", level: { price: 5100, size: shares(20) } },
    ]);
    const renewed = rested(without(after, [at("x", 50)]), at("v", 50));
    expect(levelChanges(after, renewed)).toEqual([]);
  });
});
