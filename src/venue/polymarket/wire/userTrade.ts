import { z } from "zod";
import { tradeFields } from "./trade.ts";
import { timeWire } from "./read.ts";
import { unreadText } from "./unread.ts";

/** User channel: a trade, sent again with each new status. [protocol 6.4] */
export const userTradeWire = z.object({
  event_type: z.literal("trade"),
  type: unreadText,
  ...tradeFields,
  /** Unix seconds, under one of two names. */
  match_time: timeWire.nullable().catch(null),
  matchtime: timeWire.nullable().catch(null),
  trade_owner: unreadText,
  /** Milliseconds. */
  timestamp: unreadText,
});

export type UserTradeWire = z.infer<typeof userTradeWire>;
