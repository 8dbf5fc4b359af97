/** The market channel, read by our own decoder into our own cache, gives the exchange's book. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_BOOK, levels } from "../../../src/sim/exchange/matching.ts";
import { stepFrames } from "../../../src/sim/server/channels/frames.ts";
import { bookFrame } from "../../../src/sim/server/channels/marketFrames.ts";
import { EMPTY_REGISTRY } from "../../../src/sim/server/rest/registry.ts";
import {
  bookMetaAfter,
  type BookMetas,
  emptyBookMeta,
} from "../../../src/sim/server/state/bookMeta.ts";
import { liveOrders, PLAIN_POLICY, type VenueFact } from "../../../src/sim/exchange/state.ts";
import { bookCache, foldMarket } from "../../../src/streams/caches/index.ts";
import {
  after,
  type Book,
  complement,
  microUsdc,
  monotonicMs,
  priceBp,
  type Side,
  type Token,
  TOKENS,
} from "../../../src/types/index.ts";
import { type KnownMarket, readMarketFrame } from "../../../src/venue/polymarket/decode/index.ts";
import {
  type WireBook,
  applyMessage,
  initialWireBook,
} from "../../../src/venue/polymarket/channels/wireBook.ts";
import { exchangeHarness, dollars, only } from "../exchange/exchangeHarness.ts";

const ACCOUNTS = ["a", "b", "c"];
const POLICY = {
  ...PLAIN_POLICY,
  selfTrade: "cancelMaker",
  takerDelayMs: 0,
  tellsRemovals: true,
} as const;

const account = fc.constantFrom(...ACCOUNTS);
const terms = {
  account,
  token: fc.constantFrom<Token>("YES", "NO"),
  side: fc.constantFrom<Side>("BUY", "SELL"),
  // Few prices, so that levels hold orders of several accounts, with finer prices between them.
  price: fc.oneof(
    fc.integer({ min: 44, max: 56 }).map((cents) => cents * 100),
    fc.integer({ min: 440, max: 560 }).map((mills) => mills * 10),
  ),
};
const size = fc.integer({ min: 500, max: 4_000 }).map((lots) => lots / 100);
const placing = fc.record({
  ...terms,
  do: fc.constant("place" as const),
  size,
  orderType: fc.constantFrom("GTC" as const, "GTD" as const, "FAK" as const),
});
type Placing = typeof placing extends fc.Arbitrary<infer Value> ? Value : never;

/** A batch as by POST /orders: all at one time; here at one level, through either token. */
const batch = fc
  .record({
    ...terms,
    legs: fc.array(fc.record({ size, isMirrored: fc.boolean() }), { minLength: 2, maxLength: 5 }),
  })
  .map(({ legs, ...given }): readonly Placing[] =>
    legs.map(({ isMirrored, ...leg }) => ({
      ...given,
      ...leg,
      ...(isMirrored && mirrorOf(given)),
      do: "place",
      orderType: "GTC",
    })),
  );
const mirrorOf = ({ token, side, price }: Pick<Placing, "token" | "side" | "price">) => ({
  token: token === "YES" ? ("NO" as const) : ("YES" as const),
  side: side === "BUY" ? ("SELL" as const) : ("BUY" as const),
  price: complement(priceBp(price)),
});

/**
 * Each cancel request is one command with ids of live orders: some of them (DELETE /orders), all
 * (cancel-all), or those of a token (cancel-market-orders).
 */
const cancelling = fc.record({
  do: fc.constant("cancel" as const),
  account,
  token: fc.constantFrom<Token | null>("YES", "NO", null),
  everyNth: fc.constantFrom(1, 1, 2, 3),
  isNewestFirst: fc.boolean(),
});
const command = fc.oneof(
  { weight: 12, arbitrary: placing },
  { weight: 4, arbitrary: batch },
  { weight: 4, arbitrary: cancelling },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wipe" as const), account }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fund" as const),
      account,
      cash: fc.constantFrom(0, 10, 100_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("tick" as const), tick: fc.constantFrom(10, 100) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      // Longer waits see orders expire, and sometimes the end of the window.
      ms: fc.oneof(fc.integer({ min: 1, max: 4_000 }), fc.constant(130_000)),
    }),
  },
);

type Action =
  | Placing
  | Exclude<typeof command extends fc.Arbitrary<infer Value> ? Value : never, readonly unknown[]>;

/** A client's view: books for the strategy, and the venue's own text with its hashes. */
interface Follower {
  readonly folded: Parameters<typeof foldMarket>[0];
  readonly mirror: WireBook;
  readonly known: KnownMarket;
}

const isCrossed = (book: Book | null): boolean =>
  (book?.bids[0]?.price ?? 0) >= (book?.asks[0]?.price ?? 10_000);

describe("a client that follows the market channel", () => {
  it("has the exchange's book after every step, from changes alone and with books, hashes included", () => {
    const met = {
      changes: 0,
      books: 0,
      rules: 0,
      empty: 0,
      hashes: 0,
      levelsChangedTwice: 0,
      expired: 0,
      uncovered: 0,
      marketEnded: 0,
    };
    fc.assert(
      fc.property(fc.array(command, { minLength: 20, maxLength: 50 }), (commands) => {
        const cash = Object.fromEntries(ACCOUNTS.map((id) => [id, 100_000]));
        const venue = exchangeHarness(cash, { policy: POLICY, windowMs: 250_000 });
        for (const [index, owner] of ACCOUNTS.entries())
          for (const token of TOKENS)
            venue.place({
              account: owner,
              id: `${token} ${index}`,
              token,
              side: "BUY",
              price: 5000,
              size: 300,
            });
        venue.wait(4_000);

        const { market } = venue.market();
        let bookMeta: BookMetas = new Map();
        const at = { epochMs: venue.now(), monotonicMs: monotonicMs(0) };
        const followed = (follower: Follower, payload: unknown, isCounted = false): Follower => {
          const { items, warnings } = readMarketFrame(JSON.stringify(payload), follower.known);
          expect(warnings).toEqual([]);
          return items.reduce((reached, { items: news, wire }) => {
            let { folded, mirror, known } = reached;
            if (wire !== null && wire !== "unread") {
              const { wireBook: next, checks } = applyMessage(mirror, wire, market);
              for (const { verdict } of checks) expect(verdict).toBe("right");
              mirror = next;
              met.hashes += checks.length;
            }
            for (const item of news) {
              if (item.type === "rulesChanged") known = { ...known, rules: item.rules };
              if (isCounted) {
                met.changes += Number(item.type === "level");
                met.books += Number(item.type === "book");
                met.rules += Number(item.type === "rulesChanged");
              }
              folded = foldMarket(folded, { type: "item", session: 1, at, item });
            }
            return { folded, mirror, known };
          }, follower);
        };
        const first = TOKENS.map((token) =>
          bookFrame(venue.market(), token, emptyBookMeta(venue.now())),
        );
        const nothing: Follower = {
          folded: bookCache().read(),
          mirror: initialWireBook({ min_order_size: "5", neg_risk: false }),
          known: market,
        };
        let byAll = first.reduce<Follower>((acc, payload) => followed(acc, payload), nothing);
        let byChanges = byAll;

        const done = (next: Action, index: number): readonly VenueFact[] => {
          if (next.do === "wait") return venue.wait(next.ms);
          if (next.do === "tick")
            return venue.run({ type: "changeTick", market: market.id, tick: priceBp(next.tick) });
          if (next.do === "wipe")
            return venue.run({ type: "cancelAll", account: next.account, market: null });
          if (next.do === "fund")
            return venue.run({
              type: "fund",
              account: next.account,
              cash: microUsdc(dollars(next.cash)),
            });
          if (next.do === "cancel") {
            const ids = liveOrders(venue.market(), next.account)
              .filter(({ token }) => token === (next.token ?? token))
              .filter((_, nth) => nth % next.everyNth === 0)
              .map(({ id }) => id);
            const ordered = next.isNewestFirst ? ids.toReversed() : ids;
            return venue.cancel(next.account, ...ordered, "unknown");
          }
          const { orderType, ...given } = next;
          const isMarketBuy = orderType === "FAK" && next.side === "BUY";
          const budget = microUsdc(Math.round(next.size * 100) * next.price);
          const expiresAt = orderType === "GTD" ? after(venue.now(), 180_000) : null;
          const ticket = { orderType, expiresAt, ...(isMarketBuy && { budget }) };
          return venue.place({ ...given, id: `${index}`, ticket });
        };
        for (const [index, next] of commands.flat().entries()) {
          const before = venue.state();
          const facts = done(next, index);
          const items = only(facts, "book.changed").map(({ item }) => item);
          const places = items.map((item) => `${item.token} ${item.side} ${item.level.price}`);
          met.levelsChangedTwice += Number(new Set(places).size < places.length);
          for (const { cause } of only(facts, "order.changed"))
            if (cause === "expired" || cause === "uncovered" || cause === "marketEnded")
              met[cause] += 1;
          bookMeta = bookMetaAfter(bookMeta, venue.state(), facts, venue.now());
          const frames = stepFrames(
            {
              before,
              after: venue.state(),
              facts,
              bookMeta,
              registry: EMPTY_REGISTRY,
              now: venue.now(),
              policy: POLICY,
            },
            { watches: () => true, follows: () => true },
          );
          for (const frame of frames) {
            if (frame.channel !== "market") continue;
            byAll = followed(byAll, frame.payload, true);
            const isBook = JSON.stringify(frame.payload).includes('"event_type":"book"');
            if (!isBook) byChanges = followed(byChanges, frame.payload);
            const { YES, NO } = byChanges.folded;
            expect(isCrossed(YES) || isCrossed(NO)).toBe(false);
          }
          const book = venue.state().markets.get(market.id)?.book ?? EMPTY_BOOK;
          for (const token of TOKENS) {
            const engine = levels(book, token);
            expect(byAll.folded[token]).toEqual(engine);
            expect(byChanges.folded[token]).toEqual(engine);
            met.empty += Number(engine.bids.length === 0 || engine.asks.length === 0);
          }
        }
      }),
      { numRuns: 150 },
    );
    // Every kind of event must have occurred, or the property has shown nothing.
    expect(Object.entries(met).filter(([, count]) => count <= 20)).toEqual([]);
  });
});
