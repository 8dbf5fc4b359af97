import { z } from "zod";
import { apiKeyWire } from "./apiKey.ts";

/**
 * A client's first frame on the user channel; without `markets` it is for every market.
 * [protocol 6.4]
 */
export const userSubscriptionWire = z.object({
  auth: apiKeyWire,
  type: z.literal("user"),
  /** Condition ids. */
  markets: z.array(z.string()).optional(),
});

export const userSubscriptionChangeWire = z.object({
  operation: z.enum(["subscribe", "unsubscribe"]),
  markets: z.array(z.string()),
});

export type UserSubscriptionWire = z.infer<typeof userSubscriptionWire>;
export type UserSubscriptionChangeWire = z.infer<typeof userSubscriptionChangeWire>;
