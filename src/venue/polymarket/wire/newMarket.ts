import { z } from "zod";
import { unreadFlag, unreadText, unreadTexts } from "./unread.ts";

/**
 * Market channel, with `custom_feature_enabled`: sent for unrelated markets too, without times or
 * version, so it cannot list a market. Not read. [protocol 6.2]
 */
export const newMarketWire = z.object({
  event_type: z.literal("new_market"),
  id: unreadText,
  question: unreadText,
  market: unreadText,
  slug: unreadText,
  assets_ids: unreadTexts,
  outcomes: unreadTexts,
  condition_id: unreadText,
  active: unreadFlag,
  clob_token_ids: unreadTexts,
  order_price_min_tick_size: unreadText,
  timestamp: unreadText,
});

export type NewMarketWire = z.infer<typeof newMarketWire>;
