import type { MarketId } from "../types/index.ts";

/**
 * Cancel tokens that it would take to cancel everything of the account at once: for each market a
 * cancel-all, which costs 1 token and 1 more for each order it cancels.
 */
export interface CancelReserve {
  /** The cost if this many orders of this market may rest. */
  readonly costWith: (market: MarketId, live: number) => number;
  /** From now on this many orders of this market may rest: at a place, and at every step after. */
  readonly note: (market: MarketId, live: number) => void;
  /** Nothing of this market rests any more. */
  readonly forget: (market: MarketId) => void;
}

export function cancelReserve(): CancelReserve {
  const markets = new Map<MarketId, number>();
  return {
    costWith: (market, live) =>
      [...markets].reduce(
        (sum, [id, itsLive]) => (id === market ? sum : sum + 1 + itsLive),
        1 + live,
      ),
    note: (market, live) => {
      markets.set(market, live);
    },
    forget: (market) => {
      markets.delete(market);
    },
  };
}
