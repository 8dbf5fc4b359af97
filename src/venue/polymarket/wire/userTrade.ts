import { z } from "zod";
import { tradeFields } from "./trade.ts";
import { unreadText } from "./unread.ts";

/** User channel: a trade, sent again with each new status. [protocol 6.4] */
export const userTradeWire = z.object({
  event_type: z.literal("trade"),
  type: unreadText,
  ...tradeFields,
  /** Unix seconds, under one of two names. */
  match_time: z.string().optional(),
  matchtime: z.string().optional(),
  trade_owner: unreadText,
  /** Milliseconds. */
  timestamp: unreadText,
});

export type UserTradeWire = z.infer<typeof userTradeWire>;
