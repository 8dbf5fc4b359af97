import { z } from "zod";
import { levelWire } from "./level.ts";
import { marketWire, textOrBlank, textOrNull } from "./read.ts";
import { unreadText } from "./unread.ts";

/**
 * Market channel: the whole book of one token, on subscribing and after trades. Bids ascend and
 * asks descend, so the best level is the last; recorded frames between two trades leave
 * `tick_size` and `last_trade_price` out. [protocol 6.2]
 */
export const bookWire = z.object({
  event_type: z.literal("book"),
  market: marketWire,
  asset_id: z.string(),
  /** Milliseconds of the last change. */
  timestamp: textOrBlank,
  hash: unreadText,
  bids: z.array(levelWire),
  asks: z.array(levelWire),
  tick_size: textOrNull,
  last_trade_price: textOrNull,
  version: z.string().optional().catch(undefined),
});

export type BookWire = z.infer<typeof bookWire>;
