/** Facts of a venue, written down as a test needs them: one window, our orders, and what others have in the book. */
import type { Order, Trade, VenueFact } from "../../src/sim/exchange/index.ts";
import { OUR_ACCOUNT } from "../../src/sim/index.ts";
import {
  MICRO,
  type Market,
  type Side,
  type Token,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  orderId,
  priceBp,
  referencePrice,
  tokenId,
  tradeId,
} from "../../src/types/index.ts";

export const OPENS = 1_795_305_600_000;
export const LENGTH_MS = 100_000;

export const MARKET: Market = {
  id: marketId("m"),
  slug: "m",
  tokenIds: { YES: tokenId("1"), NO: tokenId("2") },
  opensAt: epochMs(OPENS),
  endsAt: epochMs(OPENS + LENGTH_MS),
  strike: referencePrice(60_000 * MICRO),
  settledBy: "spot",
  rules: {
    tick: priceBp(100),
    orderSizeMin: microShares(5 * MICRO),
    lot: microShares(MICRO / 100),
    notionalMin: microUsdc(0),
  },
};

export interface OrderDraft {
  readonly token?: Token;
  readonly side?: Side;
  readonly cents: number;
  readonly shares: number;
  readonly matched?: number;
  readonly status?: Order["status"];
  readonly account?: string;
}

export const orderOf = (id: string, draft: OrderDraft): Order => ({
  id: orderId(id),
  account: draft.account ?? OUR_ACCOUNT,
  market: MARKET.id,
  token: draft.token ?? "YES",
  side: draft.side ?? "BUY",
  price: priceBp(draft.cents * 100),
  size: microShares(draft.shares * MICRO),
  matched: microShares((draft.matched ?? 0) * MICRO),
  status: draft.status ?? "live",
  expiresAt: null,
});

export const opened: VenueFact = { type: "market.opened", market: MARKET };
export const resolved = (winner: Token): VenueFact => ({
  type: "market.resolved",
  market: MARKET.id,
  winner,
});
export const moved = (dollars: number): VenueFact => ({
  type: "reference.moved",
  price: referencePrice(dollars * MICRO),
});
export const changed = (
  cause: "placed" | "matched" | "cancelled" | "marketEnded",
  order: Order,
): VenueFact => ({ type: "order.changed", cause, order });

/** The new total at a price of YES. */
export const level = (side: Side, cents: number, shares: number): VenueFact => ({
  type: "book.changed",
  market: MARKET.id,
  item: {
    type: "level",
    token: "YES",
    side,
    level: { price: priceBp(cents * 100), size: microShares(shares * MICRO) },
  },
});

/** A taker's trade with one order of ours; the taker pays the fee. */
export function trade(
  id: string,
  order: Order,
  shares: number,
  {
    atMs,
    status = "matched",
    feeUsdc = 0,
  }: { atMs: number; status?: Trade["status"]; feeUsdc?: number },
): VenueFact {
  const at = epochMs(OPENS + atMs);
  const size = microShares(shares * MICRO);
  const { token, side, price } = order;
  const leg = (account: string, fee: number): Trade["legs"][number] => ({
    account,
    fill: { orderId: order.id, token, side, price, size, fee: microUsdc(fee * MICRO) },
  });
  return {
    type: "trade.changed",
    trade: {
      id: tradeId(id),
      market: MARKET.id,
      index: 0,
      type: "complementary",
      status,
      matchedAt: at,
      retriedAt: null,
      minedAt: at,
      confirmedAt: at,
      fails: status === "failed",
      isReversed: false,
      legs: [leg("taker", feeUsdc), leg(OUR_ACCOUNT, 0)],
    },
  };
}
