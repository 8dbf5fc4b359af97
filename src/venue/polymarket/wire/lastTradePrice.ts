import { z } from "zod";
import { unreadText } from "./unread.ts";

/**
 * Market channel: one trade; the side is the taker's. Gives no price, but the check sum covers it.
 * [protocol 6.2]
 */
export const lastTradePriceWire = z.object({
  event_type: z.literal("last_trade_price"),
  market: z.string(),
  asset_id: z.string(),
  price: z.string(),
  size: unreadText,
  side: unreadText,
  fee_rate_bps: unreadText,
  timestamp: unreadText,
  transaction_hash: z.string().optional(),
});

export type LastTradePriceWire = z.infer<typeof lastTradePriceWire>;
