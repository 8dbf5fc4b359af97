import {
  AVERAGED_S,
  type Basis,
  type PriceSeconds,
  UNSEEN_BASIS,
  meanOfSeconds,
  withPair,
} from "../../pricing/index.ts";
import type { Continuity, MonotonicMs, SettlementMean, Snapshot } from "../../types/index.ts";
import { type Cache, cache } from "./cache.ts";

export interface SettlementFeedView {
  /** The newest mean; null while the link is down, or has brought none yet. */
  readonly mean: Snapshot<SettlementMean> | null;
  readonly seenAt: MonotonicMs | null;
  /** Survives a gap, as the distance itself does. */
  readonly basis: Basis;
}

export type SettlementCache = Cache<Continuity<SettlementMean>, SettlementFeedView>;

/** `reference` are the seconds of the feed that is compared with the one that settles. */
export const settlementCache = (reference: () => PriceSeconds | null): SettlementCache =>
  cache<Continuity<SettlementMean>, SettlementFeedView>(
    (view, event) => {
      switch (event.type) {
        case "item": {
          const { item, at } = event;
          // A late one would give the last minute more seconds than it has left.
          if (view.mean !== null && item.at <= view.mean.value.at) return view;
          const second = item.at / 1_000;
          const seen = meanOfSeconds(reference(), second - AVERAGED_S, second);
          return {
            mean: { value: item, receivedAt: at },
            seenAt: at.monotonicMs,
            basis: seen === null ? view.basis : withPair(view.basis, item.mean, seen, item.at),
          };
        }
        case "restored":
        case "lost":
          return { ...view, mean: null, seenAt: null };
        case "failed":
        case "confirmed":
          return view;
      }
    },
    { mean: null, seenAt: null, basis: UNSEEN_BASIS },
  );
