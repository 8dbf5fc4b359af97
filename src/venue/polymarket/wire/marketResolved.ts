import { z } from "zod";
import { marketWire, textOrBlank } from "./read.ts";
import { unreadText, unreadTexts } from "./unread.ts";

/**
 * Market channel, with `custom_feature_enabled`. Which id a v2 market carries is uncertain.
 * [protocol 6.2]
 */
export const marketResolvedWire = z.object({
  event_type: z.literal("market_resolved"),
  id: unreadText,
  market: marketWire,
  assets_ids: unreadTexts,
  winning_asset_id: textOrBlank,
  winning_outcome: textOrBlank,
  timestamp: unreadText,
  tags: unreadTexts,
});

export type MarketResolvedWire = z.infer<typeof marketResolvedWire>;
