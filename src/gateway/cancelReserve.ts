import type { MarketId } from "../types/index.ts";

/**
 * What it would cost to cancel everything of the account at once: of each market a cancel-all, which
 * the venue charges 1 token and 1 for each order it cancels.
 */
export interface CancelReserve {
  /** The cost once so many orders of this market may rest. */
  readonly costWith: (market: MarketId, live: number) => number;
  /** So many orders of this market may rest from now on. */
  readonly note: (market: MarketId, live: number) => void;
  /** Nothing of it rests any more. */
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
