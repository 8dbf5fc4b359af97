import { z } from "zod";
import { levelWire } from "./level.ts";
import { unreadText } from "./unread.ts";

/**
 * Market channel: the whole book of one token, on subscribing and after trades. Bids ascend and
 * asks descend, so the best level is the last; recorded frames between two trades leave
 * `tick_size` and `last_trade_price` out. [protocol 6.2]
 */
export const bookWire = z.object({
  event_type: z.literal("book"),
  market: z.string(),
  asset_id: z.string(),
  /** Milliseconds of the last change. */
  timestamp: unreadText,
  hash: unreadText,
  bids: z.array(levelWire),
  asks: z.array(levelWire),
  tick_size: z.string().optional(),
  last_trade_price: z.string().optional(),
  version: z.string().optional(),
});

export type BookWire = z.infer<typeof bookWire>;
