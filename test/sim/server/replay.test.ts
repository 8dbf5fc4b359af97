/** What the market channel says, read by our own decoder into our own cache, is the engine's book. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levels } from "../../../src/sim/matching.ts";
import { bookFrame, told } from "../../../src/sim/server/frames.ts";
import { NO_CLIENTS } from "../../../src/sim/server/registry.ts";
import { newTape, type Tape } from "../../../src/sim/server/tape.ts";
import { PLAIN, type VenueFact } from "../../../src/sim/state.ts";
import { foldMarket } from "../../../src/streams/caches/index.ts";
import {
  type Book,
  type MarketId,
  microUsdc,
  monotonicMs,
  priceBp,
  type Side,
  type Token,
  TOKENS,
} from "../../../src/types/index.ts";
import { decodeMarketFrame } from "../../../src/venue/polymarket/index.ts";
import { bench } from "../venue/bench.ts";

const ACCOUNTS = ["a", "b", "c"];
const PRACTICE = {
  ...PLAIN,
  selfTrade: "cancelMaker",
  takerDelayMs: 0,
  tellsRemovals: true,
} as const;

const placing = fc.record({
  do: fc.constant("place" as const),
  account: fc.constantFrom(...ACCOUNTS),
  token: fc.constantFrom<Token>("YES", "NO"),
  side: fc.constantFrom<Side>("BUY", "SELL"),
  price: fc.integer({ min: 440, max: 560 }).map((mills) => mills * 10),
  size: fc.integer({ min: 500, max: 4_000 }).map((lots) => lots / 100),
  orderType: fc.constantFrom("GTC" as const, "GTC" as const, "FAK" as const),
});
const command = fc.oneof(
  { weight: 8, arbitrary: placing },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), order: fc.nat(60) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("cancelAll" as const),
      of: fc.constantFrom(...ACCOUNTS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("tick" as const), tick: fc.constantFrom(10, 100) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.integer({ min: 1, max: 4_000 }),
    }),
  },
);

type Asked = typeof command extends fc.Arbitrary<infer Value> ? Value : never;
type Folded = Parameters<typeof foldMarket>[0];

const isCrossed = (book: Book | null): boolean =>
  (book?.bids[0]?.price ?? 0) >= (book?.asks[0]?.price ?? 10_000);

describe("a client that follows the market channel", () => {
  it("has the engine's book after every step, by changes alone and by books", () => {
    const met = { changes: 0, books: 0, rules: 0, empty: 0 };
    fc.assert(
      fc.property(fc.array(command, { minLength: 20, maxLength: 60 }), (commands) => {
        const cash = Object.fromEntries(ACCOUNTS.map((id) => [id, 100_000]));
        const venue = bench(cash, { practice: PRACTICE });
        for (const [index, account] of ACCOUNTS.entries())
          for (const token of TOKENS)
            venue.place({
              account,
              id: `${token} ${index}`,
              token,
              side: "BUY",
              price: 5000,
              size: 300,
            });
        venue.wait(4_000);

        const { market } = venue.market();
        let tapes: ReadonlyMap<MarketId, Tape> = new Map();
        let known = market;
        const at = { epochMs: venue.now(), monotonicMs: monotonicMs(0) };
        const fold = (folded: Folded, payload: unknown, isCounted = false): Folded => {
          const { items, oddities } = decodeMarketFrame(JSON.stringify(payload), known);
          expect(oddities).toEqual([]);
          return items.reduce((reached, item) => {
            if (item.type === "rulesChanged") known = { ...known, rules: item.rules };
            if (isCounted) {
              met.changes += Number(item.type === "level");
              met.books += Number(item.type === "book");
              met.rules += Number(item.type === "rulesChanged");
            }
            return foldMarket(reached, { type: "item", session: 1, at, item });
          }, folded);
        };
        const first = TOKENS.map((token) =>
          bookFrame(venue.market(), token, newTape(venue.now()), { generation: "v1" }),
        );
        const nothing: Folded = { YES: null, NO: null, view: null };
        let byAll = first.reduce<Folded>((folded, payload) => fold(folded, payload), nothing);
        let byChanges = byAll;

        const done = (next: Asked, index: number): readonly VenueFact[] => {
          if (next.do === "wait") return venue.wait(next.ms);
          if (next.do === "tick")
            return venue.run({ type: "changeTick", market: market.id, tick: priceBp(next.tick) });
          if (next.do === "cancelAll")
            return venue.run({ type: "cancelAll", account: next.of, market: null });
          if (next.do === "cancel")
            return venue.cancel(ACCOUNTS[next.order % 3] ?? "a", `${next.order}`);
          const { orderType, ...terms } = next;
          const isMarketBuy = orderType === "FAK" && next.side === "BUY";
          const budget = microUsdc(Math.round(next.size * 100) * next.price);
          const ticket = { orderType, ...(isMarketBuy && { budget }) };
          return venue.place({ ...terms, id: `${index}`, ticket });
        };
        for (const [index, next] of commands.entries()) {
          const before = venue.state();
          const facts = done(next, index);
          const [nextTapes, frames] = told({
            before,
            after: venue.state(),
            facts,
            tapes,
            registry: NO_CLIENTS,
            now: venue.now(),
            generation: "v1",
            practice: PRACTICE,
          });
          tapes = nextTapes;
          for (const frame of frames) {
            if (frame.channel !== "market") continue;
            byAll = fold(byAll, frame.payload, true);
            const isBook = JSON.stringify(frame.payload).includes('"event_type":"book"');
            if (!isBook) byChanges = fold(byChanges, frame.payload);
            expect(isCrossed(byChanges.YES) || isCrossed(byChanges.NO)).toBe(false);
          }
          const { book } = venue.market();
          for (const token of TOKENS) {
            const engine = levels(book, token);
            expect(byAll[token]).toEqual(engine);
            expect(byChanges[token]).toEqual(engine);
            met.empty += Number(engine.bids.length === 0 || engine.asks.length === 0);
          }
        }
      }),
      { numRuns: 120 },
    );
    // Otherwise nothing was shown.
    for (const count of Object.values(met)) expect(count).toBeGreaterThan(20);
  });
});
