import { z } from "zod";
import { ENTRIES_MAX } from "../../../types/index.ts";
import { idWire } from "./id.ts";
import { sideWire } from "./level.ts";
import { pageWire } from "./page.ts";
import { marketWire, textOrBlank, timeWire } from "./read.ts";
import { unreadNumber, unreadText } from "./unread.ts";

/** One resting order that was matched with the taker. */
export const makerOrderWire = z.object({
  /** "" where it cannot be read. */
  order_id: idWire.catch(""),
  /** The API key of the maker. */
  owner: unreadText,
  maker_address: unreadText,
  /** Shares. */
  matched_amount: textOrBlank,
  /** For the leg's own token; with a float's decimals where the order was given in dollars. */
  price: textOrBlank,
  fee_rate_bps: unreadText,
  asset_id: textOrBlank,
  outcome: unreadText,
  outcome_index: unreadNumber,
  /** Absent in older payloads. */
  side: sideWire.nullable().catch(null),
});

const BLANK_LEG = makerOrderWire.parse({});

/**
 * Fields of a trade that reads and the user channel share, from the taker's view. [protocol 6.4]
 */
export const tradeFields = {
  id: idWire,
  taker_order_id: unreadText,
  market: marketWire,
  asset_id: textOrBlank,
  side: sideWire.nullable().catch(null),
  /** Shares. */
  size: textOrBlank,
  price: textOrBlank,
  fee_rate_bps: unreadText,
  status: textOrBlank,
  last_update: unreadText,
  outcome: unreadText,
  bucket_index: unreadNumber,
  /** The taker's API key: not ours where we were the maker. */
  owner: unreadText,
  maker_address: unreadText,
  /** "" or absent before the broadcast. */
  transaction_hash: unreadText,
  /** A leg that cannot be read is blank. */
  maker_orders: z.array(makerOrderWire.catch(BLANK_LEG)).max(ENTRIES_MAX).nullish(),
  /** MAKER or TAKER: our role. */
  trader_side: unreadText,
};

/** Each entry of GET /data/trades. [protocol 3.5] */
export const tradeWire = z.object({
  ...tradeFields,
  /** Unix seconds. */
  match_time: timeWire.nullable().catch(null),
  match_time_nano: unreadText,
  err_msg: z.unknown().optional(),
});

export const tradesPageWire = pageWire(tradeWire);

export type MakerOrderWire = z.infer<typeof makerOrderWire>;
export type TradeWire = z.infer<typeof tradeWire>;
export type TradesPageWire = z.infer<typeof tradesPageWire>;
