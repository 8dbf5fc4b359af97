import { z } from "zod";
import { idWire } from "./id.ts";
import { sideWire } from "./level.ts";
import { pageWire } from "./page.ts";
import { marketWire, textOrBlank, textOrNull } from "./read.ts";
import { unreadNumber, unreadText, unreadTexts } from "./unread.ts";

/** Fields of an order that reads and the user channel share. Sizes are decimals of shares. */
export const orderFields = {
  id: idWire,
  /** The API key. */
  owner: unreadText,
  /** Condition id. */
  market: marketWire,
  asset_id: z.string(),
  side: sideWire.nullable().catch(null),
  /** Shares; dollars for a FAK or FOK BUY. [protocol-updates 11] */
  original_size: textOrBlank,
  /** Shares matched so far, "" for none. */
  size_matched: textOrNull,
  price: textOrBlank,
  associate_trades: unreadTexts,
  outcome: unreadText,
  /** Unix seconds; "0" for none. */
  expiration: unreadText,
  order_type: unreadText,
  maker_address: unreadText,
};

/** GET /data/order/{id}, and each of GET /data/orders. [protocol 3.4] */
export const openOrderWire = z.object({
  ...orderFields,
  /**
   * LIVE, MATCHED, CANCELED, CANCELED_MARKET_RESOLVED or INVALID, sometimes prefixed ORDER_STATUS_.
   */
  status: textOrBlank,
  /** Unix seconds. */
  created_at: unreadNumber,
});

export const openOrdersPageWire = pageWire(openOrderWire);

export type OpenOrderWire = z.infer<typeof openOrderWire>;
export type OpenOrdersPageWire = z.infer<typeof openOrdersPageWire>;
