/** How the venue in process names an order. */
import { type OrderId, type OrderTicket, orderId } from "../../types/index.ts";
import { hashed } from "./hash.ts";
import type { AccountId } from "./matching.ts";

/** A pure function of whose order it is and everything the order says. */
export function venueOrderId(account: AccountId, ticket: OrderTicket): OrderId {
  const { market, tokenId, side, price, size, salt, createdAt, expiresAt, postOnly } = ticket;
  const terms = [market, tokenId, side, price, size, salt, createdAt, expiresAt, postOnly];
  return orderId(hashed([account, ...terms].join(" ")));
}
