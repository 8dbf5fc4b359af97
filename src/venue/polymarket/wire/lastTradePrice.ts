import { z } from "zod";
import { marketWire, textOrNull } from "./read.ts";
import { unreadText } from "./unread.ts";

/**
 * Market channel: one trade; the side is the taker's. Gives no price, but the check sum covers it.
 * [protocol 6.2]
 */
export const lastTradePriceWire = z.object({
  event_type: z.literal("last_trade_price"),
  market: marketWire,
  asset_id: unreadText,
  price: textOrNull,
  size: unreadText,
  side: unreadText,
  fee_rate_bps: unreadText,
  timestamp: unreadText,
  transaction_hash: unreadText,
});

export type LastTradePriceWire = z.infer<typeof lastTradePriceWire>;
