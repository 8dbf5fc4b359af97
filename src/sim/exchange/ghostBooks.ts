/** What a read of a book sometimes shows in place of the orders that rest: nothing but the two ends. */
import { MICRO, microShares, NO_SHARES, orderId, priceBp } from "../../types/index.ts";
import { EMPTY_BOOK, type OrderBook, rested } from "./matching.ts";
import type { Order } from "./order.ts";
import type { ExchangeState, MarketState } from "./state.ts";

export const withGhostBooks = (state: ExchangeState): ExchangeState => ({
  ...state,
  markets: new Map([...state.markets].map(([id, known]) => [id, { ...known, book: ghost(known) }])),
});

function ghost({ market }: MarketState): OrderBook {
  const bid: Order = {
    id: orderId("ghost bid"),
    account: "ghost",
    market: market.id,
    token: "YES",
    side: "BUY",
    price: priceBp(100),
    size: microShares(1_000 * MICRO),
    matched: NO_SHARES,
    status: "live",
    expiresAt: null,
  };
  const ask = { ...bid, id: orderId("ghost ask"), side: "SELL", price: priceBp(9_900) } as const;
  return [bid, ask].reduce(rested, EMPTY_BOOK);
}
