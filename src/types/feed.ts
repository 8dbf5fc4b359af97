/** What a connection to the outside yields, and what a feed makes of a row of connections. */
import type { OrderReport } from "./answer.ts";
import type { Failure } from "./cause.ts";
import type { MarketRules, Side, Token } from "./market.ts";
import type { Book, BookLevel } from "./snapshot.ts";
import type { TradeReport } from "./trade.ts";
import type { EpochMs, Instant, MicroShares, PriceBp, ReferencePrice } from "./units.ts";

/** One connection: it opens, then yields items. Its end, with or without error, loses the link. */
export type Link<Item> =
  | { readonly type: "opened" }
  | {
      readonly type: "item";
      readonly item: Item;
      /** When its frame arrived, before it was decoded; left out where that is now. */
      readonly at?: Instant;
      /** `at` on the monotonic clock less the venue's own time, where the wire has one. */
      readonly sinceSentMs?: number;
    }
  /** A second source agreed with the last item: the link is quiet because nothing has changed. */
  | { readonly type: "confirmed" };

/**
 * The items of a feed, and its gaps as values between them. `session` counts connections; items of
 * one session are gapless as far as the connection can tell.
 */
export type Continuity<Item> =
  | { readonly type: "restored"; readonly session: number; readonly at: Instant }
  | {
      readonly type: "lost";
      readonly session: number;
      readonly at: Instant;
      readonly cause: string;
    }
  /** A link ended that never carried the feed; of one cause the first, second, tenth, hundredth … */
  | ({ readonly type: "failed"; readonly session: number; readonly at: Instant } & Failure)
  | {
      readonly type: "item";
      readonly session: number;
      readonly at: Instant;
      readonly item: Item;
      readonly sinceSentMs?: number;
    }
  /** A second source has what the last item says. */
  | { readonly type: "confirmed"; readonly session: number; readonly at: Instant };

export type MarketItem =
  | { readonly type: "book"; readonly token: Token; readonly book: Book }
  | {
      readonly type: "level";
      readonly token: Token;
      readonly side: Side;
      /** The new total at this price; zero removes the level. */
      readonly level: BookLevel;
    }
  | { readonly type: "rulesChanged"; readonly rules: MarketRules }
  | {
      readonly type: "traded";
      /** What the taker traded, and at what price of it. */
      readonly token: Token;
      readonly price: PriceBp;
      /** Null where the venue does not tell. */
      readonly size: MicroShares | null;
      /** The taker's; null where the venue does not tell. */
      readonly side: Side | null;
    }
  | { readonly type: "resolved"; readonly winner: Token };

export type UserItem =
  | { readonly type: "order"; readonly report: OrderReport }
  | { readonly type: "trade"; readonly report: TradeReport };

export interface ReferenceItem {
  readonly price: ReferencePrice;
}

/** The mean of the settlement feed over the minute whose last second is `at`, a whole second. */
export interface SettlementMean {
  readonly at: EpochMs;
  readonly mean: ReferencePrice;
}
