import type { Epoch, MarketId } from "../types/index.ts";

/**
 * Keeps back what was decided before a stop. The stop raises the fence when it is decided, and each
 * leg's epoch is compared with it at the last synchronous line before the socket.
 */
export interface Fence {
  readonly raise: (market: MarketId, epoch: Epoch) => void;
  readonly admits: (market: MarketId, epoch: Epoch) => boolean;
  /** Nothing is ever sent again, of any market. */
  readonly close: () => void;
  /** The market has ended: nothing of it is sent any more. */
  readonly end: (market: MarketId) => void;
}

/** Markets remembered: weeks of windows, longer than any order of theirs can be under way. */
const MARKETS_MAX = 10_000;

export function createFence(): Fence {
  let account = 0;
  let isClosed = false;
  const markets = new Map<MarketId, number>();
  return {
    raise: (market, epoch) => {
      account = Math.max(account, epoch.account);
      markets.set(market, Math.max(markets.get(market) ?? 0, epoch.market));
    },
    admits: (market, epoch) =>
      !isClosed && epoch.account >= account && epoch.market >= (markets.get(market) ?? 0),
    close: () => {
      isClosed = true;
    },
    end: (market) => {
      markets.set(market, Infinity);
      const [oldest] = markets.keys();
      if (markets.size > MARKETS_MAX && oldest !== undefined) markets.delete(oldest);
    },
  };
}
