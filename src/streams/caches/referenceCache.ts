import type {
  Continuity,
  Instant,
  MonotonicMs,
  ReferenceItem,
  ReferencePrice,
  Snapshot,
} from "../../types/index.ts";
import {
  type PriceSeconds,
  type Volatility,
  type VolatilityOptions,
  observed,
  unobserved,
  withSecond,
} from "../../pricing/index.ts";
import { type Cache, cache } from "./cache.ts";
import {
  type PriceFilter,
  UNFILTERED,
  withAgreement,
  withPrice,
  withoutHeld,
} from "./priceFilter.ts";

export interface ReferenceView {
  /** The last price that is believed; null while the link is down, or has brought none yet. */
  readonly price: Snapshot<ReferencePrice> | null;
  /** When a believed price last came, or was confirmed; null while there is none. */
  readonly seenAt: MonotonicMs | null;
  /** Of believed prices alone. Survives a gap; it is a property of the market, not of the link. */
  readonly volatility: Volatility;
  /** Believed prices second by second of the wall clock, for the means of a minute. */
  readonly seconds: PriceSeconds | null;
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
    const { price } = believed;
    return {
      filter,
      price: { value: price, receivedAt: at },
      seenAt: at.monotonicMs,
      volatility: observed(view.volatility, price, believed.at, options),
      seconds: withSecond(view.seconds, price, at.epochMs),
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
          if (agreed.price === null) return agreed;
          const { epochMs, monotonicMs } = event.at;
          const seconds = withSecond(agreed.seconds, agreed.price.value, epochMs);
          return { ...agreed, seconds, seenAt: monotonicMs };
        }
        case "failed":
          return view;
        case "restored":
        case "lost":
          return {
            ...view,
            price: null,
            seenAt: null,
            volatility: { ...volatility, sample: null },
            filter: withoutHeld(filter),
          };
      }
    },
    {
      price: null,
      seenAt: null,
      volatility: unobserved(options),
      seconds: null,
      filter: UNFILTERED,
    },
  );
}
