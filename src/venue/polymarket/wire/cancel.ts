import { z } from "zod";

/** The body of DELETE /order. [protocol 3.1] */
export const cancelOrderWire = z.object({ orderID: z.string() });

/** The body of DELETE /orders: at most 1000 ids. */
export const cancelOrdersWire = z.array(z.string());

/** The body of DELETE /cancel-market-orders: one key is enough. */
export const cancelMarketOrdersWire = z.object({
  market: z.string().optional(),
  asset_id: z.string().optional(),
});

export type CancelOrderWire = z.infer<typeof cancelOrderWire>;
export type CancelOrdersWire = z.infer<typeof cancelOrdersWire>;
export type CancelMarketOrdersWire = z.infer<typeof cancelMarketOrdersWire>;
