/** The last trades of everyone, as a strategy sees them. */
import { map } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  NO_TRADES,
  PUBLIC_TRADES_MAX,
  contained,
  foldPublicTrades,
} from "../../../src/streams/caches/index.ts";
import {
  type Continuity,
  type MarketItem,
  type PublicTrade,
  type Side,
  type Token,
  priceBp,
} from "../../../src/types/index.ts";
import { shares } from "../../support/builders.ts";
import { marbles } from "../../support/marbles.ts";
import { book, instant } from "./legend.ts";

const item = (frame: number, of: MarketItem): Continuity<MarketItem> => ({
  type: "item",
  session: 1,
  at: instant(frame),
  item: of,
});
const traded = (
  frame: number,
  token: Token,
  price: number,
  side: Side | null,
  size: number | null = 5,
): Continuity<MarketItem> =>
  item(frame, {
    type: "traded",
    token,
    price: priceBp(price),
    size: size === null ? null : shares(size),
    side,
  });

/** "BUY 5200 x5 @1": the taker's side, price and shares in YES, and when it was received. */
const inWords = ({ takerSide, price, size, receivedAt }: PublicTrade): string =>
  `${takerSide ?? "?"} ${price} x${size === null ? "?" : size / 1_000_000} @${receivedAt.monotonicMs}`;

describe("public trades", () => {
  it(
    "are in the order of their coming, in YES, and gone with the connection",
    marbles((m) => {
      const market$ = m.hot("RabkfLRc", {
        R: { type: "restored", session: 1, at: instant(0) } as const,
        a: traded(1, "YES", 5200, "BUY"),
        // A NO bought at 49 cents is a YES sold at 51.
        b: traded(2, "NO", 4900, "BUY", null),
        k: { type: "confirmed", session: 1, at: instant(3) } as const,
        f: item(4, { type: "book", token: "YES", book: book(4900, 5100) }),
        L: { type: "lost", session: 1, at: instant(5), cause: "the link ended" } as const,
        c: traded(7, "NO", 4800, null),
      });
      const expected = "     oabbboos";
      const values = {
        o: [],
        a: ["BUY 5200 x5 @1"],
        b: ["BUY 5200 x5 @1", "SELL 5100 x? @2"],
        s: ["? 5200 x5 @7"],
      };
      const trades = contained("trades", NO_TRADES);
      const shown$ = market$.pipe(
        trades.keep(foldPublicTrades),
        map((): readonly string[] => trades.read().map(inWords)),
      );

      m.expect(shown$).toBeObservable(expected, values);
    }),
  );

  it("are the newest ones, and no item but a trade makes another list", () => {
    const frames = Array.from({ length: PUBLIC_TRADES_MAX + 3 }, (_, frame) =>
      traded(frame, "YES", 5000, "SELL"),
    );
    const trades = frames.reduce(foldPublicTrades, NO_TRADES);
    expect(trades.map(({ receivedAt }) => receivedAt.monotonicMs)).toEqual(
      Array.from({ length: PUBLIC_TRADES_MAX }, (_, at) => at + 3),
    );
    const level = { price: priceBp(5000), size: shares(1) };
    expect(
      foldPublicTrades(trades, item(99, { type: "level", token: "NO", side: "BUY", level })),
    ).toBe(trades);
  });
});
