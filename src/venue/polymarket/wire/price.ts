import { z } from "zod";

/** A client's first frame on the price socket; it carries the secret. [protocol 8.5] */
export const priceAuthWire = z.object({
  op: z.literal("auth"),
  rid: z.string(),
  auth: z.object({ apiKey: z.string(), secret: z.string(), passphrase: z.string() }),
});

export const priceSubscriptionWire = z.object({
  op: z.literal("subscribe"),
  rid: z.string(),
  subscriptions: z.array(
    z.object({
      channel: z.string(),
      filter: z.object({ symbol: z.string(), window_seconds: z.number().optional() }),
    }),
  ),
});

/** The server's answer to a frame of ours; `op` is `authed`, `subscribed` or `error`. */
export const priceReplyWire = z.object({
  op: z.string(),
  rid: z.string().optional(),
  channel: z.string().optional(),
  code: z.string().optional(),
});

/** The twap of the last minute. `timestamp` is milliseconds; `seq` counts without gaps. */
export const twapWire = z.object({
  v: z.number(),
  channel: z.literal("price.crypto.twap"),
  seq: z.number(),
  ts: z.number(),
  payload: z.object({
    symbol: z.string(),
    timestamp: z.number(),
    value: z.number(),
    full_accuracy_value: z.string(),
    window_seconds: z.number(),
  }),
});

export type PriceAuthWire = z.infer<typeof priceAuthWire>;
export type PriceSubscriptionWire = z.infer<typeof priceSubscriptionWire>;
