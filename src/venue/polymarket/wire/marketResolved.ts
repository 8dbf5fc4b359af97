import { z } from "zod";
import { unreadText, unreadTexts } from "./unread.ts";

/**
 * Market channel, with `custom_feature_enabled`. Which id a v2 market carries is uncertain.
 * [protocol 6.2]
 */
export const marketResolvedWire = z.object({
  event_type: z.literal("market_resolved"),
  id: unreadText,
  market: z.string(),
  assets_ids: unreadTexts,
  winning_asset_id: z.string(),
  winning_outcome: z.string(),
  timestamp: unreadText,
  tags: unreadTexts,
});

export type MarketResolvedWire = z.infer<typeof marketResolvedWire>;
