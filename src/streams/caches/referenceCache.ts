import type { Continuity, ReferenceItem, ReferencePrice, Snapshot } from "../../types/index.ts";
import { type Cache, cache } from "./cache.ts";
import { type Volatility, type VolatilityOptions, observed, unobserved } from "./volatility.ts";

export interface ReferenceView {
  /** Null while the link is down. */
  readonly price: Snapshot<ReferencePrice> | null;
  /** Survives a gap; it is a property of the market, not of the link. */
  readonly volatility: Volatility;
}

export type ReferenceCache = Cache<Continuity<ReferenceItem>, ReferenceView>;

export function referenceCache(options: VolatilityOptions): ReferenceCache {
  return cache<Continuity<ReferenceItem>, ReferenceView>(
    (view, event) => {
      if (event.type !== "item") {
        return { price: null, volatility: { ...view.volatility, sample: null } };
      }
      const { price } = event.item;
      return {
        price: { value: price, receivedAt: event.at },
        volatility: observed(view.volatility, price, event.at.monotonicMs, options),
      };
    },
    { price: null, volatility: unobserved(options) },
  );
}
