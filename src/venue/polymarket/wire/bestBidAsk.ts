import { z } from "zod";
import { unreadText } from "./unread.ts";

/**
 * Market channel, with `custom_feature_enabled`; "" is an empty side. Checked but not used.
 * [protocol 6.2]
 */
export const bestBidAskWire = z.object({
  event_type: z.literal("best_bid_ask"),
  market: z.string(),
  asset_id: z.string(),
  best_bid: z.string(),
  best_ask: z.string(),
  spread: unreadText,
  timestamp: unreadText,
});

export type BestBidAskWire = z.infer<typeof bestBidAskWire>;
