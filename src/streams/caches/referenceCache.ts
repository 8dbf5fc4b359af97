import type {
  Continuity,
  MonotonicMs,
  ReferenceItem,
  ReferencePrice,
  Snapshot,
} from "../../types/index.ts";
import { type Cache, cache } from "./cache.ts";
import { type Volatility, type VolatilityOptions, observed, unobserved } from "./volatility.ts";

export interface ReferenceView {
  /** Null while the link is down. */
  readonly price: Snapshot<ReferencePrice> | null;
  /** When the price last came, or was confirmed; null while there is none. */
  readonly seenAt: MonotonicMs | null;
  /** Survives a gap; it is a property of the market, not of the link. */
  readonly volatility: Volatility;
}

export type ReferenceCache = Cache<Continuity<ReferenceItem>, ReferenceView>;

export function referenceCache(options: VolatilityOptions): ReferenceCache {
  return cache<Continuity<ReferenceItem>, ReferenceView>(
    (view, event) => {
      if (event.type === "confirmed") {
        return view.price === null ? view : { ...view, seenAt: event.at.monotonicMs };
      }
      if (event.type !== "item") {
        return { price: null, seenAt: null, volatility: { ...view.volatility, sample: null } };
      }
      const { price } = event.item;
      return {
        price: { value: price, receivedAt: event.at },
        seenAt: event.at.monotonicMs,
        volatility: observed(view.volatility, price, event.at.monotonicMs, options),
      };
    },
    { price: null, seenAt: null, volatility: unobserved(options) },
  );
}
