import type {
  Continuity,
  Instant,
  MonotonicMs,
  ReferenceItem,
  ReferencePrice,
  Snapshot,
} from "../../types/index.ts";
import { type Cache, cache } from "./cache.ts";
import {
  type PriceFilter,
  UNFILTERED,
  withAgreement,
  withPrice,
  withoutHeld,
} from "./priceFilter.ts";
import { type Volatility, type VolatilityOptions, observed, unobserved } from "./volatility.ts";

export interface ReferenceView {
  /** The last price that is believed; null while the link is down, or has brought none yet. */
  readonly price: Snapshot<ReferencePrice> | null;
  /** When a believed price last came, or was confirmed; null while there is none. */
  readonly seenAt: MonotonicMs | null;
  /** Of believed prices alone. Survives a gap; it is a property of the market, not of the link. */
  readonly volatility: Volatility;
  /** What is held, and since when. Remembers the last believed price over a gap. */
  readonly filter: PriceFilter;
}

export type ReferenceCache = Cache<Continuity<ReferenceItem>, ReferenceView>;

export function referenceCache(options: VolatilityOptions): ReferenceCache {
  /** Nothing of a price that is held shows. */
  const filtered = (view: ReferenceView, filter: PriceFilter, at: Instant): ReferenceView => {
    const { held, believed } = filter;
    if (held !== null || believed === null || believed === view.filter.believed) {
      return { ...view, filter };
    }
    return {
      filter,
      price: { value: believed.price, receivedAt: at },
      seenAt: at.monotonicMs,
      volatility: observed(view.volatility, believed.price, believed.at, options),
    };
  };
  return cache<Continuity<ReferenceItem>, ReferenceView>(
    (view, event) => {
      const { filter, volatility } = view;
      switch (event.type) {
        case "item": {
          const { price } = event.item;
          const at = event.at.monotonicMs;
          const { variancePerSecond } = volatility;
          return filtered(view, withPrice(filter, price, at, variancePerSecond), event.at);
        }
        case "confirmed": {
          const agreed = filtered(view, withAgreement(filter, event.at.monotonicMs), event.at);
          return agreed.price === null ? agreed : { ...agreed, seenAt: event.at.monotonicMs };
        }
        case "failed":
          return view;
        case "restored":
        case "lost":
          return {
            price: null,
            seenAt: null,
            volatility: { ...volatility, sample: null },
            filter: withoutHeld(filter),
          };
      }
    },
    { price: null, seenAt: null, volatility: unobserved(options), filter: UNFILTERED },
  );
}
