/** What a frame of the market channel says, as its two readers give it: the schemas, and the scanner. */
import type { Market, MarketItem } from "../../../types/index.ts";
import type {
  BookWire,
  LastTradePriceWire,
  LevelWire,
  PriceChangeWire,
  TickSizeChangeWire,
} from "../wire/index.ts";

/** The market with its rules as last known: a change is an item only where it differs from them. */
export type KnownMarket = Pick<Market, "id" | "tokenIds" | "rules">;

/** The items of one message, and the message itself where a check sum covers it. */
export interface DecodedMarketMessage {
  readonly items: readonly MarketItem[];
  /** `unread`: the message was garbled, and may have been a change. */
  readonly wire: HashedWire | "unread" | null;
}

export type HashedWire = BookMessage | ChangeMessage | TickSizeChangeWire | LastTradePriceWire;

/** A whole book. Its levels are the text that the check sum covers, which nobody takes apart in vain. */
export interface BookMessage extends Pick<
  BookWire,
  "event_type" | "market" | "asset_id" | "timestamp" | "hash" | "tick_size" | "last_trade_price"
> {
  readonly bids: string;
  readonly asks: string;
  readonly version: string | undefined;
}

/** Changed levels of both tokens. */
export interface ChangeMessage extends Pick<PriceChangeWire, "event_type" | "timestamp"> {
  readonly changes: readonly LevelChange[];
}

export interface LevelChange {
  readonly item: Extract<MarketItem, { readonly type: "level" }>;
  /** The level as the check sum covers it. */
  readonly spelled: LevelWire;
  /** Of its token's whole book after all changes of the message. */
  readonly hash: string;
}
