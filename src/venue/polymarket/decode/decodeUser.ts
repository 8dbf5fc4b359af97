/** The user channel: our orders and our trades. */
import type { UserItem } from "../../../types/index.ts";
import {
  type PolymarketFrame,
  type Reading,
  GARBLED,
  UNKNOWN,
  decodeFrame,
  readingOf,
} from "./frame.ts";
import { eventStatus, orderReport, unreadableOrder } from "./decodeOrder.ts";
import { type OwnAccount, type TradedMarket, tradeReport } from "./decodeTrade.ts";
import { isSameMarket } from "./decodeUnits.ts";
import { readerOf } from "./reader.ts";
import { userOrderWire, userTradeWire } from "../wire/index.ts";

/** The fields that are read. The others may be anything, so reading them would decide nothing. */
const readOrder = readerOf(
  userOrderWire.pick({
    id: true,
    market: true,
    asset_id: true,
    side: true,
    original_size: true,
    size_matched: true,
    price: true,
    order_type: true,
    type: true,
    status: true,
  }),
);
const readTrade = readerOf(
  userTradeWire.pick({
    id: true,
    taker_order_id: true,
    market: true,
    asset_id: true,
    side: true,
    size: true,
    price: true,
    status: true,
    maker_orders: true,
    trader_side: true,
    match_time: true,
    matchtime: true,
  }),
);

/** Skips messages about other markets without a warning: the channel is the whole account's. */
export const decodeUserFrame = (
  text: string,
  market: TradedMarket,
  account: OwnAccount,
): PolymarketFrame<UserItem> =>
  decodeFrame(text, (message) => {
    switch (message["event_type"]) {
      case "order":
        return order(message, market);
      case "trade":
        return trade(message, market, account);
      default:
        return UNKNOWN;
    }
  });

function order(message: unknown, market: TradedMarket): Reading<UserItem> {
  const wire = readOrder(message);
  if (!wire) return GARBLED;
  if (!isSameMarket(wire.market, market.id)) return readingOf();
  const status = eventStatus(wire);
  if (status === null) return UNKNOWN;
  const report = orderReport(wire, status, market);
  if (report !== null) return readingOf({ type: "order", report });
  const unreadable = unreadableOrder(wire, market);
  return unreadable === null
    ? GARBLED
    : { items: [{ type: "order", report: unreadable }], warning: "garbled" };
}

function trade(message: unknown, market: TradedMarket, account: OwnAccount): Reading<UserItem> {
  const wire = readTrade(message);
  if (!wire) return GARBLED;
  const report = tradeReport(wire, wire.match_time ?? wire.matchtime, market, account);
  switch (report) {
    case "elsewhere":
      return readingOf();
    case "garbled":
      return GARBLED;
    case "unknown":
      return UNKNOWN;
    default:
      return {
        items: [{ type: "trade", report }],
        warning: report.unreadable === undefined ? null : "garbled",
      };
  }
}
