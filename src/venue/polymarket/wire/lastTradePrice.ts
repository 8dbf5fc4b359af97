import { z } from "zod";
import { sideWire } from "./level.ts";
import { marketWire, textOrBlank, textOrNull } from "./read.ts";
import { unreadText } from "./unread.ts";

/** Market channel: one trade; the side is the taker's. The check sum covers its price. [protocol 6.2] */
export const lastTradePriceWire = z.object({
  event_type: z.literal("last_trade_price"),
  market: marketWire,
  asset_id: textOrBlank,
  price: textOrNull,
  /** Shares; "" where the venue does not tell. */
  size: textOrBlank,
  side: sideWire.nullable().catch(null),
  fee_rate_bps: unreadText,
  timestamp: unreadText,
  transaction_hash: unreadText,
});

export type LastTradePriceWire = z.infer<typeof lastTradePriceWire>;
