import {
  type Continuity,
  type Instant,
  type MarketItem,
  type PublicTrade,
  complement,
  otherSide,
} from "../../types/index.ts";

/** So many are kept; seconds of a busy market. */
export const PUBLIC_TRADES_MAX = 32;

/** The newest trades of everyone on the present connection, oldest first, as trades in YES. */
export function foldPublicTrades(
  trades: readonly PublicTrade[],
  event: Continuity<MarketItem>,
): readonly PublicTrade[] {
  switch (event.type) {
    // What was traded in a gap is not known: what is left would look like a quiet market.
    case "restored":
    case "lost":
      return NO_TRADES;
    case "failed":
    case "confirmed":
      return trades;
    case "item": {
      const { item, at } = event;
      if (item.type !== "traded") return trades;
      const kept = trades.length < PUBLIC_TRADES_MAX ? trades : trades.slice(1);
      return [...kept, inYes(item, at)];
    }
  }
}

export const NO_TRADES: readonly PublicTrade[] = [];

/** A NO that is bought is a YES sold. */
function inYes(item: Extract<MarketItem, { type: "traded" }>, receivedAt: Instant): PublicTrade {
  const { token, price, size, side } = item;
  return token === "YES"
    ? { price, size, takerSide: side, receivedAt }
    : { price: complement(price), size, takerSide: side && otherSide(side), receivedAt };
}
