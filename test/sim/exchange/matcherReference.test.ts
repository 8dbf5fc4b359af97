import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levels, ordersIn } from "../../../src/sim/exchange/matching.ts";
import { remaining } from "../../../src/sim/exchange/order.ts";
import type { VenueFact } from "../../../src/sim/exchange/state.ts";
import {
  type BookLevel,
  microUsdc,
  orderId,
  type Side,
  type Token,
} from "../../../src/types/index.ts";
import { exchangeHarness, only, reasonOf, shares } from "./exchangeHarness.ts";
import { type NaiveFill, NaiveMatcher } from "./naiveMatcher.ts";

const MANY = 1_000_000;
const STOCK = 20_000;
const ACCOUNTS = ["a", "b"];

const arriving = fc.record({
  do: fc.constant("place" as const),
  account: fc.constantFrom(...ACCOUNTS),
  token: fc.constantFrom<Token>("YES", "NO"),
  side: fc.constantFrom<Side>("BUY", "SELL"),
  price: fc.integer({ min: 46, max: 54 }).map((cents) => cents * 100),
  size: fc.integer({ min: 500, max: 4_000 }).map((lots) => lots / 100),
  kind: fc.constantFrom("GTC" as const, "GTC" as const, "FAK" as const, "FOK" as const),
});
const command = fc.oneof(
  { weight: 8, arbitrary: arriving },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), order: fc.nat(60) }) },
);

/** What the makers of the facts' trades gave, in no order: trades are grouped, fills are not. */
const fillsOf = (facts: readonly VenueFact[]): readonly NaiveFill[] =>
  only(facts, "trade.changed").flatMap(({ trade: { type, legs } }) =>
    legs.slice(1).map(({ fill }) => ({
      maker: fill.orderId,
      shares: fill.size,
      price: legs[0]?.fill.price ?? 0,
      type,
    })),
  );
const sorted = (fills: readonly NaiveFill[]) =>
  fills.toSorted((a, b) => a.maker.localeCompare(b.maker));
const depth = (side: readonly BookLevel[]) =>
  Object.fromEntries(side.map(({ price, size }) => [price, size]));

describe("the engine", () => {
  it("matches as the documents' rules do, followed to the letter", () => {
    const met = { complementary: 0, mint: 0, merge: 0, refused: 0, dollars: 0, several: 0 };
    fc.assert(
      fc.property(fc.array(command, { minLength: 10, maxLength: 60 }), (commands) => {
        const venue = exchangeHarness(Object.fromEntries(ACCOUNTS.map((id) => [id, MANY])));
        // Both accounts have both tokens, so that no order is refused for lack of shares.
        venue.place({
          account: "a",
          id: "s1",
          token: "YES",
          side: "BUY",
          price: 5000,
          size: STOCK,
        });
        venue.place({ account: "b", id: "s2", token: "NO", side: "BUY", price: 5000, size: STOCK });
        venue.place({
          account: "b",
          id: "s3",
          token: "YES",
          side: "BUY",
          price: 5000,
          size: STOCK,
        });
        venue.place({ account: "a", id: "s4", token: "NO", side: "BUY", price: 5000, size: STOCK });
        venue.wait(3_000);
        const naive = new NaiveMatcher();
        for (const [index, next] of commands.entries()) {
          if (next.do === "cancel") {
            for (const account of ACCOUNTS)
              venue.run({ type: "cancel", account, ids: [orderId(`${next.order}`)] });
            naive.cancel(`${next.order}`);
          } else {
            const { kind, size, ...terms } = next;
            const isMarketBuy = kind !== "GTC" && next.side === "BUY";
            // A market BUY states dollars, and as its size the shares they buy at its own price.
            const dollars = microUsdc(Math.round(size * 100) * next.price);
            const facts = venue.place({
              ...terms,
              id: `${index}`,
              size,
              ticket: { orderType: kind, ...(isMarketBuy && { budget: dollars }) },
            });
            const fills = naive.arrive({
              ...terms,
              id: `${index}`,
              kind,
              shares: shares(size),
              ...(isMarketBuy && { dollars }),
            });
            expect(reasonOf(facts)).toBe(fills === null ? "unmatched" : null);
            expect(sorted(fillsOf(facts))).toEqual(sorted(fills ?? []));
            for (const { type } of fills ?? []) met[type] += 1;
            met.refused += Number(fills === null);
            met.dollars += Number(isMarketBuy && fills !== null);
            met.several += Number((fills?.length ?? 0) > 2);
          }
          const { book } = venue.market();
          expect(
            Object.fromEntries(ordersIn(book).map((order) => [order.id, remaining(order)])),
          ).toEqual(naive.left());
          for (const token of ["YES", "NO"] as const) {
            const { bids, asks } = levels(book, token);
            expect(depth(bids)).toEqual(naive.depth(token, "BUY"));
            expect(depth(asks)).toEqual(naive.depth(token, "SELL"));
          }
        }
      }),
      { numRuns: 150 },
    );
    // Without these the property would have tested nothing.
    for (const count of Object.values(met)) expect(count).toBeGreaterThan(10);
  });
});
