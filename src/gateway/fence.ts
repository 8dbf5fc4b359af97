import type { Epoch, MarketId } from "../types/index.ts";

/**
 * The line no old order crosses. A stop raises it in the moment it is decided; every place leg is
 * held against it at the last synchronous line before the socket.
 */
export interface Fence {
  readonly raise: (market: MarketId, epoch: Epoch) => void;
  readonly admits: (market: MarketId, epoch: Epoch) => boolean;
  /** To infinity: nothing is ever sent again. */
  readonly close: () => void;
  /** The market has ended: nothing of it leaves any more. */
  readonly end: (market: MarketId) => void;
}

/** Lines remembered: weeks of windows, long after any order of theirs could still be under way. */
const MARKETS_MAX = 10_000;

export function fence(): Fence {
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
