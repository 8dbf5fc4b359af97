/** An order of ours, in a read or on the user channel. */
import {
  type Market,
  NO_SHARES,
  ORDER_SIZE_MAX,
  type OrderReport,
  type VenueOrderStatus,
  orderId,
  parseMicroShares,
  priceBp,
} from "../../../types/index.ts";
import { price, sizeMatched, tokenOf } from "./decodeUnits.ts";
import type { OpenOrderWire, UserOrderWire } from "../wire/index.ts";

type OrderFieldsWire = Pick<
  OpenOrderWire,
  "id" | "asset_id" | "side" | "original_size" | "size_matched" | "price" | "order_type"
>;

/**
 * The order whose numbers are malformed or out of bounds: that it is there is still a fact. Null
 * where the token is not of this market.
 */
export function unreadableOrder(
  { id, asset_id }: Pick<OrderFieldsWire, "id" | "asset_id">,
  { tokenIds }: Pick<Market, "tokenIds">,
): OrderReport | null {
  const token = tokenOf(tokenIds, asset_id);
  return (
    token && {
      orderId: orderId(id),
      token,
      side: "BUY",
      price: priceBp(1),
      size: NO_SHARES,
      sizeMatched: NO_SHARES,
      status: "unreadable",
    }
  );
}

/** Null where a field is malformed or the token is not of this market. */
export function orderReport(
  wire: OrderFieldsWire,
  status: VenueOrderStatus | null,
  { tokenIds }: Pick<Market, "tokenIds">,
): OrderReport | null {
  const token = tokenOf(tokenIds, wire.asset_id);
  const atPrice = price(wire.price);
  const size = isInDollars(wire) ? NO_SHARES : parseMicroShares(wire.original_size);
  const matched = sizeMatched(wire.size_matched);
  if (token === null || atPrice === null || size === null || matched === null || status === null) {
    return null;
  }
  if (wire.side === null || size > ORDER_SIZE_MAX || matched > ORDER_SIZE_MAX) return null;
  const isAllMatched = status === "live" && size > 0 && matched >= size;
  return {
    orderId: orderId(wire.id),
    token,
    side: wire.side,
    price: atPrice,
    size,
    sizeMatched: matched,
    status: isAllMatched ? "matched" : status,
  };
}

/** The size of a market BUY is the dollars it may spend, so its shares are not known. */
const isInDollars = ({ side, order_type }: OrderFieldsWire): boolean =>
  side === "BUY" && (order_type === "FAK" || order_type === "FOK");

/** Null for an unknown status. */
export function readStatus(text: string): VenueOrderStatus | null {
  const word = text.toUpperCase().replace(/^ORDER_STATUS_/, "");
  // "CANCELED_MARKET_RESOLVED" in a read, "CANCELED_" and a reason in words on the channel.
  // [protocol 3.4, 6.4]
  if (/^CANCELED(_|$)/.test(word)) return "cancelled";
  switch (word) {
    case "LIVE":
    // Accepted and perhaps on the book, so possibly live. [protocol 3.2, 7.6]
    case "DELAYED":
    case "UNMATCHED":
      return "live";
    case "MATCHED":
      return "matched";
    case "INVALID":
      return "cancelled";
    default:
      return null;
  }
}

/**
 * A CANCELLATION is cancelled whatever its status: the venue writes the reason there. Without a type
 * the status alone says it.
 */
export function eventStatus({
  type,
  status,
}: Pick<UserOrderWire, "type" | "status">): VenueOrderStatus | null {
  switch (type) {
    case "CANCELLATION":
      return "cancelled";
    case "PLACEMENT":
    case "UPDATE":
      return status === null ? "live" : readStatus(status);
    case null:
      return status === null ? null : readStatus(status);
    default:
      return null;
  }
}
