import { z } from "zod";
import { orderFields } from "./openOrder.ts";
import { textOrNull } from "./read.ts";
import { unreadText } from "./unread.ts";

/** User channel: an order was placed, matched or ended. [protocol 6.4] */
export const userOrderWire = z.object({
  event_type: z.literal("order"),
  ...orderFields,
  order_owner: unreadText,
  /** PLACEMENT, UPDATE or CANCELLATION. */
  type: textOrNull,
  /** As in a read, and also DELAYED, UNMATCHED, and `CANCELED_` followed by a reason in words. */
  status: textOrNull,
  /** Unix seconds; "" in a killed order. */
  created_at: unreadText,
  /** Milliseconds. */
  timestamp: unreadText,
});

export type UserOrderWire = z.infer<typeof userOrderWire>;
