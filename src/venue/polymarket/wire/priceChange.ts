import { z } from "zod";
import { sideWire } from "./level.ts";
import { marketWire, textOrBlank, textWire } from "./read.ts";
import { unreadText } from "./unread.ts";

/** Market channel: changed levels of both tokens, whichever was subscribed to. [protocol 6.2] */
export const priceChangeWire = z.object({
  event_type: z.literal("price_change"),
  market: marketWire,
  timestamp: textOrBlank,
  price_changes: z.array(
    z.object({
      asset_id: z.string(),
      price: textWire,
      /** The new total at this price; "0" removes it. */
      size: textWire,
      side: sideWire,
      /** Hash of this token's whole book after all entries of the message. */
      hash: unreadText,
      best_bid: unreadText,
      best_ask: unreadText,
    }),
  ),
});

export type PriceChangeWire = z.infer<typeof priceChangeWire>;
