import { z } from "zod";
import { marketWire, textWire } from "./read.ts";
import { unreadText } from "./unread.ts";

/** Market channel: a new tick, in force for the next order. [protocol 6.2, 7.5] */
export const tickSizeChangeWire = z.object({
  event_type: z.literal("tick_size_change"),
  market: marketWire,
  asset_id: unreadText,
  old_tick_size: unreadText,
  new_tick_size: textWire,
  timestamp: unreadText,
});

export type TickSizeChangeWire = z.infer<typeof tickSizeChangeWire>;
