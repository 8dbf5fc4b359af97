import { z } from "zod";

/** A client's first frame on the market channel. [protocol 6.2] */
export const marketSubscriptionWire = z.object({
  assets_ids: z.array(z.string()),
  type: z.literal("market"),
  /** Asks for `best_bid_ask`, `new_market` and `market_resolved`. */
  custom_feature_enabled: z.boolean().optional(),
  /** Whether books are sent at once; true if absent. */
  initial_dump: z.boolean().optional(),
});

/** A later frame that adds or removes tokens. */
export const marketSubscriptionChangeWire = z.object({
  operation: z.enum(["subscribe", "unsubscribe"]),
  assets_ids: z.array(z.string()),
  custom_feature_enabled: z.boolean().optional(),
});

export type MarketSubscriptionWire = z.infer<typeof marketSubscriptionWire>;
export type MarketSubscriptionChangeWire = z.infer<typeof marketSubscriptionChangeWire>;
