import { z } from "zod";
import { unreadText } from "./unread.ts";

/** Market channel, with `custom_feature_enabled`; "" is an empty side. Not read. [protocol 6.2] */
export const bestBidAskWire = z.object({
  event_type: z.literal("best_bid_ask"),
  market: unreadText,
  asset_id: unreadText,
  best_bid: unreadText,
  best_ask: unreadText,
  spread: unreadText,
  timestamp: unreadText,
});

export type BestBidAskWire = z.infer<typeof bestBidAskWire>;
