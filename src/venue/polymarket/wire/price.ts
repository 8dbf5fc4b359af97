import { z } from "zod";
import { numberWire, textWire, timeWire } from "./read.ts";
import { unreadNumber, unreadText } from "./unread.ts";

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
  rid: unreadText,
  channel: unreadText,
  code: z.string().optional().catch(undefined),
});

/** The twap of the last minute. `timestamp` is milliseconds; `seq` counts without gaps. */
export const twapWire = z.object({
  v: unreadNumber,
  channel: z.literal("price.crypto.twap"),
  seq: unreadNumber,
  ts: unreadNumber,
  payload: z.object({
    symbol: z.string(),
    timestamp: timeWire,
    value: numberWire,
    full_accuracy_value: textWire,
    window_seconds: numberWire,
  }),
});

export type PriceAuthWire = z.infer<typeof priceAuthWire>;
export type PriceSubscriptionWire = z.infer<typeof priceSubscriptionWire>;
