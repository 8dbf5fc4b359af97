import { z } from "zod";
import { ENTRIES_MAX } from "../../../types/index.ts";
import { idWire } from "./id.ts";
import { sideWire } from "./level.ts";
import { pageWire } from "./page.ts";
import { unreadNumber, unreadText } from "./unread.ts";

/** One resting order that was matched with the taker. */
export const makerOrderWire = z.object({
  order_id: idWire,
  /** The API key of the maker. */
  owner: unreadText,
  maker_address: unreadText,
  /** Shares. */
  matched_amount: z.string(),
  /** For the leg's own token; with a float's decimals where the order was given in dollars. */
  price: z.string(),
  fee_rate_bps: unreadText,
  asset_id: z.string(),
  outcome: unreadText,
  outcome_index: z.number().optional(),
  /** Absent in older payloads. */
  side: sideWire.optional(),
});

/**
 * Fields of a trade that reads and the user channel share, from the taker's view. [protocol 6.4]
 */
export const tradeFields = {
  id: idWire,
  taker_order_id: idWire,
  market: z.string(),
  asset_id: z.string(),
  side: sideWire,
  /** Shares. */
  size: z.string(),
  price: z.string(),
  fee_rate_bps: unreadText,
  status: z.string(),
  last_update: unreadText,
  outcome: unreadText,
  bucket_index: unreadNumber,
  /** The taker's API key: not ours where we were the maker. */
  owner: unreadText,
  maker_address: unreadText,
  /** "" or absent before the broadcast. */
  transaction_hash: unreadText,
  maker_orders: z.array(makerOrderWire).max(ENTRIES_MAX).nullish(),
  /** MAKER or TAKER: our role. */
  trader_side: z.string().optional(),
};

/** Each entry of GET /data/trades. [protocol 3.5] */
export const tradeWire = z.object({
  ...tradeFields,
  /** Unix seconds. */
  match_time: z.string(),
  match_time_nano: z.string().optional(),
  err_msg: z.string().nullish(),
});

export const tradesPageWire = pageWire(tradeWire);

export type MakerOrderWire = z.infer<typeof makerOrderWire>;
export type TradeWire = z.infer<typeof tradeWire>;
export type TradesPageWire = z.infer<typeof tradesPageWire>;
